"""Removing datapoints, bringing them back, and deleting for good what was removed. Read `remove` first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib import jobs
from lib.errors import UserError
from lib.jobs import Task
from lib.project import arguments, derived_data, items, withdrawal
from lib.project import database as db
from lib.project import removal as aside
from lib.project.folder import moment
from lib.project.items import Item

if TYPE_CHECKING:
    from lib.project import Project

_MOST_SPANS = 500  # of numbers in one question
_STEP = 200  # datapoints between two looks at should_stop
_HELD = ("datasets", "runs", "outputs")
_FUNCTION = "collect.delete_removed"


@dataclass(frozen=True)
class Deleted:
    """How many datapoints were deleted for good, and the names of what was made from them.

    The datasets have shrunk; the runs and outputs are marked, and can no longer be continued, played or shown.
    """

    count: int
    datasets: list[str]
    runs: list[str]
    outputs: list[str]


def remove(project: Project, items: Item | str | Iterable[Item | str]) -> list[str]:
    """Puts datapoints aside; returns the ids of those that were in until now. `bring_back` undoes it.

    They leave every list, count and future dataset; their files stay, and so do datasets that hold them.
    Raises UserError for a datapoint that is not in the project; then nothing is removed.
    """
    return _mark(project, items, moment())


def bring_back(project: Project, items: Item | str | Iterable[Item | str]) -> list[str]:
    """Brings removed datapoints back, each with its number and its record; returns the ids of those that came back.

    Raises UserError for one that is not in the project (any more), or whose file is gone; then none is brought back.
    """
    return _mark(project, items, None)


def of_numbers(project: Project, numbers: Iterable[Iterable[int]], removed: bool | None = False) -> list[str]:
    """The ids of what bears these numbers, [[first, last], …]; removed: as for items.find."""
    c, spans = db.items.c, [(first, last) for first, last in numbers]
    if not spans:
        return []
    query = sa.select(c.id).where(sa.or_(*(c.number.between(first, last) for first, last in spans[:_MOST_SPANS])))
    if removed is not None:
        query = query.where(c.removed.is_not(None) if removed else c.removed.is_(None))
    with arguments.project(project).database.read() as connection:
        return list(connection.execute(query.order_by(c.number)).scalars())


def removed_together(project: Project, numbers: Iterable[Iterable[int]]) -> list[str]:
    """Of what bears these numbers, the ids of those that were removed last, in one go."""
    gone = items.find(project, ids=of_numbers(project, numbers, removed=True), removed=True)
    last = max((item.removed for item in gone if item.removed is not None), default=None)
    return [item.id for item in gone if item.removed == last]


def held_by(project: Project, items: Item | str | Iterable[Item | str]) -> Deleted:
    """What was made from these datapoints, by name; deletes nothing. It looks through all datasets, runs and outputs."""
    return _reached(arguments.project(project), arguments.item_ids(items))


def delete_removed(
    project: Project,
    items: Item | str | Iterable[Item | str] | None = None,
    *,
    confirm: bool = False,
    pass_over: bool = False,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Deleted:
    """Deletes removed datapoints (all of them, unless told) for good, with all that was made from them (withdrawal.py).

    Frozen datasets shrink: their prepared copies go. Runs and outputs that learned from them are marked, since a model cannot
    unlearn; one that is under way is asked to stop. The answer names them.
    pass_over: leave out those that somebody brought back, or deleted, meanwhile.
    Raises UserError without confirm=True, and (unless pass_over) for a datapoint that was not removed first; then nothing
    is deleted.
    """
    project = arguments.project(project)
    gone = _still_removed(project, items) if pass_over else _removed(project, items)
    if confirm is not True:
        raise UserError(
            f"Nothing was deleted: {len(gone)} would be gone for good.", "This cannot be undone.", "Say confirm=True if you mean it."
        )
    reached, done = _reached(project, [item.id for item in gone]), 0
    for start in range(0, len(gone), _STEP):
        if should_stop and should_stop():
            break
        done += _delete(project, gone[start : start + _STEP])
        if progress:
            progress(min(start + _STEP, len(gone)), len(gone))
    return Deleted(done, reached.datasets, reached.runs, reached.outputs)


def _delete(project: Project, gone: list[Item]) -> int:
    """Somebody may have brought one back meanwhile."""
    still = _still_removed(project, [item.id for item in gone])
    withdrawal.carry_out(project, still, withdrawal.DELETED)
    return len(still)


# ---- many at once: a task in the background ---------------------------------------------------------------------------


def delete_later(project: Project, chosen: Iterable[str]) -> Task:
    """Deletes these removed datapoints (their ids) for good, in the background."""
    return jobs.background(project, _FUNCTION, items=list(chosen), confirm=True, pass_over=True)


def deletion(project: Project) -> Task | None:
    """The newest deleting in the background, whatever became of it. One that failed can go on (jobs.resume)."""
    return next(iter(jobs.tasks(arguments.project(project), _FUNCTION)), None)


# ---- inside -----------------------------------------------------------------------------------------------------------


def _mark(project: Project, chosen, when: str | None) -> list[str]:
    project = arguments.project(project)
    datapoints = _existing(project, arguments.item_ids(chosen))
    changing = [item for item in datapoints if bool(item.removed) is not bool(when)]
    if when is None:
        _check_files(changing)
    ids = [item.id for item in changing]
    with project.database.write() as connection:
        aside.mark(connection, ids, when)
    return ids


def _existing(project: Project, ids: list[str]) -> list[Item]:
    """Raises UserError if one of them is not in the project."""
    datapoints = items.find(project, ids=ids, removed=None)
    _check_all_there(project, ids, {item.id for item in datapoints})
    return datapoints


def _check_all_there(project: Project, ids: list[str], there: set[str]) -> None:
    missing = sorted(set(ids) - there)
    if missing:
        raise UserError(
            f"These datapoints are not in {project.name}: {', '.join(missing[:5])}.",
            "They may have been deleted for good.",
            "Look at the list again; nothing was changed.",
        )


def _check_files(coming: list[Item]) -> None:
    """A deleting that was interrupted leaves the row, and perhaps no file: then only deleting is left."""
    lost = [f"number {item.number}" for item in coming if not item.path.exists()]
    if lost:
        raise UserError(
            f"The file of {', '.join(lost[:5])}{', …' if len(lost) > 5 else ''} is gone, so nothing was brought back.",
            "Deleting it for good had begun, or somebody took the file out of the project's folder.",
            "Delete it for good; then the others can be brought back. Or collect the same file again.",
        )


def _still_removed(project: Project, chosen) -> list[Item]:
    return items.find(project, ids=arguments.item_ids(chosen) if chosen is not None else None, removed=True)


def _removed(project: Project, chosen) -> list[Item]:
    if chosen is None:
        return items.find(project, removed=True)
    datapoints = _existing(project, arguments.item_ids(chosen))
    still_in = [f"number {item.number}" for item in datapoints if not item.removed]
    if still_in:
        raise UserError(
            f"Nothing was deleted: {', '.join(still_in[:5])} is still in.",
            "Only what was removed before can be deleted for good.",
            "Remove it first.",
        )
    return datapoints


@dataclass(frozen=True)
class _Named:
    """A datapoint of which only the id is known: enough to ask who holds it, and cheap for thousands."""

    id: str


def _reached(project: Project, ids: list[str]) -> Deleted:
    """Raises UserError if one of these is not in the project."""
    there = set(items.ids(project, removed=None))
    _check_all_there(project, ids, there)
    touched = derived_data.touched(project, map(_Named, ids), only=_HELD) if ids else {}
    return Deleted(len(ids), *([made.path.name for made in touched.get(name, [])] for name in _HELD))
