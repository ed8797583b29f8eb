"""What things are like (lib/media/likeness.py), on real digits and photographs."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data
from sklearn.datasets import load_digits

from lib.media import likeness


def photographs() -> list[Image.Image]:
    return [Image.fromarray(picture) for picture in (data.astronaut(), data.coffee(), data.cat(), data.rocket())]


def as_jpeg(picture: Image.Image, quality: int = 60) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


def test_a_picture_is_nearer_to_its_own_copy_than_to_any_other():
    originals = photographs()
    copies = [as_jpeg(one.resize((one.width // 2, one.height // 2))) for one in originals]
    cropped = [one.crop((8, 8, one.width - 8, one.height - 8)) for one in originals]
    rows, others = (np.stack([likeness.features(one) for one in some]) for some in (originals, copies + cropped))
    which, far = likeness.nearest(rows, others, 2)
    assert [sorted(pair % len(originals)) for pair in which] == [[at, at] for at in range(len(originals))]
    assert rows.shape == (4, likeness.PICTURE_LENGTH) and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert far.max() < 0.4


def test_a_fingerprint_finds_near_duplicates_and_nothing_else():
    marks = [likeness.fingerprint(one) for one in photographs()]
    again = [likeness.fingerprint(as_jpeg(one, 40).resize((300, 300))) for one in photographs()]
    assert all(likeness.apart(one, other) <= 8 for one, other in zip(marks, again, strict=True))
    assert all(likeness.apart(marks[i], marks[j]) > 12 for i in range(4) for j in range(i))


def test_neighbours_of_a_handwritten_digit_are_mostly_the_same_digit():
    digits = load_digits()
    pictures = [Image.fromarray((16 * (16 - one)).clip(0, 255).astype(np.uint8)).resize((64, 64)) for one in digits.images[:500]]
    rows = np.stack([likeness.features(one) for one in pictures])
    which, _ = likeness.nearest(rows[400:], rows[:400], 1)
    assert (digits.target[:400][which[:, 0]] == digits.target[400:500]).mean() > 0.85


def test_a_map_lays_alike_things_near_each_other_and_is_the_same_each_time():
    rows = np.stack([likeness.features(one.rotate(turn)) for one in photographs() for turn in (-2, 0, 2)])
    placed = likeness.flat(rows)
    assert placed.min() >= 0 and placed.max() <= 1 and np.array_equal(placed, likeness.flat(rows))
    middles = placed.reshape(4, 3, 2).mean(1)
    within = np.linalg.norm(placed.reshape(4, 3, 2) - middles[:, None], axis=-1).max()
    assert within < min(np.linalg.norm(middles[i] - middles[j]) for i in range(4) for j in range(i))


def test_an_even_picture_has_features_too():
    row = likeness.features(Image.new("RGB", (5, 900), "white"))
    assert np.isfinite(row).all()


def test_texts_about_the_same_lie_nearer():
    rows = likeness.text_features(["the red tulip in rain", "red tulips, and rain again", "a receipt for two coffees", ""])
    far = likeness.distances(rows, rows)
    assert far[0, 1] < far[0, 2] and rows[3].sum() == 0


def test_sounds_of_the_same_pitch_lie_nearer():
    time = np.arange(22050, dtype=np.float32) / 22050
    tone = lambda hertz, loud: loud * np.sin(2 * np.pi * hertz * time)
    rows = np.stack([likeness.sound_features(one, 22050) for one in (tone(300, 0.5), tone(310, 0.3), tone(3000, 0.5))])
    far = likeness.distances(rows, rows)
    assert far[0, 1] < far[0, 2]
    assert likeness.sound_features(np.zeros((10, 2)), 22050).shape == (likeness.SOUND_LENGTH,)


@pytest.mark.parametrize("size", [(1, 1), (3000, 2)])
def test_any_shape_will_do(size):
    assert likeness.features(Image.new("RGB", size, "red")).shape == (likeness.PICTURE_LENGTH,)
