"""A second reader sees nothing that others said, and answers beside the labels (lib/label/reading.py, lib/ui/label/exchange.py)."""

from __future__ import annotations

import pytest
from PIL import Image

from lib import collect, label
from lib.errors import UserError
from lib.project import Consent
from lib.ui.label import exchange


@pytest.fixture
def three(project, tmp_path):
    for number in range(3):
        Image.new("RGB", (8, 8), (number * 40, 0, 0)).save(tmp_path / f"{number}.png")
    added = collect.add_files(project, sorted(tmp_path.glob("*.png")), Consent("given", ["train"])).added
    label.change_many(project, added, class_name="flower", caption="planted words", add_tags=["red"])
    label.set_crop(project, added[0], [0, 0, 0.5, 0.5])
    return [item.id for item in added]


def test_a_reader_sees_nothing_of_others_and_answers_beside_the_labels(project, three):
    list_ = exchange.answer(project, {"list": "", "reader": "Ben"})
    assert list_["open"] == [0, 1, 2] and "planted" not in str(list_["rows"])
    entry = {"token": "t1", "item": three[0], "field": "class_name", "value": "leaf", "seen": "flower"}
    assert exchange.answer(project, {"entries": [entry], "reader": " Ben "})["answers"] == [{"token": "t1", "ok": True}]
    assert project.item(three[0]).class_name == "flower"
    [row] = exchange.answer(project, {"rows": three[:1], "reader": "Ben"})["rows"]
    assert row["class_name"] == "leaf" and row["caption"] == "" and row["crop"] == [] and row["suggestions"] == {}
    assert exchange.answer(project, {"list": "", "reader": "Ben"})["open"] == [1, 2]
    assert exchange.answer(project, {"list": "", "reader": "Cleo"})["open"] == [0, 1, 2]
    assert label.agreement(project).items == 1 and label.disagreements(project)[0]["answers"] == {"Ben": "leaf", "ana": "flower"}
    [undone] = exchange.answer(project, {"entries": [{"token": "t2", "undo": "t1", "item": three[0]}], "reader": "Ben"})["answers"]
    assert undone["row"]["class_name"] == "" and label.agreement(project).items == 0


def test_what_is_one_for_all_is_not_changed_while_reading(project, three):
    entry = {"token": "t1", "item": three[0], "field": "note", "value": "mine"}
    [said] = exchange.answer(project, {"entries": [entry], "reader": "Ben"})["answers"]
    assert "While you read" in said["error"]["what"] and project.item(three[0]).note == ""
    with pytest.raises(UserError, match="needs a name"):
        label.as_reader(project, "  ")
