"""What a person reads beside a choice, kept in the field itself: the forms on the pages are built from it. Read `setting`.

A field is a number, a switch, a choice, a colour, words, several lines, a table of numbers, a picture, a mask on a picture,
a sound, curves drawn by hand, a model of others, other models that play along, or the base that a model starts from; `shape_of` tells which.
"""

from __future__ import annotations

from typing import Any, Literal, get_origin

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from lib.media.curves import Axis, plain_axes

Format = Literal["", "colour", "lines", "table", "picture", "mask", "sound", "voice", "curves", "mix", "base"]
FILES = ("picture", "mask", "sound", "voice")   # fields whose value is a file
VOICE = "voice"
INPUTS = (*FILES, "curves", "mix", "words", "lines")    # fields that a model is given to work on, rather than turned like a knob


def setting(
    default: Any, *, label: str, help: str, level: Literal["basic", "expert"] = "basic", options: tuple[float, ...] = (),
    format: Format = "", needed: bool = False, of: str = "", columns: tuple[str, ...] = (), example: str = "",
    axes: tuple[Axis, ...] = (), untaught: float | None = None, when: tuple[str, ...] = (), **bounds: Any,
) -> Any:  # fmt: skip
    """One field of a model's Settings, of its CONTROLS, or of a step of a recipe.

    label: two or three words.   help: one sentence, which value to choose when.   level: experts see both, others "basic".
    options: the numbers to choose from, where only some make sense.   format: what it is, where its type does not tell:
    "colour" is picked from a patch, "lines" are several lines of text, a "table" (list of lists of numbers) has `columns`,
    a "picture", a "mask" painted on the picture of the field `of`, and a "sound" are files; a "voice" is a model of sound that others
    made (.ts). A switch `of` a picture is on where that
    picture was drawn here. A "mix" is {run, or path of a file: how much it counts} of others that play along: runs whose setting `of` is
    the same. "curves" (a dict) are drawn by hand on `axes` (lib.media.curves), those `of` a sound over that sound, as long as it is, where one is asked for. A "base" is a name that the model's bases.py knows.
    needed: nothing can be made without it.   example: what stands greyed in an empty field of words.   untaught: the number at which
    nothing counts of what it learned.   when: of a control, the fields of which one must be given so that it counts, "" for none of them;
    () counts always.   bounds: pydantic's own, such as ge=, le=, gt=, lt=, multiple_of=, max_length=.
    """  # fmt: skip
    extra: dict[str, Any] = {"level": level}
    for name, value in {"options": list(options), "format": format, "needed": needed, "of": of, "columns": list(columns), "example": example,
                        "axes": plain_axes(axes),
                        "when": list(when), "untaught": untaught}.items():  # fmt: skip
        if value or (name == "untaught" and value is not None):
            extra[name] = value
    return Field(default, title=label, description=help, json_schema_extra=extra, **bounds)


def extra_of(field: FieldInfo) -> dict[str, Any]:
    """What `setting` wrote into the field: level, and where given options, format, needed, of, columns, example, axes, when, untaught."""
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def shape_of(field: FieldInfo) -> str:
    """"number", "switch", "choice", "colour", "words", "lines", "table", "picture", "mask", "sound", "voice", "curves", "mix" or "base"."""
    if shape := extra_of(field).get("format"):
        return str(shape)
    if get_origin(field.annotation) is Literal:
        return "choice"
    if field.annotation is bool:
        return "switch"
    return "words" if field.annotation is str else "number"


def inputs_of(form: type[BaseModel]) -> dict[str, str]:
    """The fields of a form that a model works on (words, lines, a picture, a mask, a sound, curves, a mix): name -> shape."""
    return {name: shape for name, field in form.model_fields.items() if (shape := shape_of(field)) in INPUTS}
