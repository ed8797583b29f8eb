"""Pictures as drawings: edges, lines, flat colours, printed dots, and what a person painted over on Label.

Large pictures are looked at in a smaller copy, of `detail` px, so that the lines follow shapes and not the grain of a
photograph; the drawing then gets the size of the picture again.
"""

from __future__ import annotations

import base64
import functools
import io
from collections.abc import Mapping
from typing import Literal

import numpy as np
from PIL import Image

from lib.media.setting import setting
from lib.steps.base import LeftOut, Step
from lib.steps.picture import as_mask, as_picture

_DETAIL = (128, 256, 512, 1024)     # px of the longer side in which lines are looked for
_WEAK = 0.4                         # of the strong edges' threshold, as in MATLAB's edge()
_LEAST_EDGE = 40.0                  # of Sobel's 0 to 1442: below lies the grain of paper, and no line is drawn for it


Paper = Literal["white", "black"]


def paper() -> Paper:
    return setting("white", label="Paper", help="Dark lines on white paper, or white lines on black.")


def detail() -> int:
    return setting(
        512, label="Looked at in, px", options=_DETAIL, level="expert",
        help="Larger finds finer lines; a picture that is smaller already is taken as it is.",
    )  # fmt: skip


class _Lines(Step):
    """What drawings of lines have in common. To write one: fields with `paper: Paper = paper()` and `detail: int = detail()`
    among them, and `_draw`."""

    group = "drawing"
    library = "OpenCV"

    def apply(self, picture: Image.Image) -> Image.Image:
        small = picture.copy()
        small.thumbnail((self.detail, self.detail), Image.Resampling.BOX)
        drawn = self._draw(np.asarray(small))  # (H, W), 0 ink to 1 paper
        lines = as_picture(255 * (drawn if self.paper == "white" else 1 - drawn))
        return lines if lines.size == picture.size else lines.resize(picture.size, Image.Resampling.BICUBIC)

    def _draw(self, pixels: np.ndarray) -> np.ndarray:
        raise NotImplementedError


class Edges(_Lines):
    """Canny, "A Computational Approach to Edge Detection" (1986). The strong threshold is the size of gradient that only
    the chosen share of the pixels exceeds, the weak one 0.4 of it, as in MATLAB's edge()."""

    title = "Edges"
    says = "Draws a thin line wherever light or colour changes at once, for a model that learns to paint from lines."

    amount: float = setting(0.15, ge=0.02, le=0.6, label="How many lines", help="0.05 keeps outlines only, 0.3 folds and textures too.")
    calm: float = setting(
        0.4, ge=0.0, le=2.0, label="Calm, % of the longer side", help="Softens the picture before, so that grain draws no lines.", level="expert"
    )
    thickness: int = setting(1, ge=1, le=5, label="Thickness, px", help="1 for small pictures; 2 or 3 from 256 px on.")
    paper: Paper = paper()
    detail: int = detail()

    @property
    def words(self) -> str:
        return f"Edges, {self.amount:g} of them, on {self.paper}"

    def _draw(self, pixels: np.ndarray) -> np.ndarray:
        import cv2

        calm = _softened(pixels, max(pixels.shape[:2]) * self.calm / 100)
        across, down = (_strongest(cv2.Sobel(calm, cv2.CV_16S, dx, 1 - dx, ksize=3, borderType=cv2.BORDER_REPLICATE)) for dx in (1, 0))
        strong = max(float(np.quantile(np.hypot(across, down), 1 - self.amount)), _LEAST_EDGE)
        lines = cv2.Canny(across, down, _WEAK * strong, strong, L2gradient=True)
        if self.thickness > 1:
            lines = cv2.dilate(lines, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (self.thickness,) * 2))
        return 1 - lines / np.float32(255)


class LineDrawing(_Lines):
    """Pen: Winnemöller, Kyprianidis and Olsen, "XDoG: An eXtended Difference-of-Gaussians Compendium" (2012), with its
    k = 1.6. Pencil: the grey picture divided by its softened copy (the darkroom's dodging)."""

    title = "Line drawing"
    says = "Draws as with a pen or a soft pencil: lines that swell and fade, where Edges are thin and hard."

    how: Literal["pencil", "pen"] = setting("pencil", label="Drawn with", help="A pen fills dark places with ink; a pencil shades them.")
    width: float = setting(0.3, ge=0.1, le=1.5, label="Width, % of the longer side", help="The width of a line; 0.3 is a fine pen.")
    ink: float = setting(0.5, ge=0.0, le=1.0, label="How much ink", help="More makes more lines, and more shadow.")
    paper: Paper = paper()
    detail: int = detail()

    @property
    def words(self) -> str:
        return f"Line drawing with a {self.how}, on {self.paper}"

    def _draw(self, pixels: np.ndarray) -> np.ndarray:
        import cv2

        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        sigma = max(0.5, max(grey.shape) * self.width / 100)
        return self._pen(grey, sigma) if self.how == "pen" else self._pencil(grey, 4 * sigma)

    def _pen(self, grey: np.ndarray, sigma: float) -> np.ndarray:
        """T(S) with S = (1 + p) G(sigma) - p G(k sigma): white above epsilon, else 1 + tanh(phi (S - epsilon))."""
        sharpened, epsilon, phi = 18.0, 0.1 + 0.6 * self.ink, 6.0
        difference = (1 + sharpened) * _softened(grey, sigma) - sharpened * _softened(grey, 1.6 * sigma)
        return np.clip(np.where(difference >= epsilon, 1.0, 1 + np.tanh(phi * (difference - epsilon))), 0, 1)

    def _pencil(self, grey: np.ndarray, sigma: float) -> np.ndarray:
        dodged = np.clip(grey / (_softened(grey, sigma) + 0.01), 0, 1)
        return dodged ** (1 + 6 * self.ink)


class Posterise(Step):
    title = "Flat colours"
    says = "Leaves a few flat colours of the picture's own, as in a screen print or a cut-paper collage."
    group = "drawing"

    colours: int = setting(6, ge=2, le=16, label="Colours", help="How many are left; 4 is a poster, 12 is close to a painting.")

    @property
    def words(self) -> str:
        return f"Flat colours, {self.colours}"

    def apply(self, picture: Image.Image) -> Image.Image:
        return picture.quantize(self.colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")


class Halftone(Step):
    """Our own dot screen: the height of two crossed waves is compared with the ink, and scaled so that a tone of 30 %
    covers 30 % of the paper. In colour each ink has its own angle, as printers turn them."""

    title = "Printed dots"
    says = "Prints pictures in dots, large where it is dark and small where it is light, as in a newspaper or a comic."
    group = "drawing"
    library = "NumPy"

    inks: Literal["black", "colours"] = setting("black", label="Inks", help="Black alone, or cyan, magenta, yellow and black.")
    across: int = setting(64, ge=16, le=200, label="Dots along the longer side", help="40 is coarse; a dot needs 4 px to be seen.")

    @property
    def words(self) -> str:
        return f"Printed dots, {self.across} along, {'black' if self.inks == 'black' else 'in colours'}"

    def apply(self, picture: Image.Image) -> Image.Image:
        if self.inks == "black":
            return as_picture(255 * (1 - self._print(1 - np.asarray(picture.convert("L"), np.float32) / 255, 45)))
        inks = 1 - np.asarray(picture, np.float32) / 255  # (H, W, 3): cyan, magenta, yellow
        black = inks.min(-1)
        colours = (inks - black[..., None]) / np.maximum(1 - black, 1e-6)[..., None]
        printed = np.stack([self._print(colours[..., ink], angle) for ink, angle in enumerate((15, 75, 0))], -1)
        return as_picture(255 * (1 - printed) * (1 - self._print(black, 45))[..., None])

    def _print(self, ink: np.ndarray, angle: float) -> np.ndarray:
        """How much of each pixel is inked, 0 to 1. ink: how much there should be, (H, W)."""
        height, width = ink.shape
        cell = max(width, height) / self.across  # px from dot to dot
        turn, (y, x) = np.deg2rad(angle), np.ogrid[:height, :width]
        across = (x * np.cos(turn) + y * np.sin(turn)) * (2 * np.pi / cell)
        down = (y * np.cos(turn) - x * np.sin(turn)) * (2 * np.pi / cell)
        waves, shares = _screen()
        needed = 1 - np.interp((np.cos(across) + np.cos(down)).astype(np.float32), waves, shares)
        # The edge of a dot is about a pixel wide, and narrower in the lightest and darkest tones, so that they stay as they are.
        soft = np.clip(np.minimum(ink, 1 - ink), 1e-3, 1 / max(cell, 2))
        return np.clip((ink - needed) / (2 * soft) + 0.5, 0, 1)


class Mask(Step):
    title = "What you painted over"
    says = "Draws what you painted over on Label in white and the rest in black; pictures without paint stay out."
    group = "drawing"
    needs_marks = True

    @property
    def words(self) -> str:
        return "What was painted over on Label"

    def apply(self, picture: Image.Image, marks: Mapping) -> Image.Image:
        """marks["mask"]: a PNG as a data address, white where it is in. Returns a map of two classes, of the picture's size."""
        drawn = marks.get("mask")
        if not drawn:
            raise LeftOut("nothing is painted over on it")
        with Image.open(io.BytesIO(base64.b64decode(drawn.partition(",")[2]))) as mask:
            return as_mask(mask).resize(picture.size, Image.Resampling.NEAREST)


def _softened(pixels: np.ndarray, sigma: float) -> np.ndarray:
    import cv2

    return cv2.GaussianBlur(pixels, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE) if sigma > 0.1 else pixels


def _strongest(gradients: np.ndarray) -> np.ndarray:
    """Of three channels the gradient that is largest, with its sign: int16 (H, W)."""
    places = np.abs(gradients).argmax(-1)[..., None]
    return np.ascontiguousarray(np.take_along_axis(gradients, places, -1)[..., 0])


@functools.cache
def _screen() -> tuple[np.ndarray, np.ndarray]:
    """For heights of two crossed waves, rising, the share of the paper that lies below."""
    wave = np.cos(np.linspace(0, 2 * np.pi, 256, endpoint=False))
    heights = np.sort((wave[:, None] + wave[None, :]).ravel())[::64]
    return heights, np.linspace(0, 1, len(heights))


STEPS = (Edges, LineDrawing, Posterise, Halftone, Mask)
