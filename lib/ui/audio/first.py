"""Audio before there is anything to play: why, and the way on. Read `look`."""

from __future__ import annotations

import streamlit as st

from lib.project import Project, outputs
from lib.project.runs import Run
from lib.ui.audio import results
from lib.ui.shell import navigation
from lib.ui.widgets import empty, show

_NEXT = """
Here models play that have learned from sounds. After a minute of training some of them can be heard.

1. **Give** one a sound to follow (bring it, record it, take one of yours), **draw** lines for it by hand, or let it go its own way.
2. **Compare** what it makes with what you gave, equally loud, from the same moment on.
3. Ask **mine or a copy?**, and hear the moment of its data that comes nearest.
4. **Keep** it as WAV or FLAC: where it came from is written inside.
"""


def look(project: Project) -> None:
    with empty.beside_picture("sounds.svg", "A waveform, drawn in ink; its middle in red"):
        st.subheader("No model makes sounds yet", anchor=False)
        st.markdown(_NEXT)
        with st.container(horizontal=True):
            if st.button("Record some sounds", icon=":material/mic:", type="primary" if not project.count("sound") else "secondary"):
                navigation.go("make/collect.py", project)
            if st.button("Train a model of sounds", icon=":material/model_training:", type="primary" if project.count("sound") else "secondary"):
                navigation.go("train/train.py", project)


def title_line(project: Project, runs: list[Run]) -> str:
    """"**Voices** · 2 models · 18 sounds, 3 kept"."""
    made = results.sounds(project)
    kept = sum(output.marked == outputs.KEPT for output in made)
    parts = [f"**{show.plain(project.name)}**", show.several(len(runs), "model") if runs else "no model that makes sounds yet"]
    if made:
        parts.append(show.several(len(made), "sound") + (f", {kept:,} kept" if kept else ""))
    return " · ".join(parts)
