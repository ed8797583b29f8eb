"""Covers that what is spared Streamlit changes nothing of what it says: values of widgets, events, the theme, and messages."""

from __future__ import annotations

import asyncio

import pytest
from streamlit.delta_generator import DeltaGenerator
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.proto.RootContainer_pb2 import RootContainer
from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import script_runner
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

from lib.ui.shell import streamlit_savings

_STREAMLITS_OWN = DeltaGenerator.__init__
PATCHED = [
    (SafeSessionState, "filtered_state"), (script_runner, "Signal"), (app_session, "_populate_theme_msg"),
    (StarletteSessionClient, "_sender"), (DeltaGenerator, "__init__"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    for owner, name in PATCHED:
        monkeypatch.setattr(owner, name, getattr(owner, name))      # put back after the test
    streamlit_savings.keep()


def test_values_are_those_that_streamlit_gathers():
    state = SessionState()
    state["mine"], state["$$STREAMLIT_INTERNAL_KEY_x"] = 3, 4
    state._old_state["$$ID-1-name"], state._old_state["$$ID-2-None"] = "of a widget that is gone", "without a key"
    values = SafeSessionState(state, lambda: None).filtered_state
    assert dict(values) == state.filtered_state == {"mine": 3} and len(values) == 1 and repr(values) == "{'mine': 3}"
    assert "mine" in values and values["mine"] == 3
    for name in ("yours", "name", "$$ID-2-None", "$$STREAMLIT_INTERNAL_KEY_x"):
        assert name not in values and values.get(name) is None


def test_a_place_begins_as_streamlits_own():
    for given in ({}, {"root_container": RootContainer.SIDEBAR, "parent": DeltaGenerator(), "block_type": "expandable"}):
        ours, theirs = DeltaGenerator(**given), object.__new__(DeltaGenerator)
        _STREAMLITS_OWN(theirs, **given)
        assert vars(ours) == vars(theirs)
    assert DeltaGenerator.markdown.__module__ == "streamlit.delta_generator"


def test_all_who_listen_are_told_until_they_no_longer_do():
    heard: list = []
    signal = script_runner.Signal(doc="what it is for")
    listen = signal.connect(lambda sender, **event: heard.append((sender, event)))
    signal.send("a script", event="began")
    signal.disconnect(listen)
    signal.disconnect(listen)
    signal.send("a script", event="ended")
    assert heard == [("a script", {"event": "began"})]


@pytest.mark.parametrize("section", ["theme", "theme.light", "theme.dark", "theme.sidebar", "theme.dark.sidebar"])
def test_the_theme_is_as_streamlit_reads_it_each_time(section):
    expected = CustomThemeConfig()
    streamlit_savings._streamlits_theme(expected, section)
    for _ in range(2):
        whole = CustomThemeConfig()
        app_session._populate_theme_msg(whole.sidebar, section)
        assert whole.HasField("sidebar") == bool(expected.ListFields()) and whole.sidebar == expected


def test_what_is_ready_for_a_browser_goes_out_in_its_order_and_at_once():
    class Browser:
        sent: list = []

        async def send(self, message):
            self.sent.append([message["bytes"], *message["rest"]])

    async def speak() -> None:
        client = object.__new__(StarletteSessionClient)
        client._websocket, client._send_queue, client._closed = Browser(), asyncio.Queue(), asyncio.Event()
        task = asyncio.create_task(client._sender())
        for payloads in ([b"1", b"2", b"3"], [b"4"]):
            for payload in payloads:
                client._send_queue.put_nowait(payload)
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert client._closed.is_set()

    asyncio.run(speak())
    assert Browser.sent == [[b"1", b"2", b"3"], [b"4"]]
