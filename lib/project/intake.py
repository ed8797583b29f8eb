"""Taking in what people bring: files, folders and zips become items. Read `take_in` first.

Each file is verified and cleaned (lib/media/intake.py) into a waiting folder; every few dozen files the good ones are
flushed to the disk, moved to their place under a name made from their content, and written down in one transaction.
So a killed process loses at most the last few, and a file that stands in items/ is always whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
import uuid
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lib.errors import UserError, disk_full, is_disk_full
from lib.media import archive, documents, intake, text
from lib.media.files import flush, flush_folder
from lib.media.folder import folder_files
from lib.project import database as db
from lib.project import items, labels, papers, people, removal
from lib.project.consent import YES, Consent, record
from lib.project.folder import ITEMS, making, now

if TYPE_CHECKING:
    from lib.project.project import Project

_BATCH, _EVERY = 48, 1.0  # files and seconds between two transactions, whichever comes first

_A_SCAN = "a scan, without words to learn from"    # why it is in no dataset

Progress = Callable[[int, int], object]  # done, total (files named by the person; an archive counts as one)


@dataclass
class Report:
    """What became of what was brought.

    added: the new items. duplicates: (file name, number of the item that it already is).
    rejected: (file name, reason), where the reason also says what to do. refusals: the same with the reason in its three
    parts: {"name", "what", "why", "fix"}.
    captioned: (file name, what its words came from: a table, or a text beside it) of those that were given words. unmatched: the rows of a
    table of captions that found no file: (line, the name that stands there, why).
    notes: (file name, a sentence) about what came in and is worth a look: letters that were guessed, a page without words.
    What was removed and is brought again comes back, and counts as added.
    """

    added: list[items.Item] = field(default_factory=list)
    duplicates: list[tuple[str, int]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    refusals: list[dict[str, str]] = field(default_factory=list)
    captioned: list[tuple[str, str]] = field(default_factory=list)
    unmatched: list[tuple[int, str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, name: str, error: UserError) -> None:
        parts = {part: _as_words(words) for part, words in error.as_dict().items()}
        self.rejected.append((_as_words(name), _as_words(str(error))))
        self.refusals.append({"name": _as_words(name), **parts})

    def note(self, name: str, facts: dict) -> None:
        """Says what a person has to know about a text that comes in, and cannot see in the count."""
        self.notes += [(_as_words(name), sentence) for sentence in text.notes(_as_words(name), facts)]

    def join(self, other: Report) -> None:
        """Takes in what another report tells, behind its own."""
        self.added += other.added
        self.duplicates += other.duplicates
        self.rejected += other.rejected
        self.refusals += other.refusals
        self.captioned += other.captioned
        self.unmatched += other.unmatched
        self.notes += other.notes

    def __str__(self) -> str:
        parts = [f"{len(self.added)} added"]
        parts += [f"{len(self.captioned)} with captions"] if self.captioned else []
        parts += [f"{len(self.duplicates)} already here"] if self.duplicates else []
        parts += [f"{len(self.rejected)} refused"] if self.rejected else []
        parts += [f"{len(self.notes)} worth a look"] if self.notes else []
        return ", ".join(parts)


@dataclass(frozen=True)
class _Arrival:
    """A clean file in the waiting folder, not yet an item."""

    name: str
    clean: intake.Clean
    caption: str = ""
    facts: dict = field(default_factory=dict)
    is_read_anew: bool = False      # somebody said how it is written: another reading of a file that may be here already


def take_in(
    project: Project,
    paths: Iterable[Path],
    consent: Consent | None = None,
    *,
    keep_metadata: bool = False,
    captions: dict[str, str] | None = None,
    names: dict[Path, str] | None = None,
    facts: Callable[[str], dict] | None = None,
    about: Callable[[int, str], tuple[str, dict]] | None = None,
    leave: Container[tuple[int, str]] = (),
    encodings: dict[str, str] | None = None,
    maker: str | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Report:
    """Makes items of files, folders and zips; nothing that is brought is changed.

    consent: whose they are and for what; None means nobody has said yet ("unknown"), and they stay out of datasets.
    keep_metadata: keep place, camera serial and the like in pictures. captions: words by file name.
    names: what a file is called, where it does not lie under its own name.
    facts: more facts to keep about a file, by its name.
    about: the caption and more facts of a good file, by its place: which of the paths (from 0), and its name in there. What is
    here already, without a caption, is given the words too; another caption stays, and that is told.
    leave: the places of files that are passed over.
    encodings: how a text is written ("cp1250"), by its name, where somebody said so.
    maker: a name or an id; whose they are found by, where that is not whoever says what is allowed.
    Bad files are refused by name in the report while the good rest goes in. However it ends, what was clean by then is
    kept. Raises UserError when the disk is full or a person's name is ambiguous.
    """
    paths, captions, names, encodings = list(paths), captions or {}, names or {}, encodings or {}
    writer = _Writer(project, consent, maker, gives_words=about is not None)
    with making(project.path / ITEMS) as folder, writer:
        for done, path in enumerate(paths, start=1):
            for name, file in look_into(path, folder, names.get(path)):
                if should_stop and should_stop():
                    return writer.report
                if (done - 1, name) in leave:
                    continue
                encoding = encodings.get(name) or encodings.get(Path(name).name, "")
                clean = _clean(file, folder, name, keep_metadata, encoding)
                if isinstance(clean, UserError):
                    writer.report.refuse(name, clean)
                else:
                    if clean.facts.get("empty_end"):
                        writer.report.notes.append((_as_words(name), _half_empty(_as_words(name), clean.facts["empty_end"])))
                    writer.report.note(name, clean.facts)
                    words, more = about(done - 1, name) if about else (captions.get(name, ""), facts(name) if facts else {})
                    writer.put(_Arrival(_as_words(name), clean, words, more, bool(encoding)))
            writer.report.notes += _notes_of_names(path, names.get(path))
            if progress:
                progress(done, len(paths))
    return writer.report


def _half_empty(name: str, share: float) -> str:
    return f"The last {share:.0%} of {name} are black to the last dot. If that is not how it was, bring it again from where it came from."


def _notes_of_names(path: Path, name: str | None) -> Iterator[tuple[str, str]]:
    """What is to say about the names in a zip, or in the zips of a folder, where they were guessed."""
    with contextlib.suppress(OSError):
        inside = folder_files(path) if path.is_dir() and not path.is_symlink() else [(name or path.name, path)]
        for called, file in inside:
            if called.lower().endswith(".zip") and isinstance(file, Path) and (remark := archive.remark(file)):
                yield _as_words(called), _as_words(f"In {called}, {remark}. If they are wrong, tell whoever made it to use UTF-8 names.")


def _clean(file: Path | UserError, folder: Path, name: str, keep_metadata: bool, encoding: str) -> intake.Clean | UserError:
    """A verified copy in the waiting folder, or why there is none. Raises UserError only when the disk is full."""
    if isinstance(file, UserError):
        return file
    try:
        return intake.clean_copy(file, folder, keep_metadata=keep_metadata, name=name, encoding=encoding)
    except UserError as error:
        if is_disk_full(error):
            raise
        return error


class _Writer:
    """Collects arrivals and writes them down every second or few dozen; the rest when its `with` block ends."""

    def __init__(self, project: Project, consent: Consent | None, maker: str | None = None, gives_words: bool = False):
        self.project, self.has_consent, self.gives_words = project, consent is not None, gives_words
        self.batch = labels.new_batch(is_answer=False)
        self.consent = consent or Consent()
        self.person = people.find_or_add(project, self.consent.person).id if self.consent.person else None
        self.maker = people.find_or_add(project, maker).id if maker else self.person
        self.decision: int | None = None
        self.waiting: list[_Arrival] = []
        self.written = time.monotonic()
        self.report = Report()

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.write_down()

    def put(self, arrival: _Arrival) -> None:
        self.waiting.append(arrival)
        if len(self.waiting) >= _BATCH or time.monotonic() - self.written >= _EVERY:
            self.write_down()

    def write_down(self) -> None:
        """Files first, then rows: a crash in between leaves a whole file without a row, and no row without a file."""
        self.written = time.monotonic()
        if not self.waiting:
            return
        waiting, self.waiting = self.waiting, []
        for arrival in waiting:
            flush(arrival.clean.path)
        added, back, again = [], [], []
        with self.project.database.write() as connection:
            for arrival in waiting:
                known = _already_here(connection, arrival.clean, arrival.is_read_anew)
                if known:
                    self._restore_file(known, arrival.clean)
                    self._give_pages(connection, known, arrival.clean)
                    self._give_words(connection, known, arrival)
                if known is None:
                    added.append(self._insert(connection, arrival))
                elif known.removed:
                    removal.mark(connection, [known.id], None)
                    back.append(known.id)
                else:
                    again.append(known.id)
                    self.report.duplicates.append((arrival.name, known.number))
            flush_folder(self.project.path / ITEMS)
            heard = self._heard_again(connection, back + again)
            record.name_maker(connection, heard, self.maker)
            self._record_consent(connection, added + heard)
        self.report.added += items.find(self.project, ids=added + back)

    def _heard_again(self, connection: sa.Connection, known: list[str]) -> list[str]:
        """The known items that this consent speaks about too: a no always counts; a yes only where nobody has spoken yet,
        so that bringing a picture a second time never overrules whoever said no."""
        if not self.has_consent or self.consent.state == "unknown" or not known:
            return []
        standings = record.standings(connection, known)
        is_yes = self.consent.state in YES
        silent = [i for i in dict.fromkeys(known) if i not in standings or standings[i].state == "unknown"]
        return silent if is_yes else list(dict.fromkeys(known))

    def _restore_file(self, known: sa.Row, clean: intake.Clean) -> None:
        """A deleting for good that was interrupted leaves a row whose file is gone."""
        path = self.project.path / ITEMS / known.file
        if known.sha256 == clean.sha256 and not path.exists():
            os.replace(clean.path, path)

    def _give_pages(self, connection: sa.Connection, known: sa.Row, clean: intake.Clean) -> None:
        """A PDF may have come in before its pages were kept."""
        if not clean.pages or known.sha256 != clean.sha256:
            return
        c = db.items.c
        facts = json.loads(connection.execute(sa.select(c.facts).where(c.id == known.id)).scalar_one())
        if facts.get("document") == "pdf" and papers.FACT not in facts:
            facts |= self._keep_pages(clean)
            connection.execute(db.items.update().where(c.id == known.id).values(facts=json.dumps(facts, ensure_ascii=False)))

    def _keep_pages(self, clean: intake.Clean) -> dict[str, str]:
        """The facts that tell where they are; {} of what has none."""
        if not clean.pages:
            return {}
        name = papers.name_of(clean.source_sha256)
        papers.keep(self.project, clean.pages, name)
        return {papers.FACT: name}

    def _give_words(self, connection: sa.Connection, known: sa.Row, arrival: _Arrival) -> None:
        """Where a caption stands already, it was looked at by somebody; so it stays, and they are told."""
        if not self.gives_words or arrival.caption in ("", known.caption):
            return
        if known.caption:
            self.report.refuse(arrival.name, other_words(arrival.name, known.number))
        else:
            labels.write(connection, self.project.actor, labels.Change(known.id, "caption", arrival.caption), self.batch)

    def _insert(self, connection: sa.Connection, arrival: _Arrival) -> str:
        clean = arrival.clean
        file = f"{uuid.UUID(hex=clean.sha256[:32])}{clean.suffix}"
        os.replace(clean.path, self.project.path / ITEMS / file)
        facts = {**clean.facts, **self._keep_pages(clean), **arrival.facts}
        row: dict[str, Any] = dict(
            id=secrets.token_hex(8),
            number=db.next_number(connection, "item"),
            kind=clean.kind,
            file=file,
            sha256=clean.sha256,
            source_sha256=clean.source_sha256,
            source_name=arrival.name,
            caption=arrival.caption,
            person=self.maker,
            facts=json.dumps(facts, ensure_ascii=False),
            added=now(),
            added_by=self.project.actor,
            excluded=_A_SCAN if clean.facts.get("characters") == 0 else "",
        )
        connection.execute(db.items.insert().values(row))
        return row["id"]

    def _record_consent(self, connection: sa.Connection, about: list[str]) -> None:
        """One decision for all that was brought together, however many transactions it takes."""
        if not about:
            return
        if self.decision is None or not record.is_written(connection, self.decision):
            self.decision = record.insert(connection, self.consent, self.person, self.project.actor)
        record.tie(connection, self.decision, about)  # a file may come twice in one go


def other_words(name: str, number: int) -> UserError:
    return UserError(
        f"The new words for {name} were not taken.", f"It is number {number} already and has other words, which stay.",
        "If the new ones are better, write them on its page.",
    )  # fmt: skip


def look_into(
    path: Path, folder: Path, name: str | None = None, wanted: Callable[[str], bool] | None = None
) -> Iterator[tuple[str, Path | UserError]]:
    """The files behind one path: itself, a folder's, or an archive's, each with the name to show a person.

    folder: where an archive's files are unpacked, one at a time. wanted: only those whose name it says True to.
    """
    called = name or path.name
    try:
        for shown, file, inside in _opened(path, called):
            if inside and isinstance(file, Path):
                yield from _unpack(file, shown, folder, called if file == path else None, wanted)
            elif wanted is None or wanted(shown):
                yield shown, file
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(folder) from error
        why = "It is not there." if isinstance(error, FileNotFoundError) else str(error.strerror or error)
        yield called, UserError(f"{called} cannot be read.", why, "Check where it lies and add it again.")


def names_behind(path: Path, name: str | None = None) -> Iterator[tuple[str, str]]:
    """The names that `look_into` will give, without unpacking anything; none of an archive that it refuses.

    Each with the name that the file has in its folder or archive: ("album.zip: inner/tulip.png", "inner/tulip.png").
    """
    called = name or path.name
    with contextlib.suppress(OSError):
        for shown, file, inside in _opened(path, called):
            if not inside or not isinstance(file, Path):
                yield shown, shown
                continue
            with contextlib.suppress(UserError):
                own = called if file == path else None
                yield from ((f"{shown}: {member}", member) for member in archive.names(file, own))


def _opened(path: Path, called: str) -> Iterator[tuple[str, Path | UserError, bool]]:
    """(name, file, whether it is an archive) of each file behind a path. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        for name, file in folder_files(path):
            yield name, file, isinstance(file, Path) and _is_archive(file, name)
    else:
        yield called, path, _is_archive(path, called)


def _is_archive(path: Path, name: str) -> bool:
    return archive.is_archive(path) and not documents.is_document(path, name)


def _unpack(
    path: Path, name: str, folder: Path, own: str | None = None, wanted: Callable[[str], bool] | None = None
) -> Iterator[tuple[str, Path | UserError]]:
    """own: the archive's own name, where it lies under another."""
    chosen = None if wanted is None else lambda member: wanted(f"{name}: {member}")
    try:
        for member, file in archive.members(path, folder, own, chosen):
            yield f"{name}: {member}", file
    except UserError as error:
        if is_disk_full(error):
            raise
        yield name, error


def _as_words(name: str) -> str:
    """A file name as a database and a sentence can hold it: bytes that are no letters become question marks."""
    return name.encode("utf-8", "replace").decode()


def _already_here(connection: sa.Connection, clean: intake.Clean, is_read_anew: bool) -> sa.Row | None:
    """id, number, removed, file, sha256 and caption of the item with the same content; of a text that is read anew, the same letters."""
    c = db.items.c
    query = sa.select(c.id, c.number, c.removed, c.file, c.sha256, c.caption)
    same = c.sha256 == clean.sha256 if is_read_anew else sa.or_(c.sha256 == clean.sha256, c.source_sha256 == clean.source_sha256)
    return connection.execute(query.where(same).order_by(c.number).limit(1)).one_or_none()
