"""What beginners write by mistake: every wrong call ends in a UserError that says how to write it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import augment, collect, label
from lib.errors import UserError
from lib.project import Consent, arguments


@pytest.fixture
def item(project, tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "red.png")
    allowed = Consent(state="given", purposes=["train"])
    [item] = collect.add_files(project, tmp_path / "red.png", consent=allowed).added
    return item


@pytest.mark.parametrize("value", [3, 3.0, np.int64(3), np.float32(3)])
def test_a_whole_number_may_come_in_several_kinds(value):
    number = arguments.whole("count", value, low=1, high=8)
    assert number == 3 and type(number) is int


def test_a_number_in_quotation_marks_is_refused_with_how_to_write_it():
    with pytest.raises(UserError, match="without quotation marks: count=3"):
        arguments.whole("count", "3")


def test_a_number_out_of_bounds_is_told_the_nearest_one():
    with pytest.raises(UserError, match="from 1 to 8. .*count=8"):
        arguments.whole("count", 99, low=1, high=8)


def test_a_text_loses_what_no_file_can_hold():
    assert arguments.text("caption", "tulip\0 \ud83c") == "tulip ?"


def test_one_thing_may_stand_for_a_list_only_where_that_makes_sense():
    assert arguments.several("paths", "a.png", alone=str) == ["a.png"]
    assert arguments.several("paths", (name for name in "ab")) == ["a", "b"]
    with pytest.raises(UserError, match=r"tags=\['red'\]"):
        arguments.several("tags", "red")


def test_a_path_knows_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert arguments.path("paths", "~/tulips") == tmp_path / "tulips"
    assert arguments.path("paths", Path("tulips")) == Path("tulips")


def test_items_and_ids_are_both_understood(item):
    assert arguments.item_id(item) == arguments.item_id(item.id) == item.id
    assert arguments.item_ids(item) == arguments.item_ids(item.id) == arguments.item_ids([item]) == [item.id]


def test_a_wrong_value_is_shown_short():
    assert len(arguments.shown("tulip" * 1000)) <= 60
    assert arguments.shown(10**5000) == "this int"


HELPERS = {
    "a fraction": lambda: arguments.whole("count", 2.5),
    "a yes": lambda: arguments.whole("count", True),
    "no number": lambda: arguments.whole("count", None),
    "not a number": lambda: arguments.whole("count", float("nan")),
    "a number of 5000 digits": lambda: arguments.whole("count", 10**5000, high=8),
    "endless": lambda: arguments.number("fps", float("inf")),
    "a number beyond all numbers": lambda: arguments.number("fps", 10**400),
    "a text as a number": lambda: arguments.number("fps", "fast"),
    "a number as a text": lambda: arguments.text("caption", 3),
    "no list": lambda: arguments.several("tags", None),
    "a number as a list": lambda: arguments.several("tags", 3),
    "a table as a list": lambda: arguments.several("tags", {"red": 1}),
    "no path": lambda: arguments.path("paths", None),
    "bytes as a path": lambda: arguments.path("paths", b"a.png"),
    "a path with a zero in it": lambda: arguments.path("paths", "a\0.png"),
    "an item's number": lambda: arguments.item_id(3),
    "an empty id": lambda: arguments.item_id(" "),
    "a list with no item": lambda: arguments.item_ids(["ab12", None]),
    "no project": lambda: arguments.project(None),
}

# Each is called with a project, an item in it, and a file that can be added.
CALLS = {
    "an empty path": lambda project, item, file: collect.add_files(project, ""),
    "a dot as the path": lambda project, item, file: collect.add_files(project, "."),
    "an empty path among others": lambda project, item, file: collect.add_files(project, [file, "  "]),
    "no paths": lambda project, item, file: collect.add_files(project, None),
    "numbers as paths": lambda project, item, file: collect.add_files(project, [1, 2]),
    "a pattern": lambda project, item, file: collect.add_files(project, str(file.parent / "*.png")),
    "no project to add to": lambda project, item, file: collect.add_files(file, file),
    "a word for the progress": lambda project, item, file: collect.add_files(project, file, progress="bar"),
    "a yes for when to stop": lambda project, item, file: augment.build(
        project, augment.Mirror(), "red", should_stop=True
    ),
    "captions as a list": lambda project, item, file: collect.add_files(project, file, captions=["red"]),
    "a number as a caption": lambda project, item, file: collect.add_files(project, file, captions={"red.png": 3}),
    "captions that are not there": lambda project, item, file: collect.add_files(project, file, captions="no.csv"),
    "a word as consent": lambda project, item, file: collect.add_files(project, file, consent="given"),
    "consent with unknown parts": lambda project, item, file: collect.add_files(project, file, consent={"yes": 1}),
    "no film": lambda project, item, file: collect.add_video(project, None),
    "an empty film": lambda project, item, file: collect.add_video(project, ""),
    "a word as fps": lambda project, item, file: collect.add_video(project, file, fps="fast"),
    "no stills a second": lambda project, item, file: collect.add_video(project, file, fps=0),
    "fewer than no stills": lambda project, item, file: collect.add_video(project, file, fps=-1),
    "no caption": lambda project, item, file: label.set_caption(project, item, None),
    "a list as a caption": lambda project, item, file: label.set_caption(project, item, ["red"]),
    "a caption for a number": lambda project, item, file: label.set_caption(project, item.number, "red"),
    "a caption for many": lambda project, item, file: label.set_caption(project, [item], "red"),
    "one word as tags": lambda project, item, file: label.set_tags(project, item, "red"),
    "no tags": lambda project, item, file: label.set_tags(project, item, None),
    "numbers as tags": lambda project, item, file: label.set_tags(project, item, [1]),
    "undo of nothing": lambda project, item, file: label.undo(None),
    "no recipe": lambda project, item, file: augment.build(project, None, "red"),
    "a word as a recipe": lambda project, item, file: augment.build(project, "Mirror", "red"),
    "no name": lambda project, item, file: augment.build(project, [], None),
    "an empty name": lambda project, item, file: augment.build(project, [], " "),
    "only a number": lambda project, item, file: augment.build(project, [], "red", only=item.number),
    "only numbers": lambda project, item, file: augment.build(project, [], "red", only=[1, 2]),
    "only who is not there": lambda project, item, file: augment.build(project, [], "red", only="nobody"),
    "a recipe without a project": lambda project, item, file: augment.build([], "red", project),
    "a kind of step alone": lambda project, item, file: augment.Recipe(augment.Mirror),
    "a kind of step": lambda project, item, file: augment.Recipe([augment.Mirror]),
    "a step by name": lambda project, item, file: augment.Recipe(["mirror"]),
    "nothing as a recipe": lambda project, item, file: augment.Recipe(None),
    "nothing as a step": lambda project, item, file: augment.Recipe([None]),
    "a list in the list": lambda project, item, file: augment.Recipe([[augment.Mirror()]]),
    "a step without its kind": lambda project, item, file: augment.Recipe([{"size": 64}]),
    "a step whose kind is a list": lambda project, item, file: augment.Recipe([{"step": ["Resize"]}]),
    "a step with a numbered field": lambda project, item, file: augment.Recipe([{"step": "Resize", 1: 64}]),
    "a size given twice": lambda project, item, file: augment.Resize(64, size=64),
    "too many values": lambda project, item, file: augment.Resize(64, "area", 3),
    "a size of 5000 digits": lambda project, item, file: augment.Resize(10**5000),
}


def says_how_to_mend_it(error: UserError) -> bool:
    return bool(error.what and (error.fix or error.why)) and "Traceback" not in str(error)


@pytest.mark.parametrize("wrong", HELPERS.values(), ids=HELPERS)
def test_what_does_not_fit_is_refused_in_words(wrong):
    with pytest.raises(UserError) as caught:
        wrong()
    assert says_how_to_mend_it(caught.value)


@pytest.mark.parametrize("wrong", CALLS.values(), ids=CALLS)
def test_a_wrong_call_is_refused_in_words_and_changes_nothing(wrong, project, item, tmp_path):
    file = tmp_path / "blue.png"
    Image.new("RGB", (8, 8), "blue").save(file)
    with pytest.raises(UserError) as caught:
        wrong(project, item, file)
    assert says_how_to_mend_it(caught.value)
    assert [(one.id, one.caption, one.tags) for one in project.items()] == [(item.id, "", [])]
    assert project.datasets() == []


def test_a_kind_of_step_is_told_its_brackets():
    with pytest.raises(UserError, match=r"Write augment\.Mirror\(\)"):
        augment.Recipe([augment.Mirror])


def test_a_pattern_is_told_its_glob(project, tmp_path):
    with pytest.raises(UserError, match=r'\.glob\("\*\.png"\)'):
        collect.add_files(project, tmp_path / "*.png")


def test_a_dataset_is_built_from_one_step_and_one_item(project, item):
    dataset = augment.build(project, augment.Mirror(), "red", only=item)
    assert dataset.items == [item.id] and dataset.counts["train"] == 2
