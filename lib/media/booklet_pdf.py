"""A booklet as a PDF: A5, a title page, contents, each text on a page of its own, and last pages of prose. Read `make`, then `paged`.

Set in Gentium (assets/fonts), which has the accents of nearly all languages that are written in Latin, Greek or Cyrillic letters; a letter that it
has not is taken from DejaVu Sans. Both are inside the file. Hebrew and Arabic are not set from right to left.
"""

from __future__ import annotations

import codecs
import ctypes
import functools
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

FONTS = Path(__file__).resolve().parents[2] / "assets" / "fonts"
UPRIGHT, ITALIC, OTHER = "Gentium-R.ttf", "Gentium-I.ttf", "DejaVuSans.ttf"
WIDTH, HEIGHT = 419.53, 595.28      # A5, in points
LEFT, RIGHT, TOP, BOTTOM = 62.0, 50.0, 72.0, 70.0
SIZE, LEADING = 11.0, 16.0          # of the texts
SMALL, SMALL_LEADING = 9.5, 13.5    # of contents and of the last pages
INDENT = 18.0                       # of what is left of a line that is too long
MOST = HEIGHT - TOP - BOTTOM        # points from the first line to the last
ALONE = 2                           # lines of a stanza that stay together at least, at the foot and at the head of a page
_UNIT = 1000                        # of a font, for measuring


@dataclass(frozen=True)
class Piece:
    """A text of the booklet. title: "" where it has none; then its first line stands in the contents."""

    words: str
    title: str = ""

    @property
    def called(self) -> str:
        return self.title or next((line.strip() for line in self.words.splitlines() if line.strip()), "")


@dataclass(frozen=True)
class Line:
    """A line where it stands on its page, in points from the left and from the foot. end: it ends there, in place of beginning."""

    words: str
    x: float
    y: float
    size: float = SIZE
    font: str = UPRIGHT
    end: bool = False


Page = list[Line]


def make(title: str, by: str, pieces: Sequence[Piece], account: Sequence[str]) -> bytes:
    """The PDF. by: whose it is, "" for nobody's. account: paragraphs for the last pages, the first of them their heading."""
    return _titled(_drawn(list(pages(title, by, pieces, account))), title, by)


def pages(title: str, by: str, pieces: Sequence[Piece], account: Sequence[str]) -> Iterator[Page]:
    """All pages, each as its lines."""
    texts = [list(paged(piece)) for piece in pieces]
    contents = -(-len(pieces) // _contents_lines())
    first = 1 + contents + 1        # the number of the first text's page
    starts = [first + sum(map(len, texts[:number])) for number in range(len(texts))]
    yield _title_page(title, by)
    yield from _contents(pieces, starts)
    number = first
    for text in texts:
        for page in text:
            yield [*page, _number(number)]
            number += 1
    for page in _prose(account):
        yield [*page, _number(number)]
        number += 1


def _title_page(title: str, by: str) -> Page:
    lines = wrapped(title, 24.0, UPRIGHT, WIDTH - LEFT - RIGHT)
    page = [Line(line, LEFT, HEIGHT * 0.66 - 30 * number, 24.0) for number, line in enumerate(lines)]
    under = HEIGHT * 0.66 - 30 * len(lines) - 10
    return page + [Line(line, LEFT, under - 18 * number, 13.0, ITALIC) for number, line in enumerate(wrapped(by, 13.0, ITALIC, WIDTH - LEFT - RIGHT))]


def _contents_lines() -> int:
    return int((MOST - 30) // 18)


def _contents(pieces: Sequence[Piece], starts: Sequence[int]) -> Iterator[Page]:
    most = _contents_lines()
    for start in range(0, len(pieces), most):
        page = [Line("Contents", LEFT, HEIGHT - TOP, 13.0, ITALIC)]
        for row, (piece, number) in enumerate(list(zip(pieces, starts))[start : start + most]):
            y = HEIGHT - TOP - 30 - 18 * row
            font = UPRIGHT if piece.title else ITALIC       # a first line stands in italics, as one cites it
            page += [Line(_shortened(piece.called, WIDTH - LEFT - RIGHT - 40, font), LEFT, y, SIZE, font), Line(str(number), WIDTH - RIGHT, y, SIZE, end=True)]
        yield page


def _shortened(words: str, width: float, font: str) -> str:
    if length(words, SIZE, font) <= width:
        return words
    while words and length(words + " …", SIZE, font) > width:
        words = words[:-1]
    return words.rstrip() + " …"


def _number(number: int) -> Line:
    words = str(number)
    return Line(words, (WIDTH - length(words, SMALL, UPRIGHT)) / 2, 36.0, SMALL)


# ---- one text


def paged(piece: Piece) -> Iterator[Page]:
    """Its pages. No stanza leaves a line alone at the foot of a page or at the head of the next, where it has more than three."""
    titled = [Line(line, LEFT, HEIGHT - TOP - 20 * row, 15.0) for row, line in enumerate(wrapped(piece.title, 15.0, UPRIGHT, WIDTH - LEFT - RIGHT))]
    head = 20 * len(titled) + (14 if titled else 0)
    rooms = [int((MOST - head) // LEADING) + 1, int(MOST // LEADING) + 1]
    for number, rows in enumerate(distributed(stanzas(piece.words), rooms)):
        top = HEIGHT - TOP - (head if number == 0 else 0)
        page = [Line(row.words, LEFT + row.indent, top - LEADING * at) for at, row in enumerate(rows) if row.words]
        yield (titled if number == 0 else []) + page


class Row(NamedTuple):
    """A line before it has a place. indent: in points. goes_on: it is the rest of the one before it, and stays with that."""

    words: str = ""
    indent: float = 0.0
    goes_on: bool = False


def stanzas(words: str) -> list[list[Row]]:
    """The stanzas of a text, each as its lines; what is too long goes on in the next one, indented."""
    found: list[list[Row]] = [[]]
    for line in unicodedata.normalize("NFC", words).expandtabs(4).splitlines():
        if not line.strip():
            found.append([])
            continue
        indent = len(line) - len(line.lstrip())
        first = min(indent, 12) * length(" ", SIZE, UPRIGHT)
        for number, part in enumerate(wrapped(line.strip(), SIZE, UPRIGHT, WIDTH - LEFT - RIGHT - first, WIDTH - LEFT - RIGHT - first - INDENT)):
            found[-1].append(Row(part, first + (INDENT if number else 0), number > 0))
    return [stanza for stanza in found if stanza]


def distributed(parts: list[list[Row]], rooms: Sequence[int]) -> Iterator[list[Row]]:
    """Stanzas on pages. rooms: lines that fit on the first page, on the next, …; the last counts for all others."""
    page: list[Row] = []
    rooms, waiting = list(rooms), [list(part) for part in parts]
    while waiting:
        stanza, room = waiting[0], rooms[0] - len(page) - (1 if page else 0)
        if len(stanza) <= room:
            page += ([Row()] if page else []) + waiting.pop(0)
            continue
        here = min(room, len(stanza) - ALONE)
        while here >= ALONE and stanza[here].goes_on:
            here -= 1
        if here >= ALONE and len(stanza) > 3:
            page += ([Row()] if page else []) + stanza[:here]
            waiting[0] = stanza[here:]
        elif not page:      # one line that fills more than a page
            page, waiting[0] = stanza[: rooms[0]], stanza[rooms[0] :]
        yield page
        page, rooms = [], rooms[1:] or rooms
    if page:
        yield page


def _prose(paragraphs: Sequence[str]) -> Iterator[Page]:
    """The first one is the heading."""
    heading, *rest = paragraphs
    rows: list[list[Row]] = [[Row(line) for line in wrapped(words, SMALL, UPRIGHT, WIDTH - LEFT - RIGHT)] for words in rest]
    rooms = [int((MOST - 34) // SMALL_LEADING) + 1, int(MOST // SMALL_LEADING) + 1]
    for number, lines in enumerate(distributed(rows, rooms)):
        top = HEIGHT - TOP - (34 if number == 0 else 0)
        first = [Line(heading, LEFT, HEIGHT - TOP, 13.0, ITALIC)] if number == 0 else []
        yield first + [Line(row.words, LEFT, top - SMALL_LEADING * at, SMALL) for at, row in enumerate(lines) if row.words]


# ---- measuring


def wrapped(words: str, size: float, font: str, width: float, rest: float | None = None) -> list[str]:
    """Its lines, none wider than `width` points; from the second on `rest`. A word that is wider than a line is broken."""
    lines, line, room = [], "", width
    for word in _words(words.split(), size, font, rest or width):
        longer = f"{line} {word}" if line else word
        if line and length(longer, size, font) > room:
            lines.append(line)
            line, room = word, rest or width
        else:
            line = longer
    return [*lines, line] if line else lines


def _words(words: Iterable[str], size: float, font: str, width: float) -> Iterator[str]:
    for word in words:
        while length(word, size, font) > width:
            fits = next(count for count in range(len(word), 0, -1) if count == 1 or length(word[:count], size, font) <= width)
            yield word[:fits]
            word = word[fits:]
        if word:
            yield word


def length(words: str, size: float, font: str) -> float:
    """In points."""
    return sum(_advance(letter, font) for letter in words) * size / _UNIT


@functools.lru_cache(maxsize=4096)
def _advance(letter: str, font: str) -> float:
    return _face(font_of(letter, font)).getlength(letter)


def font_of(letter: str, font: str) -> str:
    return font if _has(letter, font) else OTHER


@functools.lru_cache(maxsize=4096)
def _has(letter: str, font: str) -> bool:
    if letter.isspace():
        return True
    face = _face(font)
    return bytes(face.getmask(letter)) != bytes(face.getmask("\U0010fffe")) or unicodedata.category(letter).startswith("Z")


@functools.cache
def _face(font: str):
    from PIL import ImageFont

    return ImageFont.truetype(FONTS / font, _UNIT, layout_engine=ImageFont.Layout.BASIC)


# ---- the file


def _drawn(all_pages: Sequence[Page]) -> bytes:
    import pypdfium2
    import pypdfium2.raw as pdfium

    document = pypdfium2.PdfDocument.new()
    loaded: dict[str, tuple] = {}
    for lines in all_pages:
        page = document.new_page(WIDTH, HEIGHT)
        for line in lines:
            x = line.x - (length(line.words, line.size, line.font) if line.end else 0.0)
            for font, words in _runs(line.words, line.font):
                if font not in loaded:
                    loaded[font] = _loaded(document, font)
                text = pdfium.FPDFPageObj_CreateTextObj(document.raw, loaded[font][0], line.size)
                letters = ctypes.create_string_buffer((words + "\0").encode("utf-16-le"))
                pdfium.FPDFText_SetText(text, ctypes.cast(letters, ctypes.POINTER(ctypes.c_ushort)))
                pdfium.FPDFPageObj_SetFillColor(text, 23, 17, 14, 255)
                pdfium.FPDFPageObj_Transform(text, 1, 0, 0, 1, x, line.y)
                pdfium.FPDFPage_InsertObject(page.raw, text)
                x += length(words, line.size, line.font)
        pdfium.FPDFPage_GenerateContent(page.raw)
        page.close()
    content = io.BytesIO()
    document.save(content)
    document.close()
    return content.getvalue()


def pictures(pdf: bytes, width: int = 620) -> Iterator[bytes]:
    """Each page as a WebP so many px wide, to be looked at before it is printed."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        content = io.BytesIO()
        page.render(scale=width / WIDTH).to_pil().save(content, "WEBP", quality=85, method=2)
        yield content.getvalue()
    document.close()


def _titled(pdf: bytes, title: str, by: str) -> bytes:
    """The same with its title and author told to whoever opens it: PDFium writes none, so a last part is added (ISO 32000-1, 7.5.6)."""
    found = {name: re.findall(rb"/" + name + rb" (\d+)", pdf) for name in (b"Root", b"Info", b"Size")}
    last = re.findall(rb"startxref\s+(\d+)", pdf)
    if not (last and all(found.values())):
        return pdf
    root, info, size = (int(found[name][-1]) for name in (b"Root", b"Info", b"Size"))
    told = {"Title": title, "Author": by, "Creator": "Handmade"}
    words = "".join(f"/{name}<{(codecs.BOM_UTF16_BE + text.encode('utf-16-be')).hex()}>" for name, text in told.items() if text)
    body = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    body, at = body + f"{info} 0 obj\n<<{words}>>\nendobj\n".encode(), len(body)
    return body + (f"xref\n0 1\n0000000000 65535 f \n{info} 1\n{at:010d} 00000 n \ntrailer\n<</Root {root} 0 R/Info {info} 0 R/Size {size}/Prev {int(last[-1])}>>\n"
                   f"startxref\n{len(body)}\n%%EOF\n").encode()  # fmt: skip


def _loaded(document, font: str) -> tuple:
    """(the font, its content, which is to stay as long as it is in use)"""
    import pypdfium2.raw as pdfium

    content = (FONTS / font).read_bytes()
    held = (ctypes.c_ubyte * len(content)).from_buffer_copy(content)
    return pdfium.FPDFText_LoadFont(document.raw, held, len(content), pdfium.FPDF_FONT_TRUETYPE, True), held


def _runs(words: str, font: str) -> Iterator[tuple[str, str]]:
    """(font, words) of parts that one font has."""
    part, of = "", font
    for letter in words:
        its = font_of(letter, font)
        if its != of and part:
            yield of, part
            part = ""
        part, of = part + letter, its
    if part:
        yield of, part
