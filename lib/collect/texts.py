"""Texts: one as a whole, or a corpus that is split into many at its blank lines, its lines, or the rows of a table.

Read `add_texts`; `pieces` says beforehand how many there will be, and `peek` shows the first rows of a table.

    collect.add_texts(project, "poems.docx", split="paragraphs", consent=mine)
    collect.add_texts(project, "answers.csv", split="rows", column="answer", consent=mine)

A piece keeps its line breaks, and remembers where it comes from: facts["part_of"]: name, part, of.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from lib.collect.adding import as_encodings, as_names
from lib.errors import UserError, is_disk_full
from lib.media import intake as media_intake
from lib.media import text as media_text
from lib.media.source import naming
from lib.media.text import LONGEST_LINE
from lib.project import arguments, intake, papers
from lib.project.consent import Consent, as_consent
from lib.project.folder import ITEMS, making
from lib.project.intake import Report

if TYPE_CHECKING:
    from lib.project import Project

SPLITS = ("whole", "paragraphs", "lines", "rows")
MOST = 20_000       # texts of one file
PEEKED = 200_000    # bytes of a table that a preview reads
_BATCH = 200        # texts that wait on the disk at once
_TABLES = (".csv",)


@dataclass(frozen=True)
class Table:
    """The beginning of a table. columns: their names. rows: the first ones, each as long as columns."""

    columns: list[str]
    rows: list[list[str]]


def add_texts(
    project: Project,
    paths: str | os.PathLike | Iterable[str | os.PathLike],
    consent: Consent | dict | None = None,
    *,
    split: str = "whole",
    column: str | int = "",
    header: bool = True,
    names: dict[Path, str] | None = None,
    encodings: dict[str, str] | None = None,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Report:
    """Adds texts (.txt, .md, .docx, .odt, .pdf, .epub, .html, .csv), each as one datapoint or split into several.

    split: "whole", "paragraphs" (at blank lines), "lines", or "rows" (one text for each row of a .csv). column: by its name,
    or its number from 1 on; the first where it is "". header: the first line of the table names its columns.
    encodings: how a text is written ("cp1250"), by its name, where you know; else it is found out from its letters.
    Empty pieces are passed over. What is bad is refused by name in the report, the rest goes in. Raises UserError for a
    split or a column that is not there.
    """
    project, consent, whole = arguments.project(project), as_consent(consent) if consent is not None else None, Report()
    files = [arguments.path("paths", path) for path in arguments.several("paths", paths, alone=(str, os.PathLike))]
    names, column = as_names(names), column if isinstance(column, str) else str(arguments.whole("column", column, 1))
    encodings = as_encodings(encodings)
    if split not in SPLITS:
        raise UserError(f"A text cannot be split at {arguments.shown(split)}.", "", f"Choose one of: {', '.join(SPLITS)}.")
    if split == "whole":
        return intake.take_in(project, files, consent, names=names, encodings=encodings, progress=progress, should_stop=should_stop)
    for done, path in enumerate(files):
        part, name = _part(progress, done, len(files)), names.get(path, path.name)
        _add_split(project, path, name, encodings.get(name, ""), consent, split, column, header, whole, part, should_stop)
        if should_stop and should_stop():
            break
    return whole


def _part(progress: Callable[[int, int], object] | None, done: int, count: int) -> Callable[[int, int], object] | None:
    """One file is counted in texts; of several, each is one part of the way."""
    if progress is None or count == 1:
        return progress
    return lambda step, total: progress(done * 1000 + step * 1000 // max(total, 1), count * 1000)


def _add_split(
    project: Project, path: Path, name: str, encoding: str, consent, split: str, column: str, header: bool, whole: Report, progress, should_stop
) -> None:
    with making(project.path / ITEMS) as folder:
        try:
            clean = media_intake.clean_copy(path, folder, name=name, encoding=encoding)
            if clean.kind != "text":
                raise UserError(f"{name} is no text.", f"It is {'a picture' if clean.kind == 'image' else 'a sound'}.", "Add it under Files.")
            if split == "rows" and clean.suffix not in _TABLES:
                raise UserError(f"{name} is no table.", "Rows and columns are taken from a .csv.", "Save the table as CSV, or split the text at its lines.")
            words = clean.path.read_text(encoding="utf-8")
            texts = list(itertools.islice(rows_of(words, column, header) if split == "rows" else cut(words, split), MOST + 1))
        except UserError as error:
            if is_disk_full(error):
                raise
            whole.refuse(name, error)
            return
        if len(texts) > MOST:
            whole.refuse(name, UserError(f"{name} holds more than {MOST:,} texts.", "That is more than one file can bring.", "Make several smaller files of it."))
            return
        if not texts:
            whole.refuse(name, UserError(f"{name} holds no words there.", "Every piece would be empty.", "Choose another column, or another way to split it."))
            return
        suffix = ".md" if clean.suffix == ".md" and split == "paragraphs" else ".txt"
        whole.note(name, clean.facts)
        pdf = papers.name_of(clean.source_sha256) if clean.pages else ""
        facts = _facts_of_pieces(name, words, texts, clean.facts, pdf)
        for start in range(0, len(texts), _BATCH):
            if should_stop and should_stop():
                return
            batch = texts[start : start + _BATCH]
            whole.join(_put(project, folder, name, batch, start, len(texts), suffix, facts[start : start + _BATCH], consent))
            if clean.pages and clean.pages.exists() and whole.added:
                papers.keep(project, clean.pages, pdf)
            if progress:
                progress(start + len(batch), len(texts))


def _put(project: Project, folder: Path, name: str, batch: list[str], start: int, count: int, suffix: str, its_facts: list[dict], consent) -> Report:
    title = PurePosixPath(name).stem[:80] or "text"
    names, facts = {}, {}
    for number, (piece, more) in enumerate(zip(batch, its_facts, strict=True), start=start + 1):
        path = folder / f"piece{number}{suffix}"
        path.write_bytes(piece.encode("utf-8"))
        names[path] = f"{title} {number:0{len(str(count))}d}{suffix}"
        facts[names[path]] = more
    report = intake.take_in(project, names, consent, names=names, facts=facts.__getitem__)
    for path in names:
        path.unlink(missing_ok=True)
    return report


_OF_THE_WHOLE = ("document", "pages", "encoding", "encoding_certain", "encodings")


def _facts_of_pieces(name: str, words: str, pieces: list[str], whole: dict, pdf: str) -> list[dict]:
    """What each piece remembers: where it comes from, and of a document with pages, on which of them it stands."""
    kept, facts, at = {key: whole[key] for key in _OF_THE_WHOLE if key in whole}, [], 0
    for number, piece in enumerate(pieces, start=1):
        of_piece: dict[str, Any] = {"part_of": {"name": name, "part": number, "of": len(pieces), **kept}}
        if pdf:
            of_piece[papers.FACT] = pdf
        if "page_starts" in whole:
            at = words.find(piece, at)
            of_piece["page_starts"] = media_text.page_starts_of(whole["page_starts"], at, at + len(piece))
            at += len(piece)
        facts.append(of_piece)
    return facts


def pages(item) -> dict[int, str]:
    """The words of each page of a text that came as a PDF, by the page's own number from 1. {} where it has no pages.

    A page without words is not in it; facts["wordless_pages"] names it. Raises OSError if the text's file is gone.
    """
    if "page_starts" not in item.facts:
        return {}
    return media_text.pages(item.path.read_text(encoding="utf-8"), item.facts)


# ---- splitting -----------------------------------------------------------------------------------------------------


def pieces(words: str, split: str) -> int:
    """How many texts a text becomes. split: "whole", "paragraphs" or "lines"."""
    return sum(1 for _ in cut(words, split))


def cut(words: str, split: str) -> Iterator[str]:
    """The pieces of a text: with the line breaks inside them, without the blanks around them."""
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    if split == "whole":
        texts = iter([words])
    elif split == "lines":
        texts = iter(words.split("\n"))
    else:
        texts = iter(re.split(r"\n[ \t]*\n", words))
    return (piece.strip("\n").rstrip() for piece in texts if piece.strip())


# ---- tables --------------------------------------------------------------------------------------------------------


def peek(file: BinaryIO, header: bool = True, rows: int = 5, encoding: str = "") -> Table:
    """The columns and first rows of a table, of its first 200,000 bytes. Raises UserError where it is none."""
    file.seek(0)
    head = file.read(PEEKED + 1)
    file.seek(0)
    words = decoded(head[:PEEKED], encoding, is_cut=len(head) > PEEKED, name="This table")
    if len(head) > PEEKED:
        words = words[: words.rfind("\n") + 1] or words
    first = list(itertools.islice(_rows(words), rows + 1))
    if not first or not any(first[0]):
        raise UserError("This table is empty.", "", "Choose another one.")
    width = max(map(len, first))
    columns = _names(first[0] if header else [], width)
    return Table(columns, [row + [""] * (width - len(row)) for row in (first[1:] if header else first)][:rows])


def decoded(content: bytes, encoding: str = "", *, is_cut: bool = False, name: str = "This text") -> str:
    """The letters of a text, as lib/media/text.py knows them. Raises UserError for what is none."""
    with naming(name):
        return media_text.decode(content, encoding, is_cut=is_cut).text


def _names(named: list[str], width: int) -> list[str]:
    """A name for each column, each once."""
    names: list[str] = []
    for number in range(width):
        name = (" ".join(named[number].split())[:60] if number < len(named) else "") or f"column {number + 1}"
        names.append(name if name not in names else f"{name} ({number + 1})")
    return names


def rows_of(words: str, column: str = "", header: bool = True) -> Iterator[str]:
    """The texts of one column, row by row, without the empty ones. Raises UserError where it is not there."""
    rows = _rows(words)
    first = next(rows, [])
    names = _names(first if header else [], max(len(first), 1))
    if column and column not in names and not (column.isdecimal() and 1 <= int(column) <= len(names)):
        raise UserError(f"There is no column called {column!r}.", f"The columns are {', '.join(names[:20])}.", "Choose one of these.")
    at = names.index(column) if column in names else int(column) - 1 if column else 0
    for row in rows if header else itertools.chain([first], rows):
        if at < len(row) and row[at].strip():
            yield row[at].replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()


def _rows(words: str) -> Iterator[list[str]]:
    """Row by row; what parts the columns is found in the first line."""
    line = words.partition("\n")[0]
    mark = max(",;\t|", key=line.count) if any(line.count(sign) for sign in ",;\t|") else ","
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        yield from (row for row in csv.reader(io.StringIO(words, newline=""), delimiter=mark) if row)
    except csv.Error as error:
        raise UserError("This table cannot be read.", f"{error}.", "Save it as CSV in UTF-8 and try again.") from error
    finally:
        csv.field_size_limit(before)
