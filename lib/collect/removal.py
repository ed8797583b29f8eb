"""Removing datapoints, bringing them back, and deleting for good what was removed. Read `remove` first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lib.errors import UserError
from lib.project import given, holdings, items
from lib.project import removal as aside
from lib.project.folder import moment
from lib.project.items import Item

_STEP = 200  # datapoints between two looks at should_stop
_HELD = ("datasets", "runs", "outputs")


@dataclass(frozen=True)
class Deleted:
    """How many datapoints were deleted for good, and the names of what was made from them and stays as it is."""

    count: int
    datasets: list[str]
    runs: list[str]
    outputs: list[str]


def remove(project, items: Item | str | Iterable[Item | str]) -> list[str]:
    """Puts datapoints aside; returns the ids of those that were in until now. `bring_back` undoes it.

    They leave every list, count and future dataset; their files stay, and so do datasets that hold them.
    Raises UserError for a datapoint that is not in the project; then nothing is removed.
    """
    return _mark(project, items, moment())


def bring_back(project, items: Item | str | Iterable[Item | str]) -> list[str]:
    """Brings removed datapoints back, each with its number and its record; returns the ids of those that came back.

    Raises UserError for one that is not in the project (any more); then none is brought back.
    """
    return _mark(project, items, None)


def held_by(project, items: Item | str | Iterable[Item | str]) -> Deleted:
    """What was made from these datapoints, by name; deletes nothing. It looks through all datasets, runs and outputs."""
    project = given.project(project)
    return _told(project, _found(project, given.item_ids(items)))


def delete_removed(
    project,
    items: Item | str | Iterable[Item | str] | None = None,
    *,
    confirm: bool = False,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Deleted:
    """Deletes removed datapoints (all of them, unless told) for good: file, small pictures, and every row about them.

    Frozen datasets, runs and outputs that were made from them are not changed; the answer names them.
    Raises UserError without confirm=True, and for a datapoint that was not removed first; then nothing is deleted.
    """
    project, gone = given.project(project), _removed(project, items)
    if confirm is not True:
        raise UserError(
            f"Nothing was deleted: {len(gone)} would be gone for good.", "This cannot be undone.", "Say confirm=True if you mean it."
        )
    told, done = _told(project, gone), 0
    for start in range(0, len(gone), _STEP):
        if should_stop and should_stop():
            break
        done += aside.delete(project, gone[start : start + _STEP])
        if progress:
            progress(min(start + _STEP, len(gone)), len(gone))
    return Deleted(done, told.datasets, told.runs, told.outputs)


def _mark(project, chosen, when: str | None) -> list[str]:
    project = given.project(project)
    found = _found(project, given.item_ids(chosen))
    ids = [item.id for item in found if bool(item.removed) is not bool(when)]
    with project.database.write() as connection:
        aside.mark(connection, ids, when)
    return ids


def _found(project, ids: list[str]) -> list[Item]:
    """Raises UserError if one of them is not in the project."""
    found = items.find(project, ids=ids, removed=None)
    missing = sorted(set(ids) - {item.id for item in found})
    if missing:
        raise UserError(
            f"These datapoints are not in {project.name}: {', '.join(missing[:5])}.",
            "They may have been deleted for good.",
            "Look at the list again; nothing was changed.",
        )
    return found


def _removed(project, chosen) -> list[Item]:
    if chosen is None:
        return items.find(project, removed=True)
    found = _found(project, given.item_ids(chosen))
    still_in = [f"number {item.number}" for item in found if not item.removed]
    if still_in:
        raise UserError(
            f"Nothing was deleted: {', '.join(still_in[:5])} is still in.",
            "Only what was removed before can be deleted for good.",
            "Remove it first.",
        )
    return found


def _told(project, gone: list[Item]) -> Deleted:
    touched = holdings.touched(project, gone) if gone else {}
    return Deleted(len(gone), *([made.path.name for made in touched.get(name, [])] for name in _HELD))
