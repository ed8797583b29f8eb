"""A recipe: steps in an order, as plain values on disk, and what it makes of one picture."""

from __future__ import annotations

import difflib
import random
from collections import Counter
from collections.abc import Iterable, Iterator

from PIL import Image

from lib.augment.steps import STEPS, Step
from lib.errors import UserError
from lib.project import given
from lib.project.dataset_folder import DatasetFolder

_MOST_VARIANTS = 64


class Recipe:
    """Steps in order. Made of steps, or of their plain values (as in dataset.json); one step may stand alone.

    Raises UserError for what is no step, and where a picture would become more than 64.
    """

    def __init__(self, steps: Recipe | Step | dict | Iterable[Step | dict] = ()):
        if isinstance(steps, Recipe):
            steps = steps.steps
        self.steps = tuple(map(_step, given.several("recipe", steps, alone=(Step, dict, str, type, type(None)))))
        if self.multiplies > _MOST_VARIANTS:
            raise UserError(
                f"This recipe makes {self.multiplies} pictures of each.",
                f"The most is {_MOST_VARIANTS}.",
                "Take fewer copies, or leave a step out.",
            )

    @property
    def multiplies(self) -> int:
        """How many training pictures become of one."""
        times = 1
        for step in self.steps:
            times *= 1 + step.adds
        return times

    @property
    def words(self) -> str:
        """What it does, in one line: "Square crop, centre; Resize to 64 px"."""
        return "; ".join(step.words for step in self.steps) or "Nothing is changed"

    def as_plain(self) -> list[dict]:
        """Every step with every value: [{"step": "Resize", "size": 64, "how": "area"}]."""
        return [{"step": type(step).__name__, **step.model_dump()} for step in self.steps]

    def prepare(self, picture: Image.Image) -> Image.Image:
        """The picture after the preparing steps alone."""
        return next(self.apply(picture, "", augment=False))[1]

    def apply(self, picture: Image.Image, seed: str, augment: bool = True) -> Iterator[tuple[str, Image.Image]]:
        """Yields (name of the variant, picture); the first is the picture itself, with the name ''.

        seed: what the variants depend on, such as the item's hash. augment=False: the preparing steps only.
        """
        made = [("", flatten(picture))]
        for place, step in self._places():
            if hasattr(step, "apply"):
                made = [(name, step.apply(one)) for name, one in made]
            elif augment:
                chance = f"{type(step).__name__} {place}".strip()
                made += [
                    ("-".join(filter(None, (name, f"{place}{more}"))), variant)
                    for name, one in made
                    for more, variant in step.variants(one, random.Random(f"{seed} {name} {chance}"))
                ]
        yield from made

    def _places(self) -> Iterator[tuple[str, Step]]:
        """Each step with its place among those of its kind: "" for the first, "2" for the second Rotate, and so on."""
        seen = Counter()
        for step in self.steps:
            seen[type(step)] += 1
            yield str(seen[type(step)]) if seen[type(step)] > 1 else "", step

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recipe) and self.steps == other.steps

    def __hash__(self) -> int:
        return hash(self.steps)

    def __repr__(self) -> str:
        return f"Recipe([{', '.join(map(repr, self.steps))}])"


def flatten(picture: Image.Image) -> Image.Image:
    """See-through parts lie on white paper."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _step(value: object) -> Step:
    """A step, as it is or from its plain values."""
    if isinstance(value, Step):
        return value
    if isinstance(value, type) and issubclass(value, Step):
        name = value.__name__
        raise UserError(f"{name} is a kind of step, not yet a step.", "", f"Write augment.{name}(), with its brackets.")
    if not isinstance(value, dict):
        raise UserError(
            f"A recipe is made of steps; {given.shown(value)} is not one.",
            f"The steps are: {', '.join(STEPS)}.",
            f"Write it like augment.{_nearest(value)}().",
        )
    values = {str(field): choice for field, choice in value.items()}
    name = values.pop("step", None)
    if not isinstance(name, str) or name not in STEPS:
        raise UserError(f"There is no step {given.shown(name)}.", "", f"Choose one of: {', '.join(STEPS)}.")
    return STEPS[name](**values)


def _nearest(value: object) -> str:
    """The step that this may have meant."""
    by_small = {name.lower(): name for name in STEPS}
    close = difflib.get_close_matches(value.lower(), by_small, n=1) if isinstance(value, str) else []
    return by_small[close[0]] if close else "Mirror"


def varies(dataset: DatasetFolder) -> bool:
    """True if its recipe made variants, so that the dataset holds more pictures than datapoints."""
    return any(dataset.has_step(name) for name, step in STEPS.items() if hasattr(step, "variants"))
