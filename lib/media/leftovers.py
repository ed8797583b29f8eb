"""What killed processes leave half written, taken away. Apart from `files`, which `start.py` needs before anything is installed."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import psutil

from lib.media.files import TEMPORARY


def clear_forgotten(folder: Path, mine: bool = False) -> None:
    """Takes away what killed processes left half written in a folder, where there is one.

    mine: nobody but the caller writes there, such as the holder of its lock, so that all of it goes; else only what belongs to
    processes that are no more.
    """
    for path in Path(folder).glob(f"{TEMPORARY}*"):
        if mine or not _is_being_written(path.name):
            with contextlib.suppress(OSError):  # somebody else was quicker
                path.unlink(missing_ok=True)


def _is_being_written(name: str) -> bool:
    number = name.removeprefix(TEMPORARY).partition("-")[0]
    return number.isdecimal() and len(number) < 10 and int(number) != os.getpid() and psutil.pid_exists(int(number))
