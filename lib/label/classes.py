"""The classes of a project: its own list, in the order of the digit keys; and the tags that it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sqlalchemy as sa

from lib.errors import UserError
from lib.label.values import as_text
from lib.project import database as db
from lib.project import given, labels
from lib.project.labels import Change

_SETTING, _RENAMED = "classes", "renamed_classes"
MOST = 100


def classes(project) -> list[str]:
    """The classes of the project in their order: the first nine are on the keys 1 to 9, the tenth on 0."""
    project = given.project(project)
    listed = [str(name) for name in labels.setting(project, _SETTING, [])]
    return listed + [name for name in counts(project) if name not in listed]


def counts(project) -> dict[str, int]:
    """How many datapoints are in each class that any is in, the largest first."""
    c = db.items.c
    query = sa.select(c.class_name, sa.func.count()).where(c.class_name != "", c.removed.is_(None)).group_by(c.class_name)
    with project.database.read() as connection:
        return dict(connection.execute(query.order_by(sa.func.count().desc(), c.class_name)).all())


def set_classes(project, names: Iterable[str]) -> list[str]:
    """Gives the project its classes, in this order. A class that datapoints are in stays, at the end of the list.

    Returns the list as it is now. Raises UserError for more than 100.
    """
    project = given.project(project)
    listed = list(dict.fromkeys(as_text("class_name", name) for name in given.several("names", names)))
    listed = [name for name in listed if name]
    if len(listed) > MOST:
        raise UserError(f"These are {len(listed)} classes.", f"The most is {MOST}.", "Use tags for finer words.")
    labels.keep_settings(project, {_SETTING: listed})
    return classes(project)


def join(project, name: str) -> None:
    """A class that was used for the first time stands at the end of the list."""
    name = as_text("class_name", name)
    if name and name not in labels.setting(project, _SETTING, []):
        labels.rewrite_setting(project, _SETTING, [], lambda listed: list(dict.fromkeys([*listed, name])))


def rename_class(project, old: str, new: str) -> int:
    """Gives a class another name, in the list and at every datapoint of it (one `undo` takes the latter back).

    Where there is a class of the new name, the two become one. Returns how many datapoints changed.
    """
    project, new = given.project(project), as_text("class_name", new)
    if not new:
        raise UserError("A class needs a name.", "", "Write one, or remove the class.")
    listed = [new if name == old else name for name in classes(project)]
    changed = labels.change_together(project, [Change(item, "class_name", new) for item in _of(project, old)], is_answer=False)
    labels.keep_settings(project, {_SETTING: list(dict.fromkeys(listed))})
    labels.rewrite_setting(project, _RENAMED, {}, lambda names: _with_name(names, old, new))
    return changed


def _with_name(names: dict[str, str], old: str, new: str) -> dict[str, str]:
    followed = {before: new if after == old else after for before, after in names.items()} | {old: new}
    return {before: after for before, after in followed.items() if before != after}


def names_now(project) -> Callable[[str], str]:
    """What a class that somebody named earlier is called today. A name that is in use (again) stands for itself."""
    renamed = labels.setting(project, _RENAMED, {})
    in_use = set(classes(project)) if renamed else set()
    return lambda name: name if name in in_use else renamed.get(name, name)


def remove_class(project, name: str) -> int:
    """Takes a class off the list; the datapoints of it have none then (one `undo` takes that back). Returns how many."""
    project = given.project(project)
    changed = labels.change_together(project, [Change(item, "class_name", "") for item in _of(project, name)], is_answer=False)
    labels.keep_settings(project, {_SETTING: [one for one in classes(project) if one != name]})
    return changed


def _of(project, name: str) -> list[str]:
    c = db.items.c
    with project.database.read() as connection:
        return list(connection.execute(sa.select(c.id).where(c.class_name == name).order_by(c.number)).scalars())


def known_tags(project) -> dict[str, int]:
    """Every tag of the project with how many datapoints have it, the most frequent first."""
    query = """SELECT tag.value, count(*) FROM items, json_each(items.tags) AS tag
        WHERE items.removed IS NULL AND items.tags != '[]' GROUP BY tag.value ORDER BY count(*) DESC, tag.value"""
    with given.project(project).database.read() as connection:
        return dict(connection.exec_driver_sql(query).all())


