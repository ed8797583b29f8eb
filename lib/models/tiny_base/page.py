"""The page on which sheets of paper are laid, back to front: shadow, paper, cut edge. Read `Page.lay`.

All of it is whole numbers once a point has its pixel, so that a picture is the same on every machine. It is drawn four times
as large as it becomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

FINER = 4  # times: drawn so large, then brought down
CORE = "#F7F2E8"  # the white inside of a torn paper
_DARK = (38, 26, 34)  # of a shadow
_LENGTH = 256  # points of a line of noise
_LINES = 64
_SHADOWS = ((0.004, 0.004, 66), (0.012, 0.010, 61))  # close and wide: how soft, how far away, how dark (of 255)
_EDGES = (((255, 255, 255), 61, 1), ((0, 0, 0), 30, -1))  # the cut shines where it turns to the light, and is dim on the other side


def at_random(dice: Random, low: float, high: float) -> float:
    return low + (high - low) * dice.random()


def pick(dice: Random, cards):
    """One of them. By `random()` alone, whose numbers are the same in every version of Python."""
    return cards[int(dice.random() * len(cards))]


def rgb(text: str) -> tuple[int, int, int]:
    """'#RRGGBB' as three numbers from 0 to 255."""
    red, green, blue = (int(text[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


@dataclass(frozen=True)
class Cut:
    """How one thing lies on the page: where (in sides of the page, y down), how large, and turned how far (a cosine and a sine)."""

    x: float
    y: float
    size: float
    cosine: float = 1.0
    sine: float = 0.0
    flipped: bool = False

    def placed(self, outline: np.ndarray) -> np.ndarray:
        """From a thing's own units onto the page."""
        x, y = (-outline[:, 0] if self.flipped else outline[:, 0]), outline[:, 1]
        right, up = x * self.cosine + y * self.sine, y * self.cosine - x * self.sine
        return np.stack([self.x + self.size * right, self.y - self.size * up], 1)


class Page:
    """A picture while it is being made."""

    def __init__(self, side: int, ground: str, dice: Random):
        """side: of the finished picture in pixels. ground: the colour of the paper that covers it all."""
        self.side, self.dice, self.width = side, dice, side * FINER
        self.image = self._surface(ground, (self.width, self.width))

    def lay(self, outline: np.ndarray, colour: str, lift: float = 1.0, hole: np.ndarray | None = None) -> None:
        """Lays one sheet. Light comes from the top left. outline, hole: (n, 2), in sides of the page; lift: how high it stands."""
        points = np.rint(outline * self.width).astype(int)
        low = points.min(0) - (self._pixels(0.03) + 2)
        left, top = low.tolist()
        width, height = (points.max(0) + self._pixels(0.03) + 2 - low).tolist()
        shape = (points - low).ravel().tolist()
        inside = [] if hole is None else (np.rint(hole * self.width).astype(int) - low).ravel().tolist()

        def mask(strength: int) -> Image.Image:
            drawn = Image.new("L", (width, height))
            pen = ImageDraw.Draw(drawn)
            pen.polygon(shape, fill=strength)
            if inside:
                pen.polygon(inside, fill=0)
            return drawn

        for radius, away, strength in _SHADOWS if lift else ():
            move = self._pixels(away * lift)
            soft = mask(strength).filter(ImageFilter.GaussianBlur(radius * lift * self.width))
            self.image.paste(_DARK, (left + move, top + move), soft)
        self.image.paste(self._surface(colour, (width, height)), (left, top), mask(255))
        for light, strength, thin in _EDGES if lift else ():
            edge, move = mask(strength), self._pixels(0.003) * thin
            self.image.paste(light, (left, top), ImageChops.subtract(edge, ImageChops.offset(edge, move, move)))

    def finished(self) -> Image.Image:
        return self.image.reduce(FINER)

    def _surface(self, colour: str, size: tuple[int, int]) -> Image.Image:
        """A piece of that paper."""
        sheet = _paper(colour, self.width)
        left, top = (int(self.dice.random() * max(1, sheet.width - side)) for side in size)
        return sheet.crop((left, top, left + size[0], top + size[1]))

    def _pixels(self, share: float) -> int:
        return max(1, int(share * self.width + 0.5))


def scissored(outline: np.ndarray, out: np.ndarray, dice: Random, strength: float = 0.012) -> np.ndarray:
    """The outline as a hand cuts it. out: (n, 2), which way is out of it (`outward`)."""
    return outline + out * (_along(pick(dice, _waves()), len(outline)) * strength)


def torn(outline: np.ndarray, width: float, dice: Random) -> tuple[np.ndarray, np.ndarray]:
    """Torn along an outline: its white inside, which shows `width` wide in the middle, and the coloured skin on it."""
    fine = _finely(outline)
    out = outward(fine)
    core = fine + out * (_along(pick(dice, _tears()), _LENGTH) * (width * 0.7) + width * 0.55)
    return core, fine + out * (_along(pick(dice, _tears()), _LENGTH) * (width * 0.8) - width * 0.45)


def outward(outline: np.ndarray) -> np.ndarray:
    """Unit vectors that point out of a closed outline: (n, 2)."""
    ahead = np.roll(outline, -1, 0)
    along = ahead - np.roll(outline, 1, 0)
    clockwise = 1 if (outline[:, 0] * ahead[:, 1] - outline[:, 1] * ahead[:, 0]).sum() > 0 else -1
    return np.stack([along[:, 1], -along[:, 0]], 1) / (np.hypot(along[:, 0], along[:, 1]) + 1e-9)[:, None] * clockwise


def _along(line: np.ndarray, points: int) -> np.ndarray:
    """A line of noise, one number for each point: (points, 1)."""
    return line[np.arange(points) * _LENGTH // points, None]


def _finely(outline: np.ndarray, points: int = _LENGTH) -> np.ndarray:
    """The outline by points that are equally far from each other."""
    closed = np.concatenate([outline, outline[:1]])
    steps = np.hypot(*np.diff(closed, axis=0).T)
    length = np.concatenate([[0], np.cumsum(steps)])
    at = np.arange(points) * (length[-1] / points)
    return np.stack([np.interp(at, length, closed[:, i]) for i in (0, 1)], 1)


@lru_cache(maxsize=1)
def _waves() -> np.ndarray:
    """Lines of soft noise, closed, about -1 to 1: (lines, points)."""
    return _noise(11, (5, 9, 17))


@lru_cache(maxsize=1)
def _tears() -> np.ndarray:
    """Lines of rough noise, as fibres tear."""
    return _noise(13, (9, 23, 51, 110))


def _noise(seed: int, waves: tuple[int, ...]) -> np.ndarray:
    dice, lines = Random(seed), np.zeros((_LINES, _LENGTH))
    place = np.arange(_LENGTH) / _LENGTH
    for line in lines:
        for octave, knots in enumerate(waves):
            values = [2 * dice.random() - 1 for _ in range(knots)]
            line += np.interp(place * knots, np.arange(knots + 1), [*values, values[0]]) * 0.62**octave
    return lines


@lru_cache(maxsize=4)
def _pulp(width: int) -> Image.Image:
    """The surface of paper without its colour, half as wide again as the page: grey, 128 in the middle."""
    dice, side = Random(7), width + width // 2
    grey = lambda *size: Image.frombytes("L", size, bytes(int(256 * dice.random()) for _ in range(size[0] * size[1])))
    grain = grey(192, 192).filter(ImageFilter.GaussianBlur(1)).resize((side, side), Image.Resampling.BICUBIC)
    cloud = grey(10, 10).resize((side, side), Image.Resampling.BICUBIC)
    brush = grey(8, 64).resize((side, side), Image.Resampling.BICUBIC)
    return Image.blend(Image.blend(grain, cloud, 0.5), brush, 0.2)


@lru_cache(maxsize=256)
def _paper(colour: str, width: int) -> Image.Image:
    """A sheet of that colour, half as wide again as the page."""
    tone = lambda part: [min(255, int(part * (1 + (value - 128) / 1600) + 0.5)) for value in range(256)]
    return Image.merge("RGB", [_pulp(width).point(tone(part)) for part in rgb(colour)])
