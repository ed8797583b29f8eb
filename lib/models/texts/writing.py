"""How a text grows: which token comes next, and where it ends. Read `choose`, then `Stopper`."""

from __future__ import annotations

import torch

BETWEEN = {"lines": "\n", "poems": "\n\n", "files": "\n\n"}     # what stands between two documents


def choose(scores, temperature: float, top_k: int, top_p: float, luck: torch.Generator) -> int:
    """The likeliest token at temperature 0; else by chance, among the k likeliest, and among those that make the share p (Holtzman et al. 2020)."""
    if temperature == 0:
        return int(scores.argmax())
    likely, order = (scores / temperature).softmax(-1).sort(descending=True, stable=True)
    if top_k:
        likely[top_k:] = 0
    likely[likely.cumsum(0) - likely > top_p * likely.sum()] = 0
    return int(order[torch.multinomial(likely / likely.sum(), 1, generator=luck)])


class Stopper:
    """Holds back what may be the beginning of a stop word, until it is one or is none."""

    def __init__(self, words: str):
        self.words = [word.strip() for word in words.split(",") if word.strip()]
        self.held, self.has_ended = "", False

    def hear(self, piece: str) -> str:
        """What may be said now."""
        self.held += piece
        found = min((place for word in self.words if (place := self.held.find(word)) >= 0), default=-1)
        if found >= 0:
            self.has_ended = True
            return self.held[:found]
        keep = max((length for word in self.words for length in range(1, len(word)) if self.held.endswith(word[:length])), default=0)
        said, self.held = self.held[: len(self.held) - keep], self.held[len(self.held) - keep :]
        return said

    def rest(self) -> str:
        return self.held
