"""Films that somebody asked to keep beside their stills. Each still remembers the stored name in its facts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.project import database as db
from lib.project.folder import FILMS

if TYPE_CHECKING:
    from lib.project.project import Project

_FACT = "kept_film"


def touched(project: Project, items: Iterable) -> list[Path]:
    """The kept films that these stills were taken from."""
    names = {item.facts[_FACT] for item in items if item.facts.get(_FACT)}
    return [path for name in sorted(names) if (path := project.path / FILMS / name).exists()]


def forget(project: Project, leaving) -> None:
    """A film goes as soon as one of its stills is withdrawn: the person is in all of it. Where stills are deleted by hand, it
    goes with the last of them; afterwards nobody could find it."""
    gone = list(leaving)
    for path in touched(project, gone):
        if leaving.said == "withdrawn" or not _is_remembered(project, path.name, [item.id for item in gone]):
            path.unlink(missing_ok=True)


def _is_remembered(project: Project, name: str, gone: list[str]) -> bool:
    """True if a still that stays was taken from it."""
    named = db.items.c.facts.contains(json.dumps({_FACT: name})[1:-1], autoescape=True)
    with project.database.read() as connection:
        return bool(set(connection.execute(sa.select(db.items.c.id).where(named)).scalars()) - set(gone))
