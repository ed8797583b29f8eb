"""From letters to numbers and back: an alphabet, and on top of it, where somebody wants them, byte pairs. Read `learn`. No torch in here.

Byte pairs (Gage 1994; Sennrich et al. 2016): the two neighbours that stand together most often become one token, again and again. Here a pair
counts by the different words that it stands in, and needs three of them: so a token is a piece that words share, and never the name of a person.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_WORDS = re.compile(r" ?\w+| ?[^\w\s]+|\s")     # nothing is lost: joined, they are the text
_SHARED_BY = 3      # different words
END = "end"         # what the mark is called that stands before and after each document

Pair = tuple[str, str]


@dataclass(frozen=True)
class Tokens:
    """letters: the alphabet, sorted. merges: pairs that become one token, in this order. The end mark is the last number of all."""

    letters: tuple[str, ...]
    merges: tuple[Pair, ...] = ()
    _known: dict[str, list[int]] = field(default_factory=dict, compare=False, repr=False)

    @functools.cached_property
    def names(self) -> list[str]:
        """What each number stands for; the end mark is ""."""
        return [*self.letters, *(a + b for a, b in self.merges), ""]

    @functools.cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names[:-1])}

    @functools.cached_property
    def _ranks(self) -> dict[Pair, int]:
        return {pair: rank for rank, pair in enumerate(self.merges)}

    @property
    def end(self) -> int:
        return len(self.names) - 1

    def __len__(self) -> int:
        return len(self.names)

    def encode(self, text: str) -> list[int]:
        """A letter that is not in the alphabet is passed over: `unknown` names it."""
        text = "".join(letter for letter in text if letter in self._numbers)
        if not self.merges:
            return [self._numbers[letter] for letter in text]
        return [number for word in _WORDS.findall(text) for number in self._of_word(word)]

    def _of_word(self, word: str) -> list[int]:
        if word not in self._known:
            self._known[word] = [self._numbers[piece] for piece in _joined(list(word), self._ranks)]
        return self._known[word]

    def unknown(self, text: str) -> list[str]:
        """The letters of a text that are not in the alphabet, each once, in their order."""
        return list(dict.fromkeys(letter for letter in text if letter not in self._numbers))

    def decode(self, numbers: Iterable[int]) -> str:
        """An end mark is nothing."""
        return "".join(self.names[number] for number in numbers)

    def as_plain(self) -> dict:
        return {"letters": list(self.letters), "merges": [list(pair) for pair in self.merges]}

    @classmethod
    def from_plain(cls, plain: Mapping) -> Tokens:
        return cls(tuple(plain["letters"]), tuple((a, b) for a, b in plain["merges"]))


def learn(learned: list[str], held: list[str], pieces: int = 0) -> Tokens:
    """The alphabet of all these texts, and up to `pieces` byte pairs of those that are learned from."""
    letters = tuple(sorted({letter for text in (*learned, *held) for letter in text}))
    return Tokens(letters, tuple(_pairs(learned, pieces)) if pieces else ())


def _pairs(texts: list[str], most: int) -> list[Pair]:
    counts = Counter(word for text in texts for word in _WORDS.findall(text))
    words = [list(word) for word in sorted(counts)]
    spelled = [word[1:] if word[0] == " " else word for word in words]      # "rain" and " rain" are one word
    weights = [round(16 * (1 + math.log2(counts["".join(word)]))) for word in words]
    where: dict[Pair, set[int]] = defaultdict(set)      # the words in which a pair stands
    score: Counter[Pair] = Counter()                    # their weights, added up
    for place, word in enumerate(words):
        _put(set(zip(word, word[1:])), place, weights[place], where, score)
    merges: list[Pair] = []
    names: set[str] = set()
    while len(merges) < most:
        shared = (pair for pair, places in where.items() if _are_many(places, spelled) and "".join(pair) not in names)
        pair = max(shared, key=lambda pair: (score[pair], pair), default=None)
        if pair is None:
            break
        merges.append(pair)
        names.add("".join(pair))
        for place in sorted(where[pair]):
            before, words[place] = words[place], _merged(words[place], pair)
            old, new = set(zip(before, before[1:])), set(zip(words[place], words[place][1:]))
            _take(old - new, place, weights[place], where, score)
            _put(new - old, place, weights[place], where, score)
    return merges


def _are_many(places: set[int], spelled: list[list[str]]) -> bool:
    """Whether these are as many different words as a pair needs."""
    if len(places) >= 2 * _SHARED_BY:
        return True
    return len(places) >= _SHARED_BY and len({"".join(spelled[place]) for place in places}) >= _SHARED_BY


def _put(pairs: set[Pair], place: int, weight: int, where: dict[Pair, set[int]], score: Counter[Pair]) -> None:
    for pair in pairs:
        where[pair].add(place)
        score[pair] += weight


def _take(pairs: set[Pair], place: int, weight: int, where: dict[Pair, set[int]], score: Counter[Pair]) -> None:
    for pair in pairs:
        where[pair].discard(place)
        score[pair] -= weight


def _merged(word: list[str], pair: Pair) -> list[str]:
    """The same with each such pair in one piece."""
    pieces: list[str] = []
    for piece in word:
        if pieces and (pieces[-1], piece) == pair:
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _joined(word: list[str], ranks: Mapping[Pair, int]) -> list[str]:
    """The pieces of a word, joined in the order in which the pairs were found."""
    while len(word) > 1:
        rank, pair = min((ranks.get(pair, len(ranks)), pair) for pair in zip(word, word[1:]))
        if rank == len(ranks):
            break
        word = _merged(word, pair)
    return word
