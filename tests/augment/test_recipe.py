"""Recipes: what each step does to a picture, and that a recipe survives the way through JSON."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from PIL import Image
from skimage import data as skimage_data

from lib import augment, collect
from lib.errors import UserError
from lib.project import Consent
from lib.steps.recipe import prepare_new

ASTRONAUT = Image.fromarray(skimage_data.astronaut()).crop((0, 0, 400, 300))


def pixels(picture) -> np.ndarray:
    return np.asarray(picture, np.int16)


def variants(step, picture=ASTRONAUT):
    return dict(step.variants(picture, random.Random(0)))


@pytest.mark.parametrize(
    "position, box", [("centre", (50, 0, 350, 300)), ("left", (0, 0, 300, 300)), ("right", (100, 0, 400, 300))]
)
def test_crop_square_keeps_the_part_that_was_asked_for(position, box):
    assert augment.CropSquare(position).apply(ASTRONAUT).tobytes() == ASTRONAUT.crop(box).tobytes()


def test_pad_keeps_the_whole_picture_on_paper():
    padded = augment.Pad("#fbf8f2").apply(ASTRONAUT)
    assert padded.size == (400, 400)
    assert padded.getpixel((0, 0)) == (0xFB, 0xF8, 0xF2)
    assert padded.crop((0, 50, 400, 350)).tobytes() == ASTRONAUT.tobytes()


@pytest.mark.parametrize("how", ["area", "lanczos"])
def test_resize_sets_the_longer_side_and_keeps_the_shape(how):
    assert augment.Resize(64, how).apply(ASTRONAUT).size == (64, 48)
    assert augment.Resize(512, how).apply(ASTRONAUT).size == (512, 384)


def test_resize_averages_what_falls_into_a_pixel():
    checkers = Image.fromarray((np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)).convert("RGB")
    assert np.ptp(pixels(augment.Resize(16).apply(checkers))) <= 1


@pytest.mark.parametrize("size", [0, 60, 100, 2048, "big"])
def test_a_size_that_is_no_power_of_two_is_refused(size):
    with pytest.raises(UserError, match="Resize"):
        augment.Resize(size)


def test_mirror_adds_the_picture_the_other_way_round():
    [mirrored] = variants(augment.Mirror()).values()
    assert (pixels(mirrored) == pixels(ASTRONAUT)[:, ::-1]).all()


def test_rotate_adds_turned_copies_without_black_corners():
    white = Image.new("RGB", (40, 30), "white")
    copies = variants(augment.Rotate(30, copies=3), white)
    assert list(copies) == ["turn1", "turn2", "turn3"]
    assert all(copy.size == (40, 30) and pixels(copy).min() >= 250 for copy in copies.values())
    assert len({copy.tobytes() for copy in variants(augment.Rotate(15, copies=3)).values()}) == 3


def test_colour_changes_light_but_not_shape():
    [changed] = variants(augment.Colour(0.2, 0.2, 0.2)).values()
    difference = np.abs(pixels(changed) - pixels(ASTRONAUT)).mean()
    assert 1 < difference < 60
    before, after = (pixels(picture).mean(-1).ravel() for picture in (ASTRONAUT, changed))
    assert np.corrcoef(before, after)[0, 1] > 0.97


def test_variants_multiply_and_have_names():
    recipe = augment.Recipe([augment.Mirror(), augment.Rotate(copies=1)])
    assert recipe.multiplies == 4
    assert [name for name, _ in recipe.apply(ASTRONAUT, seed="1")] == ["", "mirror", "turn1", "mirror-turn1"]
    assert [name for name, _ in recipe.apply(ASTRONAUT, seed="1", augment=False)] == [""]


def test_the_same_seed_gives_the_same_variants():
    recipe = augment.Recipe([augment.Rotate(10, 2), augment.Colour()])
    once, again, other = (
        [picture.tobytes() for _, picture in recipe.apply(ASTRONAUT, seed=seed)] for seed in ("1", "1", "2")
    )
    assert once == again != other


def test_two_steps_of_one_kind_make_variants_of_their_own():
    twice = augment.Recipe([augment.Rotate(5), augment.Rotate(60)])
    made = list(twice.apply(ASTRONAUT, seed="1"))
    assert [name for name, _ in made] == ["", "turn1", "2turn1", "turn1-2turn1"]
    assert len({picture.tobytes() for _, picture in made}) == 4
    # The first of its kind is what it would be alone; the second turns by an angle of its own.
    assert made[1][1].tobytes() == list(augment.Recipe([augment.Rotate(5)]).apply(ASTRONAUT, seed="1"))[1][1].tobytes()
    same = dict(augment.Recipe([augment.Rotate(60), augment.Rotate(60)]).apply(ASTRONAUT, seed="1"))
    assert same["turn1"].tobytes() != same["2turn1"].tobytes()


def test_a_dataset_keeps_the_files_of_both_steps_of_one_kind(project, tmp_path):
    ASTRONAUT.save(tmp_path / "her.png")
    allowed = Consent(state="given", purposes=["train"])
    collect.add_files(project, tmp_path / "her.png", consent=allowed)
    dataset = augment.build(project, [augment.Resize(16), augment.Rotate(5), augment.Rotate(60)], name="turned")
    assert dataset.counts["train"] == len(list((dataset.path / "train").glob("*.png"))) == 4


def test_one_step_or_another_recipe_makes_a_recipe_too():
    alone = augment.Recipe(augment.Resize(64))
    assert alone == augment.Recipe([augment.Resize(64)]) == augment.Recipe(alone) == augment.Recipe(alone.as_plain()[0])


def test_a_recipe_survives_the_way_through_json():
    recipe = augment.Recipe(
        [
            augment.CropSquare("top"),
            augment.Resize(128, "lanczos"),
            augment.Pad("white"),
            augment.Mirror(),
            augment.Rotate(5, 2),
            augment.Colour(),
        ]
    )
    assert augment.Recipe(json.loads(json.dumps(recipe.as_plain()))) == recipe


def test_see_through_parts_lie_on_white():
    clear = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    assert augment.Recipe().prepare(clear).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("steps", [[{"step": "Origami"}], [augment.Rotate(copies=8), augment.Colour(copies=8)]])
def test_an_unknown_step_or_too_many_variants_are_refused(steps):
    with pytest.raises(UserError):
        augment.Recipe(steps)


@pytest.mark.parametrize(
    "make",
    [
        lambda: augment.Rotate(degrees=-1),
        lambda: augment.Mirror("x"),
        lambda: augment.Pad("no colour"),
        lambda: augment.Colour(copies=99),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_what_to_do(make):
    with pytest.raises(UserError) as caught:
        make()
    assert caught.value.what


def test_every_step_says_what_it_does():
    assert all(step.says.endswith(".") and len(step.says) > 30 for step in augment.STEPS.values())


def test_what_is_new_is_prepared_as_the_datapoints_of_a_dataset_were(project, tmp_path):
    (tmp_path / "a.txt").write_text("It RAINS.\n")
    collect.add_files(project, [tmp_path / "a.txt"], consent=Consent(state="given", purposes=["train"]))
    dataset = augment.build(project, [augment.LowerCase()], "low", kind="text")
    assert prepare_new(dataset, "Another DAY.\n") == "another day.\n"
    assert dataset.texts("train") == ["it rains.\n"]
