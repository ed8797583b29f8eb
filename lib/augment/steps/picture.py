"""Pictures: their shape and size, and variants of them."""

from __future__ import annotations

import random as random_module
from collections.abc import Iterator
from typing import Literal

from PIL import Image, ImageColor, ImageEnhance, ImageOps
from pydantic import field_validator

from lib.augment.steps.base import Step
from lib.models import setting
from lib.project import given

SIZES = (16, 32, 64, 128, 256, 512, 1024)  # px; powers of two, because networks halve and double


class CropSquare(Step):
    title = "Square crop"
    says = "Cuts each picture to a square, since networks look at squares."

    position: Literal["centre", "top", "bottom", "left", "right"] = setting(
        "centre", label="Keep", help="Which part stays; top suits portraits held upright."
    )

    @property
    def words(self) -> str:
        return f"Square crop, {self.position}"

    def apply(self, picture: Image.Image) -> Image.Image:
        side = min(picture.size)
        across = {"left": 0.0, "right": 1.0}.get(self.position, 0.5)
        down = {"top": 0.0, "bottom": 1.0}.get(self.position, 0.5)
        left, top = round((picture.width - side) * across), round((picture.height - side) * down)
        return picture.crop((left, top, left + side, top + side))


class Pad(Step):
    title = "Paper around it"
    says = "Adds paper around each picture until it is square, so that nothing is cut off."

    colour: str = setting("#ffffff", label="Paper", help="The colour of the paper: a name such as white, or #fbf8f2.")

    @field_validator("colour")
    @classmethod
    def _is_a_colour(cls, colour: str) -> str:
        ImageColor.getrgb(colour)  # ValueError says what is wrong
        return colour

    @property
    def words(self) -> str:
        return f"Paper around it, {self.colour}"

    def apply(self, picture: Image.Image) -> Image.Image:
        side = max(picture.size)
        return ImageOps.pad(picture, (side, side), color=self.colour) if picture.size != (side, side) else picture


class Resize(Step):
    title = "Resize"
    says = "Makes the longer side of each picture this many pixels; the shape stays."

    size: int = setting(
        64,
        label="Size, px",
        options=SIZES,
        help=f"A power of two: {', '.join(map(str, SIZES))}. 64 trains in minutes, 256 asks for a graphics card.",
    )
    how: Literal["area", "lanczos"] = setting(
        "area",
        label="How",
        level="expert",
        help="area averages what falls into a pixel (calm); lanczos keeps edges crisper.",
    )

    @field_validator("size")
    @classmethod
    def _is_a_power_of_two(cls, size: int) -> int:
        if size not in SIZES:
            raise ValueError(f"{given.shown(size)} is not a power of two between {SIZES[0]} and {SIZES[-1]}")
        return size

    @property
    def words(self) -> str:
        return f"Resize to {self.size} px"

    def apply(self, picture: Image.Image) -> Image.Image:
        longer = max(picture.size)
        if longer == self.size:
            return picture
        size = tuple(max(1, round(side * self.size / longer)) for side in picture.size)
        shrinks = longer > self.size
        way = Image.Resampling.BOX if self.how == "area" and shrinks else Image.Resampling.LANCZOS
        # Big photographs are first reduced by a whole number: much faster, and no different to the eye.
        return picture.resize(size, way, reducing_gap=None if self.how == "area" else 3.0)


class Mirror(Step):
    title = "Mirror"
    says = "Adds each picture mirrored. Leave it out for letters, and for faces whose sides differ."
    group = "variants"

    @property
    def adds(self) -> int:
        return 1

    def variants(self, picture: Image.Image, random: random_module.Random) -> Iterator[tuple[str, Image.Image]]:
        yield "mirror", ImageOps.mirror(picture)


class Rotate(Step):
    title = "Turn a little"
    says = "Adds copies turned a little, as if the paper had been laid down crooked."
    group = "variants"

    degrees: float = setting(
        10.0, gt=0.0, le=180.0, label="At most, degrees", help="Up to 15 for things that stand upright."
    )
    copies: int = setting(1, ge=1, le=8, label="Copies", help="How many turned copies each picture gets.")

    @property
    def words(self) -> str:
        return f"Turn by up to {self.degrees:g}°, {_copies(self.copies)}"

    @property
    def adds(self) -> int:
        return self.copies

    def variants(self, picture: Image.Image, random: random_module.Random) -> Iterator[tuple[str, Image.Image]]:
        for copy in range(1, self.copies + 1):
            yield f"turn{copy}", _turn(picture, random.uniform(-self.degrees, self.degrees))


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
        return f"Light and colour, {_copies(self.copies)}"

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


def _copies(count: int) -> str:
    return "1 copy" if count == 1 else f"{count} copies"


def _turn(picture: Image.Image, degrees: float) -> Image.Image:
    """Turned about the middle; the corners are filled with what lies next to them, mirrored, so no black shows."""
    import numpy as np

    width, height = picture.size
    margin = max(width, height) // 2 + 1
    # symmetric rather than reflect: it also works where the margin is wider than the picture
    wide = np.pad(np.asarray(picture), ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    turned = Image.fromarray(wide).rotate(degrees, resample=Image.Resampling.BICUBIC)
    return turned.crop((margin, margin, margin + width, margin + height))


STEPS = (CropSquare, Pad, Resize, Mirror, Rotate, Colour)
