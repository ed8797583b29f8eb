"""What things are like, as numbers: vectors of pictures, sounds and texts, and how near they are. Read `of_pictures`.

A picture is seen twice: counted (its colours, edges and tones, of which nothing was learned from other people's data) and, where
they are installed, by eyes that learned on ImageNet (lib/media/eyes.py). Without them what is counted does alone. All works
without a network. All rows have length 1: rows @ others.T is the cosine likeness.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import Image

from lib.media import eyes

EDITION = "1"  # another one whenever the numbers change, so that those kept are made anew
COUNTED, BOTH = "counted", f"{eyes.NAME}-and-counted"  # who sees pictures
_SIDE, _CELL, _WAYS = 64, 8, 9  # px of the small copy, px of a cell, directions of an edge
_CELLS = _SIDE // _CELL
_LAYOUT, _EDGES, _COLOURS = _CELLS * _CELLS * 3, _CELLS * _CELLS * _WAYS, 4**3
PICTURE_LENGTH = _LAYOUT + _EDGES + _COLOURS
_WEIGHTS = (1.0, 1.0, 0.4)  # of colour layout, edges, colours
_BANDS = 40  # of the mel scale
SOUND_LENGTH = 3 * _BANDS
_FRAME = 2048  # samples
_TEXT_LENGTH = 1024


def seers() -> str:
    """Who sees pictures in this installation: BOTH, or what is COUNTED alone. Nothing is imported."""
    return BOTH if eyes.are_here() else COUNTED


def of_pictures(pictures: Sequence[Image.Image], by: str) -> np.ndarray:
    """What pictures look like: float32 (n, d), rows of length 1. by: COUNTED, or BOTH, of which each has half a say."""
    counted = np.stack([features(picture) for picture in pictures]) if pictures else np.zeros((0, PICTURE_LENGTH), np.float32)
    if by == COUNTED:
        return counted
    return np.concatenate([eyes.load().features(pictures), counted], 1) / np.sqrt(2, dtype=np.float32)


def apart_for_each(rows: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosine distances of rows of BOTH, as the eyes have it and as it is counted: (n, m) each."""
    at = eyes.LENGTH
    return distances(2 * rows[:, :at], others[:, :at]), distances(2 * rows[:, at:], others[:, at:])


def features(picture: Image.Image) -> np.ndarray:
    """What a picture looks like, counted: float32 (PICTURE_LENGTH,) of length 1. Any size; a thumbnail is enough.

    Where which colour lies (8 × 8 fields; after the colour layout of MPEG-7, Manjunath 2001), which way edges run
    (histograms of oriented gradients, Dalal and Triggs 2005) and which colours there are (64 bins).
    """
    pixels = np.asarray(picture.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float32) / 255
    return _joined([_layout(pixels), _edges(pixels.mean(-1)), _colours(pixels)], _WEIGHTS)


def _layout(pixels: np.ndarray) -> np.ndarray:
    """The mean of each field in three opponent colours: (8 × 8 × 3,)."""
    fields = pixels.reshape(_CELLS, _CELL, _CELLS, _CELL, 3).mean((1, 3))
    red, green, blue = np.moveaxis(fields, -1, 0)
    return np.stack([fields.mean(-1), red - green, (red + green) / 2 - blue], -1).ravel()


def _edges(grey: np.ndarray) -> np.ndarray:
    """For each field how strongly edges run in each of 9 directions, evened out among its neighbours: (8 × 8 × 9,)."""
    down, across = np.gradient(grey)
    strength, way = np.hypot(across, down), np.arctan2(down, across) % np.pi / np.pi * _WAYS
    low = np.floor(way).astype(int) % _WAYS
    share = way - np.floor(way)
    cell = np.arange(_SIDE) // _CELL
    at = (cell[:, None] * _CELLS + cell[None, :]) * _WAYS
    counted = np.bincount((at + low).ravel(), (strength * (1 - share)).ravel(), _EDGES)
    counted += np.bincount((at + (low + 1) % _WAYS).ravel(), (strength * share).ravel(), _EDGES)
    fields = counted.reshape(_CELLS, _CELLS, _WAYS)
    power = np.pad((fields**2).sum(-1), 1, mode="edge")
    around = sum(power[y : y + _CELLS, x : x + _CELLS] for y in range(3) for x in range(3)) / 9
    return (fields / np.sqrt(around[..., None] + 1e-3)).ravel()


def _colours(pixels: np.ndarray) -> np.ndarray:
    """How much of each of 64 colours there is, as a root, so that a little of one counts too (Hellinger): (64,)."""
    bins = np.minimum((pixels * 4).astype(int), 3)
    counted = np.bincount((bins @ np.array([16, 4, 1])).ravel(), minlength=_COLOURS)
    return np.sqrt(counted / counted.sum())


def _joined(parts: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """Each part about its own mean and of its own weight, all of length 1. What is even all over is a row of zeros but one."""
    rows = [weight * _unit(part - part.mean()) for part, weight in zip(parts, weights, strict=True)]
    return _unit(np.concatenate(rows)).astype(np.float32)


def _unit(row: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(row)
    return row / length if length > 1e-6 else row


def fingerprint(picture: Image.Image) -> int:
    """A perceptual hash of 64 bits: nearly the same for nearly the same picture, whatever its size and file.

    pHash (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010), by the library imagehash.
    """
    import imagehash

    return int(str(imagehash.phash(picture.convert("RGB"))), 16)


def apart(first: int, second: int) -> int:
    """How many of the 64 bits of two fingerprints differ; up to 8 for near duplicates."""
    return (first ^ second).bit_count()


def sound_features(samples: np.ndarray, rate: int) -> np.ndarray:
    """What a sound is like: float32 (SOUND_LENGTH,) of length 1. samples: (n,) or (n, channels), -1 to 1. rate: Hz.

    Mean, spread and change over time of its loudness in 40 bands of the mel scale (Stevens, Volkmann and Newman, 1937).
    """
    mono = np.asarray(samples, np.float32)
    mono = mono.mean(-1) if mono.ndim > 1 else mono
    mono = np.pad(mono, (0, max(0, _FRAME - len(mono))))
    frames = np.lib.stride_tricks.sliding_window_view(mono, _FRAME)[:: _FRAME // 2]  # (frames, _FRAME)
    power = np.abs(np.fft.rfft(frames * np.hanning(_FRAME), axis=-1)) ** 2
    level = 10 * np.log10(power @ bands(rate).T + 1e-10)  # dB (frames, bands)
    change = np.abs(np.diff(level, axis=0)).mean(0) if len(level) > 1 else np.zeros(_BANDS)
    return _joined([level.mean(0), level.std(0), change], (1.0, 0.7, 0.5))


@cache
def bands(rate: int, frame: int = _FRAME) -> np.ndarray:
    """How much each frequency counts in each band of the mel scale: triangles, from 40 Hz up: (bands, frame // 2 + 1)."""
    as_mel, as_hertz = lambda hertz: 2595 * np.log10(1 + hertz / 700), lambda mel: 700 * (10 ** (mel / 2595) - 1)
    corners = as_hertz(np.linspace(as_mel(40.0), as_mel(min(rate / 2, 16_000.0)), _BANDS + 2))
    frequencies = np.fft.rfftfreq(frame, 1 / rate)
    low, middle, high = (corners[at : at + _BANDS, None] for at in range(3))
    return np.maximum(0, np.minimum((frequencies - low) / (middle - low), (high - frequencies) / (high - middle)))


def text_features(texts: Sequence[str]) -> np.ndarray:
    """What texts are about: float32 (len(texts), 1024), rows of length 1 (of 0 for one without words).

    TF-IDF (Spärck Jones, 1972) of words and of letters in fours, hashed; what a word weighs depends on all these texts.
    """
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
    from sklearn.pipeline import make_union

    ways: list[dict] = [{"analyzer": "word"}, {"analyzer": "char_wb", "ngram_range": (4, 4)}]
    count = make_union(*(HashingVectorizer(n_features=_TEXT_LENGTH // 2, alternate_sign=False, norm=None, **way) for way in ways))
    plain = [" ".join(re.findall(r"\w+", text.lower())) for text in texts]
    return TfidfTransformer(sublinear_tf=True).fit_transform(count.transform(plain)).toarray().astype(np.float32)


def distances(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Cosine distances, 0 (the same direction) to 2: (n, d), (m, d) -> (n, m)."""
    return np.clip(1 - rows @ others.T, 0, 2)


def nearest(rows: np.ndarray, others: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """For each row the `count` nearest of the others, nearest first: which (n, count) and how far (n, count)."""
    which, far = np.empty((len(rows), count), int), np.empty((len(rows), count), np.float32)
    for start in range(0, len(rows), 1000):  # 1,000 × 10,000 numbers are 40 MB
        block = distances(rows[start : start + 1000], others)
        order = np.argsort(block, axis=1, kind="stable")[:, :count]
        which[start : start + 1000], far[start : start + 1000] = order, np.take_along_axis(block, order, 1)
    return which, far


class Plane(NamedTuple):
    """What a map is seen from. mean (d,), ways (d, 2): the two directions; low, high (2,): what becomes 0 and 1 of each."""

    mean: np.ndarray
    ways: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def places(self, rows: np.ndarray) -> np.ndarray:
        """Where rows lie on the map: (n, d) -> float32 (n, 2) from 0 to 1; in the middle where nothing differs."""
        wide = self.high - self.low
        apart = ((rows - self.mean) @ self.ways - (self.low + self.high) / 2) / np.where(wide > 1e-6, wide, 1)
        return np.clip(apart + 0.5, 0, 1).astype(np.float32)


def plane(rows: np.ndarray) -> Plane:
    """The two directions in which rows (n, d) differ most.

    Principal components (Pearson, 1901); signs are fixed, so that the same rows give the same map. Each axis is scaled by
    its 1st and 99th percentile, so that one far out does not press all others together.
    """
    mean = rows.mean(0)
    centred = rows - mean
    _, ways = np.linalg.eigh(centred.T @ centred)  # ascending
    ways = ways[:, :-3:-1]
    ways = ways * np.sign(ways[np.abs(ways).argmax(0), range(ways.shape[1])])
    return Plane(mean, ways, *np.percentile(centred @ ways, (1, 99), axis=0))


def flat(rows: np.ndarray) -> np.ndarray:
    """A map: float32 (n, 2) from 0 to 1, where alike lies near."""
    return plane(rows).places(rows)
