"""What was found when somebody had the whole project looked at (lib/label/survey.py), kept in cache/look-<kind>.json."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.media.files import read_json, write_json
from lib.project import database as db
from lib.project import items, vectors
from lib.project.folder import CACHE

if TYPE_CHECKING:
    from lib.project.project import Project


def keep(project: Project, kind: str, survey: dict, ids: Iterable[str]) -> None:
    """found: plain values. ids: of all items that were looked at; if one was deleted for good meanwhile, nothing is kept.

    Those that could not be looked at are kept beside it (`vectors.passed_over`).
    """
    (project.path / CACHE).mkdir(exist_ok=True)
    ids, passed = set(ids), vectors.passed_over(project, kind)
    with project.database.write() as connection:  # as deleting for good is one: it comes before or after, not in between
        by_number = connection.exec_driver_sql("SELECT id FROM items ORDER BY number").scalars().all()
        passed = {item: passed[item] for item in by_number if item in passed and item not in ids}
        if ids <= set(by_number):
            mark = _mark(item for item in by_number if item in ids or item in passed)
            write_json(_file(project, kind), {"of": mark, **survey, "passed_over": passed}, durable=False)


def kept(project: Project, kind: str) -> dict | None:
    """What was found; "is_current" says whether it was among just the items of now. None where nobody has looked.

    "passed_over": {id: why} of those that could not be looked at.
    """
    try:
        survey = read_json(_file(project, kind))
        return {"passed_over": {}, **survey, "is_current": survey["of"] == _mark(items.ids(project, kind))}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def settled(project: Project) -> frozenset[str]:
    """The ids of the items of which somebody has said already that what is odd about them is a mistake, or style."""
    v = db.verdicts.c
    with project.database.read() as connection:
        return frozenset(connection.execute(sa.select(v.item).where(v.question != "twin").distinct()).scalars())


def _file(project: Project, kind: str) -> Path:
    return project.path / CACHE / f"look-{kind}.json"


def _mark(ids: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def touched(project: Project, gone: Iterable[items.Item]) -> list[Path]:
    files = [_file(project, kind) for kind in {item.kind for item in gone}]
    return [path for path in files if path.exists()]


def forget(project: Project, gone: Iterable[items.Item]) -> None:
    for path in touched(project, gone):
        path.unlink(missing_ok=True)
