"""The way to the rhythm pad of a run, on which its model runs in the browser. Read `offer`."""

from __future__ import annotations

import streamlit as st

from lib import audio, models
from lib.project import Project
from lib.project.runs import Run
from lib.ui.http import addresses

_HELP = "A page on which the model runs in this browser: move over the plane, and hear each bar at once."


def offer(project: Project, run: Run) -> None:
    """Nothing where its model has no pad; a word about when, where it has not finished."""
    if audio.has_pad(run):
        st.link_button("Play it on the rhythm pad", addresses.rhythm_pad(project, run), icon=":material/music_note:", help=_HELP, width="stretch", type="primary")
    elif models.pad(run.model):
        st.markdown(":small[Its rhythm pad opens once the training has finished.]")
