"""A sound that a person gives to a model: brought, recorded in takes, or one of the project's own; with a player below. Read `ask`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lib import collect
from lib.generate import given
from lib.media.sniff import SOUND_NAMES
from lib.project import Project, consent
from lib.project.items import Item
from lib.ui.http import addresses
from lib.ui.widgets import event_queue, show, sound_player
from lib.ui.widgets.component import component, packed

BRING, RECORD, OWN = "Bring", "Record", "One of yours"
_MOST = 500     # datapoints to choose from, the newest


def ask(project: Project, label: str, key: str) -> Path | None:
    """Shows the ways and the player of what was given; returns its file, None while there is none."""
    way = st.segmented_control(label, [BRING, RECORD, OWN], default=BRING, required=True, key=f"{key}.way", label_visibility="collapsed")
    if way == OWN:
        item = _own(project, key)
        if item:
            sound_player.hear(sound_player.of_item(project, item), key=f"{key}.player")
        return item.path if item else None
    path = None
    with show.errors():     # what was brought may be no sound
        path = _recorded(project, key) if way == RECORD else _brought(project, label, key)
    if path:
        sound_player.hear(sound_player.of_given(project, path), key=f"{key}.player")
    return path


def _brought(project: Project, label: str, key: str) -> Path | None:
    """Kept, and looked at, once."""
    names = [name.removeprefix(".") for name in sorted(SOUND_NAMES)]
    one = st.file_uploader(label, names, key=f"{key}.file", label_visibility="collapsed")
    if one is None:
        return None
    known = st.session_state.setdefault("given-sounds", {})
    if (path := given.find(project, known.get(one.file_id, ""))) is None:
        with st.spinner("Listening to it …"):
            path = given.keep_sound(project, one.name, one.getbuffer())
        known[one.file_id] = given.address(path)
    return path


def _recorded(project: Project, key: str) -> Path | None:
    """The take that is in use; the recorder is Collect's, but nothing is added to the project."""
    used, recorder = st.session_state.get(f"{key}.take", ""), f"{key}.recorder"
    data = {"room": project.path.name, "address": addresses.made(project), "consent": None, "missing": "", "heard": event_queue.heard_of(recorder),
            "longest": collect.LONGEST_TAKE, "lends": True, "used": used}  # fmt: skip

    def hear(event: dict) -> None:
        if event["action"] == "given":
            st.session_state[f"{key}.take"] = str(event["id"])

    mount = component(__file__, event_queue.NAME.rpartition("/")[2], "recorder", "microphone")
    mount(key=recorder, data=packed(data), on_event_change=lambda: event_queue.hear(recorder, hear))
    return given.find(project, used)


def _own(project: Project, key: str) -> Item | None:
    """One of the newest sounds of the project that a model may be given."""
    count = project.count("sound")
    there = consent.check(project.items("sound", limit=_MOST, offset=max(count - _MOST, 0)), "train").allowed
    if not there:
        st.markdown(":small[There is no sound in this project that a model may be given.]")
        return None
    by_id = {item.id: item for item in reversed(there)}
    name = lambda item: f"{item.number} · {item.caption or item.source_name}"
    chosen = st.selectbox("Which of yours", by_id, index=None, format_func=lambda which: name(by_id[which]), key=f"{key}.own", placeholder="Choose a sound of the project",
                          label_visibility="collapsed")  # fmt: skip
    return by_id.get(chosen) if chosen else None
