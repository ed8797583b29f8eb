"""Deleting for good: whatever was made from some items goes with them, or is marked and used no more. Read `carry_out`.

It is written down first and struck out last (the table `withdrawals`), and each part of it may be done twice. So one that
was interrupted, by a crash or a full disk, goes on at the next opening of the project (`finish_interrupted`), and from its
first moment on nothing uses these items any more.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.errors import UserError
from lib.media import files, leftovers, locks
from lib.project import consent, datasets, derived_data, items, people, removal, runs
from lib.project import database as db
from lib.project.consent import Consent, record
from lib.project.derived_data import Leaving
from lib.project.folder import CACHE, MAKING, clear_forgotten, moment, now
from lib.project.items import Item
from lib.project.outputs import Output
from lib.project.people import Person

if TYPE_CHECKING:
    from lib.project.project import Project

_LOCK, _PATIENCE = "withdrawal.lock", 60.0  # seconds: another one is being carried out
_STOPS = 10.0  # seconds that a training has to come to its end
_BATCH = 200  # items in one transaction
_SHORTEST = 3  # letters of a name that is looked for in what people wrote

WITHDRAWN, DELETED = "withdrawn", "deleted"


@dataclass(frozen=True)
class Touched:
    """What a withdrawal reaches, or has reached: each thing that was made from these items, and the items themselves.

    indexes: files in which items are looked up by what they are like. people: those of whom nothing is left in the project
    afterwards. named: sentences, in which words of others their names stand, which nobody but these others can change.
    """

    items: list[Item] = field(default_factory=list)
    datasets: list[datasets.Dataset] = field(default_factory=list)
    runs: list[runs.Run] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    indexes: list[Path] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    copies: int = 0  # zips that were given out to other computers with these items in them, which nobody reaches from here


def theirs(project: Project, person: str) -> list[Item]:
    """All items of a person (an id), also such as lie aside: those that they made, and those about which their word counts."""
    decided = [item for item, entry in consent.survey(project).entries.items() if person in entry.standing.people]
    made = items.ids(project, person=person, removed=None)
    return items.find(project, ids={*decided, *made}, removed=None)


def touched(project: Project, chosen: Sequence[Item], who: str | None = None) -> Touched:
    """What deleting these items for good would reach; changes nothing. who: a person who leaves in any case (an id)."""
    kept = derived_data.touched(project, chosen, only=("datasets", "runs", "outputs", "errands", *derived_data.INDEXES))
    leaving = _who_leaves(project, chosen, who)
    return Touched(
        list(chosen), kept["datasets"], kept["runs"], kept["outputs"], [path for name in derived_data.INDEXES for path in kept[name]],
        leaving, _named_elsewhere(project, chosen, leaving), len(kept["errands"]) + sum(run.elsewhere is not None for run in kept["runs"]),
    )  # fmt: skip


def carry_out(
    project: Project, chosen: Sequence[Item], said: str = WITHDRAWN, who: str | None = None, progress: Callable[[int, int], object] | None = None
) -> Touched:
    """Deletes these items for good, with all that was made from them.

    Originals, small pictures, previews, vectors, prepared copies and every row go. A dataset keeps the hash and the date of
    what left it. Runs and outputs that learned from them are marked: a model cannot unlearn.
    said: WITHDRAWN where somebody said no, DELETED where it was done by hand. who: as for `touched`. Returns what was touched.
    """
    with _alone(project):
        reached = touched(project, chosen, who)
        if reached.items or reached.people:
            _finish(project, _begin(project, reached, said), progress)
    return reached


def finish_interrupted(project: Project) -> None:
    """Goes on with what was begun and not finished; nothing to do while whoever began it is still at work.

    Where it cannot be finished now either (the disk is full), it is tried again at the next opening.
    """
    if not project.database.remember("withdrawals under way", lambda: _under_way(project)):
        return
    with contextlib.suppress(UserError, OSError), _alone(project, patience=0.0):
        for number in _under_way(project):
            _finish(project, number)


def is_interrupted(project: Project) -> bool:
    """True while something that was to be deleted for good is still there."""
    return bool(_under_way(project))


# ---- the parts, in their order ---------------------------------------------------------------------------------------


def _begin(project: Project, reached: Touched, reason: str) -> int:
    """From here on nobody uses them: they lie aside, and where somebody said no, the record says so. Returns its number."""
    ids, c = [item.id for item in reached.items], db.items.c
    counts = {name: len(getattr(reached, name)) for name in ("items", "datasets", "runs", "outputs")}
    row = dict(items=json.dumps(ids), people=json.dumps([person.id for person in reached.people]), said=reason, begun=moment(), counts=json.dumps(counts))
    with project.database.write() as connection:
        connection.execute(db.items.update().where(removal.among(c.id, ids), c.removed.is_(None)).values(removed=moment()))
        if reason == WITHDRAWN and ids:
            record.tie(connection, record.insert(connection, Consent(state="withdrawn"), None, project.actor), ids)
        return connection.execute(db.withdrawals.insert().values(row)).inserted_primary_key[0]


def _finish(project: Project, number: int, progress: Callable[[int, int], object] | None = None) -> None:
    leaving = _leaving(project, number)
    _stop_trainings(project, leaving)
    derived_data.forget(project, leaving, only=[name for name in derived_data.DERIVED_DATA if name not in derived_data.CACHES])
    for start in range(0, len(leaving.items), _BATCH):
        removal.delete_rows(project, leaving.items[start : start + _BATCH])
        if progress:
            progress(min(start + _BATCH, len(leaving.items)), len(leaving.items))
    _forget_people(project, [person.id for person in leaving.people])
    _clear_up(project)
    project.database.checkpoint()
    _strike_out(project, number)
    project.database.checkpoint()


def _forget_people(project: Project, ids: list[str]) -> None:
    """With what they once said about data that turned out to be somebody else's."""
    rows, links = db.consents, db.consent_items
    with project.database.write() as connection:
        connection.execute(rows.delete().where(removal.among(rows.c.person, ids)))
        connection.execute(links.delete().where(links.c.decision.not_in(sa.select(rows.c.decision))))
        connection.execute(db.items.update().where(removal.among(db.items.c.person, ids)).values(person=None))
        connection.execute(db.people.delete().where(removal.among(db.people.c.id, ids)))


def _clear_up(project: Project) -> None:
    """What killed programs left half made anywhere in the project."""
    for folder in {path.parent for path in project.path.rglob(f"{MAKING}*.lock")}:
        clear_forgotten(folder)
    for folder in {path.parent for path in project.path.rglob(f"{files.TEMPORARY}*")}:
        leftovers.clear_forgotten(folder)


def _leaving(project: Project, number: int) -> Leaving:
    w = db.withdrawals.c
    with project.database.read() as connection:
        row = connection.execute(sa.select(w["items"], w.people, w.said).where(w.id == number)).one()
    named = set(json.loads(row[1]))
    datapoints = items.find(project, ids=json.loads(row[0]), removed=None)
    return Leaving(datapoints, [person for person in people.everyone(project) if person.id in named], row.said)


def _strike_out(project: Project, number: int) -> None:
    """What stays is when, and how many: no id, no name."""
    change = db.withdrawals.update().where(db.withdrawals.c.id == number)
    with project.database.write() as connection:
        connection.execute(change.values(items="[]", people="[]", finished=now()))


def _under_way(project: Project) -> list[int]:
    w = db.withdrawals.c
    with project.database.read() as connection:
        return list(connection.execute(sa.select(w.id).where(w.finished.is_(None)).order_by(w.id)).scalars())


def _stop_trainings(project: Project, leaving: Leaving) -> None:
    """Whatever learns from them is asked to stop, and has some seconds to come to its end."""
    learning = [run for run in runs.touched(project, leaving) if run.state not in runs.OVER]
    for run in learning:
        run.ask_to_stop()
    for run in learning:
        if run.state == "running":
            run.wait(timeout=_STOPS)


@contextlib.contextmanager
def _alone(project: Project, patience: float = _PATIENCE):
    """One at a time in a project. Raises UserError where another one takes long."""
    lock = locks.take(project.path / CACHE / _LOCK, patience)
    if lock is None:
        raise UserError(
            "Something else is being deleted for good just now.", "One at a time is carried out.", "Wait a minute, then try again."
        )
    with lock:
        yield


# ---- people ----------------------------------------------------------------------------------------------------------


def _who_leaves(project: Project, chosen: Sequence[Item], who: str | None) -> list[Person]:
    """The people whose data these items are, and who have nothing else in the project; and `who`."""
    gone = {item.id for item in chosen}
    concerned = {person for item in chosen for person in (item.person, *item.consent.people) if person}
    links, c, rows = db.consent_items.c, db.items.c, db.consents.c
    with project.database.read() as connection:
        made = connection.execute(sa.select(c.person, c.id).where(c.person.is_not(None))).all()
        tied = connection.execute(
            sa.select(rows.person, links.item).join(db.consent_items, links.decision == rows.decision).where(rows.person.is_not(None)).distinct()
        ).all()
    staying = {person for person, item in (*made, *tied) if item not in gone}
    return [person for person in people.everyone(project) if person.id in concerned - staying or person.id == who]


def _named_elsewhere(project: Project, chosen: Sequence[Item], leaving: Sequence[Person]) -> list[str]:
    """Where names of those who leave stand in words that somebody else wrote: "in 2 entries of the journal"."""
    names = [person.name for person in leaving if len(person.name) >= _SHORTEST]
    if not names:
        return []
    gone, c = [item.id for item in chosen], db.items.c
    with project.database.read() as connection:
        written = connection.execute(sa.select(db.journal.c.words)).scalars().all()
        columns = sa.select(c.caption, c.note, c.tags, c.slip, c.source_name, c.class_name).where(sa.not_(removal.among(c.id, gone)))
        others = [" ".join(row) for row in connection.execute(columns)]
    made = [path.parent.name for path in project.path.glob("*/*/dataset.json")] + [run.id for run in runs.newest_first(project)]
    places = [(written, "entry of the journal", "entries of the journal"), (others, "other datapoint", "other datapoints"),
              (made, "name of a dataset or a run", "names of datasets or runs")]  # fmt: skip
    counts = [(_count(names, texts), singular, several) for texts, singular, several in places]
    return [f"in {count} {singular if count == 1 else several}" for count, singular, several in counts if count]


def _count(names: Iterable[str], texts: Iterable[str]) -> int:
    folded = [name.casefold() for name in names]
    return sum(any(name in text.casefold() for name in folded) for text in texts)
