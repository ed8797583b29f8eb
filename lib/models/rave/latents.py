"""The curves of a RAVE: a walk by a seed, and lines drawn by hand. Read `walk` and `drawn`. All are of shape (latents, T), in any part of a piece."""

from __future__ import annotations

import numpy as np

from lib.errors import UserError
from lib.media.curves import Curves

_NAME = "latent_"       # of an axis, before its number from 1
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


def drawn(curves: Curves, count: int, times: np.ndarray) -> np.ndarray:
    """The lines of the first latents at these times (seconds), in spreads, (count, T): NaN where nothing is drawn."""
    lines = np.full((count, len(times)), np.nan, np.float32)
    for place in range(count):
        lines[place] = curves.at(f"{_NAME}{place + 1}", times)
    return lines


def refuse_beyond(curves: Curves | None, count: int) -> None:
    """Raises UserError where a latent is drawn that a RAVE with so many of them does not have."""
    beyond = [name for name in (curves.lines if curves else ()) if int(name.removeprefix(_NAME)) > count]
    if beyond:
        raise UserError(f"There is no latent {beyond[0].removeprefix(_NAME)} to draw.", f"This RAVE has {count}.", "Draw another one, or take the line away.")
