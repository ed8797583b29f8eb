"""Films and pictures that somebody brought for a task: copies in the project's cache until the task is over. Read `keep`."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from lib.media.files import write_bytes
from lib.project.folder import CACHE

if TYPE_CHECKING:
    from lib.project import Project

_FOLDER = "given"
_KEPT = 86400.0     # seconds, after which nobody goes on with what a killed task has left


def keep(project: Project, name: str, content: bytes | memoryview) -> Path:
    """A copy under its own name, in a folder of its own. Raises UserError when the disk is full."""
    folder = project.path / CACHE / _FOLDER
    for old in folder.glob("*"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > _KEPT:
                shutil.rmtree(old)
    path = folder / secrets.token_hex(8) / (PurePath(name).name or "given")
    path.parent.mkdir(parents=True)
    write_bytes(path, content)
    return path


def discard(path: Path) -> None:
    """Deletes a copy, with its folder where `keep` made that."""
    path.unlink(missing_ok=True)
    if path.parent.parent.name == _FOLDER:
        with contextlib.suppress(OSError):
            path.parent.rmdir()
