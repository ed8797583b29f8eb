"""What a moment of sound is like, in fifteen numbers: how loud, how high, how bright, and twelve for its timbre. Read `describe`.

A sound is looked at in windows of two hops, one every hop. Timbre: the cepstrum of 40 mel bands (Davis & Mermelstein 1980) without
its first number, which is loudness. Pitch: the difference function of YIN, steps 1 to 5 (de Cheveigné & Kawahara 2002). All in NumPy.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

import numpy as np

LOUDNESS, PITCH, BRIGHTNESS, TIMBRE = 0, 1, 2, slice(3, 15)     # columns
NUMBERS = 15
QUIET = -70.0           # dBFS: under it a moment is silence
_BANDS, _LOWEST, _HIGHEST = 40, 50.0, 11_000.0      # mel bands, Hz
_DEPTH = 60.0           # dB under the loudest band of a moment, under which bands are cut off: noise floors differ from room to room
_PITCHES = (55.0, 1500.0)   # Hz that are looked for
_CLEAR = 0.2            # of YIN's normalised difference: above it there is no pitch
_AT_ONCE = 256          # windows


def describe(pieces: Iterable[np.ndarray], hop: int, rate: int) -> Iterator[np.ndarray]:
    """The numbers of each hop, float32 of shape (hops, 15), some hundred hops at a time, however long the sound is.

    pieces: float32 (frames,) each, one after the other.   hop: frames.   rate: Hz. The window of hop t begins half a hop before it,
    so that it lies around its middle; what lies before the beginning and after the end is silence. Loudness in dBFS (RMS; a full
    sine has -3), pitch in semitones as MIDI counts them (A4 = 69; NaN where there is none), brightness in octaves over 50 Hz.
    """
    held, there = np.zeros(hop // 2, np.float32), 0
    for piece in pieces:
        there += len(piece)
        held = np.concatenate([held, piece])
        while len(held) >= (_AT_ONCE + 1) * hop:
            yield _of_windows(held[: (_AT_ONCE + 1) * hop], _AT_ONCE, hop, rate)
            held = held[_AT_ONCE * hop :]
    left = hops(there, hop) - (there + hop // 2 - len(held)) // hop
    if left > 0:
        yield _of_windows(np.pad(held, (0, max((left + 1) * hop - len(held), 0)))[: (left + 1) * hop], left, hop, rate)


def hops(frames: int, hop: int) -> int:
    """How many hops a sound of so many frames has; the last one may be short."""
    return -(-frames // hop)


def _of_windows(samples: np.ndarray, count: int, hop: int, rate: int) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(samples, 2 * hop)[::hop][:count]
    size = 4 * hop      # twice the window: a correlation of it with itself needs the room
    hann = np.hanning(2 * hop).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(windows * hann, size, axis=1)))    # (count, bins)
    hertz = np.fft.rfftfreq(size, 1 / rate)
    heard = power * (hertz >= 20)
    mean_square = 2 * heard.sum(axis=1) / size / np.square(hann).sum()
    bands = 10 * np.log10(heard @ _mel(size, rate) + 1e-12)                 # (count, 40)
    bands = np.maximum(bands, bands.max(axis=1, keepdims=True) - _DEPTH)
    numbers = np.empty((count, NUMBERS), np.float32)
    numbers[:, LOUDNESS] = 10 * np.log10(mean_square + 1e-12)
    numbers[:, PITCH] = _pitch(windows, rate)
    centre = (heard @ np.maximum(hertz, 1)) / np.maximum(heard.sum(axis=1), 1e-20)
    numbers[:, BRIGHTNESS] = np.log2(np.maximum(centre, _LOWEST) / _LOWEST)
    numbers[:, TIMBRE] = bands @ _cosines()
    numbers[numbers[:, LOUDNESS] < QUIET, PITCH] = np.nan
    return numbers


@functools.cache
def _mel(size: int, rate: int) -> np.ndarray:
    """(bins, 40): triangles, each as wide as two steps on the mel scale (O'Shaughnessy 1987)."""
    mel = lambda hertz: 2595 * np.log10(1 + hertz / 700)
    edges = 700 * (10 ** (np.linspace(mel(_LOWEST), mel(min(_HIGHEST, rate / 2)), _BANDS + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(size, 1 / rate)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    return np.clip(np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)), 0, None).astype(np.float32)


@functools.cache
def _cosines() -> np.ndarray:
    """(40, 12): an orthonormal DCT without its first row, in tenths of a decibel so that all numbers are of one size."""
    count = np.arange(_BANDS) + 0.5
    return (np.cos(np.pi / _BANDS * count[:, None] * np.arange(1, 13)) * np.sqrt(2 / _BANDS) / 10).astype(np.float32)


def _pitch(windows: np.ndarray, rate: int) -> np.ndarray:
    """Semitones of each window, NaN where nothing repeats. windows: (count, L)."""
    length = windows.shape[1]
    half = length // 2
    shortest, longest = max(int(rate / _PITCHES[1]), 2), min(int(rate / _PITCHES[0]), half - 2)
    if longest <= shortest + 2:
        return np.full(len(windows), np.nan, np.float32)
    size = 2 * length
    head = np.fft.rfft(windows[:, :half], size, axis=1)
    common = np.fft.irfft(head.conj() * np.fft.rfft(windows, size, axis=1), size, axis=1)[:, : longest + 1]
    energy = np.cumsum(np.pad(np.square(windows, dtype=np.float64), ((0, 0), (1, 0))), axis=1)
    later = energy[:, half : half + longest + 1] - energy[:, : longest + 1]
    difference = np.maximum(later[:, :1] + later - 2 * common, 0)
    difference = difference[:, 1:] * np.arange(1, longest + 1) / np.maximum(np.cumsum(difference[:, 1:], axis=1), 1e-12)
    return _first_dips(difference, shortest, rate)


def _first_dips(difference: np.ndarray, shortest: int, rate: int) -> np.ndarray:
    """The first lag whose difference is small enough, walked down to the foot of its dip, refined by a parabola."""
    looked = difference[:, shortest - 1 : -1]
    is_dip = (looked < _CLEAR) & (looked <= difference[:, shortest:]) & (looked <= np.pad(difference, ((0, 0), (1, 0)), mode="edge")[:, shortest - 1 : -2])
    found = is_dip.any(axis=1)
    at = is_dip.argmax(axis=1) + shortest - 1      # index i stands for the lag i + 1
    rows = np.arange(len(difference))
    before, here, after = (difference[rows, np.clip(at + step, 0, difference.shape[1] - 1)] for step in (-1, 0, 1))
    curve = before - 2 * here + after
    lag = at + 1 + np.where(np.abs(curve) > 1e-9, 0.5 * (before - after) / np.where(np.abs(curve) > 1e-9, curve, 1), 0)
    return np.where(found, 69 + 12 * np.log2(rate / np.maximum(lag, 1) / 440), np.nan).astype(np.float32)
