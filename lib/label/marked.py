"""Which marks a datapoint has, without what is in them: a mask may have half a megabyte, and a grid has sixty. Read `marked`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.project import arguments
from lib.project import database as db
from lib.project.items import Item
from lib.project.labels import among

if TYPE_CHECKING:
    from lib.project import Project

_LONGEST = 300  # characters of a transcript


def marked(project: Project, item_ids: Iterable[Item | str]) -> dict[str, dict[str, str]]:
    """{id: {"mask": "", "transcript": "how it begins …"}}: only the transcript says what it is. Without marks: not in it."""
    m = db.marks.c
    words = sa.case((m.field == "transcript", sa.func.substr(m.value, 1, _LONGEST)), else_="")
    query = sa.select(m.item, m.field, words).where(among(m.item, arguments.item_ids(item_ids)), m.value.not_in(("", "[]")))
    marks: dict[str, dict[str, str]] = {}
    with arguments.project(project).database.read() as connection:
        for item, field, text in connection.execute(query):
            marks.setdefault(item, {})[field] = text
    return marks
