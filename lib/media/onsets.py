"""Where something is hit in a recording: onsets, how hard each is, how bright, and the tempo. Read `find`, then `tempo`.

Onsets by the rise of the spectrum (spectral flux; Bello et al. 2005, A Tutorial on Onset Detection), picked where they stand out of
their surroundings (Böck, Krebs & Schedl 2012), and set to 1 ms by the rise of the power. Tempo by how far the onsets repeat
(autocorrelation, with the preference of Ellis 2007). Only NumPy is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_HOP, _WINDOW = 0.005, 0.023        # seconds
_BEFORE, _AROUND = 0.1, 0.03        # seconds: of the mean that an onset stands out of; within which it is the highest
_STANDS_OUT = 0.06                  # of the highest rise in the recording
_SOFTEST = 0.02                     # of the hardest onset: what is softer is the room
_APART = 0.04                       # seconds between two onsets
_BANDS = 24
_REACH, _PAST, _NEXT = 0.02, 10, 3   # seconds around it, and ms before and after, between which the power rises most
_QUIET = 1e-6                       # power; under it nothing is hit
_SLOWEST, _FASTEST, _PREFERRED, _WIDTH = 60, 180, 110, 0.9      # beats a minute; octaves


@dataclass(frozen=True)
class Onset:
    """at: seconds.   level: how hard, of the hardest (0 to 1).   bright: octaves of the spectrum's centre over 50 Hz."""

    at: float
    level: float
    bright: float


def find(samples: np.ndarray, rate: int) -> list[Onset]:
    """samples: float32 (frames,). [] where nothing is hit."""
    hop, length = max(round(_HOP * rate), 1), max(round(_WINDOW * rate), 16)
    if not len(samples) or float(np.square(samples).max()) < _QUIET:
        return []
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, (length, length)), length)[::hop]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(length).astype(np.float32), axis=1)))
    edges = np.unique(np.geomspace(1, power.shape[1] - 1, _BANDS + 1).astype(int))
    bands = np.log1p(1e3 * np.add.reduceat(power, edges[:-1], axis=1))
    rise = np.maximum(bands[2:] - bands[:-2], 0).sum(axis=1)        # rise[i] is of frame i + 1
    places = _peaks(rise, hop / rate)
    hertz = np.fft.rfftfreq(length, 1 / rate)
    found = []
    for place in places:
        at = _sharpened(samples, (place + 1) * hop - length // 2, rate)
        heard = samples[max(at, 0) : max(at, 0) + round(0.06 * rate)]
        spectrum = power[place + 1 : place + 6].sum(axis=0)
        centre = float((spectrum * hertz).sum() / max(float(spectrum.sum()), 1e-12))
        found.append((max(at, 0) / rate, float(np.sqrt(np.square(heard).mean())) if len(heard) else 0.0, float(np.log2(max(centre, 50) / 50))))
    hardest = max((level for _, level, _ in found), default=1.0) or 1.0
    return [Onset(at, level / hardest, bright) for at, level, bright in found if level > _SOFTEST * hardest]


def _peaks(rise: np.ndarray, step: float) -> list[int]:
    before, around, apart = (max(round(seconds / step), 1) for seconds in (_BEFORE, _AROUND, _APART))
    padded = np.pad(rise, (before, around))
    mean = np.array([padded[place : place + before + around].mean() for place in range(len(rise))])
    least = _STANDS_OUT * rise.max(initial=0.0)
    places: list[int] = []
    for place in np.flatnonzero((rise > mean + least) & (rise > 0)):
        if rise[place] < rise[max(place - around, 0) : place + around + 1].max():
            continue
        if places and place - places[-1] < apart:
            continue
        places.append(int(place))
    return places


def _sharpened(samples: np.ndarray, near: int, rate: int) -> int:
    """The frame near this one at which the power rises most, to 1 ms."""
    step, reach = max(rate // 1000, 1), round(_REACH * rate)
    start = max(near - reach, 0)
    piece = samples[max(start - _PAST * step - 1, 0) : near + reach + _NEXT * step]
    piece = np.diff(np.pad(piece, (_PAST * step + 1 - min(start, _PAST * step + 1), 0)))       # a deep tone swings slowly: its swinging is no onset
    power = np.square(piece[: len(piece) // step * step]).reshape(-1, step).mean(axis=1)
    if len(power) < _PAST + _NEXT:
        return start
    sums = np.cumsum(np.pad(power, (1, 0)))
    places = np.arange(_PAST, len(power) - _NEXT + 1)
    rise = np.sqrt((sums[places + _NEXT] - sums[places]) / _NEXT) - np.sqrt((sums[places] - sums[places - _PAST]) / _PAST)
    return start + int(rise.argmax()) * step


def tempo(onsets: list[Onset]) -> float:
    """Beats a minute; 120 where there are too few onsets to tell."""
    if len(onsets) < 4:
        return 120.0
    step = 0.01
    train = np.zeros(int(onsets[-1].at / step) + 20)
    for onset in onsets:
        train[round(onset.at / step)] += 0.3 + onset.level
    train = np.convolve(train, np.hanning(9), "same")
    size = 1 << int(np.ceil(np.log2(2 * len(train))))
    common = np.fft.irfft(np.square(np.abs(np.fft.rfft(train, size))))[: len(train)]
    speeds = np.arange(_SLOWEST, _FASTEST + 0.01, 0.25)
    lags = 60 / speeds / step
    together = sum(np.interp(lags * part, np.arange(len(common)), common, right=0) * weight for part, weight in ((1, 1), (2, 0.6), (4, 0.6), (0.5, 0.4)))
    return float(speeds[(together * np.exp(-0.5 * np.square(np.log2(speeds / _PREFERRED) / _WIDTH))).argmax()])
