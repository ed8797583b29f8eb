"""The words that come along with files, found before the files go in, and given to them as they do. Read `find`.

    words = beside.find(project, paths, names, rows, …)
    report = intake.take_in(project, paths, consent, about=words.about, leave=words.leave)
    words.tell(report)
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from lib.collect import captions, spreadsheet
from lib.collect.captions import Row, SourceFile
from lib.errors import UserError, is_disk_full
from lib.media import archive
from lib.media import intake as media_intake
from lib.media import names as naming
from lib.project import intake, items, labels
from lib.project.folder import CACHE, making
from lib.project.intake import Report
from lib.project.items import Item

if TYPE_CHECKING:
    from lib.project import Project

_TABLES = (".csv", ".tsv")
_LOOKED_AT = 8_000_000  # bytes of a table that is looked at beforehand
_BYTES = 4 * captions.LONGEST  # a caption of the longest, in UTF-8


@dataclass(frozen=True)
class Foresight:
    """What may be captions among files that were chosen. texts: those named after one of them. known: those named after a
    datapoint that is in the project already. table: the name of a table of captions, with how many of its rows find a file
    and how many find none."""

    texts: int = 0
    known: int = 0
    table: str = ""
    rows: int = 0
    lost: int = 0

    def __bool__(self) -> bool:
        return bool(self.texts or self.known or self.table)


def foresee(project: Project, files: Sequence[tuple[str, BinaryIO]]) -> Foresight:
    """Looks through files that were chosen (name, open file), before anybody hands them over. Zips are not unpacked."""
    came = [SourceFile.called(which, name) for which, entry in enumerate(files) for name in _names_in(*entry)]
    texts, tables = captions.beside(came), [entry for entry in files if PurePosixPath(entry[0]).suffix.lower() in _TABLES]
    others = [text for text in came if text.ending in naming.WORDS and text.key not in texts]
    there = _in_project(project) if others or tables else {}
    known = _of_known(others, there)
    for name, file in tables:
        if rows := _rows_of(name, file):
            matches, left = captions.match(rows, [candidate for candidate in (*came, *there) if candidate.is_media])
            if matches:
                return Foresight(len(texts), len(known), name, len({id(row) for row in matches.values()}), len(left))
    return Foresight(len(texts), len(known))


def _names_in(name: str, file: BinaryIO) -> list[str]:
    if PurePosixPath(name).suffix.lower() != ".zip":
        return [name]
    return [f"{name}: {member}" for member in archive.listed(file)]


def _rows_of(name: str, file: BinaryIO) -> list[Row]:
    """[] where it is no table of captions."""
    file.seek(0)
    content = file.read(_LOOKED_AT + 1)
    file.seek(0)
    with contextlib.suppress(UserError):
        return captions.read_table(content, name)[0] if len(content) <= _LOOKED_AT else []
    return []


@dataclass
class Words:
    """words: of each file, by its key, with what they came from. leave: texts that are no datapoints of their own.

    of_text: the files that each of those texts is about. unmatched: rows of the table without a file. of_known: for what is
    in the project already, by its id. arrived: the keys of the files that came in. notes: of texts whose letters were guessed.
    """

    project: Project
    table: str
    words: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)
    leave: set[tuple[int, str]] = field(default_factory=set)
    of_text: dict[tuple[int, str], list[SourceFile]] = field(default_factory=dict)
    of_known: dict[str, tuple[str, str]] = field(default_factory=dict)
    unmatched: list[tuple[Row, str]] = field(default_factory=list)
    overruled: list[tuple[str, str]] = field(default_factory=list)
    folders: dict[int, str] = field(default_factory=dict)
    arrived: set[tuple[int, str]] = field(default_factory=set)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def about(self, which: int, name: str) -> tuple[str, dict]:
        """The caption of a file that comes in, and the folder it lay in, by which pairs are found (lib/augment/pairs.py)."""
        self.arrived.add((which, name))
        folder = self.folders.get(which)
        return self.words.get((which, name), ("", ""))[0], {"folder": folder} if folder else {}

    def tell(self, report: Report, is_whole: bool = True) -> None:
        """Writes down in the report what the words came to. is_whole: False where it was stopped, and not all were reached."""
        refused = {name for name, _ in report.rejected}  # also the new words for what has others
        report.captioned += [(key[1], of) for key, (_, of) in self.words.items() if key in self.arrived and key[1] not in refused]
        _give_to_known(self, report)
        for key, files in self.of_text.items():
            if files and is_whole and self.arrived.isdisjoint(file.key for file in files):
                report.refuse(key[1], _alone(key[1], files[0].name))
        report.notes += self.notes
        for name, of in self.overruled:
            report.refuse(name, _overruled(name, of))
        if self.unmatched:
            report.unmatched += [(row.line, row.name.strip(), why) for row, why in self.unmatched]
            report.refuse(self.table, captions.unmatched_words(self.table, self.unmatched))


def find(
    project: Project, paths: Sequence[Path], names: Mapping[Path, str], rows: Sequence[Row], table: str, *, beside: bool, known: bool,
    encodings: Mapping[str, str],
) -> Words:  # fmt: skip
    """What comes along: `rows` of the table called `table`, and the texts among the files that are named after another one.

    encodings: how a text is written, by its name, where somebody said so.
    beside: those texts become captions. known: a row or a text that finds nothing among these files looks in the project.
    """
    words, came = Words(project, table), list(_listed(paths, names))
    words.folders = {which: _folder_of(path) for which, path in enumerate(paths) if path not in names}
    there = _in_project(project) if known else {}
    matches, words.unmatched = captions.match(rows, [file for file in came if file.is_media])
    others = _again(words, [file for file in came if not file.is_media])
    words.words = {key: (row.words, table) for key, row in (matches | others).items()}
    by_key = {file.key: item for file, item in there.items()}
    words.of_known = {by_key[key].id: (row.words, table) for key, row in _again(words, list(there)).items()}
    if beside:
        _take_texts(words, paths, names, came, there, encodings)
    return words


def _again(words: Words, files: Sequence[SourceFile]) -> dict[tuple[int, str], Row]:
    """Looks for those rows that found nothing at all so far among other files."""
    nothing = [row for row, why in words.unmatched if why == captions.NONE]
    matches, left = captions.match(nothing, files) if nothing and files else ({}, [(row, captions.NONE) for row in nothing])
    words.unmatched = sorted([pair for pair in words.unmatched if pair[1] != captions.NONE] + left, key=lambda pair: pair[0].line)
    return matches


# ---- what came, and what is there ------------------------------------------------------------------------------------


def _listed(paths: Sequence[Path], names: Mapping[Path, str]):
    for which, path in enumerate(paths):
        above = () if path in names else naming.parts((path if path.is_dir() else path.parent).absolute().as_posix())
        for shown, inside in intake.names_behind(path, names.get(path)):
            archive = shown.removesuffix(inside).removesuffix(": ")
            folder = naming.parts(str(Path(archive).with_suffix(""))) if archive else ()
            own = naming.parts(inside)
            yield SourceFile(which, shown, own, (*above, *folder, *own))


def _folder_of(path: Path) -> str:
    return (path if path.is_dir() else path.parent).absolute().name


def _in_project(project: Project) -> dict[SourceFile, Item]:
    """The pictures and sounds of the project; of two with one name, both."""
    there = [item for item in items.find(project) if item.kind != "text"]
    return {SourceFile.called(-item.number, item.source_name): item for item in there}


# ---- texts ---------------------------------------------------------------------------------------------------------


def _take_texts(
    words: Words, paths: Sequence[Path], names: Mapping[Path, str], came: Sequence[SourceFile], there: Mapping[SourceFile, Item],
    encodings: Mapping[str, str],
) -> None:  # fmt: skip
    """Reads the texts that are named after another file. What cannot be read so, or is too long, goes its way as a text."""
    about = captions.beside(came)
    of_known = _of_known([file for file in came if file.ending in naming.WORDS and file.key not in about], there)
    texts = _read(words.project, paths, names, {*about, *of_known}, encodings)
    for key, (text, facts) in texts.items():
        if not facts.get("encoding_certain", True):
            words.notes.append((key[1], spreadsheet.doubt(key[1], facts["encoding"])))
        words.leave.add(key)
        words.of_text[key] = about.get(key, [])
        for file in about.get(key, ()):
            stands, of = words.words.setdefault(file.key, (text, key[1]))
            if stands != text:
                words.overruled.append((key[1], f"{file.name} has its words from {of}"))
        for item in of_known.get(key, ()):
            words.of_known.setdefault(item.id, (text, key[1]))


def _of_known(texts: Sequence[SourceFile], there: Mapping[SourceFile, Item]) -> dict[tuple[int, str], list[Item]]:
    """The datapoints that a text is named after, where it can only be those."""
    rows = {id(row): (row, text) for text in texts for row in [Row("/".join((*text.inside[:-1], text.stem)), "?")]}
    by_key, items_of = {came.key: item for came, item in there.items()}, defaultdict(list)
    for key, row in captions.match([row for row, _ in rows.values()], list(there))[0].items():
        items_of[rows[id(row)][1].key].append(by_key[key])
    return items_of


def _read(
    project: Project, paths: Sequence[Path], names: Mapping[Path, str], wanted: set[tuple[int, str]], encodings: Mapping[str, str]
) -> dict[tuple[int, str], tuple[str, dict]]:
    """(words, what was found as they were read) of texts, the usual ending first; without what is no text, empty, or too long."""
    texts: dict[tuple[int, str], tuple[str, dict]] = {}
    if not wanted:
        return texts
    with making(project.path / CACHE) as folder:
        for which in sorted({which for which, _ in wanted}):
            path, is_wanted = paths[which], lambda name, which=which: (which, name) in wanted
            for name, file in intake.look_into(path, folder, names.get(path), is_wanted):
                if reading := _words_of(file, folder, name, encodings.get(name, "")):
                    texts[which, name] = reading
    return dict(sorted(texts.items(), key=lambda entry: naming.WORDS.index(naming.split(naming.folded(entry[0][1]))[1])))


def _words_of(file: Path | UserError, folder: Path, name: str, encoding: str) -> tuple[str, dict] | None:
    """Read with the care that every text is read with."""
    if isinstance(file, UserError):
        return None
    try:
        clean = media_intake.clean_copy(file, folder, name=name, encoding=encoding)
    except UserError as error:
        if is_disk_full(error):
            raise
        return None
    try:
        is_caption = clean.kind == "text" and clean.path.stat().st_size <= _BYTES
        text = captions.tidy(clean.path.read_text(encoding="utf-8")) if is_caption else ""
    finally:
        clean.path.unlink()
    return (text, clean.facts) if text and len(text) <= captions.LONGEST else None


# ---- told ----------------------------------------------------------------------------------------------------------


def _give_to_known(words: Words, report: Report) -> None:
    """Gives datapoints without a caption theirs, all taken back by one undo; another caption stays, and that is told."""
    there = {item.id: item for item in items.find(words.project, ids=list(words.of_known))} if words.of_known else {}
    changes = []
    for item_id, item in there.items():
        text, of = words.of_known[item_id]
        if item.caption and item.caption != text:
            report.refuse(of, intake.other_words(item.source_name, item.number))
        elif not item.caption:
            changes.append(labels.Change(item_id, "caption", text))
        if item.caption in ("", text):
            report.captioned.append((item.source_name, of))
    labels.change_together(words.project, changes, is_answer=False)


def _alone(name: str, of: str) -> UserError:
    return UserError(
        f"{name} was not added.", f"Its name says that it is the caption of {of}, which did not come in.",
        f"Bring it again together with a {of} that does.",
    )  # fmt: skip


def _overruled(name: str, of: str) -> UserError:
    return UserError(f"The words of {name} were not taken.", f"{of}.", "Leave one of the two out, or write the caption on its page.")
