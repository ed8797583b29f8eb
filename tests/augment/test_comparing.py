"""Covers versions beside each other: what came, went and changed, what is other in the recipe, and what is new since."""

from __future__ import annotations

import pytest

from lib import augment, collect, label
from lib.augment import CropSquare, Mirror, Resize
from lib.augment.comparing import again, libraries
from lib.errors import UserError
from lib.project import Consent, datasets
from tests.augment.test_planning import draw

MINE = Consent(state="given", purposes=["train"])
SMALL = [CropSquare(), Resize(16)]


@pytest.fixture
def first(project, tmp_path):
    """A project of six pictures, and its first version."""
    collect.add_files(project, draw(tmp_path / "mine", 6), consent=MINE)
    augment.build(project, SMALL, "small")
    return project


def more(project, tmp_path, count=2):
    collect.add_files(project, draw(tmp_path / "more", count, first=50), consent=MINE)


def test_what_came_and_what_went_is_told_with_the_reason(first, tmp_path):
    more(first, tmp_path)
    torn, gone = first.items()[0], first.items()[1]
    collect.remove(first, gone.id)
    augment.build(first, SMALL, "small", set_aside={torn.id: "a torn page"})
    difference = augment.compare(first, "small-v1", "small-v2")
    assert [one.number for one in difference.came] == [7, 8]
    assert {one.number: one.why for one in difference.went} == {1: "set aside: a torn page", 2: "removed since"}
    assert difference.changed == () and difference.recipe == () and difference.same == 4
    assert difference.words == "2 came, 2 went; 4 are as they were"
    for entry in difference.came:
        assert (first.dataset("small-v2").path / entry.new).exists() and entry.old == ""
    assert all((first.dataset("small-v1").path / entry.old).exists() for entry in difference.went)


def test_other_words_and_other_pictures_are_told_as_what_changed(first):
    item = first.items()[2]
    label.set_caption(first, item.id, "a red tulip")
    augment.build(first, SMALL, "small")
    [changed] = augment.compare(first, "small-v1", "small-v2").changed
    assert changed.number == 3 and changed.why == "caption: “” became “a red tulip”"
    assert changed.old == changed.new == "train/000003.png"


def test_another_recipe_is_told_in_words_and_not_as_a_change_of_every_picture(first):
    augment.build(first, [CropSquare("top"), Resize(32), Mirror()], "small")
    difference = augment.compare(first, "small-v1", "small-v2")
    assert difference.redrawn and difference.changed == () and difference.same == 6
    assert difference.recipe == (
        "Mirror: new.", "Square crop, centre became: Square crop, top.", "Resize to 16 px became: Resize to 32 px.",
    )  # fmt: skip


def test_changes_of_a_recipe_count_steps_of_one_kind_and_see_another_order():
    plain = [step.model_dump() | {"step": type(step).__name__} for step in (CropSquare(), Resize(16), Mirror())]
    crop, resize, mirror = plain
    assert augment.recipe_changes([crop, resize], [resize, crop]) == ["The same steps come in another order."]
    assert augment.recipe_changes([crop, crop], [crop]) == ["Square crop, centre: no longer there."]
    assert augment.recipe_changes([], [{"step": "Summon"}]) == ["Summon: new."]
    assert augment.recipe_changes([mirror], [mirror]) == []


def test_one_version_cannot_be_compared_with_itself_or_with_one_that_is_gone(first):
    with pytest.raises(UserError, match="one and the same"):
        augment.compare(first, "small-v1", "small-v1")
    with pytest.raises(UserError, match="no dataset"):
        augment.compare(first, "small-v1", "small-v7")


def test_what_is_new_since_a_version_is_counted_and_what_was_set_aside_is_not(first, tmp_path):
    torn = first.items()[0]
    augment.build(first, SMALL, "small", set_aside={torn.id: "a torn page"})
    newest, *_ = datasets.versions(first)
    assert augment.since(first, newest) == ()
    more(first, tmp_path, 3)
    collect.add_files(first, draw(tmp_path / "undecided", 1, first=90))
    assert len(augment.since(first, newest)) == 3
    assert again(first, newest) == {torn.id: "a torn page"}


def test_a_recipe_says_which_libraries_do_its_work():
    assert libraries([{"step": "CropSquare"}, {"step": "Resize"}, {"step": "Summon"}]) == ["Pillow"]


def test_what_is_deleted_for_good_leaves_both_versions_and_nothing_is_told_of_it(first):
    aside, gone, late = first.items()[:3]
    collect.remove(first, [aside.id, gone.id])
    augment.build(first, SMALL, "small", only=[item for item in first.items() if item.id != late.id])
    why = lambda: {one.number: one.why for one in augment.compare(first, "small-v1", "small-v2").went}
    assert why() == {1: "removed since", 2: "removed since", 3: "not chosen"}
    collect.delete_removed(first, [gone.id], confirm=True)
    assert why() == {1: "removed since", 3: "not chosen"}


def test_what_an_older_version_still_lists_and_the_project_no_longer_has_was_deleted(first):
    aside, gone = first.items()[:2]
    augment.build(first, SMALL, "small", only=[item for item in first.items() if item not in (aside, gone)])
    rows = first.dataset("small-v1").path / "train/metadata.jsonl"
    before = rows.read_bytes()
    collect.remove(first, gone.id)
    collect.delete_removed(first, [gone.id], confirm=True)
    rows.write_bytes(before)        # as it was before deletions reached the datasets
    went = augment.compare(first, "small-v1", "small-v2").went
    assert {one.number: one.why for one in went} == {1: "not chosen", 2: "deleted since"}


def test_what_was_removed_during_a_freeze_and_brought_back_is_new_since(first):
    item = first.items()[0]
    augment.build(first, SMALL, "small", progress=lambda done, total: collect.remove(first, item.id) if done == total else None)
    collect.bring_back(first, item.id)
    assert augment.since(first, datasets.versions(first)[0]) == (item.id,)
    assert augment.compare(first, "small-v1", "small-v2").went[0].why == "removed while it was being frozen"
