"""The estimate as a task in the background, for pages: asked at every change, measured one at a time. Read `measure`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from lib import jobs
from lib.jobs import Task
from lib.media import locks
from lib.project.runs import LOCK, OVER

if TYPE_CHECKING:
    from lib.project import Project

_FUNCTION = "train.estimate"
_KEPT = 3  # measurements that are over and stay for a while, to be read


def measure(project: Project, model: str, dataset: str, *, preset: str, anew: bool = False, **settings: object) -> Task:
    """The task that measures just this, begun if there is none; those for what nobody asks any more are stopped.

    dataset: its folder's name. anew: also where it was tried before and failed. Look at `task.state`; when it is finished, `train.known` has the answer.
    """
    asked = _asked(model, dataset, preset, settings)
    tasks = jobs.tasks(project, _FUNCTION)
    mine = [task for task in tasks if _asks(task, asked)]
    for task in tasks:
        if task not in mine and task.state not in OVER:
            task.ask_to_stop()
    if mine and (mine[0].state not in OVER or (mine[0].state == "failed" and not anew)):
        return mine[0]
    _clear([task for task in tasks if task.state in OVER][_KEPT:])
    return jobs.background(project, _FUNCTION, **asked)


def under_measurement(project: Project, model: str, dataset: str, *, preset: str, **settings: object) -> Task | None:
    """The task that measures just this at the moment."""
    asked = _asked(model, dataset, preset, settings)
    return next((task for task in jobs.tasks(project, _FUNCTION) if _asks(task, asked) and task.state not in OVER), None)


def _asked(model: str, dataset: str, preset: str, settings: dict) -> dict:
    """What decides about the time; the number of steps does not, since a step takes as long among more."""
    settings = {name: value for name, value in settings.items() if name != "steps"}
    return {"model": model, "dataset": dataset, "preset": preset, **settings}


def _asks(task: Task, asked: dict) -> bool:
    return task.summary.get("arguments") == asked and not task.is_stopping


def _clear(tasks: list[Task]) -> None:
    for task in tasks:
        lock = locks.take(task.path / LOCK)
        if lock:
            lock.release()
            shutil.rmtree(task.path, ignore_errors=True)
