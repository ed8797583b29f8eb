"""Looking before freezing: what a recipe makes of a few pictures, drawn at once from small copies. Read `preview`.

The small copies are the project's thumbnails, so a photograph of 24 million pixels is decoded once, not at each look.
They stay in memory for a while, and so does what was drawn; nothing is written beside the thumbnails.
"""

from __future__ import annotations

import functools
import io
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from lib.augment.recipe import Recipe
from lib.augment.steps.picture import Resize
from lib.media.picture import contact_sheet
from lib.project import thumbnails
from lib.project.items import Item

SHOWN = 256         # px: the longest side of a preview; a larger Resize is shown at this size
_FEW = ((4, 256), (16, 128), (64, 64))  # (variants of a picture up to, px of each): many are drawn smaller
SHEET_SIDE = 8      # pictures in a row and in a column of the contact sheet
SHEET_CELL = 64     # px, of a picture on the contact sheet
_QUALITY = 90       # of WebP; what is small must not be blurred by its file


@dataclass(frozen=True)
class Variant:
    """One picture that a recipe makes. name: "" for the picture itself, "mirror", "turn1". webp: the file's content."""

    name: str
    webp: bytes
    size: tuple[int, int]   # width and height in px, as shown here


@dataclass(frozen=True)
class Sheet:
    """A contact sheet. webp: the file's content. pictures: how many are on it. whole: False while some are still to come."""

    webp: bytes
    pictures: int
    whole: bool


def preview(project, item: Item, recipe: Recipe) -> tuple[Variant, ...]:
    """Everything that becomes of one picture, with the very turns and colours of the dataset.

    Each is at most `shown_size(recipe)` px wide and high. Raises UserError if the file cannot be read.
    """
    most = shown_size(recipe)
    return _variants(_SmallCopy(project, item, _copy_size(recipe, most)), _as_text(shown_recipe(recipe, most)), most)


def shown_size(recipe: Recipe) -> int:
    """At most how many px a preview has on a side."""
    return next(size for few, size in _FEW if recipe.multiplies <= few)


def preview_sheet(project, items: Sequence[Item], recipe: Recipe, *, seconds: float | None = None) -> Sheet | None:
    """The first 64 pictures that a recipe makes of these items, as the model will see them.

    seconds: begin no further small copy after them; ask again, and it goes on from there (`whole` is True at the end).
    None where there is no picture yet. Raises UserError if a file cannot be read.
    """
    text, until = _as_text(shown_recipe(recipe, SHEET_CELL)), None if seconds is None else time.monotonic() + seconds
    wanted = items[: -(-SHEET_SIDE**2 // recipe.multiplies)]
    copies = []
    for item in wanted:
        if until is not None and copies and time.monotonic() > until:
            break
        copies.append(_SmallCopy(project, item, SHOWN))
        copies[-1].picture()
    return _sheet(tuple(copies), text, len(copies) == len(wanted)) if copies else None


def shown_recipe(recipe: Recipe, most: int) -> Recipe:
    """The same recipe with no Resize above `most` px: the same picture, only drawn smaller."""
    return Recipe(
        step.model_copy(update={"size": min(step.size, most)}) if isinstance(step, Resize) else step
        for step in recipe.steps
    )


def enlarges(item: Item, size: int | None) -> bool:
    """True where the picture has fewer pixels than Resize asks for: it is enlarged then, which adds no detail."""
    longer = max(item.facts.get("width", 0), item.facts.get("height", 0))
    return bool(size and longer and longer < size)


def _copy_size(recipe: Recipe, most: int) -> int:
    """Twice the size that is shown where that is large, so that a square cut from it is still sharp."""
    largest = max((step.size for step in recipe.steps if isinstance(step, Resize)), default=SHOWN)
    return SHOWN if 2 * min(largest, most) <= SHOWN else 2 * SHOWN


class _SmallCopy:
    """The small copy of an item at a size: equal where the file and the size are, so that it can be looked up."""

    def __init__(self, project, item: Item, size: int):
        self._project, self._item = project, item
        self.seed = item.sha256
        self._key = (project.path, item.sha256, size)

    def picture(self) -> Image.Image:
        return _decoded(self)

    def decode(self) -> Image.Image:
        with Image.open(thumbnails.path_of(self._project, self._item, self._key[-1])) as small:
            return small.convert("RGBA" if "A" in small.getbands() else "RGB")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SmallCopy) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@functools.lru_cache(maxsize=256)       # 200 kB each
def _decoded(copy: _SmallCopy) -> Image.Image:
    return copy.decode()


@functools.lru_cache(maxsize=512)       # some 5 kB for each picture in it
def _variants(copy: _SmallCopy, recipe: str, most: int) -> tuple[Variant, ...]:
    made = []
    for name, picture in Recipe(json.loads(recipe)).apply(copy.picture(), seed=copy.seed):
        picture.thumbnail((most, most), Image.Resampling.LANCZOS)       # where there is no Resize
        made.append(Variant(name, _as_webp(picture), picture.size))
    return tuple(made)


@functools.lru_cache(maxsize=32)        # some 100 kB each
def _sheet(copies: tuple[_SmallCopy, ...], recipe: str, whole: bool) -> Sheet:
    steps = Recipe(json.loads(recipe))
    pictures = [picture for copy in copies for _, picture in steps.apply(copy.picture(), seed=copy.seed)][: SHEET_SIDE**2]
    drawn = contact_sheet(pictures, columns=min(SHEET_SIDE, len(pictures)), cell=SHEET_CELL, gap=2)
    return Sheet(_as_webp(drawn), len(pictures), whole)


def _as_webp(picture: Image.Image) -> bytes:
    """Quickly rather than small: it is looked at once and thrown away."""
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=_QUALITY, method=1)
    return buffer.getvalue()


def _as_text(recipe: Recipe) -> str:
    return json.dumps(recipe.as_plain())
