"""The curves of a RAVE: a walk by a seed, and lines drawn by hand. Read `walk` and `drawn`. All are of shape (latents, T), in any part of a piece."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lib.media.picture import open_picture

_INK = 0.25             # of the way from paper to black, from which on a point of a drawing is part of a line
_FARTHEST = 2.5         # spreads, from the middle to the edge of a drawing
_FAR = 1_000_003


def walk(count: int, moments: np.ndarray, moments_a_turn: float, seed: int) -> np.ndarray:
    """From point to point, drawn anew at each turn: standard normal at the points, softly between them.

    moments: whole numbers from the beginning of the piece, (T,); any part of it is the same whenever it is asked for.
    """
    place = moments / moments_a_turn
    first, last = int(np.floor(place.min(initial=0))), int(np.floor(place.max(initial=0))) + 1
    points = np.stack([np.random.default_rng([seed, number + _FAR]).standard_normal(count) for number in range(first, last + 1)])
    before = np.floor(place).astype(int)
    part = place - before
    softly = (1 - np.cos(np.pi * part)) / 2
    return (points[before - first] * (1 - softly)[:, None] + points[before - first + 1] * softly[:, None]).T.astype(np.float32)


def drawn(path: Path) -> np.ndarray:
    """How far a line goes up (1) and down (-1), in columns from left to right; 0 where there is none: an empty paper moves nothing."""
    grey = np.asarray(open_picture(path).convert("L"), np.float32) / 255
    ink = np.median(grey) - grey > _INK if np.median(grey) > 0.5 else grey - np.median(grey) > _INK     # (H, W); also chalk on a board
    thick = ink.sum(axis=0)
    middle = (ink * np.arange(len(ink))[:, None]).sum(axis=0) / np.maximum(thick, 1) / max(len(ink) - 1, 1)
    return np.where(thick > 0, 1 - 2 * middle, 0.0).astype(np.float32)


def along(line: np.ndarray, moments: np.ndarray, count: int) -> np.ndarray:
    """The line over `count` moments of a piece, at these of them, in spreads: (T,)"""
    return np.interp(np.clip(moments, 0, count - 1), np.linspace(0, max(count - 1, 1), len(line)), line * _FARTHEST).astype(np.float32)
