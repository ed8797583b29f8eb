"""Covers what a grid of pictures hears: everything that somebody did, once, however often it is said."""

from __future__ import annotations

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from lib.ui.widgets import event_queue, picture_grid
from lib.ui.widgets.picture_grid import Event


@pytest.fixture
def state(monkeypatch):
    state: dict = {}
    monkeypatch.setattr(picture_grid.st, "session_state", state)
    return state


def say(state, heard, *events, component: str = "a") -> None:
    """What the component sends: all that it has not been answered for."""
    state["g"] = {"event": {"from": component, "events": [{"n": n, "action": action, "id": id, "on": on} for n, action, id, on in events]}}
    picture_grid._hear("g", heard)


def test_each_press_is_heard_once_and_in_order_though_it_is_said_again(state):
    heard: list[Event] = []
    one, two, three = (1, "kept", "x", True), (2, "kept", "y", True), (3, "kept", "x", False)
    say(state, heard.append, one)
    say(state, heard.append, one, two, three)
    say(state, heard.append, two, three)
    assert heard == [Event("kept", "x"), Event("kept", "y"), Event("kept", "x", False)]
    assert event_queue.heard_of("g") == {"from": "a", "until": 3}


def test_a_grid_that_was_put_up_anew_counts_from_one_again(state):
    heard: list[Event] = []
    say(state, heard.append, (1, "open", "x", True), (2, "open", "y", True))
    say(state, heard.append, (1, "open", "z", True), component="b")
    assert [event.id for event in heard] == ["x", "y", "z"]


def test_what_breaks_off_in_the_middle_goes_on_behind_it(state):
    heard: list[Event] = []

    def break_off(event):
        heard.append(event)
        if event.id == "x":
            raise OSError("full")

    both = (1, "kept", "x", True), (2, "kept", "y", True)
    with pytest.raises(OSError):
        say(state, break_off, *both)
    say(state, break_off, *both)
    assert [event.id for event in heard] == ["x", "y"]


def test_without_a_hearer_the_last_is_kept_until_the_grid_is_drawn(state):
    say(state, None, (1, "open", "x", True), (2, "open", "y", True))
    assert state["g.event"][0] == Event("open", "y")


class Interrupted(dict):
    """A session in which the script is broken off at the look number `at`, as Streamlit does where it is asked to run anew."""

    def __init__(self, at: int):
        super().__init__()
        self.left = at

    def _look(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise RerunException(RerunData())

    def __getitem__(self, key):
        self._look()
        return super().__getitem__(key)

    def __setitem__(self, key, value):
        self._look()
        super().__setitem__(key, value)

    def get(self, key, default=None):
        return self[key] if key in self else default

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]


@pytest.mark.parametrize("at", range(1, 16))
def test_no_press_is_lost_or_done_twice_wherever_the_script_is_asked_to_run_anew(monkeypatch, at):
    state, heard = Interrupted(at), []
    monkeypatch.setattr(picture_grid.st, "session_state", state)
    presses = [(1, "kept", "x", True), (2, "kept", "y", True), (3, "kept", "z", True)]
    for _ in range(2):      # the component says it again until it is answered
        try:
            say(state, heard.append, *presses)
        except RerunException:
            pass
    assert [event.id for event in heard] == ["x", "y", "z"]
