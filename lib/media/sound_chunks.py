"""Chunks of a sound as numbers, about a second each, to find the one that is most like another, wherever it stands. Read `chunks`, then `nearest`.

A chunk is how loud each of 40 bands of the mel scale is in each of 16 moments, in dB, without how loud the chunk is as a whole: a copy that was
made quieter is a copy. How far two chunks are apart is the root of the mean squared difference over all bands and moments, in dB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.media import likeness, sound_stream

RATE, FRAME = 16_000, 2048      # Hz; samples, of which every moment has half of its own
MOMENT = FRAME / 2 / RATE       # seconds
LONG = 16                       # moments of a chunk
SECONDS = LONG * MOMENT         # of a chunk
_RANGE, _HEARD = 60.0, 40.0     # dB under the loudest of the sound: what counts as silence in a band; from where on a moment is heard


@dataclass(frozen=True, eq=False)
class Chunks:
    """starts: seconds, (n,).   numbers: float32 (n, LONG * bands), dB about the mean of the chunk."""

    starts: np.ndarray
    numbers: np.ndarray

    def __len__(self) -> int:
        return len(self.starts)


def chunks(path: Path, every: int = 1) -> Chunks:
    """All chunks of a sound in which something is heard. every: a chunk begins in each so-many-th moment (64 ms).

    What is shorter than a chunk is one, filled with silence. Raises UserError where it cannot be decoded.
    """
    levels = np.concatenate([*_levels(path), np.zeros((0, 40))]).astype(np.float32)      # (moments, bands)
    if not len(levels) or levels.max() < -90:
        return Chunks(np.zeros(0), np.zeros((0, LONG * 40), np.float32))
    own = min(len(levels), LONG)
    levels = np.maximum(levels - levels.max(), -_RANGE)
    levels = np.pad(levels, ((0, max(LONG - len(levels), 0)), (0, 0)), constant_values=-_RANGE)
    windows = np.lib.stride_tricks.sliding_window_view(levels, LONG, axis=0)[::every]      # (n, bands, LONG)
    heard = (windows.max(axis=1) > -_HEARD).sum(axis=1) >= own / 2
    starts = np.arange(len(windows))[heard] * every * MOMENT
    numbers = windows[heard].reshape(heard.sum(), -1)
    return Chunks(starts, numbers - numbers.mean(axis=1, keepdims=True))


def _levels(path: Path) -> Iterator[np.ndarray]:
    """dB of each band in each moment, some seconds at a time."""
    bands, window, before = likeness.bands(RATE, FRAME), np.hanning(FRAME), np.zeros(0, np.float32)
    for block in sound_stream.blocks(sound_stream.look(path), RATE):
        before = np.concatenate([before, block[:, 0]])
        moments = len(before) // (FRAME // 2) - 1
        if moments > 0:
            yield _spectra(before, moments, window, bands)
            before = before[moments * (FRAME // 2) :]
    if len(before):
        yield _spectra(np.pad(before, (0, FRAME)), 1, window, bands)


def _spectra(samples: np.ndarray, moments: int, window: np.ndarray, bands: np.ndarray) -> np.ndarray:
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[:: FRAME // 2][:moments]
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    return 10 * np.log10(power @ bands.T + 1e-10)


def nearest(wanted: Chunks, among: Chunks, apart: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """For each chunk of `wanted` which of `among` is nearest, and how far, dB; (n,) each, infinitely far where there is none.

    apart: chunks count only where they begin so many seconds from each other, where both are of one sound.
    """
    if not len(wanted) or not len(among):
        return np.zeros(len(wanted), int), np.full(len(wanted), np.inf)
    which, far = np.zeros(len(wanted), int), np.full(len(wanted), np.inf)
    for start in range(0, len(among), 2048):
        part = slice(start, start + 2048)
        squared = np.square(wanted.numbers).sum(1)[:, None] + np.square(among.numbers[part]).sum(1)[None] - 2 * wanted.numbers @ among.numbers[part].T
        if apart:
            squared[np.abs(wanted.starts[:, None] - among.starts[part][None]) < apart] = np.inf
        best = squared.argmin(1)
        found = np.sqrt(np.maximum(squared[np.arange(len(wanted)), best], 0) / wanted.numbers.shape[1])
        which, far = np.where(found < far, best + start, which), np.minimum(found, far)
    return which, far
