"""Forms from settings: each shape of a field becomes a widget, and what stands in it comes back as the model's form takes it."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image
from pydantic import BaseModel
from streamlit.testing.v1 import AppTest

from lib.media.curves import Axis
from lib.media.setting import extra_of, inputs_of, setting, shape_of
from lib.ui.widgets import canvas, form, given_file


class Everything(BaseModel):
    number: float = setting(0.5, ge=0.0, le=1.0, label="Number", help="A number.")
    switch: bool = setting(False, label="Switch", help="A switch.")
    choice: Literal["a", "b"] = setting("a", label="Choice", help="A choice.")
    colour: str = setting("#ff0000", label="Colour", help="A colour.", format="colour")
    words: str = setting("", label="Words", help="Words.")
    lines: str = setting("", label="Lines", help="Lines.", format="lines")
    table: list[list[float]] = setting([[1.0, 2.0]], label="Table", help="Numbers.", format="table", columns=("x", "y"))
    picture: str = setting("", label="Picture", help="A picture.", format="picture", needed=True)
    mask: str = setting("", label="Mask", help="A mask.", format="mask", of="picture")
    sound: str = setting("", label="Sound", help="A sound.", format="sound")
    curves: dict = setting({}, label="Curves", help="Some curves.", format="curves", axes=(Axis("pitch", "Pitch", 55, 880, unit="Hz"),))
    over: dict = setting({}, label="Over it", help="Curves over a sound.", format="curves", of="sound", axes=(Axis("pitch", "Pitch", 55, 880),))


def page():
    import streamlit as st

    from lib.ui.widgets import form
    from tests.ui.test_form import Everything

    st.session_state["chosen"] = form.fields(Everything, {}, key="all")


def test_every_shape_of_a_field_has_a_widget_and_gives_its_value():
    shown = AppTest.from_function(page, default_timeout=60).run()
    assert not shown.exception
    chosen = shown.session_state["chosen"]
    assert {name: chosen[name] for name in ("number", "switch", "choice", "words", "lines", "table")} == {
        "number": 0.5, "switch": False, "choice": "a", "words": "", "lines": "", "table": [[1.0, 2.0]],
    }  # fmt: skip
    assert chosen["picture"] is chosen["mask"] is chosen["sound"] is None and chosen["curves"] == chosen["over"] == {}
    shown.text_area(key="all.lines").set_value("one\ntwo").run()
    assert shown.session_state["chosen"]["lines"] == "one\ntwo"
    told = "\n".join(element.value for element in shown.markdown)
    assert "First give the picture." in told and "First give the sound." in told and "Numbers." in told


def test_what_is_needed_and_missing_is_named():
    assert form.missing(Everything, {"picture": None}) == "Picture is missing."
    assert form.missing(Everything, {"picture": Path("a.png")}) == "" and form.missing(Everything, {"words": ""}) == ""


def test_the_shapes_are_told_from_types_and_formats():
    shapes = {name: shape_of(field) for name, field in Everything.model_fields.items() if name != "over"}
    assert shapes == {name: name for name in shapes}
    assert inputs_of(Everything) == {name: name for name in ("words", "lines", "picture", "mask", "sound", "curves")} | {"over": "curves"}
    assert extra_of(Everything.model_fields["mask"])["of"] == "picture"


@pytest.fixture
def session(monkeypatch):
    state: dict = {}
    monkeypatch.setattr(given_file.st, "session_state", state)
    return state


def test_a_mask_has_the_shape_of_its_picture_and_what_is_no_picture_is_said(tmp_path, monkeypatch, session):
    Image.new("CMYK", (300, 200)).save(tmp_path / "wide.jpg")
    told = {}
    monkeypatch.setattr(canvas, "component", lambda *_: lambda **asked: told.update(json.loads(asked["data"])))
    given_file._drawn("Mask", "", "key", tmp_path / "wide.jpg")
    assert (told["wide"], told["high"], told["mask"]) == (512, 341, True) and told["ground"].startswith("data:image/jpeg")
    (tmp_path / "no.png").write_bytes(b"no picture")
    errors = []
    monkeypatch.setattr(given_file.show, "error", errors.append)
    assert given_file._drawn("Mask", "", "key", tmp_path / "no.png") is None and len(errors) == 1


def test_what_was_drawn_lies_in_a_file_of_this_visit_and_is_written_once(session, monkeypatch):
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(content, "PNG")
    url = "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
    monkeypatch.setattr(given_file.canvas, "draw", lambda **_: url)
    first, again = (given_file._drawn("", "", "key") for _ in range(2))
    assert first == again and first.read_bytes() == content.getvalue()
    session["form.picture.way"] = "Draw"
    assert given_file.drawn(["picture", "mask"], "form") == ["picture"]
    session["given-folder"].cleanup()
    assert not first.exists()
