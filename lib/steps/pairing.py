"""The two sides of a pair: a source, and the target to make of it, of one picture or of two. Read `paired` and `prepare_source`.

There are three ways to a source. It is *drawn* from the picture by steps (edges, a skeleton, a blurred copy), from what the
recipe has made of it, so that both sides fit by themselves. It is *marked* by hand (`Mask`): then it is drawn first, and goes
through the steps of the recipe that move or scale things. Or it is *another picture* (`LeftHalf`, `Matched`), which goes
through the whole recipe with the same turns and colours.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from PIL import Image

from lib.errors import UserError
from lib.media.kinds import PAIRS
from lib.media.picture import open_picture
from lib.media.setting import setting
from lib.project import arguments
from lib.project.dataset_folder import DatasetFolder
from lib.steps import LeftOut, Step
from lib.steps.drawing import Mask
from lib.steps.picture import Resize, as_mask
from lib.steps.recipe import Recipe, as_plain, flatten

_LOOKED_AT = 512            # px in which a face or a body is looked for, whatever the size of the dataset
_SAME_SHAPE = 0.02          # of a side: by so much two halves may differ, and are brought to one size


class LeftHalf(Step):
    title = "Left half, right half"
    says = "Each of your pictures holds both: it is cut down the middle, one half the source, the other the target."

    source: Literal["left", "right"] = setting("left", label="The source is", help="The half that the model will be given.")

    @property
    def words(self) -> str:
        return f"The {self.source} half, and the other half to make of it"


class Matched(Step):
    title = "Two pictures that belong together"
    says = "Source and target are two of your pictures: a drawing and its photograph, the same corner by day and by night."
    needs_marks = True

    by: Literal["label", "number", "name"] = setting(
        "label", label="Matched by",
        help="What you paired on Label; or number 1 with 2, 3 with 4; or file names: A/1.jpg with B/1.png, 001_a with 001_b.",
    )  # fmt: skip
    source: Literal["first", "second"] = setting(
        "first", label="The source is the",
        help="First is who names the other on Label; or the lower number; or by name (of a file or folder): a before b, before before after.",
    )
    folders: str = setting(
        "", label="Folders", level="expert", max_length=400,
        help="Where more than two folders have pictures of the same name: the two that belong together, such as A, B. The one named first is first.",
    )  # fmt: skip

    @property
    def words(self) -> str:
        among = f" in the folders {self.folders}" if self.folders.strip() else ""
        return f"Two pictures matched by {self.by}{among}, the {self.source} as the source"


SOURCES: dict[str, type[Step]] = {source.__name__: source for source in (LeftHalf, Matched)}


@dataclass(frozen=True)
class Source:
    """Where the sources of pairs come from: `steps` that draw it, or one LeftHalf or Matched."""

    steps: tuple[Step, ...]

    @property
    def halves(self) -> LeftHalf | None:
        return self.steps[0] if isinstance(self.steps[0], LeftHalf) else None

    @property
    def matched(self) -> Matched | None:
        return self.steps[0] if isinstance(self.steps[0], Matched) else None

    @property
    def is_marked(self) -> bool:
        """True where it is drawn from what was marked by hand, which belongs to the picture as it was collected."""
        return self.matched is None and any(step.needs_marks for step in self.steps)

    @property
    def is_painted(self) -> bool:
        """True where it is a mask: white and black, and nothing between."""
        return isinstance(self.steps[-1], Mask)

    @property
    def looks(self) -> bool:
        return any(step.looks for step in self.steps)

    @property
    def light(self) -> bool:
        return all(step.light for step in self.steps)

    @property
    def words(self) -> str:
        return "; ".join(step.words for step in self.steps)

    def as_plain(self) -> list[dict]:
        return [as_plain(step) for step in self.steps]

    def draw(self, picture: Image.Image, marks: Mapping) -> Image.Image:
        """The source of a picture, RGB and of its size. Raises LeftOut."""
        return Recipe(self.steps).prepare(picture, marks)


def source_of(source: object) -> Source:
    """A Source from a step, several, or their plain values (as in dataset.json). Raises UserError for what is none."""
    if isinstance(source, Source):
        return source
    given_ones = source.steps if isinstance(source, Recipe) else arguments.several("source", source, alone=(Step, dict, str, type, type(None)))
    whole: list[Any] = [given if isinstance(given, Step) else SOURCES.get(_name(given)) for given in given_ones]
    if any(isinstance(part, LeftHalf | Matched) or isinstance(part, type) for part in whole):
        if len(whole) > 1:
            raise UserError("LeftHalf and Matched stand alone.", "Their source is a picture of its own.", "Give nothing beside it.")
        [given] = given_ones
        return Source((given if isinstance(given, Step) else whole[0](**{key: value for key, value in given.items() if key != "step"}),))
    steps = Recipe(given_ones).steps
    for step in steps:
        _refuse_as_source(step)
    if not steps:
        raise UserError("No step draws the source.", "Then source and target would be the same picture.", "Give one: source=augment.Edges().")
    return Source(steps)


def _name(step: object) -> str:
    return str(step.get("step")) if isinstance(step, dict) else ""


def _refuse_as_source(step: Step) -> None:
    if step.kind != "image":
        raise UserError(f"“{step.title}” is not for pictures.", "Pairs are made of pictures.", "Choose a step that draws.")
    if step.geometry or step.adds or hasattr(step, "pieces"):
        raise UserError(
            f"“{step.title}” cannot draw a source.",
            "Source and target would no longer lie on each other.",
            "Put it into the recipe: what it does is then done to both sides.",
        )


def paired(
    source: Source,
    recipe: Recipe,
    picture: Image.Image,
    seed: str,
    *,
    augment: bool = True,
    marks: Mapping | None = None,
    other: Image.Image | None = None,
) -> list[tuple[str, Image.Image, Image.Image]]:
    """All pairs that become of one picture: (name of the variant, source, target), both RGB and of one size.

    other: the picture that the source is, where it is Matched. Raises LeftOut if there is none.
    """
    def make(side: Image.Image, steps: Recipe = recipe, only: Callable[[Step], bool] = lambda step: True) -> dict[str, Image.Image]:
        return dict(steps.apply(side, seed, augment, marks, only))

    picture, marks = flatten(picture), marks or {}
    if source.halves:
        left, right = _cut_in_two(picture)
        sources, targets = (make(left), make(right)) if source.halves.source == "left" else (make(right), make(left))
    elif source.matched:
        sources, targets = make(flatten(other)), make(picture)
    elif source.is_marked:
        sources, targets = _moved(source, recipe, source.draw(picture, marks), seed, augment, marks), make(picture)
    else:
        targets = make(picture)
        sources = _drawn(source, make(picture, _larger(recipe)) if source.looks else targets)
    both = [(name, sources[name], target) for name, target in targets.items() if name in sources]
    if (source.halves or source.matched) and not all(_have_one_shape(drawn, target) for _, drawn, target in both):
        raise LeftOut("its halves have different shapes")
    both = [(name, _as_large(drawn, target), target) for name, drawn, target in both]
    if not both:
        raise LeftOut("its two sides do not fit together")
    return both


def refuse_misfit(source: Source, recipe: Recipe) -> None:
    """Raises UserError where the two sides would not lie on each other."""
    if recipe.kind not in (None, "image"):
        raise UserError("Pairs are made of pictures.", "This recipe is for something else.", "Write a recipe for pictures.")
    if source.halves and recipe.needs_marks:
        raise UserError(
            "A half has no marks of its own.",
            "What was marked by hand belongs to the whole picture.",
            "Take the step that needs marks out of the recipe.",
        )
    looking = next((step for step in recipe.steps if step.looks and step.geometry), None)
    if source.is_marked and looking:
        raise UserError(
            f"“{looking.title}” looks for something that a painted mask does not show.",
            "So the mask could not be cut in the same way.",
            "Cut by hand, or with Square crop.",
        )


def prepare_source(dataset: DatasetFolder, picture: Image.Image | str | os.PathLike) -> Image.Image:
    """What a model that learned from this dataset of pairs is given for a new picture: RGB, prepared as the sources were.

    Where sources were drawn (Edges), the picture goes through the recipe and is drawn. Where they were painted (Mask),
    halves or matched pictures, it is a source already, and only goes through the recipe.
    Raises UserError if the dataset is not of pairs, the file cannot be read, or a step cannot prepare it ("no face found").
    """
    if not isinstance(dataset, DatasetFolder):
        raise UserError(f"{arguments.shown(dataset)} is not a dataset.", "", 'Take one of project.datasets(), such as project.dataset("edges-64").')
    if dataset.kind != PAIRS.name or not dataset.manifest.get("source"):
        raise UserError(f"{dataset.path.name} is not a dataset of pairs.", "", "Make one with augment.build_pairs.")
    return prepare_as(dataset.manifest["source"], dataset.manifest["recipe"], picture if isinstance(picture, Image.Image) else
                      open_picture(arguments.path("picture", picture)))  # fmt: skip


def prepare_as(source: list, recipe: list, picture: Image.Image) -> Image.Image:
    """The same by the plain steps that a dataset (or a model that learned from it) keeps. Raises UserError as `prepare_source` does."""
    way, steps = source_of(source), Recipe(recipe)
    try:
        if way.halves or way.matched:
            return steps.prepare(picture)  # type: ignore[return-value]
        if way.is_marked:
            return _moved(way, steps, flatten(picture), "", False, {})[""]
        return paired(way, steps, picture, "", augment=False)[0][1]
    except LeftOut as out:
        raise UserError("This picture cannot be prepared as the others were.", f"{out}.", "Try another one.") from out


def prepare_target(recipe: list, picture: Image.Image) -> Image.Image:
    """A new picture as the targets were prepared, for a model that goes the other way. Raises UserError as `prepare_source` does."""
    try:
        return Recipe(recipe).prepare(flatten(picture))  # type: ignore[return-value]
    except LeftOut as out:
        raise UserError("This picture cannot be prepared as the others were.", f"{out}.", "Try another one.") from out


def _moved(source: Source, recipe: Recipe, drawn: Image.Image, seed: str, augment: bool, marks: Mapping) -> dict[str, Image.Image]:
    """What was marked by hand, through the steps that move or scale things; of a mask no two values are ever mixed."""
    drawn = as_mask(drawn) if source.is_painted else drawn
    return dict(recipe.apply(drawn, seed, augment, marks, lambda step: step.geometry != "", source.is_painted))


def _drawn(source: Source, pictures: Mapping[str, Image.Image]) -> dict[str, Image.Image]:
    """The source of each; a variant in which nothing is found is missed by nobody. Raises LeftOut if none is left."""
    drawn, why = {}, LeftOut("nothing could be drawn from it")
    for name, picture in pictures.items():
        try:
            drawn[name] = source.draw(picture, {})
        except LeftOut as out:
            why = out
    if not drawn:
        raise why
    return drawn


def _larger(recipe: Recipe) -> Recipe:
    """The same recipe, with enough pixels to find a face in."""
    return Recipe(
        step.model_copy(update={"size": max(step.size, _LOOKED_AT)}) if isinstance(step, Resize) else step for step in recipe.steps
    )


def _have_one_shape(picture: Image.Image, target: Image.Image) -> bool:
    """True where one is the other but for its size, to a pixel or two of a hundred."""
    scale = max(target.size) / max(picture.size)
    return all(abs(side * scale - other) <= max(1, _SAME_SHAPE * other) for side, other in zip(picture.size, target.size, strict=True))


def _as_large(picture: Image.Image, target: Image.Image) -> Image.Image:
    return picture if picture.size == target.size else picture.resize(target.size, Image.Resampling.LANCZOS)


def _cut_in_two(picture: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Two halves of one size; of an odd width the middle column goes."""
    half = picture.width // 2
    if not half:
        raise LeftOut("it is too narrow to be cut in two")
    return picture.crop((0, 0, half, picture.height)), picture.crop((picture.width - half, 0, picture.width, picture.height))
