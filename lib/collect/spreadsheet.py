"""Tables as spreadsheets write them, in all their ways. Read `read`.

Commas, semicolons or tabs; UTF-8, UTF-16 or an older way of writing letters; with Excel's line "sep=;" or without. A cell is
words and nothing else: "001" keeps its zeros, and "None" and "NA" are what somebody wrote.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.errors import UserError
from lib.media import codepages, text
from lib.media.source import Refusal

MARKS = ",;\t|"  # what may stand between two cells
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx, .ods and .xls
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")


def content_of(path: Path, of: str, most: int) -> bytes:
    """The bytes of a table. of: what kind of table, as a sentence says it. most: bytes. Raises UserError."""
    try:
        size = os.stat(path).st_size
        if size > most:
            raise no_table(path.name, of, f"It has {size / 1e6:.0f} MB; the most is {most / 1e6:.0f}.", "Split it.")
        return path.read_bytes()
    except OSError as error:
        raise no_table(path.name, of, f"{error.strerror or error}.", "Check where it lies.") from error


@dataclass(frozen=True)
class Sheet:
    """rows: (line in the file, cells) of every row with a word in it, the first one too. mark: what stands between cells.

    doubt: a sentence where its letters were guessed; else "".
    """

    rows: list[tuple[int, list[str]]]
    mark: str
    doubt: str = ""


def read(content: str | bytes, name: str, of: str, known: Collection[str], encoding: str = "") -> Sheet:
    """The rows of a table.

    content: of the file called `name`. of: "table of slips", as a sentence says it. known: headings of which some should
    be there; by them it is found what stands between the cells. encoding: how its letters are written, where that is known.
    Raises UserError for what is no table.
    """
    words, doubt = (content, "") if isinstance(content, str) else _decoded(content, name, of, encoding)
    words, above, separator = _without_sep(words.removeprefix("\ufeff"))
    mark = separator or _mark(words, known)
    reader, rows, before = csv.reader(io.StringIO(words, newline=""), delimiter=mark), [], above
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((before + 1, cells))
            before = above + reader.line_num
    except csv.Error as error:
        raise no_table(name, of, f"{error}.", "Save it as CSV in UTF-8 and try again.") from error
    return Sheet(rows, mark, doubt)


def head(cell: str) -> str:
    """A heading as it is compared: "File_Name " -> "file name"."""
    return " ".join(cell.casefold().replace("_", " ").split())


def width(cells: Sequence[str]) -> int:
    """How many cells, up to the last with something in it: spreadsheets write as many empty ones as they like."""
    return max((place for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)


def no_table(name: str, of: str, why: str, fix: str) -> UserError:
    return UserError(f"{name} cannot be read as a {of}.", why, fix)


def doubt(name: str, encoding: str) -> str:
    """What is told of words whose letters were guessed."""
    read = f"{name} does not say how its letters are written; they were read as {codepages.says(encoding)}."
    return f"{read} If some look wrong, save it as UTF-8 and bring it again."


def _decoded(content: bytes, name: str, of: str, encoding: str) -> tuple[str, str]:
    """The words, and what is to be told where they were guessed. A spreadsheet writes as Windows does, if not in UTF-8."""
    if content.startswith(_WORKBOOKS):
        raise no_table(name, of, "It is the workbook of a spreadsheet.", "Save it there as CSV, and choose that file.")
    try:
        decoded = text.decode(content, encoding)
        windows = [reading.encoding for reading in decoded.readings if reading.encoding.startswith("cp125")]
        words = text.decode(content, windows[0]) if windows else decoded
    except Refusal as refusal:
        raise no_table(name, of, refusal.why, "Save it as “CSV UTF-8” and try again.") from refusal
    if _CONTROLS.search(words.text):
        raise no_table(name, of, "It holds no text.", "Save it as CSV in UTF-8 and try again.")
    return words.text, "" if decoded.certain else doubt(name, words.encoding)


def _without_sep(words: str) -> tuple[str, int, str]:
    """Excel may say in a line of its own what stands between the cells: (the rest, lines taken away, what it says)."""
    match = re.match(r"\"?sep=([,;\t|])\"?[ ,;\t|]*(?:\r\n|\r|\n)", words, re.IGNORECASE)
    return (words[match.end() :], 1, match[1]) if match else (words, 0, "")


def _mark(words: str, known: Collection[str]) -> str:
    """What stands between the cells: what makes known headings of the first row; else what there is most of in it."""
    first = next((line for line in re.split(r"[\r\n]+", words[:100_000]) if line.strip()), "")
    parted = {mark: {head(cell) for cell in next(csv.reader([first], delimiter=mark), [])} for mark in MARKS}
    return max(MARKS, key=lambda mark: (len(parted[mark].intersection(map(head, known))), first.count(mark)))
