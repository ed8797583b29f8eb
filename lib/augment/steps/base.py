"""What every step of a recipe is. Read `Step`; to add one, see steps/__init__.py.

`title` is its name in plain words, `says` the one sentence about it, `library` what does the work, `words` what was chosen
("Resize to 64 px").

A preparing step has `apply(thing)`; an augmenting step has `variants(thing, random)` and yields (name, new thing); a
cutting step has `pieces(thing)` and gives the list of things that one becomes. A step with `needs_marks = True` is given
the marks of the datapoint (lib/project/marks.py) too, as `marks=`. A thing is a PIL picture in RGB, a `Sound` or a str.
What is random comes from `random`, seeded by the item, so a dataset can be made again.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lib.errors import UserError
from lib.project import given

Group = Literal["shape", "light", "drawing", "people", "background", "variants", "sound", "text"]


class LeftOut(Exception):
    """Raised by a step for a thing that it cannot prepare: it stays out of the dataset, with this reason ("no face found")."""


class Step(BaseModel):
    """One step. Its fields are what can be chosen; `title` and `says` are the name and the sentence that a person reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: ClassVar[str]
    says: ClassVar[str]
    library: ClassVar[str] = "Pillow"
    kind: ClassVar[Literal["image", "sound", "text"]] = "image"    # of the datapoints that it works on
    group: ClassVar[Group] = "shape"                                # where it stands in the menu
    needs_marks: ClassVar[bool] = False

    def __init__(self, *positional: object, **named: object):
        """Fields may be given in their order or by name. Raises UserError for a value out of bounds."""
        fields = list(type(self).model_fields)
        if len(positional) > len(fields):
            raise UserError(
                f"{type(self).__name__} takes {len(fields)} values, not {len(positional)}.",
                "",
                f"They are: {', '.join(fields)}.",
            )
        if doubled := [field for field in fields[: len(positional)] if field in named]:
            name = type(self).__name__
            raise UserError(
                f"{name} is given its {doubled[0]} twice.",
                "Once by its place and once by its name.",
                f"Write {name}({doubled[0]}={given.shown(named[doubled[0]])}).",
            )
        try:
            super().__init__(**dict(zip(fields, positional, strict=False)), **named)
        except ValidationError as error:
            raise self._in_plain_words(error) from None

    def _in_plain_words(self, error: ValidationError) -> UserError:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        field = type(self).model_fields.get(name)
        fix = field.description if field else f"It knows: {', '.join(type(self).model_fields) or 'nothing to choose'}."
        if first["type"] == "extra_forbidden":
            return UserError(f"{type(self).__name__} has nothing called {name}.", "", fix)
        reason = first["msg"].removeprefix("Value error, ")
        return UserError(f"{type(self).__name__} cannot have {name} {given.shown(first['input'])}.", reason + ".", fix)

    @property
    def adds(self) -> int:
        """How many variants it adds to each picture; 0 for a preparing step."""
        return 0

    @property
    def words(self) -> str:
        """What it does with what was chosen, for a list: "Resize to 64 px"."""
        return self.title
