"""A short task in the background as Augment shows it: a bar, the time left, a way to stop. Read `watch`.

A reload or a second tab finds it again, since the task is a folder in the project.
"""

from __future__ import annotations

import streamlit as st

from lib import jobs
from lib.jobs import Task

BUILD, BUILD_PAIRS = "augment.build", "augment.build_pairs"     # freezing, as a task
_LOOK_EVERY = 1.0  # seconds


def newest(project, function: str) -> Task | None:
    """The last task of that function, whatever became of it."""
    found = jobs.tasks(project, function)
    return found[0] if found else None


def is_under_way(task: Task | None) -> bool:
    return task is not None and task.state in ("queued", "running")


def watch(task: Task, doing: str) -> None:
    """Shows how far it is. When it ends, the page is drawn anew, once."""
    st.fragment(_look, run_every=_LOOK_EVERY)(task, doing)


def _look(task: Task, doing: str) -> None:
    if not is_under_way(task):
        st.rerun(scope="app")
    part, words = how_far(task.status, doing)
    st.progress(part, text=words)
    if st.button("Stop", icon=":material/stop:", key=f"stop.{task.id}"):
        task.ask_to_stop()
        st.markdown("It stops in a moment; nothing is left behind.")


def how_far(status: dict, doing: str) -> tuple[float, str]:
    """(part done, "Freezing: 40 of 200, 3 s left")."""
    step, total = status.get("step") or 0, status.get("total") or 0
    if status["state"] == "queued" or not total:
        return 0.0, f"{doing}: getting ready."
    left = status.get("seconds_left")
    return min(1.0, step / total), f"{doing}: {step:,} of {total:,}" + (f", {_time(left)} left." if left else ".")


def _time(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
