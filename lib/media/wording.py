"""What of a text stands word for word in others: the check whether a model invents or recites. Read `compare`.

Lines and spaces do not count: any run of them is one space. Capitals and signs do. A text shorter than a window is one window.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW = 50         # letters in a row; fewer are often the same by chance
_LEAST_LINE = 4     # letters of a line that is looked for as a whole


@dataclass(frozen=True)
class Passage:
    """text[start:end] stands in the source number `source`, from its letter `at` on (in that source as it was given)."""

    start: int
    end: int
    source: int
    at: int


@dataclass(frozen=True)
class Wording:
    """share: 0 to 1, of all windows of the text, that stand in a source. passages: where, in their order; they may overlap.
    longest: the longest passage that text and sources share, however short; None where not even a letter is shared.
    lines, known_lines: how many different lines the text has, and how many of them are lines of a source as they stand.
    """

    share: float
    passages: tuple[Passage, ...]
    longest: Passage | None
    lines: int
    known_lines: int


class Sources:
    """Texts to be looked through, prepared once."""

    def __init__(self, texts: Sequence[str]):
        self._texts = list(texts)
        squeezed = [_squeeze(text)[0] for text in texts]
        self._whole = "\x00".join(squeezed)     # no passage reaches from one into the next: this sign is in no text
        self._starts = list(itertools.accumulate((len(text) + 1 for text in squeezed), initial=0))
        self._lines = {line for text in texts for line in _lines(text)}

    def compare(self, text: str) -> Wording:
        """Takes about a thousandth of a second for each letter of the text and ten million letters of the sources."""
        plain, places = _squeeze(text)
        lines = set(_lines(text))
        if not plain:
            return Wording(0.0, (), None, 0, 0)
        window, count, at = min(WINDOW, len(plain)), 0, 0
        passages = []
        while at + window <= len(plain):
            end, found = self._longest(plain, at, window)
            if found < 0:
                at += 1
                continue
            passages.append(self._passage(plain, places, at, end, found))
            count += end - window - at + 1
            at = end - window + 1
        return Wording(count / (len(plain) - window + 1), tuple(passages), self._longest_of_all(plain, places), len(lines), len(lines & self._lines))

    def _longest(self, plain: str, at: int, least: int) -> tuple[int, int]:
        """(where the longest shared passage ends that begins at `at` and has `least` letters, where it stands); (at, -1) if there is none."""
        end, found = at + least, self._whole.find(plain[at : at + least])
        if found < 0:
            return at, -1
        while end < len(plain) and (further := self._whole.find(plain[at : end + 1], found)) >= 0:
            end, found = end + 1, further
        return end, found

    def _longest_of_all(self, plain: str, places: list[int]) -> Passage | None:
        best, length = None, 0
        for at in range(len(plain)):
            if at + length >= len(plain):
                break
            end, found = self._longest(plain, at, length + 1)
            if found >= 0:
                best, length = self._passage(plain, places, at, end, found), end - at
        return best

    def _passage(self, plain: str, places: list[int], at: int, end: int, found: int) -> Passage:
        """Without the spaces around it, where there is more than a space."""
        spaces = end - at - len(plain[at:end].lstrip())
        if spaces < end - at:
            at, found, end = at + spaces, found + spaces, at + len(plain[at:end].rstrip())
        source = bisect.bisect_right(self._starts, found) - 1
        _, its_places = _squeeze(self._texts[source])
        return Passage(places[at], places[end - 1] + 1, source, its_places[found - self._starts[source]])


def _squeeze(text: str) -> tuple[str, list[int]]:
    """The text with one space for each run of spaces and line breaks, none around it; and where each of its letters stood."""
    letters, places = [], []
    for match in re.finditer(r"\s+|\S", text.replace("\x00", " ")):
        letters.append(" " if match[0].isspace() else match[0])
        places.append(match.start())
    first, last = (letters[:1] == [" "]), len(letters) - (letters[-1:] == [" "])
    return "".join(letters[first:last]), places[first:last]


def _lines(text: str) -> list[str]:
    """Its lines, squeezed, without the shortest."""
    squeezed = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in squeezed if len(line) >= _LEAST_LINE]


def line_of(text: str, at: int) -> int:
    """The number, from 1, of the line in which letter `at` stands."""
    return text.count("\n", 0, at) + 1
