"""The order in which a person reads what stands on a page: heading, columns, tables, page number. Read `lines`.

A PDF draws words at places, in any order. Here words become chunks (words in a row without a wide gap), and chunks are cut
where a gutter runs down between two sides that both read like flowing text; what reaches across the gutter cuts them into
bands. Cells of a table do not flow, so a table is read row by row. After the XY-cut of Nagy and Seth (1984).
"""

from __future__ import annotations

import itertools
import math
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

_WORD_GAP = 0.8  # heights: a wider one parts two chunks
_GUTTER = 0.7  # heights: what parts columns is at least as wide
_STRIP = 0.5  # heights: a blank strip across everything
_CELL_GAP = 1.5  # heights: a wider one within a line is shown as two blanks
_EDGE = 0.08  # of the page's height, at its top and bottom: where running heads and page numbers stand
_PARAGRAPH = 1.45  # of the usual distance of lines: a wider one is a blank line
_LEAST_ROWS = 3  # that both columns must have
_FLOWING = 2.5  # words in a line, on average: fewer are cells
_FULL = 0.5  # of the longest line: half of the lines are as long at least
_LARGE = 1.8  # of the usual height: a single letter is an initial
_TITLE = 1.15  # of the usual height
_CANDIDATES = 80  # gutters that are tried on one page
_DEEPEST = 6  # columns in columns
_EASTERN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


@dataclass(frozen=True)
class Chunk:
    """Words in a row. x0, x1: left and right; y0, y1: bottom and top, growing upwards; all in points.

    places: of its words among those that were given, where somebody asks for their order.
    """

    text: str
    x0: float
    x1: float
    y0: float
    y1: float
    places: tuple[int, ...] = ()

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


def lines(words: list[Chunk], bottom: float, top: float) -> list[str]:
    """The lines of a page in the order of reading; "" stands between paragraphs that a wide gap parts.

    words: as they were drawn. bottom, top: of the page, in points.
    """
    blocks, height = _in_order(words, bottom, top)
    return [line for block in blocks for line in _lines_of(block, height)]


def order(words: list[Chunk], bottom: float, top: float) -> list[int]:
    """The places of the words in the order of reading, as `lines` has them."""
    blocks, _ = _in_order(words, bottom, top)
    return [place for block in blocks for row in _rows(block) for chunk in row for place in chunk.places]


def _in_order(words: list[Chunk], bottom: float, top: float) -> tuple[list[list[Chunk]], float]:
    """What is read one after the other, and the usual height of a word."""
    words = [word for word in words if word.text.strip() and math.isfinite(word.x0 + word.x1 + word.y0 + word.y1)]
    if not words:
        return [], 1.0
    height = statistics.median(word.height for word in words) or 1.0
    chunks = _with_initials(_chunks(words, height), height)
    head, body, foot = _without_edges(chunks, height, bottom, top)
    return [*_blocks(head, height, _DEEPEST), *_blocks(body, height), *_blocks(foot, height, _DEEPEST)], height


# ---- chunks and rows -----------------------------------------------------------------------------------------------


def _chunks(words: list[Chunk], height: float) -> list[Chunk]:
    """Words that follow each other in a row, as they were drawn, are put together."""
    chunks: list[Chunk] = []
    for word in words:
        if chunks and _goes_on(chunks[-1], word, height):
            chunks[-1] = _together(chunks[-1], word)
        else:
            chunks.append(word)
    return chunks


def _together(chunk: Chunk, other: Chunk) -> Chunk:
    sides = min(chunk.x0, other.x0), max(chunk.x1, other.x1), min(chunk.y0, other.y0), max(chunk.y1, other.y1)
    return Chunk(f"{chunk.text} {other.text}", *sides, chunk.places + other.places)


def _goes_on(last: Chunk, word: Chunk, height: float) -> bool:
    if not _beside(last, word) or max(last.height, word.height) > _LARGE * min(last.height, word.height):
        return False
    if _RTL.search(word.text):
        return max(word.x0 - last.x1, last.x0 - word.x1) < _WORD_GAP * height
    return -0.5 * height < word.x0 - last.x1 < _WORD_GAP * height


def _beside(chunk: Chunk, other: Chunk) -> bool:
    """In the same row: they overlap by more than half of the lower one."""
    return min(chunk.y1, other.y1) - max(chunk.y0, other.y0) > min(chunk.height, other.height) / 2


def _with_initials(chunks: list[Chunk], height: float) -> list[Chunk]:
    """A large letter that begins a paragraph joins the word that it is of."""
    chunks = list(chunks)
    for initial in [
        chunk for chunk in chunks if len(chunk.text) == 1 and chunk.text.isalpha() and chunk.height > _LARGE * height
    ]:
        follows = [
            chunk
            for chunk in chunks
            if chunk is not initial and -height < chunk.x0 - initial.x1 < height and initial.y0 < chunk.middle < initial.y1
        ]
        if follows:
            first = max(follows, key=lambda chunk: chunk.y1)
            whole = Chunk(initial.text + first.text, initial.x0, first.x1, first.y0, first.y1, initial.places + first.places)
            chunks[chunks.index(first)] = whole
            chunks.remove(initial)
    return chunks


def _rows(chunks: list[Chunk]) -> list[list[Chunk]]:
    """From top to bottom; the chunks of a row from where its reading begins."""
    rows: list[list[Chunk]] = []
    for chunk in sorted(chunks, key=lambda chunk: -chunk.middle):
        if rows and _beside(rows[-1][0], chunk):
            rows[-1].append(chunk)
        else:
            rows.append([chunk])
    return [sorted(row, key=lambda chunk: chunk.x0, reverse=_is_rtl(row)) for row in rows]


def _is_rtl(row: list[Chunk]) -> bool:
    text = "".join(chunk.text for chunk in row)
    return len(_RTL.findall(text)) > sum(map(str.isalpha, text)) / 2


# ---- heads, feet, columns ------------------------------------------------------------------------------------------


def _without_edges(
    chunks: list[Chunk], height: float, bottom: float, top: float
) -> tuple[list[Chunk], list[Chunk], list[Chunk]]:
    """(running head, the rest, foot): rows at the page's edge with a gap to the others."""
    rows, edge = _rows(chunks), (top - bottom) * _EDGE
    first, last = 0, len(rows)
    while (
        first < last - 1 and _bottom(rows[first]) > top - edge and _bottom(rows[first]) - _top(rows[first + 1]) > height
    ):
        first += 1
    while (
        last > first + 1
        and _top(rows[last - 1]) < bottom + edge
        and _bottom(rows[last - 2]) - _top(rows[last - 1]) > height
    ):
        last -= 1
    body = set(map(id, _flat(rows[first:last])))
    return _flat(rows[:first]), [chunk for chunk in chunks if id(chunk) in body], _flat(rows[last:])


def _blocks(chunks: list[Chunk], height: float, depth: int = 0) -> Iterator[list[Chunk]]:
    """What is read one after the other: columns from left to right, and what stands above, between and below them."""
    across = _gutter(chunks, height) if chunks and depth < _DEEPEST else None
    if across is None:
        strata = _strata(chunks, height)
        is_cut = depth < _DEEPEST and len(strata) > 1 and any(_gutter(stratum, height) is not None for stratum in strata)
        yield from (
            [block for stratum in strata for block in _blocks(stratum, height, depth + 1)]
            if is_cut
            else [chunks]
            if chunks
            else []
        )
        return
    waiting: list[Chunk] = []
    for spanning, left, right in _bands(chunks, across, _standing_alone(chunks, height)):
        waiting += spanning
        if not _parted(left, right, height, least=2):
            waiting += left + right
            continue
        yield from _blocks(waiting, height, depth + 1)
        waiting = []
        for side in (right, left) if _is_rtl(chunks) else (left, right):
            yield from _blocks(side, height, depth + 1)
    yield from _blocks(waiting, height, depth + 1)


def _strata(chunks: list[Chunk], height: float) -> list[list[Chunk]]:
    """The chunks, cut wherever a blank strip runs across them all."""
    strata: list[list[Chunk]] = []
    for chunk in sorted(chunks, key=lambda chunk: -chunk.y1):
        if strata and min(upper.y0 for upper in strata[-1]) - chunk.y1 < _STRIP * height:
            strata[-1].append(chunk)
        else:
            strata.append([chunk])
    return strata


def _gutter(chunks: list[Chunk], height: float) -> float | None:
    """Where a gutter runs between columns that read like text; of several the one that parts most lines."""
    alone, best, place = _standing_alone(chunks, height), 0, None
    for x in _candidates(chunks):
        count = sum(_parted(left, right, height) for _, left, right in _bands(chunks, x, alone))
        if count > best:
            best, place = count, x
    return place


def _candidates(chunks: list[Chunk]) -> list[float]:
    """Just left of where more than one chunk begins, or where one does that is not the first."""
    starts: dict[int, list[float]] = {}
    for chunk in chunks:
        starts.setdefault(round(chunk.x0 / 3), []).append(chunk.x0)
    often = sorted(starts.values(), key=len, reverse=True)[:_CANDIDATES]
    return sorted(min(group) - 0.1 for group in often)


def _bands(chunks: list[Chunk], x: float, alone: set[int]) -> list[tuple[list[Chunk], list[Chunk], list[Chunk]]]:
    """From top to bottom: what reaches across x or stands alone, then what is below it, left and right of x."""
    bands: list[tuple[list[Chunk], list[Chunk], list[Chunk]]] = [([], [], [])]
    for chunk in sorted(chunks, key=lambda chunk: -chunk.middle):
        if chunk.x0 < x < chunk.x1 or id(chunk) in alone:
            if bands[-1][1] or bands[-1][2]:
                bands.append(([], [], []))
            bands[-1][0].append(chunk)
        else:
            bands[-1][1 if chunk.x1 <= x else 2].append(chunk)
    return bands


def _parted(left: list[Chunk], right: list[Chunk], height: float, least: int = 0) -> int:
    """How many lines stand on both sides of a gutter, if both read like columns; else 0.

    least: so many are enough where the gutter is known; otherwise two are only if they are not in step.
    """
    gutter = min(chunk.x0 for chunk in right) - max(chunk.x1 for chunk in left) if left and right else 0
    if gutter < _GUTTER * height:
        return 0
    rows = _rows(left), _rows(right)
    count = min(map(len, rows))
    enough = count >= (least or _LEAST_ROWS) or (
        count == 2 and gutter > _CELL_GAP * height and not _in_step(*rows, height)
    )
    return count if enough and _flows(rows[0], height) and _flows(rows[1], height) else 0


def _in_step(left: list[list[Chunk]], right: list[list[Chunk]], height: float) -> bool:
    """True where the lines of both sides stand beside each other, as those of a table do."""
    return all(any(abs(row[0].middle - other[0].middle) < height / 4 for other in right) for row in left)


def _flows(rows: list[list[Chunk]], height: float) -> bool:
    """True for lines of words, most of them about as long as the longest; False for the cells of a table."""
    pieces = [piece for row in rows for piece in _pieces(row, height)]
    words = sum(map(_words_in, pieces)) / len(pieces)
    widths = sorted(piece.x1 - piece.x0 for piece in pieces)
    return words >= _FLOWING and statistics.median(widths) >= _FULL * widths[-1]


def _pieces(row: list[Chunk], height: float) -> Iterator[Chunk]:
    """The chunks of a row, put together where the gaps are no wider than a justified line may have them."""
    last = row[0]
    for chunk in row[1:]:
        if max(chunk.x0 - last.x1, last.x0 - chunk.x1) < _CELL_GAP * height:
            last = _together(last, chunk)
        else:
            yield last
            last = chunk
    yield last


def _words_in(chunk: Chunk) -> float:
    """Two signs of Chinese or Japanese are about a word."""
    return max(len(re.findall(r"[^\W\d_]+", chunk.text)), len(_EASTERN.findall(chunk.text)) / 2)


def _standing_alone(chunks: list[Chunk], height: float) -> set[int]:
    """Titles on top and what stands centred at the foot: lines with nothing beside them, larger or in the middle."""
    rows = _rows(chunks)
    centre = (min(chunk.x0 for chunk in chunks) + max(chunk.x1 for chunk in chunks)) / 2

    def is_alone(row: list[Chunk], can_be_large: bool) -> bool:
        chunk = row[0]
        return len(row) == 1 and (
            (can_be_large and chunk.height > _TITLE * height) or abs((chunk.x0 + chunk.x1) / 2 - centre) < height
        )

    on_top = itertools.takewhile(lambda row: is_alone(row, True), rows)
    at_foot = itertools.takewhile(lambda row: is_alone(row, False), reversed(rows))
    return {id(row[0]) for row in itertools.chain(on_top, at_foot)}


# ---- lines ---------------------------------------------------------------------------------------------------------


def _lines_of(block: list[Chunk], height: float) -> Iterator[str]:
    """The rows of a block as lines, with "" where a wide gap parts paragraphs."""
    rows = _rows(block)
    steps = [_steps(above, below) for above, below in itertools.pairwise(rows)]
    usual = statistics.median(steps) if len(steps) > 1 else math.inf
    for number, row in enumerate(rows):
        if number and steps[number - 1] > _PARAGRAPH * usual:
            yield ""
        yield _as_line(row, height)


def _steps(above: list[Chunk], below: list[Chunk]) -> float:
    return above[0].y0 - below[0].y0


def _as_line(row: list[Chunk], height: float) -> str:
    line = row[0].text
    for left, right in itertools.pairwise(row):
        gap = max(right.x0 - left.x1, left.x0 - right.x1)
        line += ("  " if gap > _CELL_GAP * height else " ") + right.text
    return line


def _flat(rows: list[list[Chunk]]) -> list[Chunk]:
    return [chunk for row in rows for chunk in row]


def _top(row: list[Chunk]) -> float:
    return max(chunk.y1 for chunk in row)


def _bottom(row: list[Chunk]) -> float:
    return min(chunk.y0 for chunk in row)
