"""Labels: what people say about an item, each change kept, so that it can be taken back. Read `change`, then `undo`.

Words that every item may have are columns of its row; labels that few have are rows of `marks`. A change names the actor,
what was there before, the suggestion that it answers (if any), and the batch that it was made in: a bulk edit is undone as
one. A *reading* is one actor's own answer about an item, kept beside the label and never over it: two people who label the
same items without seeing each other's answers (lib/label/agreement.py).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from lib.errors import UserError
from lib.project import database as db
from lib.project.folder import now
from lib.project.removal import among

COLUMNS = ("caption", "tags", "class_name", "excluded", "note", "slip")
MARKS = ("crop", "points", "regions", "mask", "transcript", "pair")
FIELDS = COLUMNS + MARKS
MAKER = "person"  # no label, but changed and undone like one: the id of the maker (lib/collect/slips.py)
_IN_ROW = (*COLUMNS, MAKER)
EMPTY = {"tags": "[]", "slip": "{}", MAKER: None}  # what stands where nothing was said; "" for all others
_UNDONE, _OVERTAKEN = 1, 2  # what became of a change that is no longer the last
_NO_ANSWER = "all-"  # how a batch begins that is nobody's own answer: a class renamed, what people agreed on after talking


class Conflict(UserError):
    """Somebody else has changed the same label since it was looked at. current: what stands there now; by: who wrote it."""

    def __init__(self, field: str, current: str, by: str):
        self.field, self.current, self.by = field, current, by
        super().__init__(
            f"Somebody else has changed the {field.removesuffix('_name')} meanwhile.",
            f"{by} wrote: {current or 'nothing'}.",
            "Keep theirs, or write yours over it.",
        )


@dataclass(frozen=True)
class Change:
    """One new value. seen: what stood there when the person looked; where it is another by now, the change is a Conflict.

    value: text; JSON for tags, slip and marks. suggested: what a machine had proposed. reading: only one's own answer.
    token: of the browser; a change with a token that was written already is passed over.
    """

    item: str
    field: str
    value: str
    seen: str | None = None
    suggested: str = ""
    reading: bool = False
    token: str | None = None


def change(project, item: str, field: str, value: str, **more: object) -> bool:
    """Writes one label; False where it stood so already. Raises UserError for an item that is not there, or Conflict."""
    with project.database.write() as connection:
        return write(connection, project.actor, Change(item, field, value, **more))


def change_together(project, changes: Iterable[Change], *, is_answer: bool = True, batch: str = "") -> int:
    """Several labels in one transaction, which one `undo` takes back together. Returns how many were other before.

    is_answer: False where it is nobody's own answer, and so counts in no comparison of readers. batch: a name of one's own
    for these changes (`new_batch`), by which `undo` finds them later.
    """
    batch = f"{'' if is_answer else _NO_ANSWER}{batch or new_batch()}"
    with project.database.write() as connection:
        return sum([write(connection, project.actor, one, batch) for one in changes])


def new_batch() -> str:
    return secrets.token_hex(8)


def write(connection: sa.Connection, actor: str, one: Change, batch: str = "") -> bool:
    if one.field not in (*FIELDS, MAKER):
        raise UserError(f"There is no label called {one.field!r}.", "", f"Choose one of: {', '.join(FIELDS)}.")
    log = db.changes
    if one.token and connection.execute(sa.select(sa.exists().where(log.c.token == one.token))).scalar_one():
        return False
    old = current(connection, one.item, one.field)
    if old is None:
        raise UserError(f"There is no datapoint {one.item!r} here.", "", "It may have been deleted; look at the list again.")
    if one.reading:
        old = own_reading(connection, actor, one.item, one.field)
    elif one.seen is not None and one.seen != old != one.value:
        by = _last_writer(connection, one.item, one.field)
        if by != actor:
            raise Conflict(one.field, old, by)
    if old == one.value and not one.reading:
        return False
    if not one.reading:
        put(connection, one.item, one.field, one.value)
    entry = dict(
        at=now(), actor=actor, item=one.item, field=one.field, old=old, new=one.value, batch=batch,
        suggested=one.suggested, reading=int(one.reading), token=one.token,
    )  # fmt: skip
    connection.execute(log.insert().values(entry))
    return True


def write_known(connection: sa.Connection, actor: str, known: Sequence[tuple[Change, str]], batch: str) -> None:
    """Many changes of what stands in the items' rows, quickly: (change, what stood there), read in this transaction."""
    at, c = now(), db.items.c
    log = [
        dict(at=at, actor=actor, item=one.item, field=one.field, old=old, new=one.value, batch=batch, token=one.token)
        for one, old in known
    ]  # fmt: skip
    for field in sorted({one.field for one, _ in known}):
        told = [{"one": one.item, "told": one.value or EMPTY.get(field, "")} for one, _ in known if one.field == field]
        connection.execute(db.items.update().where(c.id == sa.bindparam("one")).values({field: sa.bindparam("told")}), told)
    if log:
        connection.execute(db.changes.insert(), log)


def current(connection: sa.Connection, item: str, field: str) -> str | None:
    """What stands there; None where there is no such item."""
    c, m = db.items.c, db.marks.c
    if field in _IN_ROW:
        return connection.execute(sa.select(sa.func.coalesce(c[field], "")).where(c.id == item)).scalar_one_or_none()
    if not connection.execute(sa.select(sa.exists().where(c.id == item))).scalar_one():
        return None
    query = sa.select(m.value).where(m.item == item, m.field == field)
    return connection.execute(query).scalar_one_or_none() or ""


def put(connection: sa.Connection, item: str, field: str, value: str) -> None:
    if field in _IN_ROW:
        connection.execute(db.items.update().where(db.items.c.id == item).values({field: value or EMPTY.get(field, "")}))
        return
    m = db.marks.c
    connection.execute(db.marks.delete().where(m.item == item, m.field == field))
    if value:
        connection.execute(db.marks.insert().values(item=item, field=field, value=value))


def own_reading(connection: sa.Connection, actor: str, item: str, field: str) -> str:
    """What an actor has answered so far, beside the label; "" where nothing."""
    c = db.changes.c
    mine = sa.select(c.new).where(c.item == item, c.field == field, c.actor == actor, c.reading == 1, c.undone == 0)
    return connection.execute(mine.order_by(c.id.desc()).limit(1)).scalar_one_or_none() or EMPTY.get(field, "")


def _last_writer(connection: sa.Connection, item: str, field: str) -> str:
    c = db.changes.c
    query = sa.select(c.actor).where(c.item == item, c.field == field, c.undone == 0, c.reading == 0)
    return connection.execute(query.order_by(c.id.desc()).limit(1)).scalar_one_or_none() or "somebody"


def marks(project, ids: Sequence[str]) -> dict[str, dict[str, object]]:
    """The marks of some items: {id: {"crop": [0.1, 0, 0.5, 0.5], "transcript": "…"}}; items without any are not in it.

    Every mark but the transcript, the mask and the pair is JSON and comes back as what it says.
    """
    m = db.marks.c
    found: dict[str, dict[str, object]] = {}
    with project.database.read() as connection:
        for item, field, value in connection.execute(sa.select(m.item, m.field, m.value).where(among(m.item, ids))):
            found.setdefault(item, {})[field] = value if field in ("transcript", "mask", "pair") else json.loads(value)
    return found


def readings(project, field: str) -> dict[str, dict[str, str]]:
    """Everyone's own latest answers: {item: {actor: value}}. Where somebody did not read separately, the label counts as
    its writer's answer; what was settled after talking, or renamed everywhere, is nobody's."""
    c = db.changes.c
    query = sa.select(c.item, c.actor, c.new).join(db.items, db.items.c.id == c.item)
    query = query.where(c.field == field, c.undone == 0, db.items.c.removed.is_(None), c.batch.not_like(f"{_NO_ANSWER}%"))
    found: dict[str, dict[str, str]] = {}
    with project.database.read() as connection:
        for item, actor, value in connection.execute(query.order_by(c.reading, c.id)):
            found.setdefault(item, {})[actor] = value
    return found


def readings_of(project, actor: str, ids: Iterable[str] | None = None) -> dict[str, dict[str, str]]:
    """What one actor has answered beside the labels so far: {item: {field: value}}. ids: of these items only."""
    c = db.changes.c
    query = sa.select(c.item, c.field, c.new).where(c.actor == actor, c.reading == 1, c.undone == 0).order_by(c.id)
    if ids is not None:
        query = query.where(among(c.item, list(ids)))
    found: dict[str, dict[str, str]] = {}
    with project.database.read() as connection:
        for item, field, value in connection.execute(query):
            found.setdefault(item, {})[field] = value
    return found


def last_change(project) -> tuple[str, str] | None:
    """(item, field) of the actor's own last change, which `undo` would take back; None if there is none."""
    c = db.changes.c
    query = sa.select(c.item, c.field).where(c.actor == project.actor, c.undone == 0).order_by(c.id.desc()).limit(1)
    with project.database.read() as connection:
        found = connection.execute(query).one_or_none()
    return (found.item, found.field) if found else None


def undo(project, token: str | None = None, batch: str | None = None) -> str | None:
    """Takes back the actor's own last change, or batch of changes; returns the id of the (first) item, or None.

    token: takes back the change with this token of a browser instead; where that is done already, nothing happens (None).
    batch: takes back the changes that were made together under this name instead, whatever was done since.
    Where somebody else has changed the same field since, theirs stays: raises UserError, and the next call goes on with
    the change before.
    """
    c = db.changes.c
    with project.database.write() as connection:
        last = connection.execute(
            sa.select(db.changes)
            .where(c.actor == project.actor, c.undone == 0, c.token == token if token else True, c.batch == batch if batch else True)
            .order_by(c.id.desc()).limit(1)
        ).one_or_none()  # fmt: skip
        if last is None:
            return None
        together = sa.and_(c.batch == last.batch, c.actor == last.actor, c.undone == 0) if last.batch else c.id == last.id
        batch = connection.execute(sa.select(db.changes).where(together).order_by(c.id.desc())).all()
        stood = [_take_back(connection, one) for one in batch]
    if not any(stood):
        raise UserError(
            f"Your last change of the {_shown(last.field)} is not taken back.",
            "They have said themselves what is allowed." if last.field == MAKER else "Somebody else has changed it since.",
            "Look at what is there now, and write what you want.",
        )
    return batch[-1].item


def _take_back(connection: sa.Connection, one: sa.Row) -> bool:
    """False where somebody else has written over it since, or the maker has spoken meanwhile and so stays the maker."""
    is_mine = bool(one.reading) or current(connection, one.item, one.field) == one.new
    if one.field == MAKER and one.new and _has_spoken(connection, one.item, one.new):
        is_mine = False
    if is_mine and not one.reading:
        put(connection, one.item, one.field, one.old)
    passed = _UNDONE if is_mine else _OVERTAKEN
    connection.execute(db.changes.update().where(db.changes.c.id == one.id).values(undone=passed))
    return is_mine


def _shown(field: str) -> str:
    return "maker" if field == MAKER else field.removesuffix("_name")


def _has_spoken(connection: sa.Connection, item: str, person: str) -> bool:
    said, links = db.consents.c, db.consent_items.c
    query = sa.select(links.item).join(db.consents, said.decision == links.decision)
    return connection.execute(query.where(links.item == item, said.person == person).limit(1)).first() is not None


# ---- what the people of a project agreed on ------------------------------------------------------------------------


def setting(project, name: str, otherwise: object = None) -> object:
    """A setting of the project (plain values), or what it is otherwise."""
    query = sa.select(db.settings.c.value).where(db.settings.c.name == name)
    with project.database.read() as connection:
        found = connection.execute(query).scalar_one_or_none()
    return otherwise if found is None else json.loads(found)


def keep_settings(project, chosen: Mapping[str, object]) -> None:
    """Writes settings of the project, by name."""
    with project.database.write() as connection:
        _keep(connection, chosen)


def rewrite_setting(project, name: str, otherwise: object, how: Callable[[object], object]) -> object:
    """Makes a new setting of the old one, in one transaction: of two who do so at once, neither is lost. Returns the new."""
    query = sa.select(db.settings.c.value).where(db.settings.c.name == name)
    with project.database.write() as connection:
        found = connection.execute(query).scalar_one_or_none()
        new = how(otherwise if found is None else json.loads(found))
        _keep(connection, {name: new})
    return new


def _keep(connection: sa.Connection, chosen: Mapping[str, object]) -> None:
    rows = [{"name": name, "value": json.dumps(value, ensure_ascii=False)} for name, value in chosen.items()]
    if rows:
        connection.execute(db.settings.insert().prefix_with("OR REPLACE"), rows)
