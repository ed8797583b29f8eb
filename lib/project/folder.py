"""Where things lie: the workspace (a folder of projects) and the layout of one project. No noun, no database."""

from __future__ import annotations

import contextlib
import datetime
import functools
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from lib.errors import UserError
from lib.media.locks import Lock, take

PROJECT_FILE = "project.json"
DATABASE = "project.db"
ITEMS, DATASETS, RUNS, OUTPUTS, TASKS, CACHE = "items", "datasets", "runs", "outputs", "tasks", "cache"
FILMS = "films"  # only where somebody asks to keep a film beside its stills
PAPERS = "papers"  # PDFs, of which only the pages are left, to be drawn

# What a killed process may leave behind begins with one of these, and is never shown as a noun.
MAKING = ".making-"


def workspace(home: str | os.PathLike | None = None) -> Path:
    """The folder that holds the projects: `home`, else HANDMADE_HOME, else ~/Handmade."""
    return _resolved(os.path.expanduser(home or os.environ.get("HANDMADE_HOME") or Path.home() / "Handmade"), os.getcwd())


@functools.lru_cache(maxsize=64)
def _resolved(folder: str, _here: str) -> Path:
    """A page asks some ten times, and to resolve a path asks the disk about each of its parts."""
    return Path(folder).resolve()


def private(home: Path) -> Path:
    """The workspace's own folder, for locks and measurements; may be deleted when nothing runs."""
    return home / ".handmade"


def slug(name: str, longest: int = 48) -> str:
    """A name as a folder: 'Grandma's voice, 1962' -> 'grandmas-voice-1962'. Raises UserError if nothing is left of it."""
    if not isinstance(name, str):
        raise UserError(f"A name is made of letters, not {type(name).__name__}.", "", "Give it a name in words.")
    plain = unicodedata.normalize("NFKD", name).replace("’", "").replace("'", "")
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    parts = re.findall(r"[^\W_]+", plain)
    short = "-".join(parts)[:longest].strip("-")
    if not short:
        raise UserError(
            f"The name {name!r} has no letter in it.", "", "Give it a name with at least one letter or number."
        )
    return f"{short}_" if short in _RESERVED else short


# Windows keeps these names for devices.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}


def now() -> str:
    """This moment, in UTC, to the second: 2026-11-21T14:03:00Z."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment() -> str:
    """This moment, in UTC, to the microsecond: for what must be put in order."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def make_folder(parent: Path, name: str) -> Path:
    """Makes and returns parent/name, or parent/name-2, -3 … if it is there. Two processes never get the same one."""
    parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, 10_000):
        folder = parent / (name if attempt == 1 else f"{name}-{attempt}")
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            continue
    raise UserError(
        f"There are too many folders called {name}.", f"They are in {parent}.", "Delete some, or choose another name."
    )


@contextlib.contextmanager
def making(parent: Path) -> Iterator[Path]:
    """A folder to make something in, on the disk where it will live, so that giving it its name is a rename.

    It is locked while in use and removed at the end; what killed processes left behind (the lock is free) goes first.
    """
    parent.mkdir(parents=True, exist_ok=True)
    clear_forgotten(parent)
    folder, lock = _locked_name(parent)
    try:
        folder.mkdir()
        yield folder
    finally:
        lock.release()
        _remove_if_dead(lock.path)


def clear_forgotten(parent: Path) -> None:
    """Removes what killed processes left in the making: its lock is free."""
    for forgotten in parent.glob(f"{MAKING}*.lock"):
        _remove_if_dead(forgotten)


def _locked_name(parent: Path) -> tuple[Path, Lock]:
    """A name that nobody has, and its lock. Somebody who clears up may win the lock of a new name; then another is made."""
    while True:
        folder = parent / f"{MAKING}{secrets.token_hex(6)}"
        lock = take(folder.with_suffix(".lock"))
        if lock and lock.path.exists():
            return folder, lock


def _remove_if_dead(lock_file: Path) -> None:
    lock = take(lock_file)
    if lock:
        shutil.rmtree(lock_file.with_suffix(""), ignore_errors=True)
        lock.release()
        with contextlib.suppress(OSError):  # Windows keeps it while somebody looks at it; the next one clears it away
            lock_file.unlink(missing_ok=True)
