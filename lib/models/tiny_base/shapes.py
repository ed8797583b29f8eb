"""The things that are cut: each is a few sheets of paper, back to front. Read `THINGS`, then `tulip`, the first of them.

A sheet is measured in the thing's own units: it fits into a circle of radius 1 around (0, 0), x to the right, y up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from lib.models.tiny_base.page import outward

Knot = tuple[float, ...]  # x, y, and a 0 behind them where it is a sharp corner


@dataclass(frozen=True)
class Sheet:
    """One piece of paper. outline, hole: (n, 2). tone: "main", "dark", "light" of the thing's colour, or a paper of its own.

    lift: how high it stands over what is below it (0: glued flat). whole: large enough to be torn along its edge.
    """

    outline: np.ndarray
    tone: str = "main"
    lift: float = 1.0
    hole: np.ndarray | None = None
    whole: bool = False

    @cached_property
    def out(self) -> np.ndarray:
        """Which way is out of its outline, at each point."""
        return outward(self.outline)


def curve(knots: Sequence[Knot], steps: int = 7) -> np.ndarray:
    """A closed line through the knots, as scissors go: round, but for the sharp corners."""
    at = np.array([knot[:2] for knot in knots], float)
    soft = np.array([len(knot) < 3 for knot in knots], float)
    pull = (np.roll(at, -1, 0) - np.roll(at, 1, 0)) / 2 * soft[:, None]
    t = (np.arange(steps) / steps)[:, None, None]
    line = ((2 * t**3 - 3 * t**2 + 1) * at + (t**3 - 2 * t**2 + t) * pull
            + (3 * t**2 - 2 * t**3) * np.roll(at, -1, 0) + (t**3 - t**2) * np.roll(pull, -1, 0))  # fmt: skip
    return line.transpose(1, 0, 2).reshape(-1, 2)


def corners(*points: Knot, steps: int = 4) -> np.ndarray:
    """A closed line of straight cuts."""
    return curve([(x, y, 0) for x, y in points], steps)


def mirrored(right: Sequence[Knot]) -> list[Knot]:
    """A right half from bottom to top, and its left half; knots on the middle (x = 0) only once."""
    left = [(-x, y, *rest) for x, y, *rest in reversed(right) if x]
    return [*right, *left]


def disc(x: float, y: float, width: float, height: float = 0, points: int = 28) -> np.ndarray:
    """A circle, or an ellipse, by its radii."""
    angle = np.arange(points) * (2 * math.pi / points)
    return np.stack([x + width * np.cos(angle), y + (height or width) * np.sin(angle)], 1)


def blade(base: Knot, length: float, width: float, lean: float = 0, bend: float = 0, side: int = 0) -> np.ndarray:
    """A petal or leaf: from its base, `lean` degrees to the right of upwards, turning by `bend`. side: only that half of it."""
    t = (1 - np.cos(np.linspace(0, math.pi, 20))) / 2
    angle = np.radians(lean + bend * t)
    along = np.stack([np.sin(angle), np.cos(angle)], 1)
    middle = np.asarray(base) + np.cumsum(along * np.diff(t, prepend=0)[:, None], 0) * length
    across = np.stack([along[:, 1], -along[:, 0]], 1) * (t**0.5 * (1 - t) ** 0.62 * width)[:, None]
    right, left = middle + across, middle - across
    return np.concatenate([middle if side > 0 else left, (middle if side < 0 else right)[::-1]])


def strip(points: Sequence[Knot], width: float, end: float | None = None) -> np.ndarray:
    """A narrow strip along points, from `width` to `end`."""
    way = np.array(points, float)
    along = np.gradient(way, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    half = np.linspace(width, width if end is None else end, len(way))[:, None] / 2
    across = np.stack([along[:, 1], -along[:, 0]], 1) * half
    return np.concatenate([way + across, (way - across)[::-1]])


def arc(x: float, y: float, radius: float, start: float, end: float, points: int = 24) -> np.ndarray:
    """Part of a circle, between two angles in degrees, 0 to the right and 90 up."""
    angle = np.radians(np.linspace(start, end, points))
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], 1)


# ---- the things -------------------------------------------------------------------------------------------------------------


def tulip() -> list[Sheet]:
    return [
        Sheet(blade((0.02, -1), 1.25, 0.5, -40, 32), "leaf"),
        Sheet(strip([(0, -1), (0.02, -0.6), (0, 0.15)], 0.13, 0.1), "stem"),
        Sheet(blade((-0.02, -1), 1.1, 0.46, 36, -26), "stem"),
        Sheet(blade((0, 0), 1.0, 0.62), "dark"),
        Sheet(blade((-0.02, -0.02), 1.0, 0.72, -34, 34), "dark"),
        Sheet(blade((0.02, -0.02), 1.0, 0.72, 34, -34), "main"),
        Sheet(blade((0, -0.06), 0.82, 0.78), "main", whole=True),
    ]


def leaf() -> list[Sheet]:
    vein = lambda y, side: strip([(0, y), (side * 0.16, y + 0.13), (side * 0.3, y + 0.3)], 0.045, 0.015)
    return [
        Sheet(strip([(0.06, -1), (0.02, -0.8), (0, -0.6)], 0.1, 0.08), "dark"),
        Sheet(blade((0, -0.78), 1.78, 1.3), "main", whole=True),
        Sheet(blade((0, -0.78), 1.78, 1.3, side=1), "dark", 0),
        *(Sheet(vein(y, side), "light", 0) for y in (-0.4, -0.05, 0.28) for side in (-1, 1)),
        Sheet(strip([(0, -0.76), (0, 0), (0, 0.84)], 0.075, 0.02), "light", 0.3),
    ]


def fish() -> list[Sheet]:
    body = curve([(1, 0.02), (0.72, 0.34), (0.25, 0.5), (-0.25, 0.36), (-0.62, 0.06), (-0.62, -0.06), (-0.25, -0.36), (0.25, -0.5), (0.72, -0.32)])
    return [
        Sheet(curve([(-0.42, 0), (-0.98, 0.56, 0), (-0.82, 0, 0), (-0.98, -0.56, 0)]), "dark"),
        Sheet(curve([(0.42, 0.36), (0.2, 0.8), (-0.25, 0.72, 0), (-0.3, 0.28)]), "dark"),
        Sheet(curve([(0.3, -0.36), (0.02, -0.76, 0), (-0.2, -0.32)]), "dark"),
        Sheet(body, "main", whole=True),
        Sheet(curve([(0.4, 0.42, 0), (0.3, 0), (0.4, -0.42, 0), (0.22, -0.3), (0.14, 0), (0.22, 0.32)]), "light", 0.4),
        Sheet(curve([(0.05, 0.42, 0), (-0.05, 0), (0.05, -0.42, 0), (-0.12, -0.3), (-0.2, 0), (-0.12, 0.3)]), "light", 0.4),
        Sheet(disc(0.66, 0.1, 0.13), "cream", 0.3),
        Sheet(disc(0.69, 0.1, 0.07), "ink", 0),
    ]


def bird() -> list[Sheet]:
    body = curve([(0.78, 0.4), (0.66, 0.74), (0.3, 0.8), (0.08, 0.5), (-0.35, 0.24), (-1, 0.34, 0), (-0.72, -0.16), (-0.3, -0.54), (0.22, -0.6), (0.62, -0.28)])
    return [
        Sheet(strip([(-0.1, -0.5), (-0.08, -0.75), (-0.1, -0.98)], 0.09), "ink", 0.5),
        Sheet(strip([(0.2, -0.5), (0.22, -0.75), (0.2, -0.98)], 0.09), "ink", 0.5),
        Sheet(corners((0.66, 0.62), (1.06, 0.42), (0.66, 0.3)), "beak"),
        Sheet(curve([(-0.5, 0.2), (-1, 0.62, 0), (-0.98, 0.1, 0), (-0.5, -0.1)]), "dark"),
        Sheet(body, "main", whole=True),
        Sheet(curve([(0.42, 0.06), (0.1, 0.34), (-0.3, 0.16), (-0.72, -0.08, 0), (-0.3, -0.34), (0.2, -0.3)]), "dark"),
        Sheet(curve([(0.28, 0.02), (0.02, 0.16), (-0.42, -0.02, 0), (-0.1, -0.14)]), "light", 0.4),
        Sheet(disc(0.48, 0.52, 0.085), "ink", 0),
    ]


def house() -> list[Sheet]:
    window = lambda x: corners((x - 0.16, -0.16), (x + 0.16, -0.16), (x + 0.16, 0.14), (x - 0.16, 0.14), steps=2)
    return [
        Sheet(corners((0.34, 0.2), (0.58, 0.2), (0.58, 0.86), (0.34, 0.86)), "dark"),
        Sheet(corners((-0.7, -0.9), (0.7, -0.9), (0.68, 0.3), (-0.68, 0.3)), "main", whole=True),
        Sheet(corners((-0.96, 0.16), (0.96, 0.16), (0.02, 0.98)), "dark"),
        Sheet(corners((-0.17, -0.9), (0.17, -0.9), (0.17, -0.32), (-0.17, -0.32)), "light", 0.5),
        Sheet(window(-0.42), "cream", 0.4),
        Sheet(window(0.42), "cream", 0.4),
    ]


def boat() -> list[Sheet]:
    return [
        Sheet(strip([(0, -0.4), (0, 0.3), (0, 1)], 0.08), "bark"),
        Sheet(curve([(0.08, 0.94, 0), (0.5, 0.45), (0.82, -0.18, 0), (0.08, -0.18, 0)]), "light"),
        Sheet(curve([(-0.08, 0.7, 0), (-0.42, 0.25), (-0.66, -0.18, 0), (-0.08, -0.18, 0)]), "cream"),
        Sheet(curve([(-1, -0.28, 0), (1, -0.28, 0), (0.66, -0.8), (0.2, -0.92), (-0.2, -0.92), (-0.66, -0.8)]), "main", whole=True),
        Sheet(curve([(-0.86, -0.44, 0), (0.88, -0.44, 0), (0.78, -0.6, 0), (-0.76, -0.6, 0)]), "dark", 0.3),
    ]


def moon() -> list[Sheet]:
    crescent = lambda outer, tip, inner, back: np.concatenate([arc(0, 0, outer, tip, 360 - tip, 40), arc(inner[0], inner[1], inner[2], 360 - back, back)])
    turn = lambda outline: outline @ np.array([[math.cos(0.35), math.sin(0.35)], [-math.sin(0.35), math.cos(0.35)]]) + (0.14, 0)
    return [
        Sheet(turn(crescent(0.97, 46, (0.5, 0, 0.71), 79)), "main", whole=True),
        Sheet(turn(np.concatenate([arc(0, 0, 0.97, 100, 260), arc(0.3, 0, 1.04, 247, 113)])), "dark", 0),
    ]


def star() -> list[Sheet]:
    point = lambda i, radius: (radius * math.sin(math.pi * i / 5), radius * math.cos(math.pi * i / 5))
    return [
        Sheet(corners(*(point(i, 0.45 if i % 2 else 1) for i in range(10))), "main", whole=True),
        *(Sheet(corners((0, 0), point(i, 1), point(i + 1, 0.45), steps=2), "dark", 0) for i in range(0, 10, 2)),
    ]


def tree() -> list[Sheet]:
    return [
        Sheet(curve([(-0.2, -1, 0), (0.2, -1, 0), (0.1, -0.6), (0.09, 0.2, 0), (-0.09, 0.2, 0), (-0.1, -0.6)]), "bark"),
        Sheet(disc(-0.42, 0.02, 0.46, 0.42), "dark"),
        Sheet(disc(0.44, 0.06, 0.44, 0.42), "dark"),
        Sheet(curve([(0.02, -0.32), (0.42, -0.16), (0.6, 0.24), (0.5, 0.68), (0.12, 0.96), (-0.3, 0.86), (-0.58, 0.5), (-0.5, 0.04), (-0.3, -0.24)]), "main", whole=True),
        Sheet(disc(-0.12, 0.52, 0.24, 0.2), "light", 0.4),
        Sheet(disc(0.24, 0.18, 0.15, 0.13), "light", 0.4),
    ]


def cup() -> list[Sheet]:
    steam = lambda x: strip([(x, 0.56), (x + 0.09, 0.68), (x, 0.8), (x + 0.07, 0.96)], 0.1, 0.03)
    return [
        Sheet(steam(-0.26), "light", 0.4),
        Sheet(steam(0.08), "light", 0.4),
        Sheet(disc(0, -0.72, 0.92, 0.2), "dark"),
        Sheet(disc(0.6, 0, 0.38, 0.34), "dark", hole=disc(0.62, 0, 0.21, 0.18)),
        Sheet(curve([(-0.66, 0.4, 0), (0.66, 0.4, 0), (0.6, -0.2), (0.4, -0.62), (0.2, -0.72), (-0.2, -0.72), (-0.4, -0.62), (-0.6, -0.2)]), "main", whole=True),
        Sheet(disc(0, 0.4, 0.66, 0.15), "light", 0.4),
        Sheet(disc(0, 0.38, 0.54, 0.1), "bark", 0),
    ]


def heart() -> list[Sheet]:
    half = [(0, -0.92, 0), (0.5, -0.42), (0.92, 0.1), (0.9, 0.6), (0.54, 0.86), (0.2, 0.74), (0, 0.44, 0)]
    inner = [(0.72 * x, 0.72 * y + 0.02, *rest) for x, y, *rest in half]
    return [
        Sheet(curve(mirrored(half)), "main", whole=True),
        Sheet(curve([*half, (0, -0.2, 0)]), "dark", 0),
        Sheet(curve(mirrored(inner)), "main", 0.6),
        Sheet(curve([*inner[:-1], (0, 0.34, 0), (0, -0.2, 0)]), "light", 0),
    ]


def cat() -> list[Sheet]:
    ear = lambda side: corners((side * 0.44, 0.46), (side * 0.46, 1), (side * 0.06, 0.78), steps=3)
    return [
        Sheet(strip([(0.3, -0.82), (0.7, -0.86), (0.92, -0.62), (0.86, -0.32), (0.72, -0.16)], 0.2, 0.14), "dark"),
        Sheet(curve(mirrored([(0, -0.94), (0.5, -0.92), (0.6, -0.6), (0.44, -0.1), (0.28, 0.24), (0, 0.3)])), "main", whole=True),
        Sheet(curve(mirrored([(0, -0.9), (0.2, -0.86), (0.24, -0.5), (0.14, -0.12), (0, -0.04)])), "light", 0.4),
        Sheet(ear(-1), "dark"),
        Sheet(ear(1), "dark"),
        Sheet(disc(0, 0.46, 0.5, 0.4), "main"),
        Sheet(disc(-0.2, 0.5, 0.1, 0.11), "cream", 0.3),
        Sheet(disc(0.2, 0.5, 0.1, 0.11), "cream", 0.3),
        Sheet(disc(-0.18, 0.5, 0.055, 0.085), "ink", 0),
        Sheet(disc(0.22, 0.5, 0.055, 0.085), "ink", 0),
        Sheet(corners((-0.07, 0.34), (0.07, 0.34), (0, 0.25), steps=2), "ink", 0),
    ]


# The word for one, the word for some, and how it is cut.
THINGS: dict[str, tuple[str, Callable[[], list[Sheet]]]] = {
    "tulip": ("tulips", tulip),
    "leaf": ("leaves", leaf),
    "fish": ("fish", fish),
    "bird": ("birds", bird),
    "house": ("houses", house),
    "boat": ("boats", boat),
    "moon": ("moons", moon),
    "star": ("stars", star),
    "tree": ("trees", tree),
    "cup": ("cups", cup),
    "heart": ("hearts", heart),
    "cat": ("cats", cat),
}


@cache
def sheets(thing: str) -> list[Sheet]:
    """What a thing is put together from, back to front."""
    return THINGS[thing][1]()
