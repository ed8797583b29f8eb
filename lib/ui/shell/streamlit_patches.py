"""Nothing that a person does is passed over: what Streamlit 1.60 gets wrong while a part of a page looks again by itself. Read `keep`.

A press. Where a page is busy, what a person does waits as a request to draw the page anew. A part that draws itself each
second (`st.fragment(run_every=…)`) then asks too, and Streamlit joins the two requests into one for that part alone: the
button was pressed, its callback is called, and the page does not change; a file that was chosen lies there unseen until the
next press. Joined the other way round, the whole page is drawn, and that part with it.

A file. Before a browser sends one, it asks where to. Whenever a page begins to be drawn anew, Streamlit throws away what it has
not yet told the browser, and this answer with it: the browser waits for it for ever, and the file never comes. It is kept.

A class. What a page says to its browser goes out message by message, and everybody else has a turn after each: where thirty
look on, that is most of the waiting. All that is ready goes out together, on a loop that is not woken for each message.
"""

from __future__ import annotations

from dataclasses import replace

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.session_manager import ActiveSessionInfo
from streamlit.web.server.starlette import starlette_server

from lib.ui.http import uvicorn_settings

_ANSWERS = ("file_urls_response", "backend_operation_response")
_streamlit_asks, _streamlit_clears = ScriptRequests.request_rerun, ForwardMsgQueue.clear
_streamlit_flushes, _streamlit_sends = AppSession.flush_browser_queue, Runtime._send_message
_streamlit_settles = starlette_server._get_uvicorn_config_kwargs


def keep() -> None:
    """From now on, a request for a part of a page never takes the place of one for the whole page that waits, and what a
    browser has asked is answered; and messages go out together."""
    ScriptRequests.request_rerun = _ask
    ForwardMsgQueue.clear = _clear
    AppSession.flush_browser_queue, Runtime._send_message = _flush, _send
    starlette_server._get_uvicorn_config_kwargs = lambda: {**_streamlit_settles(), **uvicorn_settings.settings()}


def _ask(requests: ScriptRequests, new: RerunData) -> bool:
    waits_for_all = requests._state is ScriptRequestType.RERUN and not requests._rerun_data.fragment_id_queue
    if waits_for_all and (new.fragment_id or new.fragment_id_queue):
        new = replace(new, fragment_id=None, fragment_id_queue=[], is_fragment_scoped_rerun=False, is_auto_rerun=False)
    return _streamlit_asks(requests, new)


def _clear(queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None) -> None:
    answers = [said for said in queue._queue if said.WhichOneof("type") in _ANSWERS] if retain_lifecycle_msgs else []
    _streamlit_clears(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    queue._queue += [said for said in answers if not any(said is kept for kept in queue._queue)]


def _flush(session: AppSession) -> list[list[ForwardMsg]]:
    """All that is ready for a browser, as one."""
    ready = _streamlit_flushes(session)
    return [ready] if ready else []


def _send(runtime: Runtime, browser: ActiveSessionInfo, ready: list[ForwardMsg]) -> None:
    for message in ready:
        _streamlit_sends(runtime, browser, message)
