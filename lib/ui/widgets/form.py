"""Forms built from settings: each field of a pydantic model becomes the widget that suits it. Read `fields`.

The fields carry what a person reads (lib.media.setting: label, help, level and bounds), so that no page names a model.
A number, a choice, a colour, words, several lines, a table of numbers, curves (curve_editor.py); and a picture, a mask or a sound
(given_file.py), whose value is the path of a file.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

import streamlit as st
from annotated_types import Ge, Gt, Le, Lt, MultipleOf
from PIL import ImageColor
from pydantic import BaseModel, TypeAdapter, ValidationError

from lib.media import sound_stream
from lib.media.curves import axes_of
from lib.media.setting import FILES, extra_of, shape_of
from lib.project import Project
from lib.ui.widgets import curve_editor, given_file


def fields(model: type[BaseModel], values: Mapping, *, key: str, level: str | None = None, skip: tuple[str, ...] = (),
           project: Project | None = None) -> dict:
    """Shows a widget for each field and returns the values, by name.

    values: what they stand at first, by name. level: only fields of this level ("basic" or "expert"). skip: names to leave out.
    project: whose datapoints may be given where a field takes a sound.
    key: must change when `values` are to be taken anew (another preset, another step of a recipe).
    """
    chosen: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name in skip or (level and extra_of(field).get("level", "basic") != level):
            continue
        of = extra_of(field).get("of", "")
        if shape_of(field) == "curves":
            chosen[name] = _curves(field, f"{key}.{name}", of in chosen, chosen.get(of))
        else:
            chosen[name] = _widget(field, values.get(name, field.default), f"{key}.{name}", chosen.get(of), project)
        if shape_of(field) not in FILES and (wrong := complaint(model, name, chosen[name])):
            st.caption(f":red[:material/error: {wrong}]")
    return chosen


def missing(model: type[BaseModel], values: Mapping) -> str:
    """"Picture is missing." where something is not given without which nothing can be made; "" else."""
    return next((f"{field.title} is missing." for name, field in model.model_fields.items()
                 if extra_of(field).get("needed") and name in values and not values[name]), "")  # fmt: skip


def standing(model: type[BaseModel], values: Mapping, key: str) -> dict:
    """What stands in the widgets of `fields` just now, by name, for a callback; those that are not on the page are left out.

    values, key: as `fields` was given them.
    """
    there = {name: st.session_state.get(f"{key}.{name}") for name in model.model_fields}
    return {name: _of_widget(model.model_fields[name], values.get(name), value) for name, value in there.items() if value is not None}


def _of_widget(field, before, value):
    """A colour that is known by its name keeps it until another one is picked."""
    return before if shape_of(field) == "colour" and value.lower() == _as_hex(before) else value


def kept(key: str, default: object) -> Any:
    """What a widget of a fragment stands at, handed to it anew; ask before anything that may end the look early.

    Where a look ends (st.rerun) before it has come to a widget, the browser or the server may forget what was chosen there.
    """
    value = st.session_state.get(key)
    if value is None:
        value = st.session_state.get(f"{key}.kept", default)
    st.session_state[key] = st.session_state[f"{key}.kept"] = value
    return value


def complaint(model: type[BaseModel], name: str, value: object) -> str:
    """What is wrong with a value of one field, in words; "" if it will do."""
    try:
        _rule(model, name).validate_python(value)  # type: ignore[arg-type]
    except ValidationError as error:
        wanted = error.errors()[0]["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
        return f"{value} will not do: it should be {wanted}."
    return ""


@functools.cache
def _rule(model: type[BaseModel], name: str) -> TypeAdapter:
    field = model.model_fields[name]
    return TypeAdapter(Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation)


def _widget(field, value, key: str, ground=None, project: Project | None = None):
    """ground: of a mask, the picture that it is painted on."""
    label, words, shape, example = field.title, field.description, shape_of(field), extra_of(field).get("example")
    if shape in FILES:
        return given_file.ask(shape, label, words, key, ground, project)
    if shape == "lines":
        return st.text_area(label, value, help=words, key=key, height="content", placeholder=example)
    if shape == "table":
        return _table(field, value, key)
    if get_origin(field.annotation) is Literal:
        options = list(get_args(field.annotation))
        if len(options) > 4:    # too many to stand in one line
            return st.selectbox(label, options, options.index(value), help=words, key=key)
        return st.segmented_control(label, options, default=value, required=True, help=words, key=key)
    if steps := extra_of(field).get("options"):
        return st.select_slider(label, steps, value, help=words, key=key)
    if field.annotation is bool:
        return st.checkbox(label, value, help=words, key=key)
    if field.annotation in (int, float):
        return _number(field, value, key)
    if shape == "colour":
        return _colour(field, value, key)
    return st.text_input(label, value, help=words, key=key, placeholder=example)


def _curves(field, key: str, over: bool, sound) -> dict:
    """over: whether a sound is asked for that they lie over.   sound: its file, whose length they have; None while there is none."""
    st.markdown(f"{field.title}  \n:small[{field.description}{' First give the sound.' if over and not sound else ''}]")
    if over and not sound:
        return {}
    seconds = round(sound_stream.seconds_of(sound), 3) if over else curve_editor.FIRST_LENGTH
    return curve_editor.draw(axes_of(extra_of(field)), key=key, label=field.title, seconds=seconds, fixed=over)


def _table(field, value: list, key: str) -> list[list[float]]:
    """Rows of numbers, which a person adds to and takes from."""
    columns = extra_of(field).get("columns") or [str(number + 1) for number in range(len(value[0]) if value else 1)]
    st.markdown(f"{field.title}  \n:small[{field.description}]")
    rows = [dict(zip(columns, row)) for row in value]
    edited = st.data_editor(rows, num_rows="dynamic", key=key, width="stretch", column_config={name: st.column_config.NumberColumn() for name in columns})
    return [[float(row.get(name) or 0) for name in columns] for row in edited]


def _colour(field, value: str, key: str) -> str:
    """A patch to pick from."""
    return _of_widget(field, value, st.color_picker(field.title, _as_hex(value), help=field.description, key=key))


def _as_hex(colour: str) -> str:
    return "#{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(colour)[:3])


def _number(field, value, key: str):
    """A slider where the way is short, else a box."""
    kind = field.annotation
    low, high, step = _bounds(field, kind)
    if kind is float and low is not None and high is not None and 0.1 < high <= 2:
        return st.slider(field.title, low, high, float(value), step=0.05, help=field.description, key=key)
    if kind is int and low is not None and high is not None and high - low <= 16:
        return st.slider(field.title, low, high, int(value), step=step, help=field.description, key=key)
    if kind is float and high is not None and high <= 0.1:
        step = high / 100
    shape = "%d" if kind is int else "%g"
    return st.number_input(field.title, low, high, kind(value), step=step, format=shape, help=field.description, key=key)


def _bounds(field, kind: type) -> tuple:
    """(low, high, step) as the widget wants them, of pydantic's ge, gt, le, lt and multiple_of."""
    low = high = None
    step = 1 if kind is int else None
    for rule in field.metadata:
        if isinstance(rule, Ge | Gt):
            low = kind(rule.ge if isinstance(rule, Ge) else rule.gt)
        elif isinstance(rule, Le | Lt):
            high = kind(rule.le if isinstance(rule, Le) else rule.lt)
        elif isinstance(rule, MultipleOf):
            step = kind(rule.multiple_of)
    return low, high, step
