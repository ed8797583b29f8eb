"""What is pending on Collect: films or sheets that were taken over, looked at, and not added yet. Read `watch`.

They lie in an inbox of the project (lib/collect/inbox.py), so a reload and a second tab find them as they were.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lib import collect, jobs
from lib.collect import inbox as boxes
from lib.errors import UserError
from lib.jobs import Task
from lib.project import Project
from lib.ui.collect import uploader
from lib.ui.widgets import show, task_bar

_BROKEN = UserError("It broke off.", "Its process has ended.", "Try again.")


def lay_down(project: Project, files: Sequence, way: str, function: str) -> None:
    """Takes uploads over at once, and begins to look at them in the background."""
    with show.errors(), st.spinner("Taking them over"):
        inbox = collect.bring(project, [(file.name, file) for file in files])
        boxes.lay_pending(project, inbox, way)
        jobs.background(project, function, inbox=inbox)
        uploader.let_go(files)
        uploader.next_round()
        st.rerun()


def newest(project: Project, function: str, inbox: str) -> Task | None:
    """The last task of that function at work on this inbox, whatever became of it."""
    for task in jobs.tasks(project, function):
        if task.request["arguments"].get("inbox") == inbox:
            return task
    return None


def watch(project: Project, function: str, inbox: str, doing: str) -> bool:
    """Shows a task on this inbox while it goes on, and why where it failed; True while it goes on."""
    return task_bar.is_going(newest(project, function, inbox), doing, _BROKEN)


def put_away(project: Project, inbox: str, what: str, key: str) -> None:
    """The way to discard them without adding anything."""
    if st.button(f"Put {what} away", type="tertiary", key=key, help="Nothing of them is added; your own files stay where they are."):
        with show.errors():
            boxes.discard(project, inbox)
            st.rerun()
