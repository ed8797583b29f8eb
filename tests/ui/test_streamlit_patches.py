"""Covers what becomes of a press, and of a file, while a page is drawn anew or a part of it looks again by itself."""

from __future__ import annotations

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from lib.ui.shell import streamlit_patches

PRESS = WidgetStates(widgets=[WidgetState(id="freeze", trigger_value=True)])
PRESSED = RerunData(widget_states=PRESS)
LOOKS_AGAIN = RerunData(widget_states=WidgetStates(), fragment_id="progress", is_auto_rerun=True)


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    monkeypatch.setattr(ScriptRequests, "request_rerun", ScriptRequests.request_rerun)      # put back after the test
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
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
