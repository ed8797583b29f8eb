"""The words of a PDF, page by page, in the order of reading. Read `read`. Runs only in the process that documents.py starts.

PDFium says which letters stand where; layout.py puts them in order, and hyphens.py makes broken words whole.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lib.media import hyphens, layout
from lib.media.layout import Chunk
from lib.media.source import Refusal, broken

_HYPHEN = 2  # what PDFium calls a hyphen at the end of a line
_GAPS = {0, 9, 10, 13, 32, 0xA0, 0x2002, 0x2003, 0x2009, 0x3000}


def read(path: Path, most: int) -> list[list[str]]:
    """The lines of every page; [] for a page without words. most: pages that are read.

    Raises Refusal: locked, broken, too many pages, no words.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        raise _why_shut(str(error)) from error
    if count > most:
        raise Refusal(
            f"has {count:,} pages",
            f"Documents may have up to {most:,} pages.",
            "Cut it into several files and add those.",
        )
    if not count:
        raise broken("It has no pages.")
    return _mended([_lines(document, number) for number in range(count)])


def has_pictures(path: Path) -> bool:
    """Whether a picture stands on one of its pages: a PDF without words may be a scan, or nothing at all."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    document = pypdfium2.PdfDocument(path)
    for number in range(len(document)):
        with contextlib.suppress(pypdfium2.PdfiumError, ValueError):
            if any(document[number].get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3)):
                return True
    return False


def _why_shut(error: str) -> Refusal:
    error = error.lower()
    if "password" in error:
        return Refusal(
            "is locked with a password",
            "Its words cannot be read.",
            "Open it with its password, save it without one, and add that.",
        )
    if "security" in error:
        return Refusal(
            "is protected against copying",
            "It is locked in a way that only one program opens.",
            "Add a copy without such a protection.",
        )
    return broken("It is not a whole PDF.")


def _mended(pages: list[list[str]]) -> list[list[str]]:
    """With broken words made whole, also from one page to the next."""
    words = hyphens.Words(line for lines in pages for line in lines)
    pages = [hyphens.mend(lines, words) for lines in pages]
    for page, following in zip(pages, pages[1:], strict=False):
        if page and following:
            page[-1], following[0] = hyphens.pair(page[-1], following[0], words)
    return [_without_emptied(lines) for lines in pages]


def _without_emptied(lines: list[str]) -> list[str]:
    """A line that held only the rest of a word is gone; of blank lines one stays, and none at the ends."""
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1]):
            kept.append(line.rstrip())
    while kept and not kept[-1]:
        kept.pop()
    return kept


# ---- one page ------------------------------------------------------------------------------------------------------

_Box = tuple[float, float, float, float]  # left, bottom, right, top in points


def _lines(document, number: int) -> list[str]:
    """The lines of a page; [] where it has no words, or cannot be read."""
    import pypdfium2

    try:
        page = document[number]
        text, window = page.get_textpage(), page.get_cropbox()
    except (pypdfium2.PdfiumError, ValueError):
        return []
    by_angle = _by_angle(_words(text), window)
    text.close()
    page.close()
    lines: list[str] = []
    for angle, words in by_angle:
        _, bottom, _, top = _turned(window, angle)
        lines += [*([""] if lines else []), *layout.lines(words, bottom, top)]
    return lines


def letters(page, size: tuple[int, int]) -> tuple[str, list[list[int]]]:
    """The letters of a page in the order of reading, and the box of each on a picture of that size: left, top, right, bottom."""
    text, window = page.get_textpage(), page.get_cropbox()
    words, found, boxes = list(_words(text)), [], []
    for angle, chunks in _by_angle(words, window):
        _, bottom, _, top = _turned(window, angle)
        for place in layout.order(chunks, bottom, top):
            for letter, box in _letters_of(text, words[place]):
                found.append(letter)
                boxes.append(_on_picture(page, box, size))
    return "".join(found), boxes


def _by_angle(words: Iterable[Word], window: _Box) -> list[tuple[int, list[Chunk]]]:
    """What most of the page is written in comes first, then what stands at a right angle to it, such as in a margin."""
    by_angle: dict[int, list[Chunk]] = defaultdict(list)
    for place, word in enumerate(words):
        box = word.box
        if box[2] > window[0] and box[0] < window[2] and box[3] > window[1] and box[1] < window[3]:
            left, bottom, right, top = _turned(box, word.angle)
            by_angle[word.angle].append(Chunk(word.text, left, right, bottom, top, (place,)))
    return sorted(by_angle.items(), key=lambda entry: -len(entry[1]))


def _letters_of(text, word: Word) -> Iterator[tuple[str, _Box]]:
    """Each letter of a word with its box; a rare one, which comes in two halves, once."""
    halves = word.text.encode("utf-16-le", "surrogatepass")
    place = word.first
    for letter in word.text:
        yield letter, _box(text, place, place)
        place += len(letter.encode("utf-16-le", "surrogatepass")) // 2 if len(halves) // 2 == word.count else 1


def _on_picture(page, box: _Box, size: tuple[int, int]) -> list[int]:
    import pypdfium2.raw as pdfium

    corners = []
    for x, y in ((box[0], box[1]), (box[2], box[3])):
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
        corners.append((across.value, down.value))
    (x, y), (other_x, other_y) = corners
    return [min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)]


def _turned(box: _Box, angle: int) -> _Box:
    """A box on the page as it is turned for reading words of an angle, in quarter turns to the left."""
    left, bottom, right, top = box
    return [box, (bottom, -right, top, -left), (-right, -top, -left, -bottom), (-top, left, -bottom, right)][angle]


@dataclass(frozen=True)
class Word:
    """angle: in quarter turns to the left.   first, count: its letters, as PDFium numbers them."""

    angle: int
    text: str
    box: _Box
    first: int
    count: int


def _words(text) -> Iterator[Word]:
    """In the order in which they were drawn."""
    import pypdfium2.raw as pdfium

    start, letters, count = 0, "", text.count_chars()
    for place in range(count + 1):
        code = pdfium.FPDFText_GetUnicode(text, place) if place < count else 0
        is_end = code in _GAPS
        letters += "" if is_end else "-" if code == _HYPHEN else chr(code)
        if not is_end and code != _HYPHEN:
            continue
        if letters:
            angle = -round(pdfium.FPDFText_GetCharAngle(text, start) / (math.pi / 2)) % 4
            yield from _in_one_place(text, letters, start, angle)
        start, letters = place + 1, ""


def _in_one_place(text, letters: str, start: int, angle: int) -> Iterator[Word]:
    """Letters that PDFium takes for a word, cut where one stands in another line than the one before."""
    box = _box(text, start, start + len(letters) - 1)
    _, bottom, _, top = _turned(box, angle)
    _, low, _, high = _turned(_box(text, start, start), angle)
    if len(letters) == 1 or top - bottom < 1.5 * (high - low):
        yield Word(angle, _whole(letters), box, start, len(letters))
        return
    first = 0
    for place in range(1, len(letters) + 1):
        _, low, _, high = _turned(_box(text, start + place - 1, start + place - 1), angle)
        after = (
            _turned(_box(text, start + place, start + place), angle)
            if place < len(letters)
            else (0, -math.inf, 0, -math.inf)
        )
        if min(high, after[3]) - max(low, after[1]) < 0.3 * (high - low):
            yield Word(angle, _whole(letters[first:place]), _box(text, start + first, start + place - 1), start + first, place - first)
            first = place


def _whole(letters: str) -> str:
    """Rare letters come in two halves."""
    return letters.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _box(text, first: int, last: int) -> _Box:
    import pypdfium2.raw as pdfium

    boxes = [pdfium.FS_RECTF(), pdfium.FS_RECTF()]
    for box, place in zip(boxes, (first, last), strict=True):
        pdfium.FPDFText_GetLooseCharBox(text, place, ctypes.byref(box))
    (left, bottom, right, top), other = ((box.left, box.bottom, box.right, box.top) for box in boxes)
    sides = (left, right, other[0], other[2]), (bottom, top, other[1], other[3])
    return min(sides[0]), min(sides[1]), max(sides[0]), max(sides[1])
