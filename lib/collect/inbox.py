"""The inbox: where files wait that somebody handed over, until a task has added them (arriving.py). Read `put` first.

An inbox is a folder of the project's cache. Its files lie in it under numbers; what the person called them is text in
inbox.json. A task that was stopped, or whose worker died, finds the inbox as it was and goes on.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import sqlalchemy as sa

from lib.errors import UserError, disk_full, is_disk_full
from lib.media.files import read_json, write_json
from lib.project import arguments
from lib.project import database as db
from lib.project.folder import CACHE, MAKING, make_folder, making, now

if TYPE_CHECKING:
    from lib.project import Project

_INBOX, _LIST, _PENDING = "inbox", "inbox.json", "desk.json"
_PICTURE = re.compile(r"[a-z0-9-]{1,60}\.webp")
_LONGEST_NAME = 200  # letters of a file name that are kept
_FORGOTTEN = 24 * 3600  # seconds
_Seen = TypeVar("_Seen")


def put(project: Project, files: Iterable[tuple[str, BinaryIO]]) -> str:
    """Writes files (the person's own name for each, and the open file) into a new inbox; returns the inbox's name.

    Two files may have one name. A name is only ever text: it never becomes a path. Raises UserError when the disk is full.
    """
    project, names = arguments.project(project), []
    try:
        with making(project.path / CACHE / _INBOX) as folder:
            for number, (name, file) in enumerate(files, start=1):
                with open(folder / f"{number:06d}", "xb") as target:
                    file.seek(0)
                    shutil.copyfileobj(file, target, 1 << 20)
                names.append(_as_words(name, number))
            write_json(folder / _LIST, {"names": names, "last": _last_number(project), "made": now()})
            place = make_folder(folder.parent, f"{now().replace(':', '')}")
            os.replace(folder, place) if os.name != "nt" else _replace_empty(folder, place)
    except OSError as error:
        raise (disk_full(project.path) if is_disk_full(error) else error) from error
    return place.name


def _replace_empty(folder: Path, target: Path) -> None:
    """Windows does not rename over a folder, not even an empty one."""
    target.rmdir()
    os.replace(folder, target)


def discard(project: Project, inbox: str) -> None:
    """Deletes an inbox with what still waits in it. One that is gone already is no mistake."""
    shutil.rmtree(folder_of(arguments.project(project), inbox), ignore_errors=True)


def lay_pending(project: Project, inbox: str, way: str) -> None:
    """Says that somebody chooses among what is in an inbox: it waits as long as they like. way: "film" or "scan"."""
    write_json(folder_of(arguments.project(project), inbox) / _PENDING, {"way": way})


def pending(project: Project, way: str) -> str | None:
    """The newest inbox that somebody chooses from, or None."""
    paths = (arguments.project(project).path / CACHE / _INBOX).glob(f"[!.]*/{_PENDING}")
    there = sorted(path.parent.name for path in paths if _way(path) == way)
    return there[-1] if there else None


def _way(path: Path) -> str:
    """"" where the choice was made at this moment."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return read_json(path).get("way", "")
    return ""


def take_pending(project: Project, inbox: str) -> None:
    """The choice is made."""
    (folder_of(arguments.project(project), inbox) / _PENDING).unlink(missing_ok=True)


def count_from_here(project: Project, inbox: str) -> None:
    """What has a higher number than the last one now was added from this inbox."""
    project = arguments.project(project)
    folder = folder_of(project, inbox)
    write_json(folder / _LIST, {"names": read(folder)["names"], "last": _last_number(project), "made": now()})


def waiting_picture(project: Project, inbox: str, name: str) -> Path:
    """A small picture that lies in an inbox, by its name. Raises UserError if there is none."""
    if not _PICTURE.fullmatch(arguments.text("name", name)) or not (path := folder_of(project, inbox) / name).is_file():
        raise UserError("This picture is not there any more.", "", "Look again.")
    return path


def clear_forgotten(project: Project, wanted: Iterable[str]) -> None:
    """Deletes inboxes that no task will ever ask for: the program ended between taking the files over and saying so."""
    wanted, yesterday = set(wanted), time.time() - _FORGOTTEN
    for folder in (arguments.project(project).path / CACHE / _INBOX).glob("[!.]*"):
        with contextlib.suppress(OSError):  # another tab clears up too
            if folder.name not in wanted and not (folder / _PENDING).exists() and folder.stat().st_mtime < yesterday:
                shutil.rmtree(folder, ignore_errors=True)


def waits(project: Project, inbox: str) -> bool:
    """True while something waits in that inbox."""
    return (folder_of(arguments.project(project), inbox) / _LIST).exists()


def _last_number(project: Project) -> int:
    with project.database.read() as connection:
        return connection.execute(sa.select(db.numbers.c.last).where(db.numbers.c.what == "item")).scalar_one()


def folder_of(project: Project, inbox: str) -> Path:
    """The folder of an inbox. inbox: its plain name, never a path. Raises UserError for anything else."""
    name = arguments.text("inbox", inbox)
    if not name or Path(name).name != name or name in (".", "..") or name.startswith(MAKING):
        raise UserError(f"There is no inbox {name!r}.", "", "Hand the files over again.")
    return project.path / CACHE / _INBOX / name


def each(
    folder: Path, look: Callable[[Path, int, str], _Seen],
    progress: Callable[[int, int], object] | None, should_stop: Callable[[], bool] | None,
) -> list[_Seen] | None:  # fmt: skip
    """What look(folder, number, name) finds at each file of an inbox, by number; None if it was stopped."""
    names, results = read(folder)["names"], []
    for number, name in enumerate(names, start=1):
        if should_stop and should_stop():
            return None
        results.append(look(folder, number, name))
        if progress:
            progress(number, len(names))
    return results


def read(folder: Path) -> dict:
    """{"names": what the person called its files, "last": the highest number that there was before}. Raises UserError."""
    try:
        listing = read_json(folder / _LIST)
        return {"names": [str(name) for name in listing["names"]], "last": int(listing["last"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            "The files that were handed over are not there any more.",
            "They waited in the project's cache, which somebody may have emptied.",
            "Add them again; what went in before is safe, and will be known.",
        ) from error


def _as_words(name: str, number: int) -> str:
    """A file name as a sentence can hold it: no half letters, no control characters, no way out of a folder."""
    plain = name.encode("utf-8", "replace").decode().replace("\\", "/")
    plain = "".join(letter for letter in plain if unicodedata.category(letter)[0] != "C")
    parts = [part for part in plain.split("/") if part not in ("", ".", "..")]
    return "/".join(parts)[-_LONGEST_NAME:] or f"file {number}"
