"""The classes of a project: its own list, in the order of the digit keys; and the tags that it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.errors import UserError
from lib.label.values import as_text
from lib.project import arguments, labels
from lib.project import database as db
from lib.project.labels import Change

if TYPE_CHECKING:
    from lib.project import Project

_SETTING, _RENAMED = "classes", "renamed_classes"
MOST = 100


def classes(project: Project) -> list[str]:
    """The classes of the project in their order: the first nine are on the keys 1 to 9, the tenth on 0."""
    project = arguments.project(project)

    def work() -> list[str]:
        with project.database.read() as connection:
            return _classes(connection)

    return list(project.database.remember("classes", work))


def _classes(connection: sa.Connection) -> list[str]:
    """Those that are listed, then those that are only used, the largest first."""
    c = db.items.c
    listed = [str(name) for name in labels.read_setting(connection, _SETTING, [])]
    query = sa.select(c.class_name).where(c.class_name != "", c.removed.is_(None)).group_by(c.class_name)
    used = connection.execute(query.order_by(sa.func.count().desc(), c.class_name)).scalars()
    return listed + [name for name in used if name not in listed]


def set_classes(project: Project, names: Iterable[str]) -> list[str]:
    """Gives the project its classes, in this order. A class that datapoints are in stays, at the end of the list.

    Returns the list as it is now. Raises UserError for more than 100.
    """
    project = arguments.project(project)
    listed = list(dict.fromkeys(as_text("class_name", name) for name in arguments.several("names", names)))
    listed = [name for name in listed if name]
    if len(listed) > MOST:
        raise UserError(f"These are {len(listed)} classes.", f"The most is {MOST}.", "Use tags for finer words.")
    labels.keep_settings(project, {_SETTING: listed})
    return classes(project)


def join(project: Project, name: str) -> None:
    """A class that was used for the first time stands at the end of the list."""
    name = as_text("class_name", name)
    if name and name not in labels.setting(project, _SETTING, []):
        labels.rewrite_setting(project, _SETTING, [], lambda listed: list(dict.fromkeys([*listed, name])))


def rename_class(project: Project, old: str, new: str) -> int:
    """Gives a class another name, in the list and at every datapoint of it (one `undo` takes the latter back).

    Where there is a class of the new name, the two become one. Returns how many datapoints changed; a class that there
    is not changes nothing.
    """
    project, old, new = arguments.project(project), arguments.text("old", old), as_text("class_name", new)
    if not new:
        raise UserError("A class needs a name.", "", "Write one, or remove the class.")
    with project.database.write() as connection:
        listed, its_own = _classes(connection), _of(connection, old)
        if old not in listed and not its_own:
            return 0
        listed = list(dict.fromkeys(new if name == old else name for name in listed))
        renamed = _with_name(labels.read_setting(connection, _RENAMED, {}), old, new)
        labels.put_settings(connection, {_SETTING: listed, _RENAMED: renamed})
        return _give(connection, project, its_own, new)


def _with_name(names: dict[str, str], old: str, new: str) -> dict[str, str]:
    followed = {before: new if after == old else after for before, after in names.items()} | {old: new}
    return {before: after for before, after in followed.items() if before != after}


def names_now(project: Project) -> Callable[[str], str]:
    """What a class that somebody named earlier is called today. A name that is in use (again) stands for itself."""
    renamed = labels.setting(project, _RENAMED, {})
    in_use = set(classes(project)) if renamed else set()
    return lambda name: name if name in in_use else renamed.get(name, name)


def remove_class(project: Project, name: str) -> int:
    """Takes a class off the list; the datapoints of it have none then (one `undo` takes that back). Returns how many."""
    project, name = arguments.project(project), arguments.text("name", name)
    with project.database.write() as connection:
        labels.put_settings(connection, {_SETTING: [other for other in _classes(connection) if other != name]})
        return _give(connection, project, _of(connection, name), "")


def _give(connection: sa.Connection, project: Project, ids: list[str], name: str) -> int:
    """Another class for all of these, which is nobody's own answer."""
    changes = [Change(item, "class_name", name) for item in ids]
    return labels.write_all(connection, project.actor, changes, labels.new_batch(is_answer=False))


def _of(connection: sa.Connection, name: str) -> list[str]:
    c = db.items.c
    return list(connection.execute(sa.select(c.id).where(c.class_name == name).order_by(c.number)).scalars())


def known_tags(project: Project) -> dict[str, int]:
    """Every tag of the project with how many datapoints have it, the most frequent first."""
    project = arguments.project(project)
    return dict(project.database.remember("tags", lambda: _known_tags(project)))


def _known_tags(project: Project) -> dict[str, int]:
    query = """SELECT tag.value, count(*) FROM items, json_each(items.tags) AS tag
        WHERE items.removed IS NULL AND items.tags != '[]' GROUP BY tag.value ORDER BY count(*) DESC, tag.value"""
    with project.database.read() as connection:
        return dict(connection.exec_driver_sql(query).all())


