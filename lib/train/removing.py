"""Taking a run away, in two steps: `remove` puts it aside (`bring_back` undoes that), `delete_for_good` frees the disk.

A run that was put aside keeps its folder inside the project, so a withdrawal still finds it. What was made with it stays.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.media import locks
from lib.project.folder import RUNS, making
from lib.project.runs import LOCK, OVER, REMOVED, REQUEST, Run

if TYPE_CHECKING:
    from lib.project import Project


def remove(project: Project, which: object) -> None:
    """Puts a run aside. Raises UserError while it waits or runs."""
    run = project.run(which)
    lock = locks.take(run.path / LOCK, patience=2)
    if lock is None or run.state not in OVER:
        raise UserError(f"{run.id} is not removed.", f"It is {run.state}.", "Stop it first, then remove it.")
    aside = project.path / RUNS / REMOVED
    aside.mkdir(exist_ok=True)
    lock.release()      # Windows renames no folder with an open file in it
    os.rename(run.path, aside / run.id)


def removed(project: Project) -> list[Run]:
    """The runs that were put aside, newest first."""
    aside = project.path / RUNS / REMOVED
    return [Run(request.parent) for request in sorted(aside.glob(f"*/{REQUEST}"), reverse=True)]


def bring_back(project: Project, run_id: str) -> Run:
    """Undoes `remove`. Raises UserError if it is not among the removed ones, or its name is in use again."""
    aside = _aside(project, run_id)
    try:
        os.rename(aside.path, project.path / RUNS / aside.id)
    except OSError as error:
        if not (project.path / RUNS / aside.id).exists():
            raise
        why = "Another run has its name, and what was made with a run names it."
        raise UserError(f"{aside.id} is not brought back.", why, "Remove the other one first.") from error
    return project.run(aside.id)


def delete_for_good(project: Project, run_id: str) -> None:
    """Deletes a removed run: its model, its samples, everything. What was made with it stays, with its story.

    It is gone from the list at once, also where the deleting is interrupted; the next one clears up.
    """
    aside = _aside(project, run_id)
    with making(aside.path.parent) as folder:
        os.rename(aside.path, folder / aside.id)


def size_of(run: Run) -> int:
    """Bytes on the disk."""
    return sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())


def _aside(project: Project, run_id: str) -> Run:
    removed_runs = {run.id: run for run in removed(project)}
    if run_id not in removed_runs:
        raise UserError(f"There is no removed run {run_id!r}.", "It may have been brought back already.", "Look at the list again.")
    return removed_runs[run_id]
