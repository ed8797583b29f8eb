"""Files of a run that a task makes when somebody asks for them: how far it is, what is there, and the button that begins it. Read `offer`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from lib import jobs
from lib.jobs import Task
from lib.project import Project
from lib.project.runs import Run
from lib.ui.widgets import show, task_bar


def offer(project: Project, run: Run, function: str, doing: str, there: Callable[[Task | None], str], icon: str, words: str,
          width: Literal["stretch", "content"] = "stretch") -> None:  # fmt: skip
    """function: the task that makes them, called with the id of the run. doing: what stands beside the bar meanwhile.

    there(the last such task of this run): shows what is there already, or why it broke, and gives what the button says that makes them, or makes them
    anew; "" for no button. icon, words: of that button, and its help.
    """
    task = next((task for task in jobs.tasks(project, function) if task.summary.get("arguments", {}).get("run") == run.id), None)
    if task_bar.is_under_way(task):
        task_bar.watch(task, doing)
        return
    with show.errors():
        label = there(task)
        if label and st.button(label, icon=icon, key=f"{function}.{run.id}", help=words, width=width):
            jobs.background(project, function, run=run.id)
            st.rerun()
