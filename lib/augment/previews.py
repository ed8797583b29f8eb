"""Looking before freezing: what a recipe makes of a few pictures, drawn from small copies. Read `preview`.

The small copies are the project's thumbnails, so a photograph of 24 million pixels is decoded once, not at each look.
Recipes of light steps are drawn at once, and stay in memory for a while. The others need libraries that the web server never
loads (OpenCV, MediaPipe, rembg): they are drawn by a process of its own (preview_worker.py) into cache/previews/, and a look says
`waiting` until they are there.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from lib.augment import preview_client
from lib.augment.pairs import find_pairs
from lib.errors import UserError
from lib.media.files import GONE, edition, read_json
from lib.media.picture import contact_sheet
from lib.project import arguments, items, labels, thumbnails
from lib.project.folder import CACHE
from lib.project.items import Item
from lib.steps import LeftOut
from lib.steps.pairing import Source, paired, refuse_misfit, source_of
from lib.steps.picture import Resize
from lib.steps.recipe import Recipe, refuse_late_marks

if TYPE_CHECKING:
    from lib.project import Project

SHOWN = 256         # px: the longest side of a preview; a larger Resize is shown at this size
_FEW = ((4, 256), (16, 128), (64, 64))  # (variants of a picture up to, px of each): many are drawn smaller
SHEET_SIDE = 8      # pictures in a row and in a column of the contact sheet
SHEET_CELL = 64     # px, of a picture on the contact sheet
_QUALITY = 90       # of WebP; what is small must not be blurred by its file
_SEARCHED = 1024    # px of the small copy in which a step looks for something
_DRAWN_AS = 2       # counts up where steps draw otherwise than before, so that older previews are not shown


@dataclass(frozen=True)
class Variant:
    """One picture that a recipe makes. name: "" for the picture itself, "mirror", "turn1". webp: the file's content.

    how: which library found the person or thing, where a step says so.
    """

    name: str
    webp: bytes
    size: tuple[int, int]   # width and height in px, as shown here
    how: str = ""


@dataclass(frozen=True)
class Preview(Sequence):
    """The variants of one picture, in order. left_out: why it stays out of the dataset (then there is no variant).

    waiting: it is being drawn, so look again in about a second.
    """

    variants: tuple[Variant, ...] = ()
    left_out: str = ""
    waiting: bool = False

    def __getitem__(self, place):
        return self.variants[place]

    def __len__(self) -> int:
        return len(self.variants)

    def __iter__(self) -> Iterator[Variant]:
        return iter(self.variants)


@dataclass(frozen=True)
class Sheet:
    """A contact sheet. webp: the file's content, b"" while there is no picture. pictures: how many are on it.

    whole: False while some are still to come. left_out: how many of those that were looked at stay out of the dataset.
    why: the same by reason, {"no face found": 8}. seen: how many were looked at.
    """

    webp: bytes
    pictures: int
    whole: bool
    left_out: int = 0
    why: dict[str, int] = field(default_factory=dict)
    seen: int = 0


def preview(project: Project, item: Item, recipe: Recipe, *, wait: float = 0.0) -> Preview:
    """Everything that becomes of one picture, with the very turns and colours of the dataset.

    Each is at most `shown_size(recipe)` px wide and high. wait: seconds to wait for what another process draws (a page looks
    again instead). Raises UserError if the file cannot be read, or the recipe cannot be drawn.
    """
    project, recipe = arguments.project(project), Recipe(recipe)
    refuse_late_marks(recipe.steps)
    most = shown_size(recipe)
    return _look(_Order.of(project, item, recipe, most), wait)


def preview_pair(project: Project, item: Item, source: object, recipe: Recipe, *, wait: float = 0.0) -> Preview:
    """The two sides of the pair that becomes of one picture: variants "source" and "target". Else as `preview`.

    source: as in build_pairs; of Matched, item is the target.
    """
    project, source, recipe = arguments.project(project), source_of(source), Recipe(recipe)
    refuse_misfit(source, recipe)
    refuse_late_marks(recipe.steps)
    return _look(_Order.of(project, item, recipe, SHOWN, source), wait)


def shown_size(recipe: Recipe) -> int:
    """At most how many px a preview has on a side."""
    return next(size for few, size in _FEW if recipe.multiplies <= few)


def preview_sheet(
    project: Project, items: Sequence[Item], recipe: Recipe, *, seconds: float | None = None, wait: float = 0.0
) -> Sheet | None:
    """The first 64 pictures that a recipe makes of these items, as the model will see them.

    seconds: begin no further small copy after them; ask again, and it goes on from there (`whole` is True at the end).
    wait: seconds to wait for each that another process draws.
    None where there is no picture yet. Raises UserError if a file cannot be read, or the recipe cannot be drawn.
    """
    project, recipe, items = arguments.project(project), Recipe(recipe), arguments.several("items", items, alone=Item)
    refuse_late_marks(recipe.steps)
    wanted, until = items[: -(-SHEET_SIDE**2 // recipe.multiplies)], None if seconds is None else time.monotonic() + seconds
    most = SHEET_CELL if recipe.light else shown_size(recipe)  # at 64 px a detector finds less than the dataset will show
    orders = _orders(project, wanted, shown_recipe(recipe, most), most)
    asked: list[_Order] = []
    for order in orders:
        if order.light and until is not None and asked and time.monotonic() > until:
            break
        asked.append(order)
        if order.light:
            order.copy.picture()
    return _sheet(tuple(asked), len(asked) == len(orders), wait) if asked else None


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


# ---- what is drawn -------------------------------------------------------------------------------------------------


class _SmallCopy:
    """The small copy of an item at a size: equal where the file and the size are, so that it can be looked up."""

    def __init__(self, project: Project, item: Item, size: int):
        self.project, self.item = project, item
        self._key = (project.path, item.sha256, size)

    @property
    def size(self) -> int:
        return self._key[-1]

    def picture(self) -> Image.Image:
        return _decoded(self)

    def decode(self) -> Image.Image:
        with Image.open(thumbnails.path_of(self.project, self.item, self.size)) as small:
            return small.convert("RGBA" if "A" in small.getbands() else "RGB")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SmallCopy) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@functools.lru_cache(maxsize=256)       # 200 kB each
def _decoded(copy: _SmallCopy) -> Image.Image:
    return copy.decode()


@dataclass(frozen=True)
class _Order:
    """One preview that is wanted. text: recipe, marks and source as JSON, so that orders can be compared and handed over."""

    copy: _SmallCopy
    most: int
    text: str
    light: bool
    other: _SmallCopy | None = None

    @classmethod
    def of(cls, project: Project, item: Item, recipe: Recipe, most: int, source: Source | None = None, marks: Mapping | None = None) -> _Order:
        needs = recipe.needs_marks or bool(source and (source.is_marked or source.matched))
        if marks is None:
            marks = labels.marks(project, [item.id]).get(item.id, {}) if needs else {}
        other = _other_half(project, item, source) if source and source.matched else None
        shown = shown_recipe(recipe, most)
        size = _copy_size(recipe, most, source)
        text = json.dumps({"recipe": shown.as_plain(), "marks": marks, "source": source and source.as_plain()}, sort_keys=True)
        light = recipe.light and (source is None or source.light)
        return cls(_SmallCopy(project, item, size), most, text, light, _SmallCopy(project, other, size) if other else None)

    @property
    def file(self) -> Path:
        """Where another process writes it."""
        key = f"{_DRAWN_AS} {self.copy.size} {self.most} {self.text} {self.other.item.sha256 if self.other else ''}"
        of = "+".join(copy.item.path.stem for copy in (self.copy, self.other) if copy)  # so that `touched` finds both
        return _folder(self.copy.project) / of / f"{hashlib.sha256(key.encode()).hexdigest()[:20]}.json"

    def as_plain(self) -> dict:
        copies = {"item": self.copy, "other": self.other}
        return {
            "project": str(self.copy.project.path), "most": self.most, "text": self.text, "size": self.copy.size,
            **{name: copy and {"path": str(copy.item.path), "sha256": copy.item.sha256} for name, copy in copies.items()},
            "to": str(self.file),
        }  # fmt: skip


def _orders(project: Project, wanted: Sequence[Item], recipe: Recipe, most: int) -> list[_Order]:
    marks = labels.marks(project, [item.id for item in wanted]) if recipe.needs_marks else {}
    if marks:
        return [_Order.of(project, item, recipe, most, marks=marks.get(item.id, {})) for item in wanted]
    alike = [_Order.of(project, item, recipe, most, marks={}) for item in wanted[:1]]
    return [replace(order, copy=_SmallCopy(project, item, order.copy.size)) for order in alike for item in wanted]


def _look(order: _Order, wait: float) -> Preview:
    return _at_once(order) if order.light else _from_elsewhere(order, wait)


@functools.lru_cache(maxsize=512)       # some 5 kB for each picture in it
def _at_once(order: _Order) -> Preview:
    return draw(order.text, order.copy.picture(), order.copy.item.sha256, order.most, order.other and order.other.picture())


def _from_elsewhere(order: _Order, wait: float) -> Preview:
    """What the process has drawn, or that it is still at it. Raises UserError where it could not."""
    if edition(order.file) == GONE:
        preview_client.ask(order.copy.project.home, order.as_plain(), wait)
    now = edition(order.file)
    return Preview(waiting=True) if now == GONE else _read(order.file, now)


@functools.lru_cache(maxsize=512)
def _read(path: Path, _edition: tuple[int, int]) -> Preview:
    plain = read_json(path)
    if plain.get("error"):
        raise UserError(**plain["error"])
    variants = [Variant(row["name"], base64.b64decode(row["webp"]), tuple(row["size"]), row["how"]) for row in plain["variants"]]
    return Preview(tuple(variants), plain["left_out"])


def draw(text: str, picture: Image.Image, seed: str, most: int, other: Image.Image | None = None) -> Preview:
    """Draws one preview. text: recipe, marks and source as JSON. picture, other: small copies. Raises UserError."""
    asked = json.loads(text)
    recipe = Recipe(asked["recipe"])
    try:
        if asked["source"]:
            [(_, source, target), *_] = paired(source_of(asked["source"]), recipe, picture, seed, marks=asked["marks"], other=other)
            made: Iterable = (("source", source), ("target", target))
        else:
            made = recipe.apply(picture, seed=seed, marks=asked["marks"])
        return Preview(tuple(_as_variant(name, image, most) for name, image in made))
    except LeftOut as out:
        return Preview(left_out=str(out))


def as_plain(shown: Preview) -> dict:
    """As `_from_elsewhere` reads it."""
    variants = [
        {"name": variant.name, "webp": base64.b64encode(variant.webp).decode(), "size": variant.size, "how": variant.how} for variant in shown
    ]
    return {"variants": variants, "left_out": shown.left_out}


def _as_variant(name: str, picture: Image.Image, most: int) -> Variant:
    how = picture.info.get("how", "")
    if max(picture.size) > most:        # where there is no Resize
        picture = picture.copy()        # it may be the small copy itself
        picture.thumbnail((most, most), Image.Resampling.LANCZOS)
    return Variant(name, _as_webp(picture), picture.size, how)


@functools.lru_cache(maxsize=32)        # some 100 kB each
def _whole_sheet(orders: tuple[_Order, ...]) -> Sheet:
    return _compose([_look(order, 0.0) for order in orders], True)


def _sheet(orders: tuple[_Order, ...], whole: bool, wait: float) -> Sheet:
    looks = [_look(order, 0.0) for order in reversed(orders)][::-1]     # the newest order is drawn first: the first picture
    looks = [_look(order, wait) if look.waiting and wait else look for order, look in zip(orders, looks, strict=True)]
    done = whole and not any(look.waiting for look in looks)
    return _whole_sheet(orders) if done else _compose(looks, False)


def _compose(looks: list[Preview], whole: bool) -> Sheet:
    why = dict(Counter(look.left_out for look in looks if look.left_out))
    counts: dict[str, Any] = {"left_out": sum(why.values()), "why": why, "seen": sum(not look.waiting for look in looks)}
    variants = [variant for look in looks for variant in look][: SHEET_SIDE**2]
    if not variants:
        return Sheet(b"", 0, whole, **counts)
    pictures = [Image.open(io.BytesIO(variant.webp)) for variant in variants]
    drawn = contact_sheet(pictures, columns=min(SHEET_SIDE, len(pictures)), cell=SHEET_CELL, gap=2)
    return Sheet(_as_webp(drawn), len(pictures), whole, **counts)


def _copy_size(recipe: Recipe, most: int, source: Source | None = None) -> int:
    """Twice the size that is shown where that is large, so that a square cut from it is still sharp."""
    if not recipe.light or any(step.looks for step in (*recipe.steps, *(source.steps if source else ()))):
        return _SEARCHED if most > SHEET_CELL else 2 * SHOWN    # what is found there is found in the dataset too
    if most == SHEET_CELL and recipe.light:
        return SHOWN
    largest = max((step.size for step in recipe.steps if isinstance(step, Resize)), default=SHOWN)
    return SHOWN if 2 * min(largest, most) <= SHOWN else 2 * SHOWN


def _other_half(project: Project, item: Item, source: Source) -> Item:
    """The source that belongs to this target. Raises UserError where it has none."""
    assert source.matched is not None
    for first, target in find_pairs(project, source.matched):
        if target == item.id:
            return items.get(project, first)
    raise UserError(f"Number {item.number} is no target.", "It has no other half that may be trained on.", "Look at another picture.")


def _as_webp(picture: Image.Image) -> bytes:
    """Quickly rather than small: it is looked at once and thrown away."""
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=_QUALITY, method=1)
    return buffer.getvalue()


# ---- holding: what withdrawal must reach ---------------------------------------------------------------------------


def touched(project: Project, gone: Iterable[Item]) -> list[Path]:
    """The folders of previews in which these items are."""
    stems = {item.path.stem for item in gone}
    return [folder for folder in _folder(project).glob("*") if stems.intersection(folder.name.split("+"))]


def forget(project: Project, gone: Iterable[Item]) -> None:
    for folder in touched(project, gone):
        shutil.rmtree(folder, ignore_errors=True)


def _folder(project: Project) -> Path:
    return project.path / CACHE / "previews"
