"""From texts to documents: what a model learns to begin and to end, and which of them are held back. Read `read`. No torch in here.

A document is a line, a poem (empty lines part them) or a whole file. Doubles, also those with other spaces, other capitals or in a file of
another name, are one: so none is learned from and held back at once. Which are held back goes by a hash of the words alone.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lib.media.files import edition
from lib.project.dataset_folder import METADATA, DatasetFolder

LINES, POEMS, FILES = "lines", "poems", "files"     # what is one document
# Whatever ends a line: CR LF, CR, NEL (U+0085), the separators of Unicode, vertical tab and form feed.
_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029\u000b\u000c]")
_MARKS = str.maketrans("", "", "\ufeff\u0000")     # a byte-order mark is no letter
_EMPTY_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")
HELD_SHARE, HELD_FROM = 0.1, 5      # where the dataset holds none back itself: a tenth, once there are five documents


@dataclass(frozen=True)
class Document:
    """text: its lines end in "\\n". file: of the dataset, "train/000001.txt". line: of that file at which it begins, from 1. number: of the datapoint."""

    text: str
    file: str = ""
    line: int = 1
    number: int = 0
    person: str = ""    # the credit of its maker, "" where nobody is named


@dataclass(frozen=True)
class Corpus:
    """learned: what it learns from. held: what is held back, to tell how well. doubles: how many were left out. crossing: of those held back by
    the dataset, how many stand among those learned from too, and are therefore not held back."""

    learned: list[Document]
    held: list[Document]
    doubles: int = 0
    crossing: int = 0


def read(data: DatasetFolder, how: str) -> Corpus:
    """how: "lines", "poems" or "files". Raises UserError if a file is missing."""
    train, test = list(of_dataset(data, "train", how)), list(of_dataset(data, "test", how))
    learned, held = once(train), once(test)
    doubles = len(train) - len(learned) + len(test) - len(held)
    known = {likeness(document.text) for document in learned}
    apart = [document for document in held if likeness(document.text) not in known]
    crossing = len(held) - len(apart)
    if not apart:
        learned, apart = hold_back(learned)
    return Corpus(learned, apart, doubles, crossing)


def of_dataset(data: DatasetFolder, split: str, how: str) -> Iterator[Document]:
    """All documents of a split, in their order."""
    for row, path, text in zip(data.rows(split), data.files(split), data.texts(split), strict=True):
        for line, piece in cut(text, how):
            yield Document(piece, f"{split}/{path.name}", line, row.get("number", 0), row.get("credit", "") or "")


def plain(text: str) -> str:
    """A text with lines that end in "\\n", without marks that are no letters, and with each accent in its letter (NFC)."""
    return unicodedata.normalize("NFC", _ENDS.sub("\n", text).translate(_MARKS))


def cut(text: str, how: str) -> Iterator[tuple[int, str]]:
    """(line at which it begins, from 1; its text) of each document. Empty ones are passed over."""
    text = plain(text)
    pieces: Iterable[tuple[int, str]]
    if how == "lines":
        pieces = ((number, line.strip()) for number, line in enumerate(text.split("\n"), start=1))
    elif how == "poems":
        pieces = _poems(text)
    else:
        pieces = [(1, text)]
    for number, piece in pieces:
        lines = [line.rstrip() for line in piece.split("\n")]
        while lines and not lines[0]:
            del lines[0]
            number += 1
        if whole := "\n".join(lines).rstrip("\n"):
            yield number, whole


def _poems(text: str) -> Iterator[tuple[int, str]]:
    start, line = 0, 1
    for gap in [*_EMPTY_LINES.finditer(text), None]:
        yield line, text[start : gap.start() if gap else len(text)]
        if gap:
            line += text.count("\n", start, gap.end())
            start = gap.end()


def likeness(text: str) -> str:
    """The same for two texts that differ in no more than spaces, line breaks and capitals."""
    return " ".join(text.casefold().split())


def once(documents: Iterable[Document]) -> list[Document]:
    """Without doubles: the first of each stays."""
    return list({likeness(document.text): document for document in reversed(list(documents))}.values())[::-1]


def hold_back(documents: list[Document]) -> tuple[list[Document], list[Document]]:
    """(those to learn from, those held back): a tenth, chosen by a hash of their words, so that it is the same in every version and each run."""
    if len(documents) < HELD_FROM:
        return documents, []
    ranked = sorted(range(len(documents)), key=lambda place: hashlib.sha256(likeness(documents[place].text).encode()).digest())
    back = set(ranked[: max(1, round(len(documents) * HELD_SHARE))])
    return [document for place, document in enumerate(documents) if place not in back], [documents[place] for place in sorted(back)]


def some(texts: list[str], letters: int) -> list[str]:
    """So many letters of them, evenly chosen; always the same."""
    length = sum(map(len, texts))
    return [text[:letters] for text in thinned(texts, max(1, letters * len(texts) // max(1, length)))]


def thinned(many: list, most: int) -> list:
    """At most so many of them, evenly chosen; always the same."""
    return many[:: -(-len(many) // most)] if len(many) > most else many


def letters(data: DatasetFolder) -> int:
    """How many there are to learn from."""
    return _letters(data.path, edition(data.path / "train" / METADATA))


@functools.lru_cache(maxsize=64)
def _letters(folder: Path, _edition: tuple) -> int:
    return sum(map(len, DatasetFolder(folder).texts("train")))
