"""A document in passages: the pieces that are looked up, and that a model is given to answer from. Read `cut`.

A passage is made of whole sentences that follow each other, up to a size; it ends at a paragraph where one ends near there,
and begins with the last sentences of the one before (the overlap), so that nothing is torn from what explains it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lib.chat.documents import Document
from lib.chat.sentences import Span, sentences

SIZE, OVERLAP = 600, 120            # letters; some 130 tokens, which the carried embedder reads whole
SMALLEST, LARGEST = 100, 4000       # letters of a passage
_NEARLY = 0.6                       # of the size; from here on the end of a paragraph ends a passage


@dataclass(frozen=True)
class Passage:
    """document[start:end]. sentences: within the document's text.   page: where it begins, None without pages."""

    document: str
    start: int
    end: int
    page: int | None
    text: str
    sentences: tuple[Span, ...]

    def sentence(self, number: int) -> str:
        span = self.sentences[number]
        return self.text[span.start - self.start : span.end - self.start]


def cut(document: Document, size: int = SIZE, overlap: int = OVERLAP, fits: Callable[[str], bool] | None = None) -> list[Passage]:
    """The passages of a document, in its order.

    size, overlap: letters.   fits: whether whoever reads them can read so much at once; what does not fit is made shorter, down
    to a single sentence.
    """
    spans, passages, first = sentences(document.text), [], 0
    while first < len(spans):
        last = _last(document.text, spans, first, size)
        while fits and last > first and not fits(document.text[spans[first].start : spans[last].end]):
            last -= 1
        passages.append(_passage(document, spans[first : last + 1]))
        if last + 1 == len(spans):
            break
        first = _next(spans, first, last, overlap)
    return passages


def _last(text: str, spans: list[Span], first: int, size: int) -> int:
    """The last sentence of the passage that begins with `first`."""
    last = end_of_paragraph = first
    while last + 1 < len(spans) and spans[last + 1].end - spans[first].start <= size:
        if "\n\n" in text[spans[last].end : spans[last + 1].start] and spans[last].end - spans[first].start >= _NEARLY * size:
            end_of_paragraph = last
        last += 1
    return end_of_paragraph if end_of_paragraph > first and last + 1 < len(spans) else last


def _next(spans: list[Span], first: int, last: int, overlap: int) -> int:
    """Where the next one begins: as many sentences before its new ones as the overlap holds, but never where this one began."""
    begin = last + 1
    while begin - 1 > first and spans[last].end - spans[begin - 1].start <= overlap:
        begin -= 1
    return begin


def _passage(document: Document, spans: list[Span]) -> Passage:
    start, end = spans[0].start, spans[-1].end
    return Passage(document.id, start, end, document.page_at(start), document.text[start:end], tuple(spans))
