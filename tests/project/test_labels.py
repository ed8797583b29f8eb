"""Labels: words with a memory."""

from __future__ import annotations

import pytest
from PIL import Image

from lib import collect, label
from lib.errors import UserError
from lib.project import Project


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
