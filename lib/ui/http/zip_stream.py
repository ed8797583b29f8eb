"""Zips that are made while they are sent: nothing is held in memory but the piece that is on its way. Read `stream`."""

from __future__ import annotations

import contextlib
import io
import itertools
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from lib import train
from lib.project import Project, handing_out
from lib.project.folder import CACHE, DATABASE, MAKING
from lib.project.outputs import REJECTED, listed

_PIECE = 1 << 18  # bytes


def zip_of_outputs(project: Project, names: Iterable[str] | None = None) -> Iterator[bytes]:
    """The outputs of these file names (all that are listed and not rejected, unless told), each with its story beside it."""
    wanted = None if names is None else set(names)
    chosen = [output for output in listed(project) if (output.marked != REJECTED if wanted is None else output.path.name in wanted)]
    files = [file for output in reversed(chosen) for file in (output.path, output.path.with_suffix(".json"))]
    return stream((file.name, file) for file in files)


def zip_of_project(project: Project) -> Iterator[bytes]:
    """The whole folder without its cache, and without what somebody said no to; project.db as it is at this moment, also while
    somebody writes to it."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / DATABASE
        with (
            contextlib.closing(sqlite3.connect(project.path / DATABASE)) as live,
            contextlib.closing(sqlite3.connect(record)) as copy,
        ):
            live.backup(copy)
        yield from stream(_with_record(project.path, record, handing_out.withheld(project)))


def zip_of_errand(project: Project, errand_id: str) -> Iterator[bytes]:
    """A training for another computer. Raises UserError before anything is sent where somebody in its data says no today."""
    scratch = tempfile.TemporaryDirectory(prefix="handmade-errand-")
    files = train.contents(project, train.find_errand(project, errand_id), Path(scratch.name))
    try:
        first = next(files)
    except BaseException:
        scratch.cleanup()
        raise

    def pieces() -> Iterator[bytes]:
        with scratch:
            yield from stream(itertools.chain([first], files))

    return pieces()


def _with_record(folder: Path, record: Path, withheld: set[Path]) -> Iterator[tuple[str, Path]]:
    yield f"{folder.name}/{DATABASE}", record
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        is_ours = inside.parts[0] == CACHE or inside.parts[0].startswith(DATABASE)
        if path in withheld or not withheld.isdisjoint(path.parents):
            continue
        if path.is_file() and not is_ours and not any(part.startswith(MAKING) for part in inside.parts):
            yield f"{folder.name}/{inside.as_posix()}", path


def stream(files: Iterable[tuple[str, Path]]) -> Iterator[bytes]:
    """A zip of these (name, file), piece by piece. Pictures are packed already, so nothing is compressed again.

    A file that has gone away meanwhile is passed over.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for name, path in files:
            try:
                source = path.open("rb")
                info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
            except OSError:
                continue
            with source, archive.open(info, "w", force_zip64=True) as target:
                while piece := source.read(_PIECE):
                    target.write(piece)
                    yield pipe.take()
            yield pipe.take()
    yield pipe.take()


class _Pipe(io.RawIOBase):
    """What zipfile writes into; it can only go forward."""

    def __init__(self):
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece) -> int:
        self._waiting += piece
        return len(piece)

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken
