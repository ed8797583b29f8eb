"""How high a sound sings, quickly and without a network: the normalised square difference of McLeod & Wyvill (2005), "A smarter way to find
pitch". Read `find`. What runs in the browser beside a microphone is the same once more (lib/ui/live_sound/pitch.js)."""

from __future__ import annotations

import numpy as np

LOWEST, HIGHEST = 60.0, 1600.0      # Hz that are looked for
_NEARLY = 0.9           # of the highest peak: the first that is so high is the period


def find(windows: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """(Hz, how clear it is: 0 to 1) of each window, float64 (count,) each; 0 where nothing repeats. windows: (count, length)."""
    found = [_find(part, rate) for part in np.array_split(windows, max(1, -(-len(windows) // 512)))] if len(windows) else []
    return tuple(np.concatenate([np.zeros(0), *(part[which] for part in found)]) for which in (0, 1))   # type: ignore[return-value]


def _find(windows: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    windows = _duller(windows - windows.mean(axis=1, keepdims=True))
    length = windows.shape[1]
    longest = min(int(rate / LOWEST), length // 2)
    spectrum = np.fft.rfft(windows, 2 * length, axis=1)
    common = np.fft.irfft(np.square(np.abs(spectrum)), 2 * length, axis=1)[:, : longest + 2]
    energy = np.cumsum(np.pad(np.square(windows, dtype=np.float64), ((0, 0), (1, 0))), axis=1)
    lags = np.arange(longest + 2)
    both = energy[:, length - lags] + energy[:, -1:] - energy[:, lags]
    alike = 2 * common / np.maximum(both, 1e-9)                                 # (count, longest + 2), 1 at lag 0
    alike[both < 1e-6] = 0
    return _periods(alike, max(int(rate / HIGHEST), 2), longest, rate)


def _duller(windows: np.ndarray) -> np.ndarray:
    """The mean of each four frames: a very bright sound repeats itself exactly at whole frames only, and its period is seldom a whole one."""
    return (windows[:, :-3] + windows[:, 1:-2] + windows[:, 2:-1] + windows[:, 3:]) / 4


def _periods(alike: np.ndarray, shortest: int, longest: int, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Of all peaks after the first fall below 0 the first that is nearly as high as the highest, refined by a parabola."""
    fallen = np.cumsum(alike < 0, axis=1) > 0
    here = alike[:, shortest : longest + 1]
    is_peak = (here > alike[:, shortest - 1 : longest]) & (here >= alike[:, shortest + 1 : longest + 2]) & (here > 0) & fallen[:, shortest : longest + 1]
    heights = np.where(is_peak, here, 0)
    highest = heights.max(axis=1, keepdims=True)
    chosen = (heights >= _NEARLY * highest) & is_peak
    there, at = chosen.any(axis=1), chosen.argmax(axis=1) + shortest
    rows = np.arange(len(alike))
    before, middle, after = alike[rows, at - 1], alike[rows, at], alike[rows, at + 1]
    curve = before - 2 * middle + after
    shift = np.where(np.abs(curve) > 1e-12, 0.5 * (before - after) / np.where(np.abs(curve) > 1e-12, curve, 1), 0)
    return np.where(there, rate / np.maximum(at + shift, 1), 0), np.where(there, np.clip(middle - 0.25 * (before - after) * shift, 0, 1), 0)
