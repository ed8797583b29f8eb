"""What every step of a recipe is. Read `Step`; to add one, see steps/__init__.py.

`title` is its name in plain words, `says` the one sentence about it, `library` what does the work, `words` what was chosen
("Resize to 64 px").

A preparing step has `apply(thing)`; an augmenting step has `variants(thing, random)` and yields (name, new thing); a
cutting step has `pieces(thing)` and gives the list of things that one becomes. A thing is a PIL picture in RGB, a `Sound`
(lib/media/sound.py) or a str, by the step's `kind`. What is random comes from `random`, seeded by the item, so a dataset
can be made again. A step that cannot prepare a thing raises `LeftOut("no face found")`.

A map of classes, such as what was painted over on Label (Mask), is a PIL picture of mode P: its values are classes, 0 is "not
painted", and no two are ever mixed. Only steps with a `geometry` meet one; for all others the recipe makes it RGB first.
Pillow takes the nearest pixel of such a picture by itself, however it is resized or turned.

A step with `needs_marks = True` is given what people marked on the datapoint, `apply(thing, marks=marks)`: a dict as in
labels.marks, {} where nothing is marked. Marks are shares of the picture as it was collected, so no step that moves things
about (`geometry = "moves"`) may come before it.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from lib.errors import UserError
from lib.project import arguments

Group = Literal["shape", "light", "drawing", "people", "background", "variants", "sound", "text"]

# A step whose library is one of these may be looked at in the web server; all others are drawn by a process of their own.
LIGHT_LIBRARIES = ("Pillow", "NumPy", "Python")


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
    # What it does to places in a picture: "moves" them (crop, pad, turn), "scales" all (Resize), or leaves them ("").
    # Both sides of a pair go through the steps that are not "".
    geometry: ClassVar[Literal["", "moves", "scales"]] = ""
    makes_square: ClassVar[bool] = False
    looks: ClassVar[bool] = False   # it looks for something in the picture (a face, a body), so it wants many pixels

    @field_validator("*")
    @classmethod
    def _is_an_option(cls, value: object, info: ValidationInfo) -> object:
        options = (cls.model_fields[info.field_name].json_schema_extra or {}).get("options")
        if options and value not in options:
            raise ValueError(f"{arguments.shown(value)} is none of {', '.join(map(str, options))}")
        return value

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
                f"Write {name}({doubled[0]}={arguments.shown(named[doubled[0]])}).",
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
        return UserError(f"{type(self).__name__} cannot have {name} {arguments.shown(first['input'])}.", reason + ".", fix)

    @property
    def adds(self) -> int:
        """How many variants it adds to each picture; 0 for a preparing step."""
        return 0

    @property
    def light(self) -> bool:
        """False where its library may not be loaded into the web server."""
        return self.library in LIGHT_LIBRARIES

    @property
    def words(self) -> str:
        """What it does with what was chosen, for a list: "Resize to 64 px"."""
        return self.title
