"""Items: reading them out of the project, fast. A page asks for 48 of 10,000; a freeze asks for all.

Rows become frozen dataclasses; nothing here writes except `change_field`, the one way a label is changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa

from lib.errors import UserError
from lib.project import database as db
from lib.project.consent import Row, Standing, as_date, sum_up
from lib.project.folder import ITEMS, now

KINDS = ("image", "sound", "text")
_UNDONE, _OVERTAKEN = 1, 2  # what became of a change that is no longer the last


@dataclass(frozen=True)
class Item:
    """One datapoint. `person` is the id of its maker (None: the maker of the project), `path` its file, never changed."""

    id: str
    number: int
    kind: str
    file: str
    caption: str
    person: str | None
    sha256: str
    source_name: str
    note: str
    added: str
    added_by: str
    consent: Standing
    _folder: Path = field(repr=False)
    _tags: str = field(repr=False, default="[]")
    _facts: str = field(repr=False, default="{}")

    # What costs time is worked out when it is asked for: a list of 10,000 items asks for little.

    @cached_property
    def path(self) -> Path:
        return self._folder / self.file

    @cached_property
    def tags(self) -> list[str]:
        return json.loads(self._tags)

    @cached_property
    def facts(self) -> dict:
        """What was found in the file: width and height (px), or seconds, rate (Hz) and channels, or characters."""
        return json.loads(self._facts)


def find(
    project,
    kind: str | None = None,
    limit: int | None = None,
    offset: int = 0,
    ids: Iterable[str] | None = None,
    newest_first: bool = False,
) -> list[Item]:
    """The items of a project in the order of their numbers."""
    query = _narrow(sa.select(*_COLUMNS), kind).limit(limit).offset(offset)
    query = query.order_by(db.items.c.number.desc() if newest_first else db.items.c.number)
    if ids is not None:
        query = query.where(
            db.items.c.id.in_(sa.select(sa.func.json_each(json.dumps(list(ids))).table_valued("value").c.value))
        )
    with project.database.read() as connection:
        rows = connection.execute(query).all()
        standing = standings(connection, [row[0] for row in rows] if limit is not None else None)
    folder, nothing = project.path / ITEMS, Standing()
    # Field by field in the order of _COLUMNS; the last two, tags and facts, come after what is not in the table.
    return [Item(*row[:-2], standing.get(row[0], nothing), folder, *row[-2:]) for row in rows]


def count(project, kind: str | None = None) -> int:
    query = _narrow(sa.select(sa.func.count()).select_from(db.items), kind)
    with project.database.read() as connection:
        return connection.execute(query).scalar_one()


def get(project, item_id: str) -> Item:
    """Raises UserError if there is no such item."""
    found = find(project, ids=[item_id])
    if not found:
        raise UserError(
            f"There is no datapoint {item_id!r} in {project.name}.",
            "",
            "It may have been deleted; look at the list again.",
        )
    return found[0]


def change_field(project, item_id: str, name: str, value: str) -> None:
    """Writes a caption or tags and remembers what was there before, so that `undo` can bring it back."""
    column = db.items.c[name]
    with project.database.write() as connection:
        old = connection.execute(sa.select(column).where(db.items.c.id == item_id)).scalar_one_or_none()
        if old is None:
            raise UserError(
                f"There is no datapoint {item_id!r} in {project.name}.",
                "",
                "It may have been deleted; look at the list again.",
            )
        if old == value:
            return
        connection.execute(db.items.update().where(db.items.c.id == item_id).values({column: value}))
        entry = dict(at=now(), actor=project.actor, item=item_id, field=name, old=old, new=value)
        connection.execute(db.changes.insert().values(entry))


def undo(project) -> str | None:
    """Takes back the actor's own last change; returns the id of the item, or None if there is nothing to take back.

    Where somebody else has changed the same field since, theirs stays: raises UserError, and the next call goes on with
    the change before.
    """
    mine = db.changes.c.actor == project.actor
    last = sa.select(db.changes).where(mine, db.changes.c.undone == 0).order_by(db.changes.c.id.desc()).limit(1)
    with project.database.write() as connection:
        change = connection.execute(last).one_or_none()
        if change is None:
            return None
        column = db.items.c[change.field]
        current = connection.execute(sa.select(column).where(db.items.c.id == change.item)).scalar_one_or_none()
        is_mine = current == change.new
        if is_mine:
            connection.execute(db.items.update().where(db.items.c.id == change.item).values({column: change.old}))
        passed = _UNDONE if is_mine else _OVERTAKEN
        connection.execute(db.changes.update().where(db.changes.c.id == change.id).values(undone=passed))
    if not is_mine:
        raise UserError(
            f"Your last change of the {change.field} is not taken back.",
            "Somebody else has changed it since.",
            "Look at what is there now, and write what you want.",
        )
    return change.item


_COLUMNS = [
    db.items.c[name]
    for name in (
        "id", "number", "kind", "file", "caption", "person", "sha256", "source_name", "note", "added", "added_by",
        "tags", "facts",
    )
]  # fmt: skip


def _narrow(query: sa.Select, kind: str | None) -> sa.Select:
    if kind is None:
        return query
    if kind not in KINDS:
        raise UserError(f"There is no kind of datapoint called {kind!r}.", "", f"Choose one of: {', '.join(KINDS)}.")
    return query.where(db.items.c.kind == kind)


def standings(connection: sa.Connection, ids: Sequence[str] | None) -> dict[str, Standing]:
    """The standing of each item (of all, if ids is None).

    Thousands of items share a handful of decisions, so a standing is summed up once for each set of decisions.
    """
    which = "" if ids is None else "WHERE item IN (SELECT value FROM json_each(?))"
    asked = () if ids is None else (json.dumps(list(ids)),)
    sets = connection.exec_driver_sql(
        f"SELECT item, group_concat(decision) FROM consent_items {which} GROUP BY item", asked
    ).all()
    rows = _rows_by_decision(connection)
    summed = {
        joined: sum_up(row for decision in sorted(map(int, joined.split(","))) for row in rows[decision])
        for joined in {joined for _, joined in sets}
    }
    return {item: summed[joined] for item, joined in sets}


def _rows_by_decision(connection: sa.Connection) -> dict[int, list[Row]]:
    c = db.consents.c
    query = sa.select(c.decision, c.purpose, c.state, c.person, c.until, c.basis, c.licence, c.note).order_by(c.id)
    grouped: dict[int, list[Row]] = {}
    for decision, purpose, state, person, until, basis, licence, note in connection.execute(query):
        grouped.setdefault(decision, []).append(Row(purpose, state, person, as_date(until), basis, licence, note))
    return grouped
