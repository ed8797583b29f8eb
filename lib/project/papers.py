"""The pages of texts: of a PDF as pictures, of any other text in parts to leaf through. Read `text_of`, `leaves`, then `drawn`.

A PDF is kept in papers/ beside its words (in items/), without anything but its pages (lib/media/pages.py); its datapoint, or each
piece that it was split into, remembers it in the fact "kept_pdf". Pictures of pages are made at the first look, in cache/pages/.
Of a page that is only a picture a machine may read the letters (lib/media/recognition.py): what it read lies beside the PDF, and may
be corrected.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.errors import UserError
from lib.media import files, locks, pages, places, text
from lib.media.pages import Letters
from lib.media.source import naming
from lib.project import database as db
from lib.project.folder import CACHE, PAPERS

if TYPE_CHECKING:
    from lib.project.items import Item
    from lib.project.project import Project

FACT = "kept_pdf"
_PART = 3_000   # letters of a part, where a text has no pages
_PATIENCE = 10.0    # seconds
_drawing = threading.Semaphore(2)   # a page takes half a second of a processor; a class asks for thirty


# ---- the PDF -------------------------------------------------------------------------------------------------------


def name_of(source_sha256: str) -> str:
    """What a PDF is called in papers/. source_sha256: of the file as it was given."""
    return f"{uuid.UUID(hex=source_sha256[:32])}.pdf"


def keep(project: Project, pdf: Path, name: str) -> None:
    """Moves a PDF to its place. name: of `name_of`."""
    folder = project.path / PAPERS
    folder.mkdir(exist_ok=True)
    files.flush(pdf)
    os.replace(pdf, folder / name)
    files.flush_folder(folder)


def kept(project: Project, item: Item) -> Path | None:
    """The PDF that a text came from; None of every other, and of those that came in before PDFs were kept."""
    path = project.path / PAPERS / item.facts[FACT] if item.facts.get(FACT) else None
    return path if path and path.exists() else None


def sharing(project: Project, name: str) -> list[str]:
    """The ids of all datapoints that came from this PDF."""
    named = db.items.c.facts.contains(json.dumps({FACT: name})[1:-1], autoescape=True)
    with project.database.read() as connection:
        return list(connection.execute(sa.select(db.items.c.id).where(named)).scalars())


# ---- what a machine read -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReadPage:
    """A page whose letters a machine read. words: with what was corrected.   lines: [left, top, right, bottom, letters] in tenths of
    a px, as it found them.   by: its name.   corrected: a person has gone over it."""

    words: str
    lines: list[list]
    by: str
    corrected: bool = False


def read_pages(project: Project, item: Item) -> dict[int, ReadPage]:
    """By the number of the page; {} where no machine has read any."""
    path = _read_file(project, item.facts[FACT]) if item.facts.get("wordless_pages") and item.facts.get(FACT) else None
    if path is None or not path.exists():
        return {}
    return {int(number): ReadPage(**page) for number, page in files.read_json(path).items()}


def keep_read(project: Project, item: Item, number: int, page: ReadPage) -> None:
    """Keeps what a machine read on a page, or a person made of it. Raises UserError if the disk is full."""
    path = _read_file(project, item.facts[FACT])
    with locks.take(project.path / CACHE / "papers.lock", _PATIENCE) or contextlib.nullcontext():
        every = {**read_pages(project, item), number: page}
        files.write_json(path, {str(each): asdict(every[each]) for each in sorted(every)})
    if not (project.path / PAPERS / item.facts[FACT]).exists():     # deleted for good meanwhile
        path.unlink(missing_ok=True)


def correct(project: Project, item: Item, number: int, words: str) -> None:
    """What really stands on a page that a machine has read. Raises UserError where it has not."""
    page = read_pages(project, item).get(number)
    if page is None:
        raise UserError(f"Nothing was read on page {number}.", "", "Let its letters be read first.")
    words = "\n".join(line.rstrip() for line in words.replace("\r\n", "\n").split("\n")).strip("\n")
    keep_read(project, item, number, replace(page, words=words, corrected=True))


def _read_file(project: Project, pdf: str) -> Path:
    return project.path / PAPERS / f"{Path(pdf).stem}.json"


# ---- pages ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Words:
    """The text of a paper. starts: [[number of a page, place of its first letter], …]; [] where it has no pages.
    by_machine: the numbers of pages whose letters a machine read.   wordless: of those that have none."""

    text: str
    starts: list[list[int]]
    by_machine: tuple[int, ...] = ()
    wordless: tuple[int, ...] = ()


def text_of(project: Project, item: Item) -> Words:
    """The words of a text, with those that a machine read where they belong. Raises OSError, UnicodeDecodeError."""
    words, starts = item.path.read_text(encoding="utf-8"), item.facts.get("page_starts") or []
    wordless = item.facts.get("wordless_pages") or []
    read = {number: page for number, page in read_pages(project, item).items() if page.words.strip()}
    if not read:
        return Words(words, starts, (), tuple(wordless))
    every = {**text.pages(words, item.facts), **{number: page.words for number, page in read.items()}}
    found, joined, at = [], [], 0
    for number in sorted(every):
        found.append([number, at])
        joined.append(every[number] + "\n\n")
        at += len(joined[-1])
    return Words("".join(joined)[:-1], found, tuple(sorted(read)), tuple(number for number in wordless if number not in read))


@dataclass(frozen=True)
class Leaf:
    """A page or a part of a text. number: from 1.   start, end: its letters within the text; the same where it has none."""

    number: int
    start: int
    end: int


def leaves(item: Item, words: Words) -> list[Leaf]:
    """All pages of a text, also those without words; or its parts, cut at line ends."""
    count = item.facts.get("pages") or item.facts.get("part_of", {}).get("pages") or 0
    if not words.starts and not count:
        return _parts(words.text)
    following = [*(place for _, place in words.starts[1:]), len(words.text)]
    spans = {number: (start, end) for (number, start), end in zip(words.starts, following, strict=True)}
    found, at = [], 0
    for number in range(1, max([count, *spans]) + 1):
        start, at = spans.get(number, (at, at))
        found.append(Leaf(number, start, at))
    return found


def _parts(words: str) -> list[Leaf]:
    found: list[Leaf] = []
    start = 0
    while start < len(words) or not found:
        end = start + _PART
        if end < len(words):
            cuts = (words.rfind(mark, start + _PART // 2, end) for mark in ("\n\n", "\n", " "))
            end = next((cut + 1 for cut in cuts if cut > start), end)
        found.append(Leaf(len(found) + 1, start, min(end, len(words))))
        start = end
    return found


def leaf_at(found: list[Leaf], place: int) -> int:
    """The number of the leaf on which the letter at `place` stands."""
    return next((leaf.number for leaf in reversed(found) if leaf.start <= place and leaf.end > leaf.start), found[0].number)


def drawn(project: Project, item: Item, number: int) -> tuple[Path, Letters]:
    """The picture of a page, a WebP 1,000 px wide, and where its letters stand. Raises OSError where there is no such page, and
    UserError where it cannot be drawn."""
    pdf = kept(project, item)
    if pdf is None:
        raise FileNotFoundError("no pages were kept")
    picture, told = _place(project, pdf.name, number)
    if not told.exists():
        picture.parent.mkdir(parents=True, exist_ok=True)
        with _drawing:
            if not told.exists():
                _draw(pdf, number, picture, told)
        if not pdf.exists():    # deleted for good while it was drawn
            shutil.rmtree(picture.parent, ignore_errors=True)
    return picture, Letters(**files.read_json(told))


def _draw(pdf: Path, number: int, picture: Path, told: Path) -> None:
    """The picture first: where the letters are told, it is there."""
    with naming(f"Page {number}"), files.writing(picture, durable=False) as temporary:
        letters = pages.draw(pdf, number, temporary)
    files.write_bytes(told, json.dumps(asdict(letters), ensure_ascii=False, separators=(",", ":")).encode(), durable=False)


def marked(project: Project, item: Item, leaf: Leaf, words: str, start: int, end: int) -> list[list[float]]:
    """Boxes around the letters from start to end of a text, as far as they stand on this page: left, top, width, height in percent
    of its picture. words: of the whole text."""
    begin, stop = max(start, leaf.start), min(end, leaf.end)
    if begin >= stop:
        return []
    _, drawn_letters = drawn(project, item, leaf.number)
    letters, stand = drawn_letters.letters, drawn_letters.boxes
    if leaf.number in (read := read_pages(project, item)):
        letters, stand = _as_letters(read[leaf.number].lines)
    found = places.boxes(words[leaf.start : leaf.end], begin - leaf.start, stop - leaf.start, letters, stand)
    across, down = drawn_letters.width * pages.FINE / 100, drawn_letters.height * pages.FINE / 100
    return [[round(value, 2) for value in (x / across, y / down, (to - x) / across, (low - y) / down)] for x, y, to, low in found]


def _as_letters(lines: list[list]) -> tuple[str, list[list[int]]]:
    """A machine tells where lines stand; their letters are taken to be of one width."""
    letters, stand = [], []
    for left, top, right, bottom, text_of_line in lines:
        for place, letter in enumerate(text_of_line):
            begin, end = (left + (right - left) * step / len(text_of_line) for step in (place, place + 1))
            if not letter.isspace():
                letters.append(letter)
                stand.append([round(begin), top, round(end), bottom])
    return "".join(letters), stand


def _place(project: Project, pdf: str, number: int) -> tuple[Path, Path]:
    stem = project.path / CACHE / "pages" / Path(pdf).stem / str(number)
    return stem.with_suffix(".webp"), stem.with_suffix(".json")


# ---- when they leave -----------------------------------------------------------------------------------------------


def touched(project: Project, items: Iterable) -> list[Path]:
    """The PDFs that these items came from, what was read in them, and the pictures of their pages."""
    names = sorted({item.facts[FACT] for item in items if item.facts.get(FACT)})
    found = [path for name in names for path in (project.path / PAPERS / name, _read_file(project, name), _place(project, name, 1)[0].parent)]
    return [path for path in found if path.exists()]


def forget(project: Project, leaving) -> None:
    """A PDF goes as soon as one of its pieces is withdrawn: the words of it are on its pages. Where pieces are deleted by hand, it
    goes with the last of them."""
    gone = list(leaving)
    ids = {item.id for item in gone}
    for name in {item.facts[FACT] for item in gone if item.facts.get(FACT)}:
        if leaving.said == "withdrawn" or not set(sharing(project, name)) - ids:
            for path in (project.path / PAPERS / name, _read_file(project, name)):
                path.unlink(missing_ok=True)
            shutil.rmtree(_place(project, name, 1)[0].parent, ignore_errors=True)
