"""No press is passed over: what Streamlit 1.60 gets wrong while a part of a page looks again by itself. Read `keep`.

Where a page is busy, what a person does waits as a request to draw the page anew. A part that draws itself each second
(`st.fragment(run_every=…)`) then asks too, and Streamlit joins the two requests into one for that part alone: the button was
pressed, its callback is called, and the page does not change; a file that was chosen lies there unseen until the next press.
Joined the other way round, the whole page is drawn, and that part with it.
"""

from __future__ import annotations

from dataclasses import replace

from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

_streamlit_asks = ScriptRequests.request_rerun


def keep() -> None:
    """From now on, a request for a part of a page never takes the place of one for the whole page that waits."""
    ScriptRequests.request_rerun = _ask


def _ask(requests: ScriptRequests, new: RerunData) -> bool:
    waits_for_all = requests._state is ScriptRequestType.RERUN and not requests._rerun_data.fragment_id_queue
    if waits_for_all and (new.fragment_id or new.fragment_id_queue):
        new = replace(new, fragment_id=None, fragment_id_queue=[], is_fragment_scoped_rerun=False, is_auto_rerun=False)
    return _streamlit_asks(requests, new)
