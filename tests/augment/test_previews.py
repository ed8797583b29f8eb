"""Looking before freezing: a preview looks like the dataset, and a photograph is decoded once."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data as skimage_data

from lib import augment, collect
from lib.augment import Colour, CropSquare, Mirror, Recipe, Resize, Rotate
from lib.media import picture
from lib.project import Consent
from tests.augment.test_planning import draw

MINE = Consent(state="given", purposes=["train"])


def pixels(content, side: int) -> np.ndarray:
    with Image.open(content) as picture:
        return np.asarray(picture.convert("RGB").resize((side, side)), np.int16)


@pytest.fixture
def photographs(project, tmp_path):
    for name in ("astronaut", "chelsea", "coffee", "rocket"):
        Image.fromarray(getattr(skimage_data, name)()).save(tmp_path / f"{name}.jpg", quality=95)
    collect.add_files(project, sorted(tmp_path.glob("*.jpg")), consent=MINE)
    return project


@pytest.mark.parametrize("size", [32, 64, 256])
def test_a_preview_looks_like_what_is_frozen(photographs, size):
    recipe = Recipe([CropSquare(), Resize(size), Mirror(), Rotate(20)])
    dataset = augment.build(photographs, recipe, "real")
    for item in photographs.items():
        shown = {variant.name: variant for variant in augment.preview(photographs, item, recipe)}
        real = {row["made_by"]: dataset.path / "train" / row["file_name"] for row in dataset.rows() if row["item"] == item.id}
        assert set(shown) == set(real)
        for name, variant in shown.items():
            assert variant.size == (min(size, 256),) * 2
            side = variant.size[0]
            assert np.abs(pixels(io.BytesIO(variant.webp), side) - pixels(real[name], side)).mean() < 9


def test_many_variants_are_drawn_smaller(photographs):
    recipe = Recipe([CropSquare(), Resize(512), Rotate(copies=7), Colour(copies=1)])
    made = augment.preview(photographs, photographs.items()[0], recipe)
    assert len(made) == 16 and {variant.size for variant in made} == {(augment.shown_size(recipe),) * 2} == {(128, 128)}


def test_a_picture_is_decoded_once_for_all_recipes(photographs, monkeypatch):
    item = photographs.items()[0]
    augment.preview(photographs, item, Recipe([CropSquare(), Resize(32)]))

    def never(*_):
        raise AssertionError("it was decoded again")

    monkeypatch.setattr(picture, "thumbnail", never)
    monkeypatch.setattr(Image, "open", never)
    assert len(augment.preview(photographs, item, Recipe([CropSquare("top"), Resize(64), Mirror()]))) == 2


def test_without_a_size_the_shape_stays_in_the_preview(photographs):
    [only] = augment.preview(photographs, photographs.items()[1], Recipe())
    assert only.size == (256, 170)


def test_the_sheet_shows_the_first_64_pictures(project, tmp_path):
    collect.add_files(project, draw(tmp_path / "mine", 70), consent=MINE)
    plain = augment.preview_sheet(project, project.items(), Recipe([CropSquare(), Resize(64)]))
    mirrored = augment.preview_sheet(project, project.items(), Recipe([CropSquare(), Resize(64), Mirror()]))
    assert plain.whole and plain.pictures == mirrored.pictures == 64
    with Image.open(io.BytesIO(plain.webp)) as sheet:
        assert sheet.size == (8 * 66 + 2, 8 * 66 + 2)


def test_a_sheet_without_time_goes_on_at_the_next_look(project, tmp_path):
    collect.add_files(project, draw(tmp_path / "mine", 3), consent=MINE)
    recipe = Recipe([CropSquare(), Resize(64)])
    first = augment.preview_sheet(project, project.items(), recipe, seconds=-1)
    assert (first.pictures, first.whole) == (1, False)
    whole = augment.preview_sheet(project, project.items(), recipe)
    assert (whole.pictures, whole.whole) == (3, True)


def test_there_is_no_sheet_of_nothing(project):
    assert augment.preview_sheet(project, [], Recipe()) is None


def test_an_enlarged_picture_is_known(photographs):
    astronaut = photographs.items()[0]      # 512 x 512
    assert augment.enlarges(astronaut, 1024) and not augment.enlarges(astronaut, 512) and not augment.enlarges(astronaut, None)
