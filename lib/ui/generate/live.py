"""The way to the live page of a run, where its model runs in the browser: a link, or a button that makes it ready. Read `offer`."""

from __future__ import annotations

import streamlit as st

from lib import share
from lib.jobs import Task
from lib.project import Project
from lib.project.runs import Run
from lib.ui.http import addresses
from lib.ui.widgets import on_request, show

EXPORT = "share.export_onnx"
_LABEL, _ICON = "Draw and see it live", ":material/draw:"
_HELP = "A page on which the model runs in this browser: draw, or use the camera, and see at once what it makes of it."

_PLAY = "Play, and hear it at once"
_HELP_PLAY = "A page on which it sounds in this browser: by keys, a drawn line, the microphone or the camera."

_THERE = "Draw and see it live, on the workbench's computer"
_HELP_THERE = "The same page; what you draw and film goes to the computer of the workbench, and nothing of it is kept until you keep it."


def offer(project: Project, run: Run) -> None:
    """Nothing where the model does not take a picture and make one, and makes no sound at once either."""
    if share.can_sound_live(run) and share.live_voice(project, run):
        st.link_button(_PLAY, addresses.live(project, run), icon=":material/piano:", help=_HELP_PLAY, width="stretch")
    if share.can_be_live(run):
        on_request.offer(project, run, EXPORT, "Making it ready for the browser", lambda task: _there(project, run, task), _ICON, _HELP)


def _there(project: Project, run: Run, task: Task | None) -> str:
    """The link, to this browser or, where it cannot be made ready for that, to the computer of the workbench."""
    model = share.live_model(project, run)
    if model:
        st.link_button(_LABEL, addresses.live(project, run), icon=_ICON, help=_HELP, width="stretch")
        return "" if model.is_newest else "It has learned more since: make that ready too"
    if task and task.error:
        show.error(task.error)
        st.link_button(_THERE, addresses.live(project, run), icon=_ICON, help=_HELP_THERE, width="stretch")
    return _LABEL
