"""What the Label page asks for and hands in: rows to look at, and changes from a browser. Read `rows`, then `write`.

A browser keeps every change until it hears of its token again, and may send one twice: it is written once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lib.errors import UserError
from lib.label.classes import join
from lib.label.values import as_plain, as_text
from lib.project import arguments, items, labels
from lib.project import database as db
from lib.project.items import Item
from lib.project.labels import Change, Conflict

if TYPE_CHECKING:
    from lib.project import Project

MOST_ROWS, MOST_CHANGES = 500, 500
_TEXT_FILTERS = ("kind", "consent", "words", "person", "class_name", "tag")
_FILTERS = (*_TEXT_FILTERS, "removed", "excluded", "labelled", "noted")


def rows(project: Project, offset: int = 0, limit: int = 200, **which: Any) -> dict:
    """A window of the datapoints in the order of their numbers: {"total", "labelled", "offset", "rows": […]}.

    which: as in items.find. A row has id, number, kind, caption, tags, class_name, excluded, note, person (a name, ""
    for the project's own maker), facts, source_name, and its marks where it has any ("crop", "transcript", …).
    """
    project, which = arguments.project(project), only_filters(which)
    limit, offset = arguments.whole("limit", limit, 1, MOST_ROWS), arguments.whole("offset", offset, 0)
    datapoints = items.find(project, limit=limit, offset=offset, **which)
    total = items.count(project, **which)
    labelled = total if which.get("labelled") else 0 if "labelled" in which else items.count(project, **which, labelled=True)
    return {
        "total": total, "labelled": labelled, "offset": offset,
        "rows": as_rows(project, datapoints),
    }  # fmt: skip


def only_filters(which: Mapping[str, object], *more: str) -> dict[str, Any]:
    """The filters of items.find, and what else may stand beside them. Raises UserError for what there is not."""
    for name, value in which.items():
        if name not in (*_FILTERS, *more):
            raise UserError(f"Datapoints cannot be narrowed by {arguments.shown(name)}.", "", f"Choose among: {', '.join(_FILTERS)}.")
        if name in _TEXT_FILTERS and value is not None:
            arguments.text(name, value)
    return {name: value for name, value in which.items() if name != "words" or value is not None}


def rows_of(project: Project, item_ids: Iterable[Item | str]) -> list[dict]:
    """The rows of these datapoints, as `rows` gives them, in the order of their numbers; those that are gone are left out."""
    project = arguments.project(project)
    return as_rows(project, items.find(project, limit=MOST_ROWS, ids=arguments.item_ids(item_ids)))


def as_rows(project: Project, datapoints: Iterable[Item]) -> list[dict]:
    """The same of datapoints that were read just now."""
    datapoints = list(datapoints)
    marks = labels.marks(project, [item.id for item in datapoints])
    names = {person.id: person.name for person in project.people()}
    return [_row(item, names) | marks.get(item.id, {}) for item in datapoints]


def _row(item: Item, names: Mapping[str, str]) -> dict:
    return {
        "id": item.id, "number": item.number, "kind": item.kind, "caption": item.caption, "tags": item.tags,
        "class_name": item.class_name, "excluded": item.excluded, "note": item.note,
        "person": names.get(item.person, "somebody") if item.person else "", "facts": item.facts,
        "source_name": item.source_name,
    }  # fmt: skip


def row(project: Project, item_id: str) -> dict:
    """One datapoint as `rows` gives it. Raises UserError if it is not there."""
    project = arguments.project(project)
    item = items.get(project, arguments.item_id(item_id))
    names = {person.id: person.name for person in project.people()}
    return _row(item, names) | labels.marks(project, [item.id]).get(item.id, {})


def first_unlabelled(project: Project, after: int = 0, **which: Any) -> dict | None:
    """The first unlabelled datapoint whose number is above `after`, else the very first: {"id", "number", "rank"}.

    rank: how many of `which` stand before it. None where all are labelled. One that is left out waits for no label.
    """
    project, after = arguments.project(project), arguments.whole("after", after)
    which = {name: value for name, value in only_filters(which).items() if name != "labelled"}
    open_ones = items.ids(project, **{"excluded": False, **which}, labelled=False)
    if not open_ones:
        return None
    numbers = {item.id: item.number for item in _numbers(project, open_ones)}
    chosen = next((item for item in open_ones if numbers[item] > after), open_ones[0])
    rank = items.ids(project, **which).index(chosen)
    return {"id": chosen, "number": numbers[chosen], "rank": rank}


def _numbers(project: Project, ids: list[str]):
    import sqlalchemy as sa

    c = db.items.c
    with project.database.read() as connection:
        return connection.execute(sa.select(c.id, c.number).where(labels.among(c.id, ids))).all()


def write(project: Project, changes: Iterable[Mapping]) -> list[dict]:
    """Writes changes as a browser sends them, each for itself: a bad one never holds up the others.

    Where the record itself takes nothing just now (labels.is_held_up), no change is to blame: that is raised, and the
    browser sends the same again. What was written by then stays, and is passed over by its token.

    A change is {"token", "item", "field", "value", "seen" (the value that the person saw, optional), "suggested",
    "reading"}, with values as in values.py. Returns, in the same order, {"token", "ok": True}, or {"token", "conflict":
    {"field", "current", "by"}} where somebody else was there first, or {"token", "error": {what, why, fix}}.
    """
    project, changes = arguments.project(project), arguments.several("changes", changes)
    if len(changes) > MOST_CHANGES:
        raise UserError(f"These are {len(changes)} changes at once.", f"The most is {MOST_CHANGES}.", "Send them in parts.")
    return [_write(project, change) for change in changes]


def _write(project: Project, change: Mapping) -> dict:
    answer = {"token": change.get("token") if isinstance(change, Mapping) else None}
    try:
        checked = _as_change(change)
        if checked["field"] == "pair" and checked["value"]:
            checked["value"] = other_half(project, checked["item"], checked["value"])
        labels.change(project, checked.pop("item"), checked.pop("field"), checked.pop("value"), **checked)
        if change["field"] == "class_name" and not change.get("reading"):
            join(project, str(change["value"]))
        return answer | {"ok": True}
    except Conflict as conflict:
        current = as_plain(conflict.field, conflict.current)
        return answer | {"conflict": {"field": conflict.field, "current": current, "by": conflict.by}}
    except UserError as error:
        if labels.is_held_up(error):
            raise
        return answer | {"error": error.as_dict()}


def other_half(project: Project, item: str, other: str) -> str:
    """The id of the other half of a pair. Raises UserError where it is not there, or is this one itself."""
    partner = items.get(project, other)
    if partner.id == item:
        raise UserError("A picture cannot be its own other half.", "", "Choose another one.")
    return partner.id


def _as_change(change: Mapping) -> dict:
    if not isinstance(change, Mapping):
        raise UserError("This is not a change.", "", 'It is {"item", "field", "value"}.')
    field, token = arguments.text("field", change.get("field")), change.get("token")
    seen = change.get("seen")
    return vars(
        Change(
            item=arguments.item_id(change.get("item")),
            field=field,
            value=as_text(field, change.get("value")),
            seen=None if seen is None else as_text(field, seen),
            suggested=arguments.text("suggested", change.get("suggested") or ""),
            reading=bool(change.get("reading")),
            token=None if token is None else arguments.text("token", token)[:64],
        )
    ).copy()
