"""What is learned from in each step, as rows of numbers; decided by the seed and the number of the step alone. Read `Rows.batch`."""

from __future__ import annotations

import bisect
import itertools

import torch

from lib.models.adversarial import Order
from lib.models.microgpt.tokens import Tokens

NOTHING = -100      # a place at which nothing is asked (torch's own number for it)


class Rows:
    """texts: the documents to learn from.   alone: whether each row is one document by itself, or they follow each other until it is full."""

    def __init__(self, texts: list[str], tokens: Tokens, context: int, alone: bool, seed: int):
        self.end, self.context, self.alone = tokens.end, context, alone
        self.documents = [[tokens.end, *tokens.encode(text), tokens.end] for text in texts]
        self.order = Order(len(self.documents), seed)
        if not alone:
            shuffled = [self.documents[self.order.at(place)] for place in range(len(self.documents))]
            whole = [token for document in shuffled for token in document[:-1]]
            around = itertools.islice(itertools.cycle(whole), context + 1)      # the last row goes on with the first
            self.stream = torch.tensor([*whole, *around])
            self.starts = list(itertools.accumulate((len(document) - 1 for document in shuffled), initial=0))

    def batch(self, n: int, size: int):
        """Step n (from 1): what is read, and what comes next at each place: whole numbers (size, T) twice. Draws from torch's own luck."""
        rows = [self._document(self.order.at((n - 1) * size + place)) for place in range(size)] if self.alone else [self._cut() for _ in range(size)]
        longest = max(map(len, rows))
        if all(len(row) == longest for row in rows):
            both = torch.stack([torch.as_tensor(row) for row in rows])
            return both[:, :-1], both[:, 1:]
        read = torch.full((size, longest - 1), self.end)
        asked = torch.full((size, longest - 1), NOTHING)
        for place, row in enumerate(rows):
            read[place, : len(row) - 1], asked[place, : len(row) - 1] = torch.tensor(row[:-1]), torch.tensor(row[1:])
        return read, asked

    def _document(self, place: int) -> list[int]:
        """A whole document; of one that does not fit, a part of it."""
        document = self.documents[place]
        room = len(document) - (self.context + 1)
        start = self._begin(int(torch.randint(room + 1, ()))) if room > 0 else 0
        return document[start : start + self.context + 1]

    def _cut(self):
        """From anywhere, and on into the next documents."""
        start = int(torch.randint(self.starts[-1], ()))
        first = self.starts[bisect.bisect_right(self.starts, start) - 1]
        start = first + self._begin(start - first)
        return self.stream[start : start + self.context + 1]

    def _begin(self, start: int) -> int:
        """A row that would begin in the first half-context of a document begins with it: so the network learns how one begins."""
        return 0 if start < self.context // 2 else start
