"""The way to the live page of a run, where its model runs in the browser: a link, or a button that makes it ready. Read `offer`."""

from __future__ import annotations

import streamlit as st

from lib import jobs, share
from lib.jobs import Task
from lib.project import Project
from lib.project.runs import Run
from lib.ui.http import addresses
from lib.ui.widgets import show, task_bar

EXPORT = "share.export_onnx"
_LABEL, _ICON = "Draw and see it live", ":material/draw:"
_HELP = "A page on which the model runs in this browser: draw, or use the camera, and see at once what it makes of it."

_THERE = "Draw and see it live, on the workbench's computer"
_HELP_THERE = "The same page; what you draw and film goes to the computer of the workbench, and nothing of it is kept until you keep it."


def offer(project: Project, run: Run) -> None:
    """Nothing where the model does not take a picture and make one."""
    if not share.can_be_live(run):
        return
    task = _latest(project, run)
    if task_bar.is_under_way(task):
        task_bar.watch(task, "Making it ready for the browser")
        return
    with show.errors():
        model = share.live_model(project, run)
        if model:
            st.link_button(_LABEL, addresses.live(project, run), icon=_ICON, help=_HELP, width="stretch")
        elif task and task.error:
            show.error(task.error)
            st.link_button(_THERE, addresses.live(project, run), icon=_ICON, help=_HELP_THERE, width="stretch")
        words = "It has learned more since: make that ready too" if model else _LABEL
        if not (model and model.is_newest) and st.button(words, icon=None if model else _ICON, key=f"live.{run.id}", help=_HELP, width="stretch"):
            jobs.background(project, EXPORT, run=run.id)
            st.rerun()


def _latest(project: Project, run: Run) -> Task | None:
    """The task that made this run ready, or was to."""
    return next((task for task in jobs.tasks(project, EXPORT) if task.summary.get("arguments", {}).get("run") == run.id), None)
