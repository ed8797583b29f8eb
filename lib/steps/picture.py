"""Pictures: their shape and size, their light, and what lies over them. For the steps that add variants only see variants.py.

Lengths are shares of the longer side and never pixels, so that a step does the same to a photograph and to its small copy.
"""

from __future__ import annotations

import random as random_module
import zlib
from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageOps
from pydantic import field_validator

from lib.media.setting import setting
from lib.media.structure import PIXELS
from lib.steps.base import LeftOut, Step

SIZES = (16, 32, 64, 128, 256, 512, 1024)  # px; powers of two, because networks halve and double


# ---- shape ---------------------------------------------------------------------------------------------------------


class CropSquare(Step):
    title = "Square crop"
    says = "Cuts each picture to a square, since networks look at squares."
    geometry = "moves"
    makes_square = True

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


class CropByHand(Step):
    title = "Crop by hand"
    says = "Cuts out what you drew a frame around on Label; where you drew none, it keeps the middle or leaves the picture out."
    geometry = "moves"
    needs_marks = True

    square: bool = setting(True, label="As a square", help="Widens the frame to a square, since networks look at squares.")
    otherwise: Literal["keep the middle", "leave it out"] = setting(
        "keep the middle", label="Without a frame", help="What becomes of a picture that nobody drew a frame on."
    )

    @property
    def words(self) -> str:
        return f"Crop by hand, {'a square' if self.square else 'as drawn'}; without a frame: {self.otherwise}"

    @property
    def makes_square(self) -> bool:  # type: ignore[override]
        return self.square

    def apply(self, picture: Image.Image, marks: Mapping) -> Image.Image:
        """marks["crop"]: x, y, w, h as shares of the picture."""
        frame = marks.get("crop")
        if not frame and self.otherwise == "leave it out":
            raise LeftOut("no frame drawn on it")
        return picture.crop(_frame(picture.size, frame or (0.0, 0.0, 1.0, 1.0), self.square))


class Pad(Step):
    title = "Paper around it"
    says = "Adds paper around each picture until it is square, so that nothing is cut off."
    geometry = "moves"
    makes_square = True

    colour: str = setting("#ffffff", label="Paper", help="The colour of the paper: a name such as white, or #fbf8f2.",
                          format="colour")    # fmt: skip
    fill: Literal["paper", "mirrored edge"] = setting(
        "paper", label="What lies around it", help="Paper of one colour, or the picture's own edge, mirrored outwards."
    )

    @field_validator("colour")
    @classmethod
    def _is_a_colour(cls, colour: str) -> str:
        ImageColor.getrgb(colour)  # ValueError says what is wrong
        return colour

    @property
    def words(self) -> str:
        return "Its mirrored edge around it" if self.fill == "mirrored edge" else f"Paper around it, {self.colour}"

    def apply(self, picture: Image.Image) -> Image.Image:
        side = max(picture.size)
        if picture.size == (side, side):
            return picture
        refuse_larger(side, side)
        if self.fill == "paper":
            return ImageOps.pad(picture, (side, side), color=_NOT_PAINTED if picture.mode == "P" else self.colour)
        left, top = (side - picture.width) // 2, (side - picture.height) // 2
        return widened(picture, left, top, side - picture.width - left, side - picture.height - top)


class Resize(Step):
    title = "Resize"
    says = "Makes the longer side of each picture this many pixels; the shape stays."
    geometry = "scales"

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


# ---- light ---------------------------------------------------------------------------------------------------------


class ConvertMode(Step):
    title = "Grey or black and white"
    says = "Takes the colours away: shades of grey, pure black and white, or black dots that make the shades."
    group = "light"

    mode: Literal["grey", "black and white", "dots"] = setting(
        "grey", label="Becomes", help="Black and white suits ink drawings; dots are as in a newspaper or an old printer."
    )
    threshold: float = setting(
        0.5, ge=0.05, le=0.95, label="White from", level="expert",
        help="For black and white: how light a place must be to become white; higher gives more black.",
    )  # fmt: skip

    @property
    def words(self) -> str:
        return {"grey": "Shades of grey", "dots": "Black and white, in dots"}.get(self.mode, f"Black and white, white from {self.threshold:g}")

    def apply(self, picture: Image.Image) -> Image.Image:
        """Still three channels, all alike, so that every model can learn from it."""
        grey = picture.convert("L")
        if self.mode == "dots":
            grey = grey.convert("1", dither=Image.Dither.FLOYDSTEINBERG)
        elif self.mode == "black and white":
            grey = grey.point(lambda light: 255 if light >= self.threshold * 255 else 0)
        return grey.convert("RGB")


To = Literal["every picture", "copies"]


def goes_to() -> To:
    return setting(
        "every picture", label="Goes to",
        help="Every picture changes how the dataset looks; copies keep each picture and add changed ones, for training only.",
    )  # fmt: skip


def how_many() -> int:
    return setting(1, ge=1, le=8, label="Copies", help="How many such copies each picture gets, where they are added.")


class Either(Step):
    """A step that changes every picture, or adds changed copies to it, as a person chooses.

    To write one, give it `to: To = goes_to()` and `copies: int = how_many()` after its own fields, and `_change`.
    """

    group = "light"

    @property
    def adds(self) -> int:
        return self.copies if self.to == "copies" else 0

    @property
    def words(self) -> str:
        return self._what + (f", {as_copies(self.copies)}" if self.adds else "")

    @property
    def _what(self) -> str:
        return self.title

    def apply(self, picture: Image.Image) -> Image.Image:
        # What is random goes by the picture itself, so that the same one always becomes the same.
        return self._change(picture, random_module.Random(zlib.crc32(picture.tobytes())), whole=True)

    def variants(self, picture: Image.Image, random: random_module.Random) -> Iterator[tuple[str, Image.Image]]:
        for copy in range(1, self.copies + 1):
            yield f"{type(self).__name__.lower()}{copy}", self._change(picture, random, whole=False)

    def _change(self, picture: Image.Image, random: random_module.Random, whole: bool) -> Image.Image:
        """whole: as much as was chosen; a copy gets something between half of it and all."""
        raise NotImplementedError


class Blur(Either):
    title = "Blur"
    says = "Makes pictures softer, as if they were seen without glasses."

    radius: float = setting(
        1.0, ge=0.1, le=10.0, label="How soft, % of the longer side", help="0.5 is a slight softness; from 3 on only shapes are left."
    )
    to: To = goes_to()
    copies: int = how_many()

    @property
    def _what(self) -> str:
        return f"Blur, {self.radius:g} %"

    def _change(self, picture: Image.Image, random: random_module.Random, whole: bool) -> Image.Image:
        radius = max(picture.size) * self.radius / 100 * _share(random, whole)
        return picture.filter(ImageFilter.GaussianBlur(radius))


class Sharpen(Either):
    title = "Sharpen"
    says = "Makes edges crisper; it brings back no detail that is not there."

    strength: float = setting(1.0, ge=0.1, le=2.0, label="Strength", help="1 is clearly seen; from 1.5 on light seams show.")
    to: To = goes_to()
    copies: int = how_many()

    @property
    def _what(self) -> str:
        return f"Sharpen, {self.strength:g}"

    def _change(self, picture: Image.Image, random: random_module.Random, whole: bool) -> Image.Image:
        radius = max(1.0, max(picture.size) * 0.004)
        return picture.filter(ImageFilter.UnsharpMask(radius, round(100 * self.strength * _share(random, whole)), threshold=2))


class Noise(Either):
    title = "Noise"
    says = "Lays fine grain over pictures, as film and small cameras do in the dark."
    library = "NumPy"

    strength: float = setting(0.08, ge=0.01, le=0.5, label="Strength", help="0.05 is like film; from 0.2 on it covers what is there.")
    coloured: bool = setting(False, label="Coloured grain", help="Film has grey grain, a camera's chip has coloured.")
    to: To = goes_to()
    copies: int = how_many()

    @property
    def _what(self) -> str:
        return f"Noise, {self.strength:g}"

    def _change(self, picture: Image.Image, random: random_module.Random, whole: bool) -> Image.Image:
        pixels = np.asarray(picture, np.float32)  # (H, W, 3)
        grain = numbers(random).standard_normal((*pixels.shape[:2], 3 if self.coloured else 1), np.float32)
        return as_picture(pixels + grain * 255 * self.strength * _share(random, whole))


class PaperTexture(Either):
    title = "Paper grain"
    says = "Lets the grain of paper shine through, with its hills and fibres drawn anew for each picture."
    library = "NumPy"

    strength: float = setting(0.5, ge=0.05, le=1.0, label="Strength", help="0.3 is smooth paper, 1 is rough watercolour paper.")
    fibres: bool = setting(True, label="With fibres", help="Fine hairs, as in recycled and handmade paper.")
    to: To = goes_to()
    copies: int = how_many()

    @property
    def _what(self) -> str:
        return f"Paper grain, {self.strength:g}"

    def _change(self, picture: Image.Image, random: random_module.Random, whole: bool) -> Image.Image:
        chance = numbers(random)
        light = 1 + _hills(picture.size, chance) * 0.35 * self.strength * _share(random, whole)
        if self.fibres:
            light += _fibres(picture.size, chance) * 0.25 * self.strength
        return as_picture(np.asarray(picture, np.float32) * light[..., None])


# ---- maps of classes -----------------------------------------------------------------------------------------------


_NOT_PAINTED = 0  # the class


def as_mask(picture: Image.Image) -> Image.Image:
    """A picture as a map of two classes (mode P): 0 is not painted, 255 is; white from the middle on."""
    return _with_colours(picture.convert("L").point(lambda light: 255 * (light > 127)), [tone for tone in range(256) for _ in "RGB"])


def _with_colours(classes: Image.Image, colours: list[int]) -> Image.Image:
    """classes: mode L. colours: red, green and blue of each class in turn."""
    classes.putpalette(colours)  # which makes it mode P
    return classes


# ---- craft ---------------------------------------------------------------------------------------------------------


def as_copies(count: int) -> str:
    return "1 copy" if count == 1 else f"{count} copies"


def as_picture(pixels: np.ndarray) -> Image.Image:
    """pixels: (H, W, 3) or (H, W), 0 to 255; what lies outside is cut. Returns RGB."""
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8)).convert("RGB")


def numbers(random: random_module.Random) -> np.random.Generator:
    """Many random numbers at once, which go by the few of `random`."""
    return np.random.Generator(np.random.PCG64(random.getrandbits(64)))


def refuse_larger(width: float, height: float) -> None:
    """Raises LeftOut for a size in px that fits into no memory: it may be as large as a picture that comes in, and no larger."""
    if width * height > PIXELS:
        raise LeftOut(f"would be larger than {PIXELS // 1_000_000} Mpx")


def widened(picture: Image.Image, left: int, top: int, right: int, bottom: int) -> Image.Image:
    """The picture with so many pixels more on each side, filled with what lies next to them, mirrored."""
    refuse_larger(left + picture.width + right, top + picture.height + bottom)
    # symmetric rather than reflect: it also works where a margin is wider than the picture
    margins = ((top, bottom), (left, right), (0, 0))[: 2 if picture.mode == "P" else 3]
    wide = Image.fromarray(np.pad(np.asarray(picture), margins, mode="symmetric"))
    return _with_colours(wide, picture.getpalette()) if picture.mode == "P" else wide


def _share(random: random_module.Random, whole: bool) -> float:
    return 1.0 if whole else random.uniform(0.5, 1.0)


def _frame(size: tuple[int, int], frame: tuple[float, float, float, float], square: bool) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) in px, inside the picture and at least a pixel wide, of a frame in shares of it."""
    x, y, w, h = (min(max(float(share), 0.0), 1.0) for share in frame)
    wide, high = max(w * size[0], 1.0), max(h * size[1], 1.0)
    middle = (x * size[0] + wide / 2, y * size[1] + high / 2)
    if square:
        wide = high = min(max(wide, high), *size)
    box = []
    for centre, length, whole in zip(middle, (wide, high), size):
        length = min(max(round(length), 1), whole)
        box.append((min(max(round(centre - length / 2), 0), whole - length), length))
    (left, wide), (top, high) = box
    return left, top, left + wide, top + high


def _hills(size: tuple[int, int], chance: np.random.Generator) -> np.ndarray:
    """The light on rough paper, about -1 to 1, (H, W): hills of three sizes, lit from the upper left."""
    longer = max(size)
    height = np.zeros((size[1], size[0]), np.float32)
    for across, tall in ((longer * 0.06, 0.5), (longer * 0.25, 0.3), (longer * 0.7, 0.2)):
        cells = (max(2, round(across * size[0] / longer)), max(2, round(across * size[1] / longer)))
        rough = Image.fromarray(chance.standard_normal((cells[1], cells[0]), np.float32))
        height += tall * np.asarray(rough.resize(size, Image.Resampling.BICUBIC))
    slope = height - np.roll(height, (1, 1), (0, 1))
    return np.clip(slope / (2 * slope.std() + 1e-6), -1.5, 1.5)


def _fibres(size: tuple[int, int], chance: np.random.Generator) -> np.ndarray:
    """Dark and light hairs, -1 to 1, (H, W): short bent lines at random."""
    longer = max(size)
    drawn = Image.new("L", size, 128)
    pen = ImageDraw.Draw(drawn)
    for x, y, turn, bend, tone in chance.random((60, 5)):
        angles = turn * 2 * np.pi + np.linspace(0, bend * 2 - 1, 6)
        steps = np.cumsum(np.stack([np.cos(angles), np.sin(angles)], 1), 0) * longer * 0.012
        line = [(x * size[0] + dx, y * size[1] + dy) for dx, dy in steps]
        pen.line(line, fill=70 if tone < 0.7 else 200, width=max(1, round(longer / 400)))
    return np.asarray(drawn.filter(ImageFilter.GaussianBlur(longer / 800)), np.float32) / 128 - 1


STEPS = (CropSquare, CropByHand, Pad, Resize, ConvertMode, Blur, Sharpen, Noise, PaperTexture)
