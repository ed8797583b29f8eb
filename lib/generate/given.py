"""Films, pictures and sounds that somebody brought for a task, or for a model to work on: copies in the project's cache until that is over. Read `keep`.

What a killed task had made of a film lies beside its copy, so that the next one goes on there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.media.files import write_bytes
from lib.media.intake import clean_copy
from lib.media.kinds import SOUND, kind_of
from lib.player.playable import Playable
from lib.project import runs
from lib.project.folder import CACHE

if TYPE_CHECKING:
    from lib.project import Project

_FOLDER = "given"
_FRAMES = ".frames."    # between the run and how it made them, in the name of a folder
_KEPT = 86400.0     # seconds, after which nobody goes on with what a killed task has left


def keep(project: Project, name: str, content: bytes | memoryview) -> Path:
    """A copy under its own name, in a folder of its own. Raises UserError when the disk is full."""
    folder = _folder(project)
    for old in folder.glob("*"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > _KEPT:
                shutil.rmtree(old)
    path = folder / secrets.token_hex(8) / (PurePath(name).name or "given")
    path.parent.mkdir(parents=True)
    write_bytes(path, content)
    return path


def keep_sound(project: Project, name: str, content: bytes | memoryview) -> Path:
    """A verified copy of a sound that a model is to work on, of a form that every browser plays. Raises UserError where it is none."""
    brought = keep(project, name, content)
    try:
        clean = clean_copy(brought, brought.parent)
        if clean.kind != SOUND.name:
            raise UserError(f"{brought.name} is a {kind_of(clean.kind).one}.", "A sound is wanted here.", "Bring a WAV, FLAC, MP3, Ogg or M4A.")
    except UserError:
        shutil.rmtree(brought.parent, ignore_errors=True)
        raise
    brought.unlink()
    return clean.path.rename(brought.with_suffix(clean.suffix))


def address(path: Path) -> str:
    """By which `find` knows a copy again."""
    return f"{path.parent.name}/{path.name}"


def find(project: Project, address: str) -> Path | None:
    """A copy by its address; None where it is not there (any more), or was never kept here."""
    folder, _, name = address.partition("/")
    there = {path.name: path for path in _folder(project).glob("*") if path.name == folder}
    return next((path for one in there.values() for path in one.iterdir() if path.name == name and path.is_file()), None)


def frames_of(path: Path, playable: Playable, controls: Mapping[str, object]) -> Path:
    """The folder of what this model makes of the frames of a copy; another one as soon as it has learned more, or makes it otherwise."""
    how = hashlib.sha256(json.dumps([playable.learned, dict(controls)], sort_keys=True).encode()).hexdigest()[:12]
    return path.parent / f"{playable.id}{_FRAMES}{how}"


def discard(path: Path) -> None:
    """Deletes a copy and what was made of its frames, with its folder where `keep` made that."""
    path.unlink(missing_ok=True)
    if path.parent.parent.name == _FOLDER:
        for frames in path.parent.glob(f"*{_FRAMES}*"):
            shutil.rmtree(frames, ignore_errors=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()


def touched(project: Project, items: Iterable) -> list[Path]:
    """The folders of frames that were made by runs which have learned from these items."""
    learned = {run.id for run in runs.touched(project, items)}
    return [folder for folder in _folder(project).glob(f"*/*{_FRAMES}*") if folder.name.split(_FRAMES)[0] in learned]


def forget(project: Project, leaving: Iterable) -> None:
    for folder in touched(project, leaving):
        shutil.rmtree(folder, ignore_errors=True)


def _folder(project: Project) -> Path:
    return project.path / CACHE / _FOLDER
