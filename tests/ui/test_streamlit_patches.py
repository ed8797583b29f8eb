"""Covers what becomes of a press, and of a file, while a page is drawn anew or a part of it looks again by itself; and that what
many send and hear at once comes whole and in its order."""

from __future__ import annotations

import asyncio

import pytest
from streamlit.delta_generator import DeltaGenerator
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.web.server.starlette import starlette_server

from lib.ui.shell import streamlit_patches

PRESS = WidgetStates(widgets=[WidgetState(id="freeze", trigger_value=True)])
PRESSED = RerunData(widget_states=PRESS)
LOOKS_AGAIN = RerunData(widget_states=WidgetStates(), fragment_id="progress", is_auto_rerun=True)

PATCHED = [
    (ScriptRequests, "request_rerun"), (ForwardMsgQueue, "clear"), (DeltaGenerator, "__init__"),
    (AppSession, "_on_scriptrunner_event"), (AppSession, "flush_browser_queue"), (AppSession, "_create_scriptrunner"), (Runtime, "_enqueued_some_message"),
    (Runtime, "_send_message"), (starlette_server, "_get_uvicorn_config_kwargs"),
]  # fmt: skip
STREAMLITS_OWN = DeltaGenerator.__init__


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    for owner, name in PATCHED:
        monkeypatch.setattr(owner, name, getattr(owner, name))      # put back after the test
    streamlit_patches.keep()


@pytest.fixture
def requests():
    return ScriptRequests()


@pytest.mark.parametrize("order", [[PRESSED, LOOKS_AGAIN], [LOOKS_AGAIN, PRESSED], [PRESSED, LOOKS_AGAIN, LOOKS_AGAIN]])
def test_a_press_and_a_part_that_looks_again_draw_the_whole_page(requests, order):
    assert all(requests.request_rerun(one) for one in order)
    drawn = requests.on_scriptrunner_ready().rerun_data
    assert drawn.fragment_id_queue == [] and drawn.widget_states == PRESS


def test_parts_that_look_again_draw_themselves_alone(requests):
    for name in ("progress", "sheet", "progress"):
        requests.request_rerun(RerunData(fragment_id=name, is_auto_rerun=True))
    assert requests.on_scriptrunner_ready().rerun_data.fragment_id_queue == ["progress", "sheet"]


@pytest.mark.parametrize("parts", [None, ["progress"]])
def test_a_browser_hears_where_to_send_its_file_though_the_page_is_drawn_anew(parts):
    queue, where, drawn = ForwardMsgQueue(), ForwardMsg(), ForwardMsg()
    where.file_urls_response.response_id = "a file"
    drawn.delta.new_element.text.body = "as it was before"
    drawn.delta.fragment_id = "progress"
    for said in (where, drawn):
        queue.enqueue(said)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=parts)
    assert queue.flush() == [where]
    assert queue.flush() == []


class Listener:
    """As much of a session as hears what a script's thread tells."""

    def __init__(self):
        self._event_loop, self.heard = asyncio.get_running_loop(), []

    def _handle_scriptrunner_event_on_event_loop(self, sender, event, forward_msg=None, **more):
        self.heard.append(forward_msg if event is ScriptRunnerEvent.ENQUEUE_FORWARD_MSG else event)
        if forward_msg == "one that cannot be handled":
            raise ValueError(forward_msg)


def tell(listener: Listener, messages: list[str], *events: ScriptRunnerEvent) -> None:
    for message in messages:
        AppSession._on_scriptrunner_event(listener, None, ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, forward_msg=message)
    for event in events:
        AppSession._on_scriptrunner_event(listener, None, event)


def test_what_a_script_says_is_heard_in_its_order_and_its_end_at_once():
    async def listen() -> Listener:
        listener = Listener()
        listener._event_loop.set_exception_handler(lambda loop, context: wrong.append(context["exception"]))
        said = [str(number) for number in range(200)] + ["one that cannot be handled"]
        await asyncio.to_thread(tell, listener, said, ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS)
        await asyncio.sleep(0)
        assert listener.heard == [*said, ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS]
        return listener

    wrong: list[Exception] = []
    asyncio.run(listen())
    assert [type(one) for one in wrong] == [ValueError]


def test_what_a_script_says_before_it_goes_on_for_long_is_heard_soon():
    async def listen() -> list:
        listener = Listener()
        await asyncio.to_thread(tell, listener, ["a spinner"])
        await asyncio.sleep(0.2)
        await asyncio.to_thread(tell, listener, ["another"])
        await asyncio.sleep(0.2)
        return listener.heard

    assert asyncio.run(listen()) == ["a spinner", "another"]


def test_all_that_is_ready_for_a_browser_goes_out_in_its_order():
    class Session:
        _browser_queue = ForwardMsgQueue()

    class Browser:
        sent: list = []
        script_run_count = 0
        client = type("Client", (), {"write_forward_msg": lambda self, message: Browser.sent.append(message)})()

    messages = [ForwardMsg(hash=str(number)) for number in range(3)]
    for message in messages:
        Session._browser_queue.enqueue(message)
    for ready in AppSession.flush_browser_queue(Session()):
        Runtime._send_message(None, Browser, ready)
    assert Browser.sent == messages and AppSession.flush_browser_queue(Session()) == []


@pytest.mark.parametrize("given", [{}, {"root_container": 1}, {"root_container": None, "parent": "above", "block_type": "column"}])
def test_a_place_on_a_page_begins_as_streamlits_own(given):
    ours, streamlits = object.__new__(DeltaGenerator), object.__new__(DeltaGenerator)
    DeltaGenerator.__init__(ours, **given)
    STREAMLITS_OWN(streamlits, **given)
    assert vars(ours) == vars(streamlits) and DeltaGenerator.__init__ is not STREAMLITS_OWN


def test_an_idle_connection_is_kept_longer_than_any_browser_keeps_it():
    assert starlette_server._get_uvicorn_config_kwargs()["timeout_keep_alive"] > 300


def test_the_end_of_a_page_is_heard_before_a_part_that_looks_again_begins_a_new_thread(monkeypatch):
    class Session(Listener):
        """Hears only the thread that it has now, as Streamlit's does."""

        def __init__(self):
            super().__init__()
            self._scriptrunner = "old"

        def _handle_scriptrunner_event_on_event_loop(self, sender, event, forward_msg=None, **more):
            if sender == self._scriptrunner:
                super()._handle_scriptrunner_event_on_event_loop(sender, event, forward_msg, **more)

    async def page():
        session = Session()
        session._on_scriptrunner_event("old", ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, forward_msg="the end of the page")
        session._on_scriptrunner_event("old", ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS)
        session._create_scriptrunner(LOOKS_AGAIN)
        assert session._scriptrunner == "new" and session.heard == ["the end of the page", ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS]
        session._create_scriptrunner(LOOKS_AGAIN)    # where nothing waits

    monkeypatch.setattr(streamlit_patches, "_streamlit_begins", lambda session, first: setattr(session, "_scriptrunner", "new"))
    Session._on_scriptrunner_event, Session._create_scriptrunner = AppSession._on_scriptrunner_event, AppSession._create_scriptrunner
    asyncio.run(page())
