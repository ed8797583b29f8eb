"""Labels: what people say about an item, each change kept, so that it can be taken back. Read `change`, then `undo`.

Words that every item may have are columns of its row; labels that few have are rows of `marks`. A change names the actor,
what was there before, the suggestion that it answers (if any), and the batch that it was made in: a bulk edit is undone as
one. A *reading* is one actor's own answer about an item, kept beside the label and never over it: two people who label the
same items without seeing each other's answers (lib/label/agreement.py).
"""

from __future__ import annotations

import copy
import json
import secrets
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lib.errors import UserError
from lib.project import database as db
from lib.project.folder import now
from lib.project.removal import among

if TYPE_CHECKING:
    from lib.project.project import Project

COLUMNS = ("caption", "tags", "class_name", "excluded", "note", "slip")
MARKS = ("crop", "points", "regions", "mask", "transcript", "pair")
FIELDS = COLUMNS + MARKS
MAKER = "person"  # no label, but changed and undone like one: the id of the maker (lib/collect/slips.py)
_IN_ROW = (*COLUMNS, MAKER)
EMPTY: dict[str, Any] = {"tags": "[]", "slip": "{}", MAKER: None}  # what stands where nothing was said; "" for all others
_UNDONE, _OVERTAKEN = 1, 2  # what became of a change that is no longer the last
_NO_ANSWER = "all-"  # how a batch begins that is nobody's own answer: a class renamed, what people agreed on after talking


class Conflict(UserError):
    """Somebody else has changed the same label since it was looked at. current: what stands there now; by: who wrote it."""

    def __init__(self, field: str, current: str, by: str, is_own: bool = False):
        self.field, self.current, self.by = field, current, by
        super().__init__(
            f"{'You have' if is_own else 'Somebody else has'} changed the {_shown(field)} meanwhile.",
            f"{by} wrote: {current or 'nothing'}.",
            "Look again at what is there now, then do it anew." if is_own else "Keep theirs, or write yours over it.",
        )


@dataclass(frozen=True)
class Change:
    """One new value. seen: what stood there when the person looked; where it is another by now, the change is a Conflict.

    value: text; JSON for tags, slip and marks. suggested: what a machine had proposed. reading: only one's own answer.
    token: of the browser; a change with a token that was written already is passed over. strict: a Conflict also where
    it was the actor who has written another value meanwhile, in another window perhaps.
    """

    item: str
    field: str
    value: str
    seen: str | None = None
    suggested: str = ""
    reading: bool = False
    token: str | None = None
    strict: bool = False


def change(project: Project, item: str, field: str, value: str, **more: Any) -> bool:
    """Writes one label; False where it stood so already. Raises UserError for an item that is not there, or Conflict."""
    with project.database.write() as connection:
        return write(connection, project.actor, Change(item, field, value, **more))


def change_together(project: Project, changes: Iterable[Change], *, is_answer: bool = True, batch: str = "") -> int:
    """Several labels in one transaction, which one `undo` takes back together. Returns how many were other before.

    is_answer: False where it is nobody's own answer, and so counts in no comparison of readers. batch: a name of one's own
    for these changes (`new_batch`), by which `undo` finds them later.
    """
    batch, changes = f"{'' if is_answer else _NO_ANSWER}{batch or new_batch()}", list(changes)
    with project.database.write() as connection:
        return write_all(connection, project.actor, changes, batch)


def new_batch(is_answer: bool = True) -> str:
    return f"{'' if is_answer else _NO_ANSWER}{secrets.token_hex(8)}"


def is_held_up(error: Exception) -> bool:
    """True where a label is good and the record could not take it just now (busy, no room, read-only): the same may be
    handed in again, and what somebody wrote is to be kept until then."""
    cause = error.__cause__
    return isinstance(getattr(cause, "orig", cause), sqlite3.OperationalError)


def write(connection: sa.Connection, actor: str, entry: Change, batch: str = "") -> bool:
    return bool(write_all(connection, actor, [entry], batch))


def write_all(connection: sa.Connection, actor: str, changes: Sequence[Change], batch: str) -> int:
    """Writes changes in their order; what stands there is read at once for all, and what is new is written at once.

    Nobody can write meanwhile, so this is to be short: 10,000 changes take about a second. Returns how many were other before.
    """
    for entry in changes:
        if entry.field not in (*FIELDS, MAKER):
            raise UserError(f"There is no label called {entry.field!r}.", "", f"Choose one of: {', '.join(FIELDS)}.")
    tokens = _written_already(connection, [entry.token for entry in changes if entry.token])
    stands = standing(connection, [(entry.item, entry.field) for entry in changes])
    known: list[tuple[Change, str]] = []
    for entry in changes:
        place = (entry.item, entry.field)
        if entry.token in tokens:
            continue
        if place not in stands:
            raise UserError(f"There is no datapoint {entry.item!r} here.", "", "It may have been deleted; look at the list again.")
        if entry.reading:
            known.append((entry, own_reading(connection, actor, *place)))
        else:
            _refuse_conflict(connection, actor, entry, stands[place])
            if stands[place] == entry.value:
                continue
            known.append((entry, stands[place]))
            stands[place] = _kept(entry.field, entry.value)
        if entry.token:
            tokens.add(entry.token)
    write_known(connection, actor, known, batch)
    return len(known)


def _written_already(connection: sa.Connection, tokens: Sequence[str]) -> set[str]:
    if not tokens:
        return set()
    return set(connection.execute(sa.select(db.changes.c.token).where(among(db.changes.c.token, tokens))).scalars())


def _refuse_conflict(connection: sa.Connection, actor: str, entry: Change, old: str) -> None:
    """A letter with an accent may be kept as one sign or as two: that is no other word."""
    if entry.seen is None or _composed(old) in (_composed(entry.seen), _composed(entry.value)):
        return
    by = _last_writer(connection, entry.item, entry.field)
    if entry.strict or by != actor:
        raise Conflict(entry.field, old, by, is_own=by == actor)


def _composed(words: str) -> str:
    return unicodedata.normalize("NFC", words)


def _kept(field: str, value: str) -> str:
    """The value as it stands there once it is written."""
    return value or EMPTY.get(field) or ""


def write_known(connection: sa.Connection, actor: str, known: Sequence[tuple[Change, str]], batch: str) -> None:
    """Many changes at once: (change, what stood there), read in this transaction."""
    at = now()
    log = [
        dict(
            at=at, actor=actor, item=entry.item, field=entry.field, old=old, new=entry.value, batch=batch,
            suggested=entry.suggested, reading=int(entry.reading), token=entry.token or None,
        )
        for entry, old in known
    ]  # fmt: skip
    _put(connection, [(entry.item, entry.field, entry.value) for entry, _ in known if not entry.reading])
    if log:
        connection.execute(db.changes.insert(), log)


def standing(connection: sa.Connection, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What stands at each place (item, field); one of an item that is not there is missing."""
    c, m, places = db.items.c, db.marks.c, set(places)
    ids, fields = {item for item, _ in places}, {field for _, field in places}
    in_row, marked = sorted(fields.intersection(_IN_ROW)), sorted(fields.intersection(MARKS))
    query = sa.select(c.id, *(sa.func.coalesce(c[field], "") for field in in_row)).where(among(c.id, list(ids)))
    by_place: dict[tuple[str, str], str] = {}
    for item, *values in connection.execute(query):
        by_place |= {(item, field): value for field, value in zip(in_row, values, strict=True)}
        by_place |= {(item, field): "" for field in marked}
    if marked:
        query = sa.select(m.item, m.field, m.value).where(among(m.item, list(ids)), m.field.in_(marked))
        by_place |= {(item, field): value for item, field, value in connection.execute(query)}
    return by_place


def _put(connection: sa.Connection, values: Sequence[tuple[str, str, str]]) -> None:
    """values: (item, field, value); of two for one place, the later stays."""
    for field in sorted({field for _, field, _ in values}):
        last = {item: value for item, of, value in values if of == field}
        rows = [{"one": item, "told": value or EMPTY.get(field, "")} for item, value in last.items()]
        if field in _IN_ROW:
            here = db.items.c.id == sa.bindparam("one")
            connection.execute(db.items.update().where(here).values({field: sa.bindparam("told")}), rows)
        else:
            _put_marks(connection, field, rows)


def _put_marks(connection: sa.Connection, field: str, values: Sequence[Mapping[str, str]]) -> None:
    m = db.marks.c
    connection.execute(db.marks.delete().where(m.item == sa.bindparam("one"), m.field == field), values)
    if rows := [{"item": row["one"], "field": field, "value": row["told"]} for row in values if row["told"]]:
        connection.execute(db.marks.insert(), rows)


def own_reading(connection: sa.Connection, actor: str, item: str, field: str) -> str:
    """What an actor has answered so far, beside the label; "" where nothing."""
    c = db.changes.c
    mine = sa.select(c.new).where(c.item == item, c.field == field, c.actor == actor, c.reading == 1, c.undone == 0)
    return connection.execute(mine.order_by(c.id.desc()).limit(1)).scalar_one_or_none() or EMPTY.get(field, "")


def _last_writer(connection: sa.Connection, item: str, field: str) -> str:
    c = db.changes.c
    query = sa.select(c.actor).where(c.item == item, c.field == field, c.undone == 0, c.reading == 0)
    return connection.execute(query.order_by(c.id.desc()).limit(1)).scalar_one_or_none() or "somebody"


def marks(project: Project, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The marks of some items: {id: {"crop": [0.1, 0, 0.5, 0.5], "transcript": "…"}}; items without any are not in it.

    Every mark but the transcript, the mask and the pair is JSON and comes back as what it says.
    """
    m = db.marks.c
    by_item: dict[str, dict[str, Any]] = {}
    with project.database.read() as connection:
        for item, field, value in connection.execute(sa.select(m.item, m.field, m.value).where(among(m.item, ids))):
            by_item.setdefault(item, {})[field] = value if field in ("transcript", "mask", "pair") else json.loads(value)
    return by_item


def readings(project: Project, field: str) -> dict[str, dict[str, str]]:
    """Everyone's own latest answers: {item: {actor: value}}. Where somebody did not read separately, the label counts as
    its writer's answer; what was settled after talking, or renamed everywhere, is nobody's."""
    c = db.changes.c
    query = sa.select(c.item, c.actor, c.new).join(db.items, db.items.c.id == c.item)
    query = query.where(c.field == field, c.undone == 0, db.items.c.removed.is_(None), c.batch.not_like(f"{_NO_ANSWER}%"))
    by_item: dict[str, dict[str, str]] = {}
    with project.database.read() as connection:
        for item, actor, value in connection.execute(query.order_by(c.reading, c.id)):
            by_item.setdefault(item, {})[actor] = value
    return by_item


def readings_of(project: Project, actor: str, ids: Iterable[str] | None = None) -> dict[str, dict[str, str]]:
    """What one actor has answered beside the labels so far: {item: {field: value}}. ids: of these items only."""
    c = db.changes.c
    query = sa.select(c.item, c.field, c.new).where(c.actor == actor, c.reading == 1, c.undone == 0).order_by(c.id)
    if ids is not None:
        query = query.where(among(c.item, list(ids)))
    by_item: dict[str, dict[str, str]] = {}
    with project.database.read() as connection:
        for item, field, value in connection.execute(query):
            by_item.setdefault(item, {})[field] = value
    return by_item


def last_change(project: Project) -> tuple[str, str] | None:
    """(item, field) of the actor's own last change, which `undo` would take back; None if there is none."""
    c = db.changes.c
    query = sa.select(c.item, c.field).where(c.actor == project.actor, c.undone == 0).order_by(c.id.desc()).limit(1)
    with project.database.read() as connection:
        row = connection.execute(query).one_or_none()
    return (row.item, row.field) if row else None


def undo(project: Project, token: str | None = None, batch: str | None = None) -> str | None:
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
        parts = sa.select(c.id, c.item, c.field, c.old, c.new, c.reading).where(together).order_by(c.id.desc())
        changes = [tuple(row) for row in connection.execute(parts)]
        count = _take_back(connection, changes)
    if not count:
        raise UserError(
            f"Your last change of the {_shown(last.field)} is not taken back.",
            "They have said themselves what is allowed." if last.field == MAKER else "Somebody else has changed it since.",
            "Look at what is there now, and write what you want.",
        )
    return changes[-1][1]


def _take_back(connection: sa.Connection, changes: Sequence[tuple[int, str, str, str, str, int]]) -> int:
    """Takes back changes (id, item, field, old, new, reading), the latest first, and returns how many. One stays where
    somebody else has written over it since, or where the maker has spoken meanwhile and so stays the maker."""
    stands = standing(connection, [(item, field) for _, item, field, *_ in changes])
    spoken = _spoken(connection, [item for _, item, field, *_ in changes if field == MAKER])
    passed: dict[int, list[int]] = {_UNDONE: [], _OVERTAKEN: []}
    before = []
    for number, item, field, old, new, reading in changes:
        has_spoken = field == MAKER and (item, new) in spoken
        is_mine = reading or (stands.get((item, field)) == _kept(field, new) and not has_spoken)
        if is_mine and not reading:
            before.append((item, field, old))
            stands[item, field] = _kept(field, old)
        passed[_UNDONE if is_mine else _OVERTAKEN].append(number)
    _put(connection, before)
    for became, ids in passed.items():
        connection.execute(db.changes.update().where(among(db.changes.c.id, ids)).values(undone=became))
    return len(passed[_UNDONE])


def _shown(field: str) -> str:
    return "maker" if field == MAKER else field.removesuffix("_name")


def _spoken(connection: sa.Connection, items: Sequence[str]) -> set[tuple[str, str]]:
    """(item, person) of those who have said themselves what is allowed with it."""
    if not items:
        return set()
    consents, links = db.consents.c, db.consent_items.c
    query = sa.select(links.item, consents.person).join(db.consents, consents.decision == links.decision)
    return {tuple(row) for row in connection.execute(query.where(among(links.item, items), consents.person.is_not(None)))}


# ---- what the people of a project agreed on ------------------------------------------------------------------------


def setting(project: Project, name: str, otherwise: object = None) -> Any:
    """A setting of the project (plain values), or what it is otherwise."""

    def work() -> Any:
        with project.database.read() as connection:
            return read_setting(connection, name)

    kept = project.database.remember(("setting", name), work)
    return otherwise if kept is None else copy.deepcopy(kept)


def read_setting(connection: sa.Connection, name: str, otherwise: object = None) -> Any:
    query = sa.select(db.settings.c.value).where(db.settings.c.name == name)
    value = connection.execute(query).scalar_one_or_none()
    return otherwise if value is None else json.loads(value)


def keep_settings(project: Project, chosen: Mapping[str, object]) -> None:
    """Writes settings of the project, by name."""
    with project.database.write() as connection:
        put_settings(connection, chosen)


def rewrite_setting(project: Project, name: str, otherwise: object, how: Callable[[Any], object]) -> Any:
    """Makes a new setting of the old one, in one transaction: of two who do so at once, neither is lost. Returns the new."""
    with project.database.write() as connection:
        new = how(read_setting(connection, name, otherwise))
        put_settings(connection, {name: new})
    return new


def put_settings(connection: sa.Connection, chosen: Mapping[str, object]) -> None:
    rows = [{"name": name, "value": json.dumps(value, ensure_ascii=False)} for name, value in chosen.items()]
    if rows:
        connection.execute(db.settings.insert().prefix_with("OR REPLACE"), rows)
