"""Variants of pictures: changed copies that are added to each, for training only.

What is held back for testing gets none, and all variants of a picture stay on its side.
"""

from __future__ import annotations

import math
import random as random_module
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps, ImageStat

from lib.media.setting import setting
from lib.steps.base import Step
from lib.steps.picture import as_copies, widened


class Mirror(Step):
    title = "Mirror"
    says = "Adds each picture mirrored. Leave it out for letters, and for faces whose sides differ."
    group = "variants"
    geometry = "moves"

    @property
    def adds(self) -> int:
        return 1

    def variants(self, picture: Image.Image, random: random_module.Random) -> Iterator[tuple[str, Image.Image]]:
        yield "mirror", ImageOps.mirror(picture)


class Rotate(Step):
    title = "Turn a little"
    says = "Adds copies turned a little, as if the paper had been laid down crooked."
    group = "variants"
    geometry = "moves"

    degrees: float = setting(
        10.0, gt=0.0, le=180.0, label="At most, degrees", help="Up to 15 for things that stand upright."
    )
    copies: int = setting(1, ge=1, le=8, label="Copies", help="How many turned copies each picture gets.")

    @property
    def words(self) -> str:
        return f"Turn by up to {self.degrees:g}°, {as_copies(self.copies)}"

    @property
    def adds(self) -> int:
        return self.copies

    def variants(self, picture: Image.Image, random: random_module.Random) -> Iterator[tuple[str, Image.Image]]:
        for copy in range(1, self.copies + 1):
            yield f"turn{copy}", _turn(picture, random.uniform(-self.degrees, self.degrees))


class Perspective(Step):
    title = "Perspective"
    says = "Adds copies seen a little from the side, as if you had stood elsewhere with the camera."
    group = "variants"
    geometry = "moves"

    strength: float = setting(
        0.1, ge=0.02, le=0.3, label="Strength", help="How far a corner may move, as a share of the side; 0.1 is a step aside."
    )
    copies: int = setting(1, ge=1, le=8, label="Copies", help="How many such copies each picture gets.")

    @property
    def words(self) -> str:
        return f"Perspective by up to {self.strength:g}, {as_copies(self.copies)}"

    @property
    def adds(self) -> int:
        return self.copies

    def variants(self, picture: Image.Image, random: random_module.Random) -> Iterator[tuple[str, Image.Image]]:
        for copy in range(1, self.copies + 1):
            moved = [(random.uniform(-self.strength, self.strength), random.uniform(-self.strength, self.strength)) for _ in range(4)]
            yield f"perspective{copy}", _seen_from_aside(picture, moved)


class Colour(Step):
    title = "Light and colour"
    says = "Adds copies with slightly other light and colour, as on another day."
    group = "variants"

    brightness: float = setting(0.1, ge=0.0, le=0.9, label="Brightness", help="0.1 is one tenth lighter or darker.")
    contrast: float = setting(0.1, ge=0.0, le=0.9, label="Contrast", help="0.1 is one tenth flatter or harder.")
    saturation: float = setting(
        0.1, ge=0.0, le=0.9, label="Saturation", help="0 keeps the colours; leave it at 0 where colour has a meaning."
    )
    copies: int = setting(1, ge=1, le=8, label="Copies", help="How many such copies each picture gets.")

    @property
    def words(self) -> str:
        return f"Light and colour, {as_copies(self.copies)}"

    @property
    def adds(self) -> int:
        return self.copies

    def variants(self, picture: Image.Image, random: random_module.Random) -> Iterator[tuple[str, Image.Image]]:
        ways = (
            (ImageEnhance.Brightness, self.brightness),
            (ImageEnhance.Contrast, self.contrast),
            (ImageEnhance.Color, self.saturation),
        )
        for copy in range(1, self.copies + 1):
            changed = picture
            for way, reach in ways:
                changed = way(changed).enhance(1 + random.uniform(-reach, reach))
            yield f"colour{copy}", changed


class Cutout(Step):
    """Random squares of one colour, as in DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks
    with Cutout" (2017): there too a square may reach over the edge, and has the mean colour."""

    title = "Cut holes"
    says = "Adds copies with covered squares, so that a model cannot rely on one detail. It may paint such squares later."
    group = "variants"

    side: float = setting(
        0.25, ge=0.05, le=0.6, label="Size of a hole", help="As a share of the shorter side; 0.25 hides a sixteenth of a square."
    )
    holes: int = setting(1, ge=1, le=8, label="Holes", help="How many each copy has.")
    copies: int = setting(1, ge=1, le=8, label="Copies", help="How many such copies each picture gets.")

    @property
    def words(self) -> str:
        return f"Cut {'1 hole' if self.holes == 1 else f'{self.holes} holes'} of {self.side:g}, {as_copies(self.copies)}"

    @property
    def adds(self) -> int:
        return self.copies

    def variants(self, picture: Image.Image, random: random_module.Random) -> Iterator[tuple[str, Image.Image]]:
        mean = tuple(round(channel) for channel in ImageStat.Stat(picture).mean)
        half = max(1, round(min(picture.size) * self.side)) / 2
        for copy in range(1, self.copies + 1):
            covered = picture.copy()
            for _ in range(self.holes):
                x, y = random.uniform(0, picture.width), random.uniform(0, picture.height)
                ImageDraw.Draw(covered).rectangle([round(x - half), round(y - half), round(x + half) - 1, round(y + half) - 1], fill=mean)
            yield f"cutout{copy}", covered


def _turn(picture: Image.Image, degrees: float) -> Image.Image:
    """Turned about the middle; the corners are filled with what lies next to them, mirrored, so no black shows."""
    width, height = picture.size
    along, across = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    beside, above = _margin(width * along + height * across - width), _margin(width * across + height * along - height)
    turned = widened(picture, beside, above, beside, above).rotate(degrees, resample=Image.Resampling.BICUBIC)
    return turned.crop((beside, above, beside + width, above + height))


def _seen_from_aside(picture: Image.Image, moved: list[tuple[float, float]]) -> Image.Image:
    """The picture with its four corners moved by shares of its sides; what comes in from outside is mirrored."""
    width, height = picture.size
    beside, above = (_margin(2 * side * max(map(abs, shares))) for side, shares in zip(picture.size, zip(*moved, strict=True), strict=True))
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    origins = [(x + dx * width + beside, y + dy * height + above) for (x, y), (dx, dy) in zip(corners, moved, strict=True)]
    wide = widened(picture, beside, above, beside, above)
    return wide.transform(picture.size, Image.Transform.PERSPECTIVE, _homography(corners, origins), Image.Resampling.BICUBIC)


def _margin(more: float) -> int:
    """How many pixels are looked at beyond a side, where a shape is so many longer than the picture. Bicubic looks 2 px on."""
    return max(math.ceil(more / 2), 0) + 3


def _homography(corners: list[tuple[float, float]], origins: list[tuple[float, float]]) -> list[float]:
    """a to h with x' = (ax + by + c) / (gx + hy + 1), y' = (dx + ey + f) / (gx + hy + 1): from each corner to its origin."""
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, origins, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.linalg.solve(np.array(rows, float), np.array(values, float)).tolist()


STEPS = (Mirror, Rotate, Perspective, Colour, Cutout)
