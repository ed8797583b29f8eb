"""Words for files: a table of captions, and texts that lie beside a picture or a sound. Read `match`, then `beside`.

A table finds its files however their names are written (lib/media/names.py); `match` goes from the surest way of reading a
name to the loosest, and where a name could mean two files it means none. Whatever found no file is told, row by row.
`p.txt` and `p.caption` beside `p.png` are its caption, as those who train on pictures write them; `p.png.txt` too.
"""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lib.collect import spreadsheet
from lib.errors import UserError
from lib.media import names
from lib.media.sniff import PICTURE_NAMES, SOUND_NAMES
from lib.project import arguments

LONGEST = 10_000          # characters of a caption, as on Label; a longer text beside a picture is a text of its own
MOST_BYTES = 50_000_000   # of a table
_OF = "table of captions"
_FILE = (
    "file", "file name", "filename", "image", "image file", "picture", "sound", "audio", "audio file", "path", "file path", "name",
)  # fmt: skip
_WORDS = ("caption", "captions", "text", "description", "prompt", "words")
_MEDIA = PICTURE_NAMES | SOUND_NAMES
NONE = "No file of this name is among them."
_NAMED = 12               # rows that a sentence names


@dataclass(frozen=True)
class Row:
    """One name and the words for it. line: in the table, from 1; 0 where there is none. wrong: why it cannot be taken."""

    name: str
    words: str
    line: int = 0
    wrong: str = ""


@dataclass(frozen=True)
class SourceFile:
    """One file that was brought. which: of the paths, from 0. name: as it is shown.

    inside: its folders and its name, as they came along. where: the same with all that is known above them.
    """

    which: int
    name: str
    inside: tuple[str, ...]
    where: tuple[str, ...]

    @classmethod
    def called(cls, which: int, name: str) -> SourceFile:
        """One of which nothing is known but its name."""
        return cls(which, name, names.parts(names.out_of_zip(name)), names.parts(name))

    @property
    def key(self) -> tuple[int, str]:
        return self.which, self.name

    @property
    def place(self) -> tuple[str, ...]:
        """The folder that it lies in."""
        return self.where[:-1]

    @cached_property
    def _split(self) -> tuple[str, str]:
        return names.split(self.where[-1]) if self.where else ("", "")

    @property
    def stem(self) -> str:
        return self._split[0]

    @property
    def ending(self) -> str:
        return self._split[1]

    @property
    def is_media(self) -> bool:
        return self.ending in _MEDIA


# ---- a table -------------------------------------------------------------------------------------------------------


def rows_of(captions: dict | str | os.PathLike | None, called: str = "", encoding: str = "") -> tuple[list[Row], str]:
    """Words by file name, as they are given or in a table; and a sentence where its letters were guessed, else "".

    called: the table's own name, where it lies under another. encoding: how it is written, where somebody said so.

    Raises UserError for what is neither, and for a table that cannot be read.
    """
    if captions is None:
        return [], ""
    if isinstance(captions, dict):
        return [_row(_file_name(name), _as_words(words)) for name, words in captions.items()], ""
    if not isinstance(captions, str | os.PathLike):
        raise UserError(
            f"captions cannot be a {type(captions).__name__}.",
            "They are words by file name, or a table.",
            'Write captions={"tulip.jpg": "a red tulip"}, or the path of a .csv.',
        )
    path = arguments.path("captions", captions)
    return read_table(spreadsheet.content_of(path, _OF, MOST_BYTES), called or path.name, encoding)


def _file_name(name: object) -> str:
    return Path(name).as_posix() if isinstance(name, os.PathLike) else arguments.text("captions", name)


def _as_words(words: object) -> str:
    return "" if words is None else arguments.text("captions", words)


def read_table(content: bytes | str, name: str, encoding: str = "") -> tuple[list[Row], str]:
    """As `rows_of`: the rows of a table with a column for files and one for words (see spreadsheet.py); or of two columns without names.

    A caption with a comma in it that nobody put into quotation marks is put together again where its column is the last;
    elsewhere that row is wrong, and says so. Raises UserError where the columns cannot be told apart.
    """
    sheet = spreadsheet.read(content, name, _OF, {*_FILE, *_WORDS}, encoding)
    first = sheet.rows[0][1] if sheet.rows else []
    heads = [spreadsheet.head(cell) for cell in first[: spreadsheet.width(first)]]
    at, words_at = _column(heads, _FILE), _column(heads, _WORDS)
    rows = sheet.rows[1:]
    if at is None and words_at is None and _is_a_row(first):
        at, words_at, heads, rows = 0, 1, heads[:2], sheet.rows
    if at is None or words_at is None:
        raise UserError(
            f"The captions in {name} cannot be told apart.",
            f"Its first line names: {', '.join(filter(None, heads)) or 'nothing'}.",
            "Name the columns file and caption in the first line.",
        )
    return [_row_of(line, cells, at, words_at, len(heads), sheet.mark) for line, cells in rows], sheet.doubt


def _column(heads: Sequence[str], known: Sequence[str]) -> int | None:
    return next((heads.index(name) for name in known if name in heads), None)


def _is_a_row(cells: Sequence[str]) -> bool:
    """True where the first line names a picture and its words, and no columns."""
    last = names.parts(cells[0])[-1:] if len(cells) > 1 else ()
    return any(names.split(part)[1] in _MEDIA for part in last)


def _row_of(line: int, cells: list[str], at: int, words_at: int, width: int, mark: str) -> Row:
    name, there = cells[at] if at < len(cells) else "", spreadsheet.width(cells)
    if there > width and words_at < width - 1:
        return Row(name, "", line, f"It has {there} cells for {width} columns: put quotation marks around its words.")
    words = mark.join(cells[words_at : max(there, width) if words_at == width - 1 else words_at + 1])
    return _row(name, words, line) if name.strip() or not words.strip() else Row(name, words, line, "It names no file.")


def _row(name: str, words: str, line: int = 0) -> Row:
    words = tidy(words)
    return Row(name, words, line, f"Its words are longer than {LONGEST:,} characters." if len(words) > LONGEST else "")


def tidy(words: str) -> str:
    """A caption as it is kept: all its lines, accents composed, without blanks around it."""
    return unicodedata.normalize("NFC", words.replace("\r\n", "\n").replace("\r", "\n")).strip()


# ---- which file a row means ----------------------------------------------------------------------------------------

# From the surest reading of a name to the loosest: (stem, ending of a row) -> what it is looked up by, or None where it is not
# read so; and the same of a file.
_Reading = Callable[[str, str], Hashable]
_READINGS: tuple[tuple[_Reading, _Reading], ...] = (
    (lambda stem, ending: ending and (stem, ending), lambda stem, ending: (stem, ending)),
    (lambda stem, ending: not ending and stem, lambda stem, ending: stem),
    (lambda stem, ending: ending and (names.without_zeros(stem), ending), lambda stem, ending: (names.without_zeros(stem), ending)),
    (lambda stem, ending: not ending and names.without_zeros(stem), lambda stem, ending: names.without_zeros(stem)),
)


def match(rows: Iterable[Row], files: Iterable[SourceFile]) -> tuple[dict[tuple[int, str], Row], list[tuple[Row, str]]]:
    """The row of each file, by its key; and the rows that found none, with the reason.

    A row without an ending means every file of that name in one folder. One that names no folder, or more folders than came
    along, is read as far as both say the same. Rows without words ask for nothing.
    """
    files, left = list(files), []
    matches: dict[tuple[int, str], Row] = {}
    waiting = [(row, names.parts(row.name)) for row in rows if row.words or row.wrong]
    left += [(row, row.wrong) for row, _ in waiting if row.wrong]
    waiting = [(row, parts) for row, parts in waiting if parts and not row.wrong]
    for of_row, of_file in _READINGS:
        free: dict[Hashable, list[SourceFile]] = defaultdict(list)
        for file in files:
            if file.key not in matches:
                free[of_file(file.stem, file.ending)].append(file)
        claims, waiting, unsure = _claims(waiting, of_row, free)
        left += unsure + _settle(claims, matches)
    left += [(row, NONE) for row, _ in waiting]
    return matches, sorted(left, key=lambda pair: pair[0].line)


def _claims(waiting: list, of_row: _Reading, free: dict[Hashable, list[SourceFile]]) -> tuple[dict, list, list[tuple[Row, str]]]:
    """(the rows for each file, each with how many folders agree; those that wait on; those that could mean several)."""
    claims, still, unsure = defaultdict(list), [], []
    for row, parts in waiting:
        key = of_row(*names.split(parts[-1]))
        hits = [(file, _agreeing(parts, file)) for file in free.get(key, ())] if key else []
        best = max((agree for _, agree in hits), default=-1)
        meant = [file for file, agree in hits if agree == best]
        if best < 0:
            still.append((row, parts))
        elif len({(file.place, file.stem) for file in meant}) > 1:
            could_be = " or ".join(file.name for file in meant[:3])
            unsure.append((row, f"It could be {could_be}: write its folder too, or its whole name."))
        else:
            for file in meant:
                claims[file.key].append((best, parts, row))
    return claims, still, unsure


def _agreeing(parts: tuple[str, ...], file: SourceFile) -> int:
    """How many folders a row and a file have in common, from the last one up; -1 where they contradict each other."""
    folders, inside = parts[:-1], file.inside[:-1]
    least = min(len(folders), len(inside))
    if least and folders[-least:] != inside[-least:]:
        return -1
    both = list(zip(reversed(folders), reversed(file.place)))
    return next((count for count, (folder, other) in enumerate(both) if folder != other), len(both))


def _settle(claims: dict, matches: dict[tuple[int, str], Row]) -> list[tuple[Row, str]]:
    """Gives each file its row; returns the rows that another one has kept from it."""
    lost: list[tuple[Row, str]] = []
    for key, rows in claims.items():
        best = max(agree for agree, _, _ in rows)
        first = next((parts, row) for agree, parts, row in rows if agree == best)
        rivals = [row for agree, parts, row in rows if agree == best and parts != first[0] and row.words != first[1].words]
        if not rivals:
            matches[key] = first[1]
        line = f"line {first[1].line}" if first[1].line else first[1].name
        for agree, _, row in rows:
            if rivals and agree == best:
                lost.append((row, f"{' and '.join(rival.name for rival in (first[1], *rivals[:2]))} could all mean {key[1]}."))
            elif row.words != first[1].words:
                lost.append((row, f"{key[1]} has its words from {line}."))
    kept = {id(row) for row in matches.values()}
    return [(row, why) for row, why in {id(row): (row, why) for row, why in lost}.values() if id(row) not in kept]


# ---- texts beside files --------------------------------------------------------------------------------------------


def beside(files: Sequence[SourceFile]) -> dict[tuple[int, str], list[SourceFile]]:
    """The pictures and sounds that each text is named after, by the text's key: p.txt, p.caption and p.png.txt mean p.png."""
    media: dict[Hashable, list[SourceFile]] = defaultdict(list)
    for file in files:
        if file.is_media:
            media[file.place, file.stem].append(file)
            media[file.place, file.where[-1]].append(file)
    texts = sorted((file for file in files if file.ending in names.WORDS), key=lambda file: names.WORDS.index(file.ending))
    return {text.key: media[text.place, text.stem] for text in texts if (text.place, text.stem) in media}


def unmatched_words(name: str, left: Sequence[tuple[Row, str]]) -> UserError:
    """What is told of a table's rows that found no file, the first of them by name."""
    lines = [f"{f'line {row.line}, ' if row.line else ''}{row.name.strip()}: {why}" for row, why in left[:_NAMED]]
    more = [f"and {len(left) - _NAMED:,} more."] if len(left) > _NAMED else []
    what = f"{len(left):,} {'row' if len(left) == 1 else 'rows'} of {name} found no file."
    return UserError(what, " ".join(lines + more), "Write the names as the files are called, and bring both again.")
