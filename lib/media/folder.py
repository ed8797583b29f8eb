"""The files of a folder, in an order people expect, without links and a system's litter. Read `folder_files`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from lib.errors import UserError
from lib.media.source import link, shown

LITTER = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin"}  # left by systems, made by nobody


def folder_files(folder: Path) -> Iterator[tuple[str, Path | UserError]]:
    """Walks `folder` and all folders in it; yields (name relative to it with `/`, path) in natural order.

    What is hidden (`.git`) or litter (`Thumbs.db`) is passed over. A link, a device or a folder that cannot be read
    is yielded as (name, UserError) and never followed.
    """
    yield from _walk(Path(folder), "")


def _walk(folder: Path, above: str) -> Iterator[tuple[str, Path | UserError]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: natural(entry.name))
    except OSError:
        name = above.rstrip("/") or folder.name
        yield name, UserError(f"{shown(name)} cannot be opened.", "The system does not allow this folder to be read.",
                              "Check that the folder is yours to read.")
        return
    for entry in entries:
        name = above + entry.name
        if is_litter(entry.name):
            continue
        if entry.is_symlink():
            yield name, link().named(name)
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), name + "/")
        else:
            yield name, Path(entry.path)


def natural(name: str) -> tuple:
    """A key to sort by: `tulip2.png` before `tulip10.png`, big and small letters together."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(len(part.lstrip("0")), part.lstrip("0")) if part.isdecimal() else (0, part) for part in parts], name


def is_litter(name: str) -> bool:
    """True for a relative path of which any part is hidden or is left behind by a system."""
    return any(part.startswith(".") or part.casefold() in LITTER for part in PurePosixPath(name).parts)
