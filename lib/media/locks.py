"""Locks that the operating system lets go of when a process dies, however it dies. Read `take` and `is_held`.

A lock held is proof of life; a lock free is the only proof of death (a process id is not: it is used again,
and a dead child that nobody fetched still answers to it). On Linux and macOS this is `flock`, on Windows the
first byte of the file is locked.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

_PAUSE = 0.02  # seconds between two tries


class Lock:
    """A lock that is held. Keep the object alive; `release()` or the end of the process lets it go."""

    def __init__(self, path: Path, handle: int):
        self.path, self._handle = path, handle

    def release(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def __del__(self):
        self.release()


def take(path: Path, patience: float = 0.0) -> Lock | None:
    """The exclusive lock on `path` (made if need be), or None if somebody else keeps it for `patience` seconds."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + patience
    while not _try_lock(handle, shared=False):
        if time.monotonic() >= until:
            os.close(handle)
            return None
        time.sleep(_PAUSE)
    return Lock(Path(path), handle)


def is_held(path: Path) -> bool:
    """True if some process holds the exclusive lock on `path`. Asks with a shared lock, so readers never disturb each other."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(handle, shared=True)
    finally:
        os.close(handle)


if os.name == "nt":  # pragma: no cover - Windows
    import msvcrt

    def _try_lock(handle: int, shared: bool) -> bool:
        os.lseek(handle, 0, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int, shared: bool) -> bool:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
