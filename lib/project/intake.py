"""Taking in what people bring: files, folders and zips become items. Read `take_in` first.

Each file is verified and cleaned (lib/media/intake.py) into a waiting folder; every few dozen files the good ones are
flushed to the disk, moved to their place under a name made from their content, and written down in one transaction.
So a killed process loses at most the last few, and a file that stands in items/ is always whole.
"""

from __future__ import annotations

import json
import os
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from lib.errors import UserError, disk_full, is_disk_full
from lib.media import archive, intake
from lib.media.folder import folder_files
from lib.media.files import flush, flush_folder
from lib.project import database as db
from lib.project import items, people
from lib.project.consent import Consent
from lib.project.folder import ITEMS, making, now

_BATCH = 48  # files between two transactions

Progress = Callable[[int, int], object]  # done, total (files named by the person; an archive counts as one)


@dataclass
class Report:
    """What became of what was brought.

    added: the new items. duplicates: (file name, number of the item that it already is).
    rejected: (file name, reason), where the reason also says what to do.
    """

    added: list[items.Item] = field(default_factory=list)
    duplicates: list[tuple[str, int]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        parts = [f"{len(self.added)} added"]
        parts += [f"{len(self.duplicates)} already here"] if self.duplicates else []
        parts += [f"{len(self.rejected)} refused"] if self.rejected else []
        return ", ".join(parts)


@dataclass(frozen=True)
class _Arrival:
    """A clean file in the waiting folder, not yet an item."""

    name: str
    clean: intake.Clean
    caption: str = ""
    facts: dict = field(default_factory=dict)


def take_in(
    project,
    paths: Iterable[str | os.PathLike],
    consent: Consent | None = None,
    *,
    keep_metadata: bool = False,
    captions: dict[str, str] | None = None,
    kinds: Iterable[str] = items.KINDS,
    facts: Callable[[str], dict] | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Report:
    """Makes items of files, folders and zips; nothing that is brought is changed.

    consent: whose they are and for what; None means nobody has said yet ("unknown"), and they stay out of datasets.
    keep_metadata: keep place, camera serial and the like in pictures. captions: words by file name.
    facts: more facts to keep about a file, by its name.
    Bad files are refused by name in the report while the good rest goes in. Raises UserError when the disk is full
    (what was done until then is kept) or a person's name is ambiguous.
    """
    paths = [Path(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
    desk = _Desk(project, consent or Consent())
    captions, done = captions or {}, 0
    with making(project.path / ITEMS) as folder:
        for path in paths:
            for name, found in _look_into(path, folder):
                if should_stop and should_stop():
                    desk.write_down()
                    return desk.report
                if isinstance(found, UserError):
                    desk.refuse(name, found)
                    continue
                try:
                    clean = intake.clean_copy(found, folder, keep_metadata=keep_metadata, name=name)
                    _check_kind(clean.kind, kinds, name)
                except UserError as error:
                    if is_disk_full(error):
                        desk.write_down()
                        raise
                    desk.refuse(name, error)
                except OSError as error:
                    if is_disk_full(error):
                        desk.write_down()
                        raise disk_full(project.path) from error
                    desk.refuse(
                        name,
                        UserError(f"{name} cannot be read.", str(error.strerror or error), "Check it and try again."),
                    )
                else:
                    words = captions.get(name) or captions.get(Path(name).name, "")
                    desk.put(_Arrival(name, clean, words, facts(name) if facts else {}))
            done += 1
            if progress:
                progress(done, len(paths))
        desk.write_down()
    return desk.report


class _Desk:
    """Collects arrivals and writes them down, a few dozen at a time."""

    def __init__(self, project, consent: Consent):
        self.project, self.consent = project, consent
        self.person = people.find_or_add(project, consent.person).id if consent.person else None
        self.decision: int | None = None
        self.waiting: list[_Arrival] = []
        self.report = Report()

    def refuse(self, name: str, error: UserError) -> None:
        self.report.rejected.append((name, str(error)))

    def put(self, arrival: _Arrival) -> None:
        self.waiting.append(arrival)
        if len(self.waiting) >= _BATCH:
            self.write_down()

    def write_down(self) -> None:
        """Files first, then rows: a crash in between leaves a whole file without a row, and no row without a file."""
        if not self.waiting:
            return
        waiting, self.waiting = self.waiting, []
        for arrival in waiting:
            flush(arrival.clean.path)
        added: list[str] = []
        with self.project.database.write() as connection:
            number = connection.execute(sa.select(sa.func.max(db.items.c.number))).scalar() or 0
            for arrival in waiting:
                known = _already_here(connection, arrival.clean)
                if known is not None:
                    self.report.duplicates.append((arrival.name, known))
                    continue
                number += 1
                added.append(self._insert(connection, arrival, number))
            flush_folder(self.project.path / ITEMS)
            self._record_consent(connection, added)
        self.report.added += items.find(self.project, ids=added)

    def _insert(self, connection: sa.Connection, arrival: _Arrival, number: int) -> str:
        clean = arrival.clean
        file = f"{uuid.UUID(hex=clean.sha256[:32])}{clean.suffix}"
        os.replace(clean.path, self.project.path / ITEMS / file)
        row = dict(
            id=secrets.token_hex(8),
            number=number,
            kind=clean.kind,
            file=file,
            sha256=clean.sha256,
            source_sha256=clean.source_sha256,
            source_name=arrival.name,
            caption=arrival.caption,
            person=self.person,
            facts=json.dumps({**clean.facts, **arrival.facts}, ensure_ascii=False),
            added=now(),
            added_by=self.project.actor,
        )
        connection.execute(db.items.insert().values(row))
        return row["id"]

    def _record_consent(self, connection: sa.Connection, added: list[str]) -> None:
        """One decision for the whole batch, however many transactions it takes."""
        if not added:
            return
        if self.decision is None:
            self.decision = record_decision(connection, self.consent, self.person, self.project.actor)
        connection.execute(db.consent_items.insert(), [dict(item=i, decision=self.decision) for i in added])


def record_decision(connection: sa.Connection, consent: Consent, person: str | None, actor: str) -> int:
    """Writes the rows of a consent; returns the decision's number, to be tied to items."""
    decision = (connection.execute(sa.select(sa.func.max(db.consents.c.decision))).scalar() or 0) + 1
    shared = dict(
        decision=decision,
        person=person,
        until=consent.until.isoformat() if consent.until else None,
        basis=consent.basis,
        licence=consent.licence,
        source=consent.source,
        notice_version=consent.notice_version,
        note=consent.note,
        recorded=now(),
        recorded_by=actor,
    )
    connection.execute(db.consents.insert(), [dict(purpose=p, state=s, **shared) for p, s in consent.rows()])
    return decision


def _look_into(path: Path, folder: Path) -> Iterator[tuple[str, Path | UserError]]:
    """The files behind one path: itself, a folder's, or an archive's, each with the name to show a person."""
    try:
        if path.is_dir() and not path.is_symlink():
            for name, found in folder_files(path):
                if isinstance(found, Path) and archive.is_archive(found):
                    yield from _unpack(found, name, folder)
                else:
                    yield name, found
        elif archive.is_archive(path):
            yield from _unpack(path, path.name, folder)
        else:
            yield path.name, path
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(folder) from error
        why = "It is not there." if isinstance(error, FileNotFoundError) else str(error.strerror or error)
        yield path.name, UserError(f"{path.name} cannot be read.", why, "Check where it lies and add it again.")


def _unpack(path: Path, name: str, folder: Path) -> Iterator[tuple[str, Path | UserError]]:
    try:
        for member, found in archive.members(path, folder):
            yield f"{name}: {member}", found
    except UserError as error:
        if is_disk_full(error):
            raise
        yield name, error


def _check_kind(kind: str, kinds: Iterable[str], name: str) -> None:
    if kind not in kinds:
        raise UserError(
            f"{name} is {'an' if kind == 'image' else 'a'} {kind}.",
            f"Asked for was {' or '.join(kinds)}.",
            "Leave it out, or add it on its own.",
        )


def _already_here(connection: sa.Connection, clean: intake.Clean) -> int | None:
    c = db.items.c
    same = sa.or_(c.sha256 == clean.sha256, c.source_sha256 == clean.source_sha256)
    return connection.execute(sa.select(c.number).where(same).order_by(c.number).limit(1)).scalar()
