"""Families: moments of all sounds that are alike, found by k-means (Lloyd 1982; k-means++ by Arthur & Vassilvitskii 2007). Read `learn`.

A family is a mean of many moments' numbers: no sound can be made of it.
"""

from __future__ import annotations

import numpy as np

from lib.models.mosaic import features

_MOST = 20_000      # moments that are looked at in a step


def scales(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(mean, spread) of the timbre of all moments that are heard, (12,) each."""
    heard = numbers[numbers[:, features.LOUDNESS] > features.QUIET][:, features.TIMBRE]
    if len(heard) < 2:
        return np.zeros(12, np.float32), np.ones(12, np.float32)
    return heard.mean(axis=0), np.maximum(heard.std(axis=0), 1e-3)


def learn(numbers: np.ndarray, families: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, float]:
    """One step of k-means. families: (K, 12) as they were, in units of spread; (0, 12) at first.

    Returns those that are there now, and how far a moment lies from its own (mean square).
    """
    luck = np.random.default_rng(seed)
    heard = numbers[numbers[:, features.LOUDNESS] > features.QUIET]
    if not len(heard):
        return families, 0.0
    mean, spread = scales(numbers)
    moments = (heard[luck.permutation(len(heard))[:_MOST]][:, features.TIMBRE] - mean) / spread
    families = _begun(moments, families, min(count, len(moments)), luck)
    nearest, distance = assign(moments, families)
    families = families.copy()
    for family in range(len(families)):
        if (own := nearest == family).any():
            families[family] = moments[own].mean(axis=0)
    return families.astype(np.float32), float(distance.mean())


def assign(moments: np.ndarray, families: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(which family is nearest, the square of the distance) of each moment."""
    squares = np.square(moments).sum(1)[:, None] - 2 * moments @ families.T + np.square(families).sum(1)
    nearest = squares.argmin(axis=1)
    return nearest, np.maximum(squares[np.arange(len(moments)), nearest], 0)


def _begun(moments: np.ndarray, families: np.ndarray, count: int, luck: np.random.Generator) -> np.ndarray:
    """Adds families where moments lie far from all others, until there are `count`."""
    if not len(families):
        families = moments[luck.integers(len(moments))][None]
    while len(families) < count:
        far = assign(moments, families)[1].astype(float)
        if far.sum() <= 1e-9:
            break
        families = np.concatenate([families, moments[luck.choice(len(moments), p=far / far.sum())][None]])
    return families
