"""Covers old tasks being cleared away: the last five that finished stay, and so does whatever still has something to tell."""

from __future__ import annotations

import pytest

from lib import jobs
from lib.media.files import write_json

FUNCTION = "collect.add_inbox"


@pytest.fixture(autouse=True)
def still(monkeypatch):
    """Nobody takes the tasks out of the queue."""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)


def made(project, second: int, state: str = "finished", returned: object = None, function: str = FUNCTION) -> jobs.Task:
    """A task that was begun at that second of a minute long ago."""
    task = jobs.Task(project.path / "tasks" / f"2026-01-01_1200{second:02d}_{function.replace('.', '_')}")
    task.path.mkdir()
    write_json(task.path / "request.json", {"function": function, "arguments": {}})
    write_json(task.path / "result.json", {"returned": returned})
    task.set_status(state=state)
    return task


def test_only_the_last_five_finished_tasks_of_a_function_stay(project):
    old = [made(project, second) for second in range(8)]
    others = [made(project, second, function="augment.build") for second in range(8)]
    newest = jobs.background(project, FUNCTION)
    assert jobs.tasks(project, FUNCTION) == [newest, *reversed(old[3:])]
    assert all(task.path.exists() for task in others)
    assert not list((project.path / "tasks").glob(".making-*"))


@pytest.mark.parametrize("state", ["queued", "running", "stopped", "failed"])
def test_what_has_not_finished_stays_however_old(project, state):
    old = made(project, 0, state)
    for second in range(1, 8):
        made(project, second)
    jobs.background(project, FUNCTION)
    assert old.path.exists() and len(jobs.tasks(project, FUNCTION)) == 1 + 5 + 1


def test_refusals_that_nobody_has_seen_stay(project):
    old = made(project, 0, returned={"refused_count": 2})
    for second in range(1, 8):
        made(project, second, returned={"refused_count": 0})
    jobs.background(project, FUNCTION)
    assert old.path.exists() and len(jobs.tasks(project, FUNCTION)) == 1 + 5 + 1
