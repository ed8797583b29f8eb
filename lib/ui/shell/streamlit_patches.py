"""Nothing that a person does is passed over: what Streamlit 1.60 gets wrong while a part of a page looks again by itself. Read `keep`.

A press. Where a page is busy, what a person does waits as a request to draw the page anew. A part that draws itself each
second (`st.fragment(run_every=…)`) then asks too, and Streamlit joins the two requests into one for that part alone: the
button was pressed, its callback is called, and the page does not change; a file that was chosen lies there unseen until the
next press. Joined the other way round, the whole page is drawn, and that part with it.

A file. Before a browser sends one, it asks where to. Whenever a page begins to be drawn anew, Streamlit throws away what it has
not yet told the browser, and this answer with it: the browser waits for it for ever, and the file never comes. It is kept.

The end of a page. A part that looks again asks just when the script of the whole page has come to its end; a new thread is begun for
it, and what the old one has said but nobody has heard yet is thrown away: the page stays without its last elements, for good.
All of it is heard before a new thread begins.

A class. A page is some eighty messages, from the thread of its script to the loop and on to the browser, and for each of them
Streamlit wakes the loop and lets everybody else have a turn: where thirty are at work, that is half of what the server does.
What is drawn within a moment is handed over together, and what is ready for a browser goes out together. And for each thing on a
page Streamlit names four hundred functions anew that have had their names since it was loaded, which was a quarter of a page.
"""

from __future__ import annotations

import asyncio
import collections
from dataclasses import replace
from typing import Any

from streamlit.cursor import Cursor
from streamlit.delta_generator import DeltaGenerator
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.RootContainer_pb2 import RootContainer
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.session_manager import ActiveSessionInfo
from streamlit.web.server.starlette import starlette_server

from lib.ui.http import uvicorn_settings

_SOON = 0.01  # seconds in which messages of a script are gathered
_ANSWERS = ("file_urls_response", "backend_operation_response")
_streamlit_asks, _streamlit_clears = ScriptRequests.request_rerun, ForwardMsgQueue.clear
_streamlit_flushes, _streamlit_sends = AppSession.flush_browser_queue, Runtime._send_message
_streamlit_says_so = Runtime._enqueued_some_message
_streamlit_begins = AppSession._create_scriptrunner
_streamlit_settles = starlette_server._get_uvicorn_config_kwargs


def keep() -> None:
    """From now on, a request for a part of a page never takes the place of one for the whole page that waits, and what a
    browser has asked is answered; and messages go out together."""
    ScriptRequests.request_rerun = _ask
    ForwardMsgQueue.clear = _clear
    DeltaGenerator.__init__ = _place
    AppSession._on_scriptrunner_event, Runtime._enqueued_some_message = _tell, _say_so
    AppSession.flush_browser_queue, Runtime._send_message = _flush, _send
    AppSession._create_scriptrunner = _begin
    starlette_server._get_uvicorn_config_kwargs = lambda: {**_streamlit_settles(), **uvicorn_settings.settings()}


def _ask(requests: ScriptRequests, new: RerunData) -> bool:
    waits_for_all = requests._state is ScriptRequestType.RERUN and not requests._rerun_data.fragment_id_queue
    if waits_for_all and (new.fragment_id or new.fragment_id_queue):
        new = replace(new, fragment_id=None, fragment_id_queue=[], is_fragment_scoped_rerun=False, is_auto_rerun=False)
    return _streamlit_asks(requests, new)


def _clear(queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None) -> None:
    answers = [message for message in queue._queue if message.WhichOneof("type") in _ANSWERS] if retain_lifecycle_msgs else []
    _streamlit_clears(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    queue._queue += [message for message in answers if not any(message is kept for kept in queue._queue)]


def _place(
    place: DeltaGenerator, root_container: int | None = RootContainer.MAIN, cursor: Cursor | None = None,
    parent: DeltaGenerator | None = None, block_type: str | None = None,
) -> None:  # fmt: skip
    """A place on a page, as Streamlit begins it."""
    place._root_container, place._provided_cursor = root_container, cursor
    place._parent, place._block_type = parent, block_type
    place._creating_fragment_id = place._form_data = None


def _tell(session: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, *args: Any, **more: Any) -> None:
    """What happens in a script's thread, for the loop to handle in this order: a message soon, with those that follow it;
    anything else at once."""
    waiting = session.__dict__.setdefault("handmade_waiting", collections.deque())
    waiting.append((sender, event, args, more))
    if event is not ScriptRunnerEvent.ENQUEUE_FORWARD_MSG:
        session._event_loop.call_soon_threadsafe(_hear, session)
    elif len(waiting) == 1:     # with two threads it may be passed over; the end of the script is none
        session._event_loop.call_soon_threadsafe(session._event_loop.call_later, _SOON, _hear, session)


def _hear(session: AppSession) -> None:
    waiting = session.__dict__.get("handmade_waiting")
    while waiting:
        sender, event, args, more = waiting.popleft()
        try:
            session._handle_scriptrunner_event_on_event_loop(sender, event, *args, **more)
        except Exception as error:
            session._event_loop.call_exception_handler({"message": f"Streamlit could not handle {event}", "exception": error})


def _begin(session: AppSession, first: RerunData) -> None:
    """A new thread for the script, once all that the one before has said is heard: later, nobody listens to it any more."""
    _hear(session)
    _streamlit_begins(session, first)


def _say_so(runtime: Runtime) -> None:
    """That there is something to send. The loop need not wake itself."""
    parts = runtime._get_async_objs()
    if asyncio._get_running_loop() is parts.eventloop:
        parts.need_send_data.set()
    else:
        _streamlit_says_so(runtime)


def _flush(session: AppSession) -> list[list[ForwardMsg]]:
    """All that is ready for a browser, as one."""
    ready = _streamlit_flushes(session)
    return [ready] if ready else []


def _send(runtime: Runtime, browser: ActiveSessionInfo, ready: list[ForwardMsg]) -> None:
    for message in ready:
        _streamlit_sends(runtime, browser, message)
