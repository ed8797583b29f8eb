"""A recipe: steps in an order, as plain values on disk, and what it makes of one picture, sound or text. Read `Recipe.apply`."""

from __future__ import annotations

import contextlib
import difflib
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from PIL import Image

from lib.errors import UserError
from lib.media.kinds import DATAPOINTS
from lib.project import arguments
from lib.project.dataset_folder import DatasetFolder
from lib.steps import STEPS, LeftOut, Step

_MOST_VARIANTS = 64


class Recipe:
    """Steps in order. Made of steps, or of their plain values (as in dataset.json); one step may stand alone.

    Raises UserError for what is no step, where steps for pictures, sounds and texts are mixed, and where a picture would
    become more than 64.
    """

    def __init__(self, steps: Recipe | Step | dict | Iterable[Step | dict] = ()):
        if isinstance(steps, Recipe):
            steps = steps.steps
        self.steps: tuple[Step, ...] = tuple(map(_step, arguments.several("recipe", steps, alone=(Step, dict, str, type, type(None)))))
        _refuse_mixing(self.steps)
        if self.multiplies > _MOST_VARIANTS:
            raise UserError(
                f"This recipe makes {self.multiplies} pictures of each.",
                f"The most is {_MOST_VARIANTS}.",
                "Take fewer copies, or leave a step out.",
            )

    @property
    def kind(self) -> str | None:
        """What it is for: "image", "sound" or "text"; None where there is no step, which fits all."""
        return self.steps[0].kind if self.steps else None

    @property
    def light(self) -> bool:
        """False where a step's library may not be loaded into the web server."""
        return all(step.light for step in self.steps)

    @property
    def needs_marks(self) -> bool:
        return any(step.needs_marks for step in self.steps)

    @property
    def multiplies(self) -> int:
        """How many training pictures become of one. Pieces are not counted: nobody knows before how many there are."""
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
        return [as_plain(step) for step in self.steps]

    def prepare(self, thing: object, marks: Mapping | None = None) -> object:
        """The picture, sound or text after the preparing steps alone (of several pieces the first). Raises LeftOut."""
        return next(self.apply(thing, "", augment=False, marks=marks))[1]

    def apply(
        self,
        thing: object,
        seed: str,
        augment: bool = True,
        marks: Mapping | None = None,
        only: Callable[[Step], bool] = lambda step: True,
        classes: bool = False,
    ) -> Iterator[tuple[str, Any]]:
        """Yields (name, thing) for all that becomes of one; the first has the name '', or 'piece1' where it is cut.

        thing: a PIL picture, a Sound or a str. seed: what the variants depend on, such as the item's hash. augment=False:
        the preparing and cutting steps only. marks: what people marked on it (labels.marks). only: the other steps leave
        the thing as it is, but its variants come all the same. classes: it is a map of classes (mode P, see steps/base.py), not
        a picture with a table of colours; what comes out is RGB all the same.
        Raises LeftOut if nothing is left of it, UserError where a step that needs marks comes too late.
        """
        refuse_late_marks(self.steps)
        made = [("", thing if classes else _as_rgb(thing))]
        for place, step in self._places():
            if not step.adds:
                made = _prepared(made, step, place, marks or {}) if only(step) else made
            elif augment:
                chance = f"{type(step).__name__} {place}".strip()
                made += [
                    ("-".join(filter(None, (name, f"{place}{more}"))), variant if only(step) else source)
                    for name, source in made
                    for more, variant in _variants(step, source, random.Random(f"{seed} {name} {chance}"))
                ]
        yield from ((name, _as_rgb(result)) for name, result in made)

    def _places(self) -> Iterator[tuple[str, Step]]:
        """Each step with its place among those of its kind: "" for the first, "2" for the second Rotate, and so on."""
        seen: Counter[type] = Counter()
        for step in self.steps:
            seen[type(step)] += 1
            yield str(seen[type(step)]) if seen[type(step)] > 1 else "", step

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recipe) and self.steps == other.steps

    def __hash__(self) -> int:
        return hash(self.steps)

    def __repr__(self) -> str:
        return f"Recipe([{', '.join(map(repr, self.steps))}])"


def as_plain(step: Step) -> dict:
    return {"step": type(step).__name__, **step.model_dump()}


def flatten(picture: Image.Image) -> Image.Image:
    """See-through parts lie on white paper. One without any is given back as it is: no step changes what it is given."""
    if picture.mode != "RGBA":
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _as_rgb(thing: object) -> object:
    return flatten(thing) if isinstance(thing, Image.Image) else thing


def _seen_by(step: Step, thing: object) -> object:
    """Only a step that moves or scales knows what to do with a map of classes; the others are given its colours."""
    return thing if step.geometry else _as_rgb(thing)


def refuse_late_marks(steps: Iterable[Step]) -> None:
    """Raises UserError where a step needs marks after one that moves things about: the marks would no longer fit."""
    if late := late_marks(steps):
        mover, marked = late
        raise UserError(
            f"“{marked.title}” comes after “{mover.title}”.",
            "What was marked by hand belongs to the picture as it was collected, and does not fit once things have moved.",
            f"Move “{marked.title}” above “{mover.title}”.",
        )


def late_marks(steps: Iterable[Step]) -> tuple[Step, Step] | None:
    """The first (step that moves things, step that needs marks after it)."""
    mover = None
    for step in steps:
        if step.needs_marks and mover:
            return mover, step
        mover = mover or (step if step.geometry == "moves" else None)
    return None


def _prepared(made: list[tuple[str, object]], step: Step, place: str, marks: Mapping) -> list[tuple[str, object]]:
    """What a step makes of all of them. One that it leaves out is missed only where nothing else remains: then LeftOut."""
    after, why = [], LeftOut("nothing was left of it")
    for name, thing in made:
        try:
            thing = _seen_by(step, thing)
            after += _cut(name, place, step.pieces(thing)) if hasattr(step, "pieces") else [(name, _changed(step, thing, marks))]
        except LeftOut as out:
            why = out
    if not after:
        raise why
    return after


def _changed(step: Step, thing: object, marks: Mapping) -> object:
    return step.apply(thing, marks=marks) if step.needs_marks else step.apply(thing)


def _cut(name: str, place: str, pieces: Iterable[object]) -> list[tuple[str, object]]:
    return [("-".join(filter(None, (name, f"{place}piece{at}"))), piece) for at, piece in enumerate(pieces, 1)]


def _variants(step: Step, thing: object, chance: random.Random) -> Iterator[tuple[str, object]]:
    """Its variants; those that cannot be made are missed by nobody."""
    with contextlib.suppress(LeftOut):
        yield from step.variants(_seen_by(step, thing), chance)


def _refuse_mixing(steps: tuple[Step, ...]) -> None:
    for step in steps[1:]:
        if step.kind != steps[0].kind:
            raise UserError(
                f"“{step.title}” is for {DATAPOINTS[step.kind].many}, “{steps[0].title}” for {DATAPOINTS[steps[0].kind].many}.",
                "A recipe prepares one kind of datapoint.",
                "Write a recipe for each kind.",
            )


def _step(value: object) -> Step:
    """A step, as it is or from its plain values."""
    if isinstance(value, Step):
        return value
    if isinstance(value, type) and issubclass(value, Step):
        name = value.__name__
        raise UserError(f"{name} is a kind of step, not yet a step.", "", f"Write augment.{name}(), with its brackets.")
    if not isinstance(value, dict):
        raise UserError(
            f"A recipe is made of steps; {arguments.shown(value)} is not one.",
            f"The steps are: {', '.join(STEPS)}.",
            f"Write it like augment.{_nearest(value)}().",
        )
    values = {str(field): choice for field, choice in value.items()}
    name = values.pop("step", None)
    if name is None:
        raise UserError(f"A step has no “step”: {arguments.shown(value)}.", "That is the word which says what it is.",
                        'Write it like {"step": "Mirror"}.')    # fmt: skip
    if not isinstance(name, str) or name not in STEPS:
        raise UserError(f"There is no step {arguments.shown(name)}.", "", f"Choose one of: {', '.join(STEPS)}.")
    return STEPS[name](**values)


def _nearest(value: object) -> str:
    """The step that this may have meant."""
    by_small = {name.lower(): name for name in STEPS}
    close = difflib.get_close_matches(value.lower(), by_small, n=1) if isinstance(value, str) else []
    return by_small[close[0]] if close else "Mirror"


def varies(dataset: DatasetFolder) -> bool:
    """True if its recipe made variants, so that the dataset holds more pictures than datapoints."""
    with contextlib.suppress(UserError):
        return Recipe(dataset.manifest.get("recipe") or []).multiplies > 1
    return False


def prepare_new(dataset: DatasetFolder, thing: object) -> object:
    """A picture, a sound or a text that is not in a dataset, prepared as its datapoints were: for a model that is played with it.

    Of a dataset of pairs, lib/steps/pairing.py prepares the source. Raises UserError where a step cannot prepare it ("no face found").
    """
    try:
        return Recipe(dataset.manifest["recipe"]).prepare(thing)
    except LeftOut as out:
        raise UserError("This cannot be prepared as the others were.", f"{out}.", "Try another one.") from out
