"""Suggestions of a machine, only when somebody asks: kept apart until a person accepts one. Read `suggestions`.

Where they come from stands in neighbours.py (earlier labels) and describing.py (a local vision model). How many of the
words of a project are a machine's is counted from the record: `shares`.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.errors import UserError
from lib.label.values import as_plain, as_text
from lib.project import arguments, labels
from lib.project import database as db
from lib.project.folder import now
from lib.project.items import Item
from lib.project.labels import Change, among

if TYPE_CHECKING:
    from lib.project import Project

FIELDS = ("caption", "class_name", "tags", "transcript")


@dataclass(frozen=True)
class Suggestion:
    """What a machine proposes for a label. score: 0 to 1, how sure it is. made_by: "nearest neighbours", "llava (Ollama)"."""

    item: str
    number: int
    field: str
    value: object
    made_by: str
    score: float


def suggestions(project: Project, field: str | None = None, item_ids: Iterable[Item | str] | None = None) -> list[Suggestion]:
    """What waits for a person to accept or decline it, the surest first. Where a person has said something meanwhile,
    nothing is proposed any more."""
    query = _waiting(None if field is None else _known(field), None if item_ids is None else arguments.item_ids(item_ids))
    with arguments.project(project).database.read() as connection:
        rows = connection.execute(query).all()
    return [Suggestion(row.item, row.number, row.field, as_plain(row.field, row.value), row.made_by, row.score) for row in rows]


def _waiting(field: str | None = None, ids: list[str] | None = None) -> sa.Select:
    c, s = db.items.c, db.suggestions.c
    query = sa.select(s.item, c.number, s.field, s.value, s.made_by, s.score).join(db.items, c.id == s.item)
    query = query.where(c.removed.is_(None), _is_open()).order_by(s.score.desc(), c.number)
    if field:
        query = query.where(s.field == field)
    return query if ids is None else query.where(among(s.item, ids))


def count_suggestions(project: Project) -> dict[str, int]:
    """How many wait, by field."""
    c, s = db.items.c, db.suggestions.c
    query = sa.select(s.field, sa.func.count()).join(db.items, c.id == s.item).where(c.removed.is_(None), _is_open())
    with arguments.project(project).database.read() as connection:
        return dict(connection.execute(query.group_by(s.field)).all())


def _is_open() -> sa.ColumnElement:
    """Nobody has given this label yet."""
    c, s, m = db.items.c, db.suggestions.c, db.marks.c
    in_row = [sa.and_(s.field == field, c[field] == labels.EMPTY.get(field, "")) for field in FIELDS if field not in labels.MARKS]
    marked = sa.exists().where(m.item == s.item, m.field == s.field)
    return sa.or_(*in_row, sa.and_(s.field.in_(labels.MARKS), sa.not_(marked)))


def keep_suggestions(project: Project, found: Iterable[tuple[str, str, object, float]], made_by: str) -> int:
    """Writes down (item id, field, value, score) as suggestions; a later one replaces an earlier one. Returns how many.

    An item that was deleted for good while the machine was thinking is passed over.
    """
    made_by = arguments.text("made_by", made_by)
    rows = [_as_row(suggestion) | {"made_by": made_by, "at": now()} for suggestion in arguments.several("found", found)]
    rows = [row for row in rows if row["value"] and row["value"] != "[]"]
    with arguments.project(project).database.write() as connection:
        there = set(connection.execute(sa.select(db.items.c.id).where(among(db.items.c.id, [row["item"] for row in rows]))).scalars())
        rows = [row for row in rows if row["item"] in there]
        if rows:
            connection.execute(db.suggestions.insert().prefix_with("OR REPLACE"), rows)
    return len(rows)


def _as_row(suggestion: object) -> dict:
    if not isinstance(suggestion, Sequence) or isinstance(suggestion, str) or len(suggestion) != 4:
        raise UserError(
            f"A suggestion cannot be {arguments.shown(suggestion)}.", "It has four parts.", 'Write ("the id", "caption", "a red tulip", 0.5).'
        )
    item, field, value, score = suggestion
    sure = min(1.0, max(0.0, arguments.number("score", score)))     # a likeness may be a hair above 1
    return {"item": arguments.item_id(item), "field": _known(field), "value": as_text(field, value), "score": sure}


def accept(project: Project, chosen: Iterable[Suggestion], *, batch: str = "") -> int:
    """Makes labels of suggestions, as they are; one `undo` takes them back. Returns how many.

    Those that are not open any more (decided elsewhere, or a person has written meanwhile) are passed over.
    batch: a name (labels.new_batch) by which `undo` finds it later.
    """
    project, chosen = arguments.project(project), _chosen(chosen)
    with project.database.write() as connection:
        waiting = connection.execute(_waiting(ids=[suggestion.item for suggestion in chosen]))
        still, changes = {(row.item, row.field) for row in waiting}, []
        for suggestion in chosen:
            if (suggestion.item, suggestion.field) in still:
                words = as_text(suggestion.field, suggestion.value)
                changes.append(Change(suggestion.item, suggestion.field, words, suggested=words))
        _put_away(connection, chosen)
        return labels.write_all(connection, project.actor, changes, batch or labels.new_batch())


def decline(project: Project, chosen: Iterable[Suggestion]) -> None:
    """Puts suggestions away; the labels stay as they are."""
    chosen = _chosen(chosen)
    with arguments.project(project).database.write() as connection:
        _put_away(connection, chosen)


def _put_away(connection: sa.Connection, chosen: Sequence[Suggestion]) -> None:
    s = db.suggestions.c
    here = sa.and_(s.item == sa.bindparam("one"), s.field == sa.bindparam("about"))
    if chosen:
        connection.execute(db.suggestions.delete().where(here), [{"one": suggestion.item, "about": suggestion.field} for suggestion in chosen])


def _chosen(chosen: object) -> list[Suggestion]:
    chosen = arguments.several("chosen", chosen, alone=Suggestion)
    if wrong := [suggestion for suggestion in chosen if not isinstance(suggestion, Suggestion)]:
        raise UserError(
            f"chosen cannot hold {arguments.shown(wrong[0])}.", "It is a list of suggestions.", "Take those of label.suggestions."
        )
    return chosen


def decline_all(project: Project, field: str | None = None) -> None:
    """Puts all suggestions away, or all for one field."""
    query = db.suggestions.delete()
    if field is not None:
        query = query.where(db.suggestions.c.field == _known(field))
    with arguments.project(project).database.write() as connection:
        connection.execute(query)


def shares(project: Project, field: str = "caption") -> dict[str, int]:
    """How many of the words that stand in a label now came from a person, and how many from a machine.

    {"person": words, "machine": words, "accepted": datapoints whose words are a machine's as they were proposed,
    "changed": datapoints where a person changed what was proposed, "own": datapoints without any proposal}.
    A word of the label that was in the proposal, in the same order, is the machine's. Where the label was empty since,
    what was written then is a person's.
    """
    project, field = arguments.project(project), _known(field)
    counted = Counter(person=0, machine=0, accepted=0, changed=0, own=0)
    for label, proposed in _labels_with_proposals(project, field):
        words, theirs = _words_of(field, label), _words_of(field, proposed)
        same = sum(block.size for block in difflib.SequenceMatcher(None, theirs, words, False).get_matching_blocks())
        counted["machine"] += same
        counted["person"] += len(words) - same
        counted["own" if not theirs else "accepted" if words == theirs else "changed"] += 1
    return dict(counted)


def _labels_with_proposals(project: Project, field: str) -> list[tuple[str, str]]:
    """(label as it stands, the last proposal that led to it or ""), for every datapoint that has one."""
    c, log, m = db.items.c, db.changes.c, db.marks.c
    proposed, emptied = (sa.func.max(log.id).filter(which) for which in (log.suggested != "", log.new.in_(("", "[]"))))
    latest = (
        sa.select(log.item, proposed.label("id"))
        .where(log.field == field, log.undone == 0, log.reading == 0)
        .group_by(log.item).having(proposed > sa.func.coalesce(emptied, 0)).subquery()
    )  # fmt: skip
    proposals = sa.select(log.item, log.suggested).join(latest, latest.c.id == log.id).subquery()
    if field in labels.MARKS:
        standing = sa.select(c.id, m.value.label("label")).join(db.marks, sa.and_(m.item == c.id, m.field == field))
    else:
        standing = sa.select(c.id, c[field].label("label"))
    standing = standing.where(c.removed.is_(None)).subquery()
    query = sa.select(standing.c.label, sa.func.coalesce(proposals.c.suggested, "")).outerjoin(
        proposals, proposals.c.item == standing.c.id
    )
    with project.database.read() as connection:
        rows = connection.execute(query).all()
    return [(label, proposed) for label, proposed in rows if label and label != labels.EMPTY.get(field)]


def _words_of(field: str, text: str) -> list[str]:
    if field == "caption" or field == "transcript":
        return re.findall(r"\w+", text.lower())
    return [str(word) for word in as_plain(field, text)] if field == "tags" else [text] if text else []


def _known(field: str) -> str:
    if field not in FIELDS:
        raise UserError(f"Nothing is suggested for {arguments.shown(field)}.", "", f"Choose one of: {', '.join(FIELDS)}.")
    return field
