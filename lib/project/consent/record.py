"""The record: every decision that was ever written down about an item, in the project's database. Read `write_down`.

A decision is some rows of the table `consents` (one for each purpose that it speaks of) that share a number, tied to
the items that it is about. Rows are only added; what still counts of them is the rule's to say (rule.py). Whatever changes
what people allow moves the project's revision on (`revision`, by triggers in the database), so that nobody trusts an
answer from before.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lib.errors import UserError
from lib.project import database as db
from lib.project import people
from lib.project.consent.rule import YES, Consent, Row, Standing, as_consent, as_date, sum_up
from lib.project.folder import now

if TYPE_CHECKING:
    from lib.project.project import Project


def revision(connection: sa.Connection) -> int:
    """A number that grows with every decision, and whenever an item comes, goes, is put aside or left out."""
    return connection.exec_driver_sql("SELECT last FROM numbers WHERE what = 'revision'").scalar_one()


def mark_of(project: Project) -> tuple[datetime.date, int]:
    """The day and the revision. As long as nobody has written anything, the record is not even asked."""
    version = project.database.version()    # first, so that what is written meanwhile is asked for the next time
    with _lock:
        known, at = _revisions.get(project.path, (None, 0))
    if known != version:
        with project.database.read() as connection:
            at = revision(connection)
        with _lock:
            _revisions[project.path] = version, at
            while len(_revisions) > _MOST_REMEMBERED:
                del _revisions[next(iter(_revisions))]
    return datetime.date.today(), at


def remember(project: Project, key: Hashable, work: Callable[[], Any]) -> Any:
    """What `work` returns, worked out once for as long as the revision stays, and the day: for what depends on nothing else.

    Every page asks, for each of a class.
    """
    mark = mark_of(project)
    with _lock:
        known, answer = _remembered.get((project.path, key), (None, None))
    if known == mark:
        return answer
    answer = work()     # of this revision or of a later one, which is then looked at again
    with _lock:
        _remembered[project.path, key] = mark, answer
        while len(_remembered) > _MOST_REMEMBERED:
            del _remembered[next(iter(_remembered))]
    return answer


_lock = threading.Lock()
_remembered: dict[tuple[Path, Hashable], tuple[tuple[datetime.date, int], Any]] = {}
_revisions: dict[Path, tuple[tuple[int, int], int]] = {}
_MOST_REMEMBERED = 500


# ---- writing ---------------------------------------------------------------------------------------------------------


def write_down(project: Project, ids: Iterable[str], consent: Consent) -> None:
    """Writes down a new decision about some items, also such as lie aside. What was said before stays in the record.

    Where a yes names a person, they are the maker of these items from now on. Raises UserError if one of the items is
    not in the project; then nothing is written.
    """
    consent, ids = as_consent(consent), list(dict.fromkeys(ids))
    _check_all_there(project, ids)
    person = people.find_or_add(project, consent.person).id if consent.person else None
    with project.database.write() as connection:
        decision = insert(connection, consent, person, project.actor)
        tie(connection, decision, ids)
        name_maker(connection, ids, person, anew=consent.state in YES)


def _check_all_there(project: Project, ids: list[str]) -> None:
    query = "SELECT id FROM items WHERE id IN (SELECT value FROM json_each(?))"
    with project.database.read() as connection:
        there = set(connection.exec_driver_sql(query, (json.dumps(ids),)).scalars())
    if not ids or len(there) < len(ids):
        missing = ", ".join(sorted(set(ids) - there)[:5])
        what = f"These datapoints are not in {project.name}: {missing}." if missing else "No datapoint is named."
        raise UserError(what, "Nothing was written down.", "Choose datapoints from project.items().")


def insert(connection: sa.Connection, consent: Consent, person: str | None, actor: str) -> int:
    """Writes the rows of a consent; returns the decision's number, to be tied to items."""
    decision = db.next_number(connection, "decision")
    shared = dict(
        decision=decision,
        person=person,
        until=consent.until.isoformat() if consent.until else None,
        basis=consent.basis,
        licence=consent.licence,
        source=consent.source,
        notice_version=consent.notice_version,
        note=consent.note,
        recorded=now(),
        recorded_by=actor,
    )
    connection.execute(db.consents.insert(), [dict(purpose=p, state=s, **shared) for p, s in consent.rows()])
    return decision


def tie(connection: sa.Connection, decision: int, ids: Iterable[str]) -> None:
    """Says which items a decision is about; saying it twice is no mistake."""
    once = db.consent_items.insert().prefix_with("OR IGNORE")
    connection.execute(once, [{"item": item_id, "decision": decision} for item_id in ids])


def is_written(connection: sa.Connection, decision: int) -> bool:
    """False once everything that a decision was about was deleted for good, and it went along."""
    return connection.execute(sa.select(sa.exists().where(db.consents.c.decision == decision))).scalar_one()


def name_maker(connection: sa.Connection, ids: Iterable[str], person: str | None, anew: bool = False) -> None:
    """Once it is said whose these items are, that person is their maker, so that the way back leads to them.

    anew: also where somebody else was named before.
    """
    rows = [{"one": item_id, "maker": person} for item_id in ids] if person else []
    if rows:
        c = db.items.c
        about = c.id == sa.bindparam("one")
        about = about if anew else sa.and_(about, c.person.is_(None))
        connection.execute(db.items.update().where(about).values(person=sa.bindparam("maker")), rows)


# ---- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    """What was once written down about an item. purposes: those that it speaks of. person: an id, or None."""

    state: str
    purposes: list[str]
    person: str | None
    until: str | None
    basis: str
    licence: str | None
    source: str
    note: str
    recorded: str
    recorded_by: str


def decisions(project: Project, item_id: str) -> list[Decision]:
    """Everything that was ever said about an item, oldest first."""
    c, links = db.consents.c, db.consent_items.c
    about = sa.select(links.decision).where(links.item == item_id)
    names = [name for name in Decision.__dataclass_fields__ if name != "purposes"]
    query = sa.select(c.decision, c.purpose, *(c[name] for name in names)).where(c.decision.in_(about)).order_by(c.id)
    by_number: dict[int, Decision] = {}
    with project.database.read() as connection:
        for row in connection.execute(query):
            fields = {name: getattr(row, name) for name in names}
            by_number.setdefault(row.decision, Decision(purposes=[], **fields)).purposes.append(row.purpose)
    return list(by_number.values())


def standings(connection: sa.Connection, ids: Sequence[str] | None) -> dict[str, Standing]:
    """The standing of each item (of all, if ids is None); an item about which nobody has said a word is not among them.

    Thousands of items share a handful of decisions, so a standing is summed up once for each set of decisions.
    """
    which = "" if ids is None else "WHERE item IN (SELECT value FROM json_each(?))"
    asked = () if ids is None else (json.dumps(list(ids)),)
    sets = connection.exec_driver_sql(
        f"SELECT item, group_concat(decision) FROM consent_items {which} GROUP BY item", asked
    ).all()
    rows = _rows_by_decision(connection, ids)
    summed = {joined: _summed(joined, rows) for joined in {joined for _, joined in sets}}
    return {item: summed[joined] for item, joined in sets}


def standings_by_set(connection: sa.Connection) -> dict[str, Standing]:
    """The standing of each set of decisions that some item has; a set as SQLite's group_concat writes it."""
    rows = _rows_by_decision(connection)
    sets = connection.exec_driver_sql(
        "SELECT DISTINCT sets FROM (SELECT group_concat(decision) AS sets FROM consent_items GROUP BY item)"
    ).scalars()
    return {joined: _summed(joined, rows) for joined in sets}


def _summed(joined: str, rows: dict[int, list[Row]]) -> Standing:
    return sum_up(row for decision in sorted(map(int, joined.split(","))) for row in rows.get(decision, ()))


_ABOUT = "WHERE decision IN (SELECT decision FROM consent_items WHERE item IN (SELECT value FROM json_each(?)))"


def _rows_by_decision(connection: sa.Connection, ids: Sequence[str] | None = None) -> dict[int, list[Row]]:
    """ids: only the decisions about these items. Where each picture was taken by itself, there are as many as items."""
    which = "" if ids is None else _ABOUT
    asked = () if ids is None else (json.dumps(list(ids)),)
    rows = connection.exec_driver_sql(
        f"SELECT decision, purpose, state, person, until, basis, licence, note FROM consents {which} ORDER BY id", asked
    ).all()
    grouped: dict[int, list[Row]] = {}
    for decision, purpose, state, person, until, basis, licence, note in rows:
        row = Row(purpose, state, person, as_date(until), basis, licence, note, decision)
        grouped.setdefault(decision, []).append(row)
    return grouped


# ---- for a task in the background ------------------------------------------------------------------------------------


def as_plain(project: Project, consent: Consent | dict) -> dict:
    """A consent as plain values that a file may carry: whose it is stands in it as an id. Somebody new is written down first.

    Raises UserError where several people have that name.
    """
    plain = dataclasses.asdict(as_consent(consent))
    plain["person"] = people.find_or_add(project, plain["person"]).id if plain["person"] else None
    return {**plain, "purposes": list(plain["purposes"]), "until": plain["until"].isoformat() if plain["until"] else None}
