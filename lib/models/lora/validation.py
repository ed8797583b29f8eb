"""Validation that means something: pictures that are held back, looked at with ever the same noise at ever the same moments.

Read `turns`, then `Watch`. The loss of a diffusion model wavers so much from one noise to the next that it tells nothing; with fixed
noise and fixed timesteps (the idea of kohya's sd-scripts) it is a quiet line that falls, and rises again once pictures are learned
by heart. With fewer than ten pictures none can be spared for good: in up to three turns one is left out of a short training, and the
last training, with all of them, goes as far as was best on average.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from lib.models.lora import FEW
from lib.models.lora.latents import Data, Seen

LOOKS = 20          # looks at the held-out pictures in one turn
ANSWERS = 32        # answers of the network in one look, shared by the pictures
HELD = 1 / 8        # of the pictures are held back, where the dataset holds none back itself
MOST_HELD = 8
TURNS = 3
PATIENCE = 6        # looks without a better one, after which it stops by itself
NOISE_SEED = 77_003


@dataclass(frozen=True)
class Turn:
    """A training from the beginning: of these items, looked at by those that are held back."""

    held: tuple[str, ...]
    length: int             # steps at most

    def learned(self, data: Data) -> list[Seen]:
        return [seen for seen in data.train if seen.item not in self.held]

    def looked_at(self, data: Data) -> list[Seen]:
        """Each held-out picture once, not mirrored."""
        return data.test[:MOST_HELD] or list({seen.item: seen for seen in reversed(data.train) if seen.item in self.held}.values())[::-1]


def turns(data: Data, steps: int, seed: int) -> list[Turn]:
    """One where some can be held back; else some with one left out, and a last one with all of them."""
    if data.test:
        return [Turn((), steps)]
    order = torch.randperm(len(data.items), generator=torch.Generator().manual_seed(seed)).tolist()
    shuffled = [data.items[place] for place in order]
    if len(shuffled) >= FEW:
        return [Turn(tuple(shuffled[: min(MOST_HELD, max(1, round(HELD * len(shuffled))))]), steps)]
    each = -(-steps // (TURNS + 1))
    return [Turn((item,), each) for item in shuffled[:TURNS]] + [Turn((), each)]


class Looks:
    """Fixed noise and fixed timesteps for some pictures."""

    def __init__(self, some: Sequence[Seen], times: int, answers: int = ANSWERS):
        each = max(2, answers // max(1, len(some)))
        luck = torch.Generator().manual_seed(NOISE_SEED)
        between = ((torch.arange(each) + 0.5) / each * times).long()
        self.at = [(seen, int(time), torch.randn(seen.shape[0] // 2, *seen.shape[1:], generator=luck)) for seen in some for time in between]


@dataclass
class Watch:
    """What one turn has shown so far. curve: (step within the turn, held-out loss)."""

    curve: list[tuple[int, float]] = field(default_factory=list)

    def see(self, step: int, loss: float) -> bool:
        """True where it is the best so far."""
        is_best = not self.curve or loss < min(before for _, before in self.curve)
        self.curve.append((step, loss))
        return is_best

    @property
    def best(self) -> int:
        """The step of the lowest loss; 0 where nothing was looked at."""
        return min(self.curve, key=lambda point: point[1])[0] if self.curve else 0

    @property
    def is_tired(self) -> bool:
        losses = [loss for _, loss in self.curve]
        return len(losses) > PATIENCE and min(losses[-PATIENCE:]) > min(losses)


def best_on_average(curves: Sequence[Sequence[tuple[int, float]]]) -> int:
    """The step at which several turns together were best, as far as all of them went; 0 where they saw nothing."""
    common = set.intersection(*(set(step for step, _ in curve) for curve in curves)) if curves else set()
    sums = {step: sum(dict(curve)[step] for curve in curves) for step in common}
    return min(sums, key=lambda step: (sums[step], step)) if sums else 0
