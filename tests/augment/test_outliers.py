"""Pictures that differ: found with a reason a person understands, remembered for the same pictures, never left out by itself."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lib import augment, collect, label
from lib.project import Consent
from tests.augment.test_planning import draw

MINE = Consent(state="given", purposes=["train"])


@pytest.fixture
def alike(project, tmp_path):
    collect.add_files(project, draw(tmp_path / "alike", 30), consent=MINE)
    return project


def add(project, folder, name, pixels):
    Image.fromarray(np.asarray(pixels, np.uint8)).save(folder / name)
    collect.add_files(project, folder / name, consent=MINE)
    return project.items()[-1]


def ids(project):
    return augment.foresee(project, augment.Recipe()).items


def test_pictures_of_one_kind_have_no_outlier(alike):
    assert augment.find_outliers(alike) == []


@pytest.mark.parametrize(
    "colour, shape, why",
    [((5, 5, 5), (32, 48), "much darker"), ((255, 255, 255), (32, 48), "much lighter"), ((130, 130, 130), (32, 480), "wider in shape")],
)
def test_an_odd_one_is_found_and_says_why(alike, tmp_path, colour, shape, why):
    odd = add(alike, tmp_path, "odd.png", np.full((*shape, 3), colour))
    first, *_ = augment.find_outliers(alike)
    assert (first["item"], first["number"]) == (odd.id, odd.number)
    assert why in first["why"]


def test_the_answer_is_remembered_until_the_pictures_are_others(alike, tmp_path):
    assert augment.known_outliers(alike, ids(alike)) is None
    found = augment.find_outliers(alike)
    assert augment.known_outliers(alike, ids(alike)) == found
    add(alike, tmp_path, "odd.png", np.zeros((32, 48, 3)))
    assert augment.known_outliers(alike, ids(alike)) is None


def test_one_that_was_called_style_is_not_named_again(alike, tmp_path):
    odd = add(alike, tmp_path, "odd.png", np.zeros((32, 48, 3)))
    assert [one["item"] for one in augment.find_outliers(alike)] == [odd.id]
    label.answer(alike, [odd.id], "odd", "style")
    assert augment.known_outliers(alike, ids(alike)) == [] == augment.find_outliers(alike)


def test_a_damaged_file_is_passed_over_and_the_rest_is_looked_at(alike, tmp_path):
    odd = add(alike, tmp_path, "odd.png", np.zeros((32, 48, 3)))
    alike.items()[3].path.write_bytes(b"half a pic")
    assert [one["item"] for one in augment.find_outliers(alike)] == [odd.id]


def test_among_few_pictures_nobody_can_say_what_is_odd(project, tmp_path):
    collect.add_files(project, draw(tmp_path / "few", 5), consent=MINE)
    add(project, tmp_path, "odd.png", np.zeros((32, 48, 3)))
    assert augment.find_outliers(project) == []


def test_whoever_may_not_be_trained_on_is_not_looked_at(alike, tmp_path):
    odd = add(alike, tmp_path, "odd.png", np.zeros((32, 48, 3)))
    alike.set_consent([odd.id], Consent(state="refused"))
    assert odd.id not in [one["item"] for one in augment.find_outliers(alike)]


def test_the_search_can_be_stopped_and_then_knows_nothing(alike):
    seen = []
    assert augment.find_outliers(alike, progress=lambda *at: seen.append(at), should_stop=lambda: len(seen) >= 3) is None
    assert seen[-1] == (3, 30)
    assert augment.known_outliers(alike, ids(alike)) is None


def test_freezing_leaves_no_odd_one_out_by_itself(alike, tmp_path):
    odd = add(alike, tmp_path, "odd.png", np.zeros((32, 48, 3)))
    augment.find_outliers(alike)
    assert odd.id in augment.build(alike, augment.Resize(16), "all").items
