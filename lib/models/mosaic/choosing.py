"""Which grain is heard at each moment: the nearest ones are candidates, and the best way through them is found. Read `choose`.

Candidates by their numbers; the way by Viterbi (1967), with a cost of joining as in unit selection (Hunt & Black 1996): to go on in
the same recording costs nothing, a jump the more, the less it sounds like what would have come. Some seconds are looked at together,
so that the memory does not grow with the length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lib.models.mosaic.features import BRIGHTNESS, LOUDNESS, PITCH, QUIET, TIMBRE
from lib.models.mosaic.grains import Collection
from lib.models.mosaic.targets import Target

SILENCE = -1            # in the place of a grain
_CANDIDATES = 24        # grains that are looked at for each moment, beside those that go on from the last ones
_TOGETHER, _AHEAD = 256, 48     # moments that are decided together, and those that are looked at beyond them
_ROWS = 32              # moments whose distance to all grains is worked out at once
_REGION = 4             # grains beside each other that chance treats alike
_VOICED, _UNVOICED = 2.0, 0.5   # where one of the two has a pitch: the target; the grain


@dataclass(frozen=True)
class Weights:
    """How much each thing counts: as the controls of the same names."""

    continuity: float = 0.5
    chance: float = 0.2
    pitch: float = 1.0
    timbre: float = 1.0


def choose(target: Target, there: Collection, weights: Weights, mean: np.ndarray, spread: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """The numbers of the grains for each moment, SILENCE where there is none: int (moments,), some hundred at a time.

    mean, spread: of the timbre of the grains, (12,) each.
    """
    search = _Search(there, weights, mean, spread, seed)
    last = SILENCE
    for start in range(0, len(target), _TOGETHER):
        end = min(start + _TOGETHER, len(target))
        way = search.way(target, start, min(end + _AHEAD, len(target)), last)[: end - start]
        last = int(way[-1])
        yield way


class _Search:
    def __init__(self, there: Collection, weights: Weights, mean: np.ndarray, spread: np.ndarray, seed: int):
        self._numbers, self._weights = there.numbers, weights
        self._timbre = ((there.numbers[:, TIMBRE] - mean) / spread).astype(np.float32)
        self._squares = np.square(self._timbre).sum(axis=1)
        self._next = np.where(there.goes_on(), np.arange(len(there)) + 1, SILENCE)
        luck = np.random.default_rng(seed).gumbel(size=len(there) // _REGION + 1)
        self._luck = (-weights.chance * np.repeat(luck, _REGION)[: len(there)]).astype(np.float32)

    def way(self, target: Target, start: int, end: int, last: int) -> np.ndarray:
        """The best way from moment `start` up to, and without, `end`, after the grain `last`."""
        states, costs, back = [np.array([last])], np.zeros(1), []
        for rows in range(start, end, _ROWS):
            distances = self._distances(target, rows, min(rows + _ROWS, end))
            for row, distance in enumerate(distances, start=rows):
                here = np.array([SILENCE]) if target.silent[row] else self._candidates(distance, states[-1])
                total = costs[:, None] + self._joining(states[-1], here)
                best = total.argmin(axis=0)
                costs = total[best, np.arange(len(here))] + (0 if target.silent[row] else distance[here])
                states.append(here)
                back.append(best)
        at, way = int(costs.argmin()), np.empty(end - start, int)
        for row in range(end - start - 1, -1, -1):
            way[row] = states[row + 1][at]
            at = back[row][at]
        return way

    def _candidates(self, distance: np.ndarray, before: np.ndarray) -> np.ndarray:
        count = min(_CANDIDATES, len(distance))
        nearest = np.argpartition(distance, count - 1)[:count]
        going_on = self._next[before[before >= 0]]
        return np.unique(np.concatenate([nearest, going_on[going_on >= 0]])) if len(going_on) else np.sort(nearest)

    def _joining(self, before: np.ndarray, here: np.ndarray) -> np.ndarray:
        """(before, here): what it costs to go from one to the other."""
        if before[0] == SILENCE or here[0] == SILENCE:
            return np.zeros((len(before), len(here)))
        would = self._next[before]
        like = np.where(would >= 0, would, before)
        unlike = np.square(self._timbre[like][:, None] - self._timbre[here][None]).mean(axis=2)
        cost = 2 * self._weights.continuity * (0.5 + 0.5 * np.minimum(unlike, 4)) + 0.4 * (before[:, None] == here[None])
        cost[would[:, None] == here[None]] = 0
        return cost

    def _distances(self, target: Target, start: int, end: int) -> np.ndarray:
        """(moments, N): how far each grain is from each moment, with chance."""
        wanted, timbre, numbers = target.numbers[start:end], target.timbre[start:end], self._numbers
        total = np.broadcast_to(self._luck, (end - start, len(numbers))).copy()
        matters = np.isfinite(timbre[:, 0])
        if matters.any():
            asked = timbre[matters]
            squares = np.square(asked).sum(axis=1)[:, None] - 2 * asked @ self._timbre.T + self._squares
            total[matters] += self._weights.timbre * np.maximum(squares, 0) / 12
        total += self._weights.pitch * _pitch_cost(wanted[:, PITCH], numbers[:, PITCH], matters)
        bright = wanted[:, BRIGHTNESS, None]
        total += np.where(np.isfinite(bright), 4 * np.square(bright - numbers[:, BRIGHTNESS]), 0)
        total += np.minimum(np.square((wanted[:, LOUDNESS, None] - numbers[:, LOUDNESS]) / 12) / 2, 2)
        return total + 9 * (numbers[:, LOUDNESS] < QUIET)


def _pitch_cost(wanted: np.ndarray, there: np.ndarray, has_timbre: np.ndarray) -> np.ndarray:
    """(moments, N). A tone is a tone only to 10 semitones; where none is wanted, a grain with one costs a little."""
    apart = np.minimum(np.square(wanted[:, None] - there) / 1.5, 4)
    one_sided = np.where(np.isfinite(wanted), _VOICED, np.where(has_timbre, _UNVOICED, 0))[:, None]
    both_silent = ~np.isfinite(wanted)[:, None] & ~np.isfinite(there)
    return np.where(np.isfinite(apart), apart, np.where(both_silent, 0, one_sided)).astype(np.float32)
