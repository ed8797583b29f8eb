"""Films that somebody asked to keep beside their stills. Each still remembers the stored name in its facts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lib.project.folder import FILMS


def touched(project, items: Iterable) -> list[Path]:
    """The kept films that these stills were taken from."""
    names = {item.facts["kept_film"] for item in items if item.facts.get("kept_film")}
    return [path for name in sorted(names) if (path := project.path / FILMS / name).exists()]


def forget(project, items: Iterable) -> None:
    """A film goes as soon as one of its stills is withdrawn: the person is in all of it."""
    for path in touched(project, items):
        path.unlink(missing_ok=True)
