"""Labels: words with a memory."""

from __future__ import annotations

import pytest
from PIL import Image

from lib import collect, label
from lib.errors import UserError
from lib.project import Project, labels
from lib.project.labels import Change


@pytest.fixture
def item(project, tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "red.png")
    [item] = collect.add_files(project, tmp_path / "red.png").added
    return item


def test_a_caption_is_kept_and_the_change_before_it_can_be_brought_back(project, item):
    label.set_caption(project, item.id, "a red tulip")
    label.set_caption(project, item.id, "a square")
    assert project.item(item.id).caption == "a square"
    assert label.undo(project) == item.id
    assert project.item(item.id).caption == "a red tulip"
    assert label.undo(project) == item.id
    assert project.item(item.id).caption == ""
    assert label.undo(project) is None


def test_tags_are_kept_once_each(project, item):
    label.set_tags(project, item.id, ["flower", " flower ", "", "cut  paper"])
    assert project.item(item.id).tags == ["flower", "cut paper"]
    label.undo(project)
    assert project.item(item.id).tags == []


def test_everyone_takes_back_their_own_changes_only(project, item):
    other = Project.open(project.path, actor="ben")
    label.set_caption(project, item.id, "by ana")
    assert label.undo(other) is None
    label.set_caption(other, item.id, "by ben")
    with pytest.raises(UserError, match="Somebody else"):
        label.undo(project)
    assert project.item(item.id).caption == "by ben"


def test_a_datapoint_that_is_not_there_is_named(project):
    with pytest.raises(UserError, match="no datapoint"):
        label.set_caption(project, "nobody", "x")


def test_an_item_is_as_good_as_its_id(project, item):
    label.set_caption(project, item, "a red tulip")
    label.set_tags(project, item, ("flower",))
    assert (project.item(item.id).caption, project.item(item.id).tags) == ("a red tulip", ["flower"])


def test_a_caption_with_half_a_letter_is_kept_without_it(project, item):
    label.set_caption(project, item, "a red\0 tulip \ud83c")
    assert project.item(item.id).caption == "a red tulip ?"


def test_what_is_changed_together_is_as_if_it_were_changed_one_after_the_other(project, item):
    other = Project.open(project.path, actor="ben")
    label.set_crop(project, item, [0, 0, 1, 0.5])
    crops = [f"[0, 0, {width}, 1]" for width in (0.2, 0.3)]
    changes = [
        Change(item.id, "crop", crops[0], token="a"), Change(item.id, "caption", "x"), Change(item.id, "crop", crops[1]),
        Change(item.id, "note", ""), Change(item.id, "crop", "[]", token="a"), Change(item.id, "caption", "y", reading=True),
    ]  # fmt: skip
    assert labels.change_together(project, changes) == 4
    assert labels.marks(project, [item.id])[item.id]["crop"] == [0, 0, 0.3, 1] and project.item(item.id).caption == "x"
    label.set_caption(other, item, "by ben")
    assert label.undo(project) == item.id, "what somebody else has written over stays, the rest is as it was"
    assert labels.marks(project, [item.id])[item.id]["crop"] == [0, 0, 1, 0.5] and project.item(item.id).caption == "by ben"
    assert labels.readings_of(project, "ana") == {}
    with pytest.raises(UserError, match="no datapoint"):
        labels.change_together(project, [Change(item.id, "note", "x"), Change("nobody", "crop", crops[0])])
    assert project.item(item.id).note == ""
