"""A short task in the background as Augment shows it: a bar, the time left, a way to stop. Read `watch`.

A reload or a second tab finds it again, since the task is a folder in the project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

import streamlit as st

from lib import jobs
from lib.errors import UserError
from lib.jobs import Task
from lib.ui.widgets import show

if TYPE_CHECKING:
    from lib.project import Project

BUILD, BUILD_PAIRS = "augment.build", "augment.build_pairs"     # freezing, as a task
BRINGS = ("collect.add_inbox", "collect.fetch_from_web")        # what datapoints come of, in the background
_LOOK_EVERY = 1.0  # seconds


def newest(project: Project, function: str) -> Task | None:
    """The last task of that function, whatever became of it."""
    tasks = jobs.tasks(project, function)
    return tasks[0] if tasks else None


def arriving(project: Project) -> None:
    """Says how many datapoints are still coming in; looks again until they are all here, and then draws the page anew, once."""
    if _coming_in(project):
        st.fragment(_look_who_comes, run_every=_LOOK_EVERY)(project)


def _look_who_comes(project: Project) -> None:
    coming = _coming_in(project)
    if not coming:
        st.rerun(scope="app")
    st.markdown(f":material/hourglass_top: {more_words(coming)} What is frozen now is without them.")


def more_words(coming: list[Task]) -> str:
    """"12 more are coming in." """
    left = [(task.status.get("total") or 0) - (task.status.get("step") or 0) for task in coming]
    count = sum(left) if all(steps > 0 for steps in left) else 0
    return f"{count:,} more {'is' if count == 1 else 'are'} coming in." if count else "More are coming in."


def _coming_in(project: Project) -> list[Task]:
    return [task for function in BRINGS for task in jobs.tasks(project, function) if is_under_way(task)]


def is_under_way(task: Task | None) -> TypeGuard[Task]:
    return task is not None and task.state in ("queued", "running")


def watch(task: Task, doing: str, in_bytes: bool = False) -> None:
    """Shows how far it is. When it ends, the page is drawn anew, once. in_bytes: what is counted are bytes, shown as GB or MB."""
    st.fragment(_look, run_every=_LOOK_EVERY)(task, doing, in_bytes)


def is_going(task: Task | None, doing: str, broken: UserError) -> bool:
    """Shows how far it is, or why it ended early (`broken` where it could not say it itself); True while it goes on."""
    if is_under_way(task):
        watch(task, doing)
        return True
    if has_failed(task):
        show.error(task.error or broken)
    return False


def has_failed(task: Task | None) -> TypeGuard[Task]:
    return task is not None and task.state in ("failed", "lost")


def _look(task: Task, doing: str, in_bytes: bool) -> None:
    if not is_under_way(task):
        st.rerun(scope="app")
    part, words = how_far(task.status, doing, in_bytes)
    st.progress(part, text=words)
    if st.button("Stop", icon=":material/stop:", key=f"stop.{task.id}"):
        task.ask_to_stop()
        st.markdown("It stops in a moment; what has come stays." if in_bytes else "It stops in a moment; nothing is left behind.")


def how_far(status: dict, doing: str, in_bytes: bool = False) -> tuple[float, str]:
    """(part done, "Freezing: 40 of 200, 3 s left")."""
    step, total = status.get("step") or 0, status.get("total") or 0
    if status["state"] == "queued" or not total:
        return 0.0, f"{doing}: getting ready."
    left = status.get("seconds_left")
    counted = _bytes(step, total) if in_bytes else f"{step:,} of {total:,}"
    return min(1.0, step / total), f"{doing}: {counted}" + (f", {_time(left)} left." if left else ".")


def _bytes(come: int, all_: int) -> str:
    return f"{come / 1e9:.2f} of {all_ / 1e9:.2f} GB" if all_ >= 5e7 else f"{come / 1e6:.1f} of {all_ / 1e6:.1f} MB"


def _time(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
