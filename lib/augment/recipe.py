"""A recipe: steps in an order, as plain values on disk, and what it makes of one picture."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from PIL import Image

from lib.augment.steps import Colour, CropSquare, Mirror, Pad, Resize, Rotate, Step
from lib.errors import UserError

STEPS: dict[str, type[Step]] = {step.__name__: step for step in (CropSquare, Pad, Resize, Mirror, Rotate, Colour)}

_MOST_VARIANTS = 64


class Recipe:
    """Steps in order. Made of steps, or of their plain values (as in dataset.json).

    Raises UserError for an unknown step, and where a picture would become more than 64.
    """

    def __init__(self, steps: Iterable[Step | dict] = ()):
        self.steps = tuple(step if isinstance(step, Step) else _step(step) for step in steps)
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
        for step in self.steps:
            if hasattr(step, "apply"):
                made = [(name, step.apply(one)) for name, one in made]
            elif augment:
                made += [
                    (f"{name}-{more}" if name else more, variant)
                    for name, one in made
                    for more, variant in step.variants(one, random.Random(f"{seed} {name} {type(step).__name__}"))
                ]
        yield from made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recipe) and self.steps == other.steps

    def __repr__(self) -> str:
        return f"Recipe([{', '.join(map(repr, self.steps))}])"


def flatten(picture: Image.Image) -> Image.Image:
    """See-through parts lie on white paper."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _step(plain: dict) -> Step:
    values = dict(plain)
    name = values.pop("step", None)
    if name not in STEPS:
        raise UserError(f"There is no step {name!r}.", "", f"Choose one of: {', '.join(STEPS)}.")
    return STEPS[name](**values)
