"""Where the sentences of a text begin and end. Read `sentences`.

Rules, no model: they must hold for letters, poems, lists and papers alike, and say the same today and tomorrow.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Span(NamedTuple):
    """A part of a text: text[start:end]."""

    start: int
    end: int


_BLOCK_END = re.compile(r"\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*•·–—]|\d{1,3}[.)])[ \t]+\S)|\n(?=[ \t]*#{1,6} )|(?<=\n)(?=\n)")
_HEADING = re.compile(r"#{1,6} [^\n]*\n?")
_STOP = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？]+[」』”’）]*")
_LONGEST = 600  # letters; what has no stop for so long is cut at a line or a comma

# What ends with a stop and ends no sentence.
_SHORT = {
    "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "etc", "eg", "ie", "cf", "no", "nr", "vol", "pp", "p", "ed", "eds", "fig",
    "ca", "approx", "inc", "ltd", "co", "gen", "col", "rev", "hon", "z", "bzw", "usw", "ggf", "evtl", "vgl", "hr", "fr", "str", "tel",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "mme", "mlle", "sra", "srta", "sig", "al",
}  # fmt: skip


def sentences(text: str) -> list[Span]:
    """The sentences of a text, without the blanks around them; a heading and an entry of a list is one each.

    A line break within a paragraph ends none, since PDFs and letters break anywhere; but where lines are short, as in poems, each
    line is one.
    """
    spans = []
    for block in _blocks(text):
        spans += _of_verse(text, block) if _is_verse(text[block.start : block.end]) else _of_prose(text, block)
    return spans


def _blocks(text: str) -> list[Span]:
    """Paragraphs, headings and the entries of lists."""
    blocks, start = [], 0
    for end in [*_BLOCK_END.finditer(text), None]:
        block = _trimmed(text, start, end.start() if end else len(text))
        if heading := _HEADING.match(text, block.start, block.end):
            blocks += [_trimmed(text, block.start, heading.end()), _trimmed(text, heading.end(), block.end)]
        else:
            blocks.append(block)
        start = end.end() if end else len(text)
    return [block for block in blocks if block.start < block.end]


def _is_verse(block: str) -> bool:
    """Three lines or more that all end long before a page would, and mostly begin with a capital or end with a mark."""
    lines = [line.strip() for line in block.split("\n") if line.strip()]
    return len(lines) >= 3 and max(map(len, lines)) <= 60 and sum(line[0].isupper() or line[-1] in ",;.!?:" for line in lines) >= 0.8 * len(lines)


def _of_verse(text: str, block: Span) -> list[Span]:
    ends = [match.start() for match in re.finditer("\n", text[block.start : block.end])]
    return _cut(text, block, [block.start + end for end in ends])


def _of_prose(text: str, block: Span) -> list[Span]:
    ends = [stop.end() for stop in _STOP.finditer(text, block.start, block.end) if _ends_here(text, block, stop)]
    return [short for span in _cut(text, block, ends) for short in _shortened(text, span)]


def _ends_here(text: str, block: Span, stop: re.Match) -> bool:
    """Not after an abbreviation, an initial or the number of a list, and not before a small letter."""
    after = text[stop.end() : block.end].lstrip()
    if not after or stop[0][0] in "。！？":
        return True
    if after[0].islower():
        return False
    if stop[0] != ".":
        return True
    before = re.search(r"(\w+)$", text[max(block.start, stop.start() - 20) : stop.start()])
    word = before[1] if before else ""
    is_initial = len(word) == 1 and word.isupper() and word != "I"
    is_number = word.isdecimal() and len(word) < 3 and not after[0].isupper()
    return not (is_initial or is_number or word.lower() in _SHORT)


def _shortened(text: str, span: Span) -> list[Span]:
    """A sentence of more than 600 letters in parts, cut at a line, a semicolon, a comma or a blank."""
    parts = []
    while span.end - span.start > _LONGEST:
        piece = text[span.start : span.start + _LONGEST]
        at = max((piece.rfind(mark) for mark in ("\n", "; ", ": ")), default=-1)
        at = at if at > _LONGEST // 3 else max(piece.rfind(", "), piece.rfind(" "))
        at = at + 1 if at > _LONGEST // 3 else _LONGEST
        parts.append(_trimmed(text, span.start, span.start + at))
        span = _trimmed(text, span.start + at, span.end)
    return [*parts, span]


def _cut(text: str, block: Span, ends: list[int]) -> list[Span]:
    bounds = [block.start, *ends, block.end]
    spans = [_trimmed(text, start, end) for start, end in zip(bounds, bounds[1:], strict=False)]
    return [span for span in spans if span.start < span.end]


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
