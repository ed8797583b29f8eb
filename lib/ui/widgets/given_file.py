"""A picture, a mask or a sound that a person gives to a model: brought, drawn, or taken here. Read `ask`.

What was given lies in a folder of this visit, which goes with it (a sound: given_sound.py); what is asked for with it is kept by the player (lib/player/inputs.py).
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from lib.media import jail
from lib.media.scripted import SUFFIX
from lib.media.setting import VOICE
from lib.media.sniff import PICTURE_NAMES
from lib.project import Project
from lib.ui.widgets import canvas, given_sound, show

_BRING, _DRAW, _CAMERA = _WAYS = ("Bring", "Draw", "Camera")


def ask(shape: str, label: str, words: str, key: str, ground: Path | None = None, project: Project | None = None) -> Path | None:
    """shape: "picture", "mask", "sound" or "voice". ground: the picture that a mask is painted on. Returns the file; None while there is none.

    project: whose datapoints may be given, and in which a sound is kept meanwhile; a sound cannot be given without one.
    """
    if shape == "mask":
        if ground is None:
            st.markdown(f"{label}  \n:small[{words} First give the picture.]")
            return None
        return _drawn(label, words, key, ground)
    st.markdown(f"{label}  \n:small[{words}]")
    if shape == "sound":
        return given_sound.ask(project, label, key) if project else None
    if shape == VOICE:
        return _voice(label, key)
    way = st.segmented_control(label, _WAYS, default=_BRING, required=True, key=f"{key}.way", label_visibility="collapsed")
    if way == _DRAW:
        return _drawn("", "", key)
    if way == _BRING:
        given = st.file_uploader(label, [name.removeprefix(".") for name in sorted(PICTURE_NAMES)], key=f"{key}.file", label_visibility="collapsed")
    else:
        given = st.camera_input(label, key=f"{key}.camera", label_visibility="collapsed")
    if given is None:
        return None
    return keep(f"{key}.{given.file_id}", Path(given.name).name or "given.png", given.getvalue())


def _voice(label: str, key: str) -> Path | None:
    """A model of sound that others made: it may be a program, so it is said first what becomes of it."""
    if jail.can_lock():
        st.info("Such a file is a program as much as a model. It is opened in a process of its own that can reach neither your files nor the network, "
                "and ends with it. What it learned from, and whose that is, only whoever made it can tell.", icon=":material/lock:")  # fmt: skip
    else:
        st.warning("Such a file is a program as much as a model, and this computer cannot lock it in: it could read your files and send them away. "
                   "Open only what somebody made whom you trust.", icon=":material/lock_open:")  # fmt: skip
    given = st.file_uploader(label, [SUFFIX.removeprefix(".")], key=f"{key}.file", label_visibility="collapsed")
    return keep(f"{key}.{given.file_id}", Path(given.name).name or f"given{SUFFIX}", given.getvalue()) if given else None


def drawn(names: Iterable[str], key: str) -> list[str]:
    """Those of the fields whose picture is being drawn here. key: as the form was given it."""
    return [name for name in names if st.session_state.get(f"{key}.{name}.way") == _DRAW]


def _drawn(label: str, words: str, key: str, ground: Path | None = None) -> Path | None:
    if label:
        st.markdown(f"{label}  \n:small[{words}]")
    picture = ""
    with show.errors():     # what it lies on may be no picture
        picture = canvas.draw(key=f"{key}.canvas", ground=ground, mask=ground is not None)
    return keep(f"{key}.{hash(picture)}", "drawing.png", base64.b64decode(picture.partition(",")[2])) if picture else None


def keep(which: str, name: str, content: bytes) -> Path:
    """A file with this content, written once for each thing that was given."""
    files = st.session_state.setdefault("given-files", {})
    if which not in files:
        folder = st.session_state.setdefault("given-folder", tempfile.TemporaryDirectory(prefix="handmade-given-"))
        path = Path(tempfile.mkdtemp(dir=folder.name)) / name
        path.write_bytes(content)
        files[which] = path
    return files[which]
