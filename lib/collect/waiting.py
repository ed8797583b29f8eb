"""What was handed over and still waits (inbox.py), as derived data: the files from which items were made already.

They lie there for as long as a batch that was stopped or failed has not gone on, or was not put away.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.media.files import read_json, sha256, write_json
from lib.project import database as db
from lib.project.folder import CACHE
from lib.project.removal import among

if TYPE_CHECKING:
    from lib.project import Project

_LIST = "inbox.json"
_LARGEST = 2 << 30  # bytes, unpacked


def touched(project: Project, items: Iterable) -> list[Path]:
    """The waiting files whose content became one of these items: as a file of its own, in a zip, or as stills of a film."""
    items, c = list(items), db.items.c
    ids = [item.id for item in items]
    with project.database.read() as connection:
        brought = set(connection.execute(sa.select(c.source_sha256).where(among(c.id, ids))).scalars())
    films = {item.facts["film"] for item in items if item.facts.get("film")}
    return [path for path in _waiting(project) if _called(path) in films or brought.intersection(_hashes(path))]


def forget(project: Project, leaving: Iterable) -> None:
    """Deletes these files and their names; a batch that goes on says of each that it is not there."""
    for path in touched(project, leaving):
        _forget_name(path)
        path.unlink(missing_ok=True)
        if not any(_is_file_of_somebody(other) for other in path.parent.iterdir()):
            shutil.rmtree(path.parent, ignore_errors=True)


def _forget_name(path: Path) -> None:
    with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
        listed = read_json(path.parent / _LIST)
        listed["names"][int(path.name) - 1] = "a file that was withdrawn"
        write_json(path.parent / _LIST, listed)


def _waiting(project: Project) -> Iterator[Path]:
    for path in (project.path / CACHE / "inbox").glob("[!.]*/*"):
        if _is_file_of_somebody(path):
            yield path


def _is_file_of_somebody(path: Path) -> bool:
    return path.name.isdecimal() and path.is_file()


def _called(path: Path) -> str:
    """What the person called it."""
    with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
        return read_json(path.parent / _LIST)["names"][int(path.name) - 1]
    return ""


def _hashes(path: Path) -> set[str]:
    with contextlib.suppress(OSError):
        if not zipfile.is_zipfile(path):
            return {sha256(path)}
        with contextlib.suppress(zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError), zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if sum(member.file_size for member in members) > _LARGEST:
                return {sha256(path)}  # no such archive was ever taken in
            return {sha256(path), *(_hash_of(archive, member) for member in members)}
    return set()


def _hash_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    with archive.open(member) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
