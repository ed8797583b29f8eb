"""Plans, doubts and prospects: what is kept of a person's decisions, what they are told, and what they may expect."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from lib import augment, collect
from lib.augment import Colour, CropSquare, Mirror, Pad, Plan, Recipe, Resize, Rotate
from lib.errors import UserError
from lib.project import Consent, datasets

MINE = Consent(state="given", purposes=["train"])


def draw(folder, count, size=(48, 32), first=0):
    """Soft pictures, none twice."""
    folder.mkdir(exist_ok=True)
    for number in range(first, first + count):
        small = np.random.default_rng(number).integers(60, 200, (4, 6, 3), dtype=np.uint8)
        Image.fromarray(small).resize(size, Image.Resampling.BICUBIC).save(folder / f"{number:03d}.png")
    return folder


@pytest.fixture
def many(project, tmp_path):
    collect.add_files(project, draw(tmp_path / "mine", 60), consent=MINE)
    collect.add_files(project, draw(tmp_path / "others", 3, first=100))
    return project


def test_a_plan_is_found_again_as_it_was_left(project):
    plan = Plan(Recipe([Resize(32), Mirror()]), True, ("0123456789abcdef",), "a torn page", "Small ones")
    augment.keep_plan(project, plan)
    assert augment.read_plan(project) == plan


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"recipe": [{"step": "Sharpen"}], "mirrored": null}', '{"recipe": 3}'])
def test_a_damaged_plan_becomes_the_first_one(project, content):
    (project.path / "recipe.json").write_text(content)
    assert augment.read_plan(project) == Plan()


def test_the_first_plan_cuts_squares_of_64_px_and_leaves_the_question_open():
    assert Plan().recipe == Recipe([CropSquare(), Resize(64)])
    assert Plan().mirrored is None


def test_mirroring_is_answered_by_the_question_or_by_the_step():
    yes = Plan().answer_mirror(True)
    assert yes.mirrored is True and yes.recipe.multiplies == 2
    assert yes.answer_mirror(True) == yes
    assert yes.remove(2).mirrored is False
    assert yes.answer_mirror(False).recipe == Plan().recipe
    assert Plan().take(Recipe([Mirror()])).mirrored is True
    assert Plan().take(Recipe([Resize(32)])).mirrored is None            # nobody was asked yet
    assert yes.take(Recipe([Resize(32)])).mirrored is False


def test_steps_can_be_added_changed_moved_and_removed():
    plan = Plan().add(Rotate()).change(1, Resize(32)).move(2, -1)
    assert [step.title for step in plan.recipe.steps] == ["Square crop", "Turn a little", "Resize"]
    assert plan.move(0, -1).recipe == plan.recipe and plan.move(2, 1).recipe == plan.recipe
    assert plan.remove(1).recipe == Recipe([CropSquare(), Resize(32)])
    with pytest.raises(UserError, match="pictures of each"):
        plan.add(Colour(copies=8)).add(Rotate(copies=8))


def test_the_name_is_that_of_the_project_and_the_size_until_one_is_written(project):
    assert Plan().name_for(project) == "tulips-64"
    assert Plan(Recipe(CropSquare())).name_for(project) == "tulips"
    assert replace(Plan(), name=" Garden ").name_for(project) == "Garden"


@pytest.mark.parametrize(
    "steps, place, word",
    [
        ([CropSquare()], None, "Add the step Resize"),
        ([Resize(64)], None, "not square"),
        ([Resize(64), CropSquare()], 1, "above Resize"),
        ([CropSquare(), Pad(), Resize(64)], 1, "changes nothing"),
        ([CropSquare(), Resize(64), Resize(32)], 1, "Another Resize"),
        ([Mirror(), CropSquare("left"), Resize(64)], 1, "above Mirror"),
        ([CropSquare(), Resize(64), Mirror(), Mirror()], 3, "double"),
    ],
)
def test_what_is_puzzling_is_said_where_it_is(steps, place, word):
    [doubt] = [doubt for doubt in augment.doubts(Recipe(steps)) if doubt.place == place]
    assert word in doubt.words


@pytest.mark.parametrize("steps", [[CropSquare(), Resize(64)], [Pad(), Resize(64), Mirror()], [Resize(64), Pad()]])
def test_a_plain_recipe_raises_no_doubt(steps):
    assert augment.doubts(Recipe(steps)) == []


def test_the_prospect_is_what_freezing_then_makes(many):
    recipe = Recipe([CropSquare(), Resize(16), Mirror()])
    aside = [many.items()[0].id]
    prospect = augment.foresee(many, recipe, aside)
    dataset = augment.build(many, recipe, "small", set_aside={aside[0]: "a torn page"})
    assert {"train": prospect.train, "test": prospect.test} == dataset.counts
    assert list(prospect.items) == dataset.items
    assert prospect.out == {"nobody has been asked": 3, "set aside": 1}
    assert sum(prospect.out.values()) == len(dataset.left_out)


def test_who_may_train_is_the_same_as_asking_for_each(many):
    kept, out = datasets.eligible(many.items(kind="image"))
    ids, reasons = datasets.eligible_ids(many)
    assert list(ids) == [item.id for item in kept]
    assert reasons == {"nobody has been asked": len(out)}


def test_a_change_of_mind_or_a_new_picture_counts_at_once(many, tmp_path):
    before = datasets.eligible_ids(many)[0]
    many.set_consent(before[:2], Consent(state="refused"))
    assert datasets.eligible_ids(many) == (before[2:], {"nobody has been asked": 3, "consent was refused": 2})
    many.set_consent(before[:1], MINE)
    assert datasets.eligible_ids(many)[0] == (before[0], *before[2:])
    collect.add_files(many, draw(tmp_path / "more", 1, first=200), consent=MINE)
    assert datasets.eligible_ids(many)[0] == (before[0], *before[2:], many.items()[-1].id)


def test_a_removed_picture_is_out_until_it_is_brought_back(many):
    ids = datasets.eligible_ids(many)[0]
    collect.remove(many, ids[0])
    assert datasets.eligible_ids(many)[0] == ids[1:]
    collect.bring_back(many, ids[0])
    assert datasets.eligible_ids(many)[0] == ids


def test_consent_that_ends_today_no_longer_counts_tomorrow(many, monkeypatch):
    today = datetime.date.today()
    ids = datasets.eligible_ids(many)[0]
    many.set_consent(ids[:1], Consent(state="given", purposes=["train"], until=today))
    assert datasets.eligible_ids(many)[0] == ids

    class Tomorrow(datetime.date):
        @classmethod
        def today(cls):
            return today + datetime.timedelta(days=1)

    monkeypatch.setattr(datetime, "date", Tomorrow)
    assert datasets.eligible_ids(many)[0] == ids[1:]


def test_what_a_person_sets_aside_stays_out_with_their_reason(many):
    torn = many.items()[2]
    dataset = augment.build(many, Resize(16), "small", set_aside={torn.id: " a torn\npage "})
    assert torn.id not in dataset.items
    assert {"item": torn.id, "number": 3, "reason": "set aside: a torn page"} in dataset.left_out


@pytest.mark.parametrize("why", ["", "  \n"])
def test_nothing_is_set_aside_without_a_reason(many, why):
    with pytest.raises(UserError, match="without a reason"):
        augment.build(many, Resize(16), "small", set_aside={many.items()[0].id: why})
    assert many.datasets() == []


def test_setting_everything_aside_is_refused(many):
    with pytest.raises(UserError, match="set aside"):
        augment.build(many, Resize(16), "small", set_aside={item.id: "no" for item in many.items()})


def test_the_list_of_versions_tells_what_the_manifest_says(many):
    first = augment.build(many, Recipe([CropSquare(), Resize(16)]), "small")
    augment.build(many, Recipe([CropSquare(), Resize(16), Mirror()]), "small")
    newest, oldest = datasets.versions(many)
    assert (newest.name, newest.version, newest.train, newest.test, newest.size) == ("small", 2, 80, 20, (16, 16))
    assert (oldest.path, oldest.left_out, oldest.withdrawn) == (first.path, {"nobody has been asked": 3}, 0)
    assert datasets.next_version(many, "Small") == 3 and datasets.next_version(many, "other") == 1


def test_a_withdrawal_shows_in_the_list_of_versions(many):
    dataset = augment.build(many, Recipe([CropSquare(), Resize(16)]), "small")
    assert datasets.versions(many)[0].withdrawn == 0
    datasets.forget(many, [many.item(dataset.items[0])])
    assert datasets.versions(many)[0].withdrawn == 1


def test_a_recipe_says_what_it_does():
    recipe = Recipe([CropSquare("top"), Resize(64), Rotate(5, 2), Mirror()])
    assert recipe.words == "Square crop, top; Resize to 64 px; Turn by up to 5°, 2 copies; Mirror"
