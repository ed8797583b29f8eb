"""Small pictures of items, made at the first look and kept in cache/thumbnails/. Deleting the folder loses nothing.

Beside them lie copies of the few sounds that a browser would cut off at full scale: see `heard`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lib.media import sound
from lib.media.files import write_bytes, writing
from lib.media.kinds import kind_of
from lib.project.folder import CACHE

if TYPE_CHECKING:
    from lib.project.project import Project

def path_of(project: Project, item, size: int = 256) -> Path:
    """The thumbnail's file, a WebP of at most size × size px."""
    path = place_of(project, item.path.stem, size)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, kind_of(item.kind).thumbnail(item.path, size), durable=False)
        if not item.path.exists():  # deleted for good while it was drawn
            path.unlink(missing_ok=True)
    return path


def place_of(project: Project, stem: str, size: int) -> Path:
    """Where the thumbnail lies of the item whose file is called `stem`, if it was made already."""
    return _folder(project) / f"{size}" / f"{stem}.webp"


def heard(project: Project, item) -> Path:
    """What to play of a sound: its file, or, where that goes above full scale, a FLAC of it that is quieter as a whole."""
    if "top_dbfs" not in item.facts or item.path.suffix == ".flac":
        return item.path
    path = _folder(project) / "heard" / f"{item.path.stem}.flac"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path, durable=False) as temporary:
            sound.write_within(item.path, temporary)
        if not item.path.exists():  # deleted for good meanwhile
            path.unlink(missing_ok=True)
    return path


def touched(project: Project, items: Iterable) -> list[Path]:
    return [path for item in items for path in _folder(project).glob(f"*/{item.path.stem}.*")]


def forget(project: Project, items: Iterable) -> None:
    for path in touched(project, items):
        path.unlink(missing_ok=True)


def _folder(project: Project) -> Path:
    return project.path / CACHE / "thumbnails"
