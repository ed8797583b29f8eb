"""What differs from the rest: each picture summed up in a few numbers; one far from the middle of all is odd.

Read `measure`, then `far_from_the_rest`. The distance is counted in the spread of the rest by median and MAD, as in
Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993), who call 3.5 far.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

FAR = 3.5  # spreads of the rest
LEAST = 12  # among fewer pictures nobody can say what is usual
_SIDE = 64  # px: what is looked at
_MAD_TO_SPREAD = 1.4826  # a normal distribution's standard deviation is so many times its MAD

# (what it is when it lies below the rest, above the rest, least spread that counts as one)
FEATURES = (
    ("darker", "lighter", 0.03),
    ("greener", "redder", 0.02),
    ("bluer", "more yellow", 0.02),
    ("flatter in contrast", "harder in contrast", 0.02),
    ("more blurred", "busier in detail", 0.004),
    ("taller in shape", "wider in shape", 0.05),
    ("smaller in pixels", "larger in pixels", 0.15),
)


def measure(small: Image.Image, width: int, height: int) -> list[float]:
    """The numbers of one picture, in the order of FEATURES. small: a small copy of it; width, height: its own, in px."""
    pixels = np.asarray(small.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float32) / 255
    red, green, blue = pixels.mean((0, 1))
    grey = pixels.mean(-1)  # (H, W)
    detail = np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()
    shape, amount = np.log2((width or 1) / (height or 1)), np.log2((width or 1) * (height or 1))
    row = [grey.mean(), red - green, (red + green) / 2 - blue, grey.std(), detail, shape, amount]
    return [float(number) for number in row]


def far_from_the_rest(rows: Sequence[Sequence[float]] | np.ndarray) -> list[tuple[int, str]]:
    """(which, why) of the rows that lie far from the middle, the farthest first: (7, "much darker than the rest")."""
    if len(rows) < LEAST:
        return []
    table = np.asarray(rows, np.float64)  # (N, features)
    away = table - np.median(table, axis=0)
    spread = np.maximum(np.median(np.abs(away), axis=0) * _MAD_TO_SPREAD, [least for *_, least in FEATURES])
    score = away / spread
    worst = np.abs(score).max(axis=1)
    return [(at, _why(score[at])) for at in np.argsort(-worst, kind="stable").tolist() if worst[at] > FAR]


def _why(score: np.ndarray) -> str:
    at = int(np.abs(score).argmax())
    below, above, _ = FEATURES[at]
    return f"much {above if score[at] > 0 else below} than the rest"
