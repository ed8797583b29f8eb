"""What a hand changed in a text: which words stayed, which went, which are new; letters, where a word changed only a little. Read `compare`.

lib/ui/generate/rewrite.js does the same while somebody types.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

STAYED, TAKEN, PUT = "stayed", "taken", "put"
_TOKENS = re.compile(r"[^\S\n]*\w+|[^\S\n]*[^\w\s]|\n|[^\S\n]+")     # a word with the space before it; a line break by itself
_ALIKE = 0.5        # from this likeness on, a word in the place of another is shown letter by letter
_LINES_FROM = 4_000_000     # pairs of words from which on whole lines are compared: a book would take minutes


@dataclass(frozen=True)
class Piece:
    """kind: STAYED, TAKEN (it stood there before) or PUT (it stands there now)."""

    kind: str
    words: str


@dataclass(frozen=True)
class Changes:
    """kept: letters that stayed. written: letters that there were. stands: letters that there are now. Blanks count for nothing."""

    pieces: tuple[Piece, ...]
    kept: int
    written: int
    stands: int

    @property
    def is_none(self) -> bool:
        return all(piece.kind == STAYED for piece in self.pieces)

    @property
    def share_kept(self) -> float:
        """Of the letters that were written, the share that still stands."""
        return self.kept / self.written if self.written else 1.0

    @property
    def share_new(self) -> float:
        """Of the letters that stand there now, the share that the hand put there."""
        return 1 - self.kept / self.stands if self.stands else 0.0


def compare(before: str, after: str) -> Changes:
    """What became of `before` on the way to `after`."""
    pieces = tuple(_joined(_pieces(before, after)))
    kept = sum(_letters(piece.words) for piece in pieces if piece.kind == STAYED)
    return Changes(pieces, kept, _letters(before), _letters(after))


def _letters(text: str) -> int:
    return sum(not letter.isspace() for letter in text)


def _pieces(before: str, after: str) -> Iterator[Piece]:
    one, other = _TOKENS.findall(before), _TOKENS.findall(after)
    if len(one) * len(other) > _LINES_FROM:
        one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for what, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what == "equal":
            yield Piece(STAYED, "".join(one[a:b]))
        elif what == "replace" and b - a == d - c:
            for was, now in zip(one[a:b], other[c:d]):
                yield from _of_word(was, now)
        else:
            yield Piece(TAKEN, "".join(one[a:b]))
            yield Piece(PUT, "".join(other[c:d]))


def _of_word(was: str, now: str) -> Iterator[Piece]:
    """A word in the place of another: letter by letter where they are alike."""
    matcher = difflib.SequenceMatcher(None, was, now, autojunk=False)
    if matcher.ratio() < _ALIKE or "\n" in (was, now):
        yield Piece(TAKEN, was)
        yield Piece(PUT, now)
        return
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            yield Piece(STAYED, was[a:b])
        else:
            yield Piece(TAKEN, was[a:b])
            yield Piece(PUT, now[c:d])


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Without empty ones, and neighbours of a kind as one: of several changes in a row, what was taken first."""
    taken = put = stayed = ""
    for piece in pieces:
        if not piece.words:
            continue
        if piece.kind == STAYED:
            yield from _changed(taken, put)
            taken = put = ""
            stayed += piece.words
            continue
        if stayed:
            yield Piece(STAYED, stayed)
            stayed = ""
        taken, put = (taken + piece.words, put) if piece.kind == TAKEN else (taken, put + piece.words)
    yield from _changed(taken, put)
    if stayed:
        yield Piece(STAYED, stayed)


def _changed(taken: str, put: str) -> Iterator[Piece]:
    if taken:
        yield Piece(TAKEN, taken)
    if put:
        yield Piece(PUT, put)
