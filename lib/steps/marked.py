"""Where the thing is in a picture, as somebody marked it on Label, through a recipe: so that a model may learn it more than its ground.

Read `masks_of`. What was painted over comes first, else the frames that were drawn; the frame of a crop is none of these.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping

from PIL import Image, ImageDraw

from lib.steps.drawing import Mask
from lib.steps.picture import as_mask
from lib.steps.recipe import Recipe

FIELDS = ("mask", "regions")        # of what people mark, in this order
_SIDE = 128     # px of the longer side: a loss looks no closer


def masks_of(recipe: Recipe, size: tuple[int, int], marks: Mapping, seed: str, augment: bool = True) -> dict[str, str]:
    """{name of the variant: mask, as a row of a dataset has it} of all that becomes of one picture. size: as it was collected.

    Empty where nothing is marked, and where a step looks for something in the picture (a face), since a mask does not show it.
    """
    drawn = _drawn(size, marks)
    if drawn is None or any(step.looks and step.geometry for step in recipe.steps):
        return {}
    moved = recipe.apply(drawn, seed, augment, marks, lambda step: step.geometry != "", classes=True)
    return {name: as_address(mask) for name, mask in moved}


def _drawn(size: tuple[int, int], marks: Mapping) -> Image.Image | None:
    """A map of two classes; None where nothing is marked."""
    if marks.get("mask"):
        return Mask().apply(Image.new("L", size), marks)
    if not marks.get("regions"):
        return None
    frames = Image.new("L", size)
    pen = ImageDraw.Draw(frames)
    for frame in marks["regions"]:
        left, top = frame["x"] * size[0], frame["y"] * size[1]
        pen.rectangle((left, top, left + frame["w"] * size[0], top + frame["h"] * size[1]), fill=255)
    return as_mask(frames)


def as_address(mask: Image.Image) -> str:
    small = mask.convert("L")
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    content = io.BytesIO()
    small.point(lambda light: 255 * (light > 127)).convert("1").save(content, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
