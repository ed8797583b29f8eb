"""Where words of a text stand on the picture of its page: boxes, one for each line. Read `boxes`.

The text of a page was mended after it was read: broken words are whole, ligatures are letters, a word may have come over from the
next page. So the words are looked for by their letters alone, near the place where they should be.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence

_Box = list[int]        # left, top, right, bottom
_LEAST = 4              # letters in a row that are the same by more than chance
_GAP = 1.5              # heights: a wider one parts two boxes


def boxes(words: str, start: int, end: int, letters: str, stand: Sequence[_Box]) -> list[_Box]:
    """Boxes around words[start:end], in the order of reading; [] where they are not on the page.

    words: of the page.   letters: of the page as it was drawn, each standing at one of `stand`.
    """
    said, at = _plain(words)
    drawn, where = _plain(letters)
    first = sum(place < start for place in at)
    wanted = said[first : sum(place < end for place in at)]
    found = _find(wanted, drawn, first)
    return _lines([stand[place] for place in dict.fromkeys(where[each] for each in found)])


def _plain(words: str) -> tuple[str, list[int]]:
    """Only its letters and figures, without accents, and the place of each in `words`."""
    letters, places = [], []
    for place, letter in enumerate(words):
        for part in letter if letter.isascii() else unicodedata.normalize("NFKD", letter):
            if part.isalnum():
                letters.append(part)
                places.append(place)
    return "".join(letters), places


def _find(wanted: str, drawn: str, near: int) -> list[int]:
    """The places of the letters of `wanted` in `drawn`; of several where it stands, the one nearest to `near`."""
    if not wanted:
        return []
    places, place = [], drawn.find(wanted)
    while place >= 0:
        places.append(place)
        place = drawn.find(wanted, place + 1)
    if places:
        best = min(places, key=lambda place: abs(place - near))
        return list(range(best, best + len(wanted)))
    around = max(0, near - len(wanted)), near + 2 * len(wanted)
    same = difflib.SequenceMatcher(None, wanted, drawn[around[0] : around[1]], autojunk=False).get_matching_blocks()
    return [around[0] + block.b + step for block in same if block.size >= min(_LEAST, len(wanted)) for step in range(block.size)]


def _lines(stand: Sequence[_Box]) -> list[_Box]:
    """Boxes beside each other become one."""
    lines: list[_Box] = []
    for box in stand:
        if lines and _goes_on(lines[-1], box):
            last = lines[-1]
            lines[-1] = [min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3])]
        else:
            lines.append(list(box))
    return lines


def _goes_on(line: _Box, box: _Box) -> bool:
    low = min(line[3] - line[1], box[3] - box[1])
    gap = max(box[0] - line[2], line[0] - box[2])
    return min(line[3], box[3]) - max(line[1], box[1]) > low / 2 and gap < _GAP * max(low, 1)
