"""Which page plays what: sounds have one of their own. Read `is_sound`."""

from __future__ import annotations

import streamlit as st

from lib import generate
from lib.errors import UserError
from lib.media.kinds import SOUND
from lib.project import Project, outputs
from lib.ui.shell import navigation


def is_sound(project: Project) -> bool:
    """True where the address names a run (?run=) whose model makes sounds."""
    asked = st.query_params.get("run", "").rpartition("/")[2]
    try:
        return bool(asked) and generate.makes(project.run(asked).model, "sound")
    except UserError:
        return False


def to_audio(project: Project) -> None:
    """The way to the sounds, where there are some, or a model that makes them."""
    made = any(output.path.suffix == SOUND.suffix for output in outputs.listed(project))
    if made or any(generate.makes(run.model, "sound") for run in generate.playable(project)):
        navigation.link("play/audio.py", project, "Models of sounds play on Audio", icon=":material/graphic_eq:")
