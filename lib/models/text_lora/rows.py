"""What is learned from in each step; decided by the seed and the number of the step alone. Read `Rows.batch`.

Short texts are not filled up to one length, nor strung together: those of a step are about equally long. So little is computed for nothing, and no
text sees another. Filled up is at the right, where a model that reads from left to right never looks.
"""

from __future__ import annotations

import torch

from lib.models.adversarial import Order
from lib.models.text_lora.tokens import Words

NOTHING = -100      # a place at which nothing is asked (torch's own number for it)
_SORTED = 8         # so many steps' worth of texts are sorted by length, within a shuffled round


def pieces_of(tokens: list[int], context: int) -> list[list[int]]:
    """A text in pieces of at most context + 1 tokens; each begins with the token with which the one before ended, so that every one is asked once."""
    return [tokens[start : start + context + 1] for start in range(0, max(1, len(tokens) - 1), context)]


def as_rows(pieces: list[list[int]], filled: int) -> tuple[torch.Tensor, torch.Tensor]:
    """What is read, and what comes next at each place: whole numbers (B, T) twice. filled: what stands where a piece is over."""
    longest = max(map(len, pieces)) - 1
    read = torch.full((len(pieces), longest), filled)
    asked = torch.full((len(pieces), longest), NOTHING)
    for place, piece in enumerate(pieces):
        read[place, : len(piece) - 1], asked[place, : len(piece) - 1] = torch.tensor(piece[:-1]), torch.tensor(piece[1:])
    return read, asked


class Rows:
    """texts: to learn from."""

    def __init__(self, texts: list[str], words: Words, context: int, size: int, seed: int):
        self.words, self.size = words, size
        self.pieces = [piece for text in texts for piece in pieces_of(words.whole(text), context)]
        self.order, self.among = Order(len(self.pieces), seed), Order(-(-len(self.pieces) // size), seed + 1)
        self._round, self._batches = -1, [[0]]

    @property
    def per_round(self) -> int:
        """Steps in which each piece comes once."""
        return self.among.count

    def batch(self, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Step n (from 1): what is read, and what comes next, as `as_rows`."""
        round, _ = divmod(n - 1, self.per_round)
        if round != self._round:
            self._round, self._batches = round, self._sorted(round)
        return as_rows([self.pieces[place] for place in self._batches[self.among.at(n - 1)]], self.words.end)

    def _sorted(self, round: int) -> list[list[int]]:
        shuffled = self.order.batch(round + 1, len(self.pieces))
        many = self.size * _SORTED
        ordered = [place for start in range(0, len(shuffled), many) for place in sorted(shuffled[start : start + many], key=lambda at: len(self.pieces[at]))]
        return [ordered[start : start + self.size] for start in range(0, len(ordered), self.size)]
