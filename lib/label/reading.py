"""Reading apart: what a second reader sees of a datapoint (nothing that others said), and hands in. Read `as_reader`."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.label.agreement import FIELDS
from lib.label.classes import names_now
from lib.label.values import as_plain
from lib.project import arguments, labels

if TYPE_CHECKING:
    from lib.project import Project

LONGEST_NAME = 60  # characters
_HIDDEN = {"caption": "", "class_name": "", "tags": [], "excluded": "", "note": "", "transcript": "", "pair": "", "mask": "",
           "crop": [], "points": [], "regions": []}  # fmt: skip


def as_reader(project: Project, name: str):
    """The same project, with this reader at work in it. Raises UserError for a name that is none."""
    name = " ".join(arguments.text("reader", name).split())
    if not name or len(name) > LONGEST_NAME:
        raise UserError("A reader needs a name.", f"It has at most {LONGEST_NAME} characters.", "Initials will do.")
    theirs = copy.copy(arguments.project(project))
    theirs.actor = name
    return theirs


def unread(reader, ids: Iterable[str]) -> list[str]:
    """Those of these items that the reader has not answered about yet, in the same order."""
    answered = labels.readings_of(reader, reader.actor)
    return [item for item in ids if not any(answered.get(item, {}).values())]


def blind(reader, rows: Iterable[Mapping]) -> list[dict]:
    """Rows (as browser_requests.rows gives them) with the reader's own answers, and nothing that others said."""
    rows = list(rows)
    answered = labels.readings_of(reader, reader.actor, [row["id"] for row in rows])
    now, shown = names_now(reader), []
    for row in rows:
        own = {field: as_plain(field, now(value) if field == "class_name" else value) for field, value in answered.get(row["id"], {}).items()}
        shown.append({**row, **_HIDDEN, **own, "suggestions": {}})
    return shown


def as_reading(change: Mapping) -> dict:
    """A change as a browser sends it, made an answer beside the label. Raises UserError for what nobody reads apart."""
    if change.get("field") not in FIELDS:
        raise UserError(
            "While you read, only the caption, the class, the tags and leaving out are asked for.",
            "Everything else is one for all, and would show what others did.",
            "End reading, then change it.",
        )
    return {**change, "reading": True, "seen": None, "suggested": ""}
