"""Covers where the thing is in a picture: what was drawn on Label goes the way of the picture, and lies in its row of the dataset."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lib import augment, collect, label
from lib.project import Consent
from lib.project.dataset_folder import opened_mask
from lib.steps.marked import as_address, masks_of


def half(size=(40, 20)) -> str:
    """The left half is painted over."""
    mask = Image.new("1", size)
    mask.paste(1, (0, 0, size[0] // 2, size[1]))
    return as_address(mask)


def light(drawn: str, size=(8, 8)) -> np.ndarray:
    return np.asarray(opened_mask(drawn, size)).astype(int)


def test_it_is_cut_scaled_and_mirrored_like_its_picture_and_light_leaves_it():
    recipe = augment.Recipe([augment.Sharpen(), augment.CropSquare("left"), augment.Resize(16), augment.Mirror()])
    masks = masks_of(recipe, (40, 20), {"mask": half()}, "seed")
    assert set(masks) == {"", "mirror"} and light(masks[""]).min() == 255 == light(masks["mirror"]).min()
    masks = masks_of(augment.Recipe([augment.CropSquare("centre"), augment.Mirror()]), (40, 20), {"mask": half()}, "seed")
    plain, mirrored = light(masks[""]), light(masks["mirror"])
    assert plain[:, 0].min() == 255 and plain[:, -1].max() == 0 and (plain == mirrored[:, ::-1]).all()


def test_frames_stand_for_it_where_nothing_was_painted_over():
    frames = {"regions": [{"name": "cup", "x": 0.0, "y": 0.5, "w": 0.5, "h": 0.5}, {"name": "spoon", "x": 0.75, "y": 0.0, "w": 0.25, "h": 0.25}]}
    mask = light(masks_of(augment.Recipe([]), (80, 80), frames, "seed")[""])
    assert mask[7, 0] == 255 and mask[0, 7] == 255 and mask[0, 0] == 0 and mask[7, 7] == 0
    painted = light(masks_of(augment.Recipe([]), (80, 80), frames | {"mask": half((80, 80))}, "seed")[""])
    assert painted[0, 0] == 255 and painted[0, 7] == 0


def test_where_a_step_looks_for_something_or_nothing_is_marked_there_is_none():
    assert masks_of(augment.Recipe([augment.CropFace()]), (40, 20), {"mask": half()}, "seed") == {}
    assert masks_of(augment.Recipe([]), (40, 20), {"crop": [0, 0, 1, 1]}, "seed") == {}


@pytest.fixture
def pictures(project, tmp_path):
    luck = np.random.default_rng(0)
    for number in range(4):
        Image.fromarray(luck.integers(0, 255, (20, 40, 3), np.uint8)).save(tmp_path / f"{number}.png")
    collect.add_files(project, [tmp_path / f"{number}.png" for number in range(4)], consent=Consent(state="given", purposes=["train"]))
    return project.items()


def test_the_rows_of_a_dataset_carry_it_and_its_next_version_too(project, pictures):
    label.set_mask(project, pictures[1].id, half())
    dataset = augment.build(project, augment.Recipe([augment.CropSquare("right"), augment.Mirror()]), name="halves")
    marked = {(row["number"], row["made_by"]): row.get("mask", "") for row in dataset.rows("train")}
    assert {key for key, drawn in marked.items() if drawn} == {(2, ""), (2, "mirror")} and len(marked) == 8
    assert light(marked[2, ""]).max() == 0 and dataset.verify() == []
    project.set_consent([pictures[3].id], Consent(state="withdrawn"))
    from lib.project import datasets

    later = datasets.next_without(project, dataset)
    assert later.version == 2 and sum(bool(row.get("mask")) for row in later.rows("train")) == 2
