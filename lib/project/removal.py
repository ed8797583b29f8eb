"""Removing items, with a way back. Read `mark` for putting aside and bringing back, `delete_rows` for the rows of what goes.

What is removed lies aside: it keeps its file, its number and its record, and is in no list, no count and no dataset made
from now on. Deleting for good (withdrawal.py) takes all that was made from it too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.project import database as db
from lib.project import derived_data
from lib.project.items import Item

if TYPE_CHECKING:
    from lib.project.project import Project


def mark(connection: sa.Connection, ids: Sequence[str], moment: str | None) -> int:
    """Puts items aside at that moment, or brings them back (None); returns how many changed their place."""
    c = db.items.c
    other = c.removed.is_(None) if moment else c.removed.is_not(None)
    return connection.execute(db.items.update().where(among(c.id, ids), other).values(removed=moment)).rowcount


def delete_rows(project: Project, chosen: Sequence[Item]) -> None:
    """The last part of deleting for good (withdrawal.py): the files of these items, the small things made from them, and
    every row about them. Safe to do again after an interruption."""
    with project.database.write() as connection:
        _delete_rows(connection, [item.id for item in chosen])
        # Inside the transaction: if it is interrupted, the rows are back, and name what is left to delete.
        for item in chosen:
            item.path.unlink(missing_ok=True)
        derived_data.forget(project, chosen, only=derived_data.CACHES)


def _delete_rows(connection: sa.Connection, ids: Sequence[str]) -> None:
    """Also a decision goes that is about nothing any more, with the name and the note in it."""
    links, consents = db.consent_items.c, db.consents.c
    about = connection.execute(sa.select(links.decision).where(among(links.item, ids)).distinct()).scalars().all()
    _let_go_of_words(connection, ids)
    for table in (db.changes, db.marks, db.suggestions, db.verdicts):
        connection.execute(table.delete().where(among(table.c.item, ids)))
    spent = db.working_time
    connection.execute(spent.update().where(among(spent.c.item, ids)).values(item=None))
    connection.execute(db.consent_items.delete().where(among(links.item, ids)))
    still = sa.select(links.decision)
    connection.execute(db.consents.delete().where(among(consents.decision, about), consents.decision.not_in(still)))
    connection.execute(db.items.delete().where(among(db.items.c.id, ids)))


def _let_go_of_words(connection: sa.Connection, ids: Sequence[str]) -> None:
    """What other items say of these: their other half, and a caption that was proposed because it is a neighbour's."""
    log, marks, proposed, c = db.changes, db.marks.c, db.suggestions.c, db.items.c
    connection.execute(db.marks.delete().where(marks.field == "pair", among(marks.value, ids)))
    connection.execute(log.delete().where(log.c.field == "pair", among(log.c.new, ids)))
    connection.execute(log.update().where(log.c.field == "pair", among(log.c.old, ids)).values(old=""))
    captions = sa.select(c.caption).where(among(c.id, ids), c.caption != "")
    connection.execute(db.suggestions.delete().where(proposed.field == "caption", proposed.value.in_(captions)))


def among(column: sa.Column, values: Sequence) -> sa.ColumnElement:
    """Any number of values: SQLite takes only so many written out."""
    listed = sa.func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(sa.select(listed.c.value))
