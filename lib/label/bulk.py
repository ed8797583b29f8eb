"""Many datapoints at once: bulk edit, find and replace. Each call is one change that one `undo` takes back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lib.errors import UserError
from lib.label import classes
from lib.label.browser_requests import only_filters
from lib.label.values import as_text, composed
from lib.project import arguments, items, labels
from lib.project import database as db
from lib.project.items import Item
from lib.project.labels import Change

if TYPE_CHECKING:
    from lib.project import Project


def change_many(
    project: Project,
    item_ids: Iterable[Item | str],
    *,
    caption: str | None = None,
    class_name: str | None = None,
    add_tags: Iterable[str] = (),
    remove_tags: Iterable[str] = (),
    excluded: bool | str | None = None,
    note: str | None = None,
    batch: str = "",
) -> int:
    """Says the same about several datapoints; what is None stays as it is. Returns how many labels changed.

    excluded: True, or why; False lets them in again. batch: a name (labels.new_batch) by which `undo` finds it later.
    Raises UserError for a datapoint that is not there; nothing is changed then.
    """
    project, ids = arguments.project(project), arguments.item_ids(item_ids)
    same = {"caption": caption, "class_name": class_name, "excluded": excluded, "note": note}
    texts = [(field, as_text(field, value)) for field, value in same.items() if value is not None]
    changes = [Change(item, field, value) for field, value in texts for item in ids]
    add, less = (json.loads(as_text("tags", tags)) for tags in (add_tags, remove_tags))
    with project.database.write() as connection:
        if add or less:
            changes += _with_tags(connection, ids, add, less)
        changed = labels.write_all(connection, project.actor, changes, batch or labels.new_batch())
    if class_name:
        classes.join(project, class_name)
    return changed


def _with_tags(connection: sa.Connection, ids: list[str], add: list[str], less: list[str]) -> list[Change]:
    """Who is not there is in it too, so that it is refused by name."""
    stands = labels.standing(connection, [(item, "tags") for item in ids])
    changes = []
    for item in ids:
        tags = json.loads(stands.get((item, "tags"), "[]"))
        changes.append(Change(item, "tags", as_text("tags", [tag for tag in [*map(composed, tags), *add] if tag not in less])))
    return changes


def count_changed(project: Project, batch: str) -> int:
    """How many datapoints were changed under this name (one may have several labels changed)."""
    c = db.changes.c
    query = sa.select(sa.func.count(sa.distinct(c.item))).where(c.batch == batch, c.undone == 0)
    with arguments.project(project).database.read() as connection:
        return connection.execute(query).scalar_one()


@dataclass(frozen=True)
class Replacement:
    """What find and replace would do at one datapoint."""

    item: str
    number: int
    before: str
    after: str


def find_and_replace(
    project: Project, find: str, replace: str, *, whole_words: bool = True, same_case: bool = False, **which: Any
) -> list[Replacement]:
    """What replacing words in captions would change, without changing anything. which: as in items.find.

    whole_words: "art" is not found in "party". same_case: "Red" is not found by "red". Line breaks and indents stay.
    Raises UserError where there is nothing to look for.
    """
    project, which = arguments.project(project), only_filters(which, "ids", "limit", "offset", "newest_first")
    find, replace = (composed(arguments.text(name, words)) for name, words in (("find", find), ("replace", replace)))
    if not find.strip():
        raise UserError("There is nothing to look for.", "", "Write the word or the words that are to be replaced.")
    pattern = re.escape(find)
    if whole_words:
        pattern = rf"(?<!\w){pattern}(?!\w)"
    regex = re.compile(pattern, 0 if same_case else re.IGNORECASE)
    replacements = []
    for item in items.find(project, **which):
        caption = composed(item.caption)
        after = _replaced(regex, replace, caption)
        if after != caption:
            replacements.append(Replacement(item.id, item.number, item.caption, after.strip()))
    return replacements


def _replaced(pattern: re.Pattern, by: str, text: str) -> str:
    """A word that was taken out leaves no hole; all other blanks stay as they are."""
    result, at = "", 0
    for match in pattern.finditer(text):
        result, at = result + text[at : match.start()] + by, match.end()
        if by and not by.endswith(" "):
            continue
        if not result or result[-1].isspace():
            at = len(text) - len(text[at:].lstrip(" "))
        if text[at : at + 1] in ("", "\n"):
            result = result.rstrip(" ")
    return result + text[at:]


def replace_in_captions(project: Project, found: Iterable[Replacement], *, batch: str = "") -> int:
    """Does what `find_and_replace` found, or a part of it. A caption that was changed meanwhile raises UserError, and
    nothing is changed. Returns how many. batch: as for `change_many`."""
    project, found = arguments.project(project), arguments.several("found", found, alone=Replacement)
    if wrong := [replacement for replacement in found if not isinstance(replacement, Replacement)]:
        raise UserError(
            f"found cannot hold {arguments.shown(wrong[0])}.",
            "It is a list of replacements.",
            "Take what label.find_and_replace returns.",
        )
    changes = [
        Change(replacement.item, "caption", as_text("caption", replacement.after), seen=replacement.before, strict=True)
        for replacement in found
    ]
    return labels.change_together(project, changes, batch=batch)
