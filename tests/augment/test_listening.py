"""Covers looking at sounds and texts before freezing: before and after on one scale, and what came and went in a text."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import soundfile
from PIL import Image

from lib import augment, collect
from lib.augment import Recipe, listening
from lib.errors import UserError
from lib.media import sound_picture
from lib.media.sound import Sound
from tests.collect.test_made_here import MINE, take


def content(address: str) -> bytes:
    return base64.b64decode(address.partition(",")[2])


def test_a_sound_is_looked_at_by_the_process_that_draws(project):
    [item] = collect.add_take(project, take(), MINE, trim=False).added
    look = augment.look(project, item, Recipe([augment.TrimSilence(), augment.Loudness(-30.0), augment.Gain(copies=2)]), wait=60)
    assert not look.waiting and look.count == 3 and [one.name for one in look.after] == ["", "gain1", "gain2"]
    assert look.before.seconds == 2.3 and look.after[0].seconds == pytest.approx(1.2, abs=0.05)
    assert look.after[0].lufs == pytest.approx(-30.0, abs=0.2)
    samples, rate = soundfile.read(io.BytesIO(content(look.after[0].play)))
    assert rate == 48_000 and len(samples) == pytest.approx(1.2 * rate, rel=0.05)
    for one in (look.before, *look.after):
        with Image.open(io.BytesIO(content(one.waveform))) as picture:
            assert picture.size == (640, 180)
    nothing = augment.look(project, item, Recipe([augment.SplitEvenly(60.0)]), wait=60)
    assert nothing.left_out == "shorter than 60 s" and not nothing.after and nothing.before.seconds == 2.3


def test_a_picture_is_no_sound(project):
    from tests.collect.test_made_here import drawing

    [item] = collect.add_drawing(project, drawing(), MINE).added
    with pytest.raises(UserError, match="picture"):
        augment.look(project, item, Recipe())


def test_a_tone_is_drawn_at_its_pitch_and_where_nothing_can_be_it_is_blank():
    rate = 16_000
    tone = Sound((0.9 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)).astype(np.float32)[:, None], rate)
    drawn = np.asarray(sound_picture.spectrogram(tone, 2.0, highest=24_000).convert("L"))[9:201, 63:627]
    row = int(drawn[:, 100].argmin())
    assert row == pytest.approx((1 - np.log(1000 / 50) / np.log(24_000 / 50)) * 192, abs=4)
    assert drawn[row, 100] < 60 and drawn[:20].min() > 240        # above 8 kHz: paper
    assert drawn[:, 300:].min() > 240                             # after its end: paper


def test_an_empty_sound_can_be_drawn():
    empty = Sound(np.zeros((0, 1), np.float32), 48_000)
    assert sound_picture.waveform(empty).size == (640, 180) and sound_picture.spectrogram(empty).size == (640, 240)


def test_what_came_and_went_in_a_text(project, tmp_path):
    path = tmp_path / "rain.txt"
    path.write_text("Rain on the roof.\n\n\n\nRain on the roof.\n", encoding="utf-8")
    [item] = collect.add_files(project, path, MINE).added
    look = augment.look(project, item, Recipe([augment.RemoveDoubles(), augment.LowerCase()]))
    assert look.after[0].text == "rain on the roof."
    assert ("new", "rain") in look.after[0].parts and ("gone", "\n") in look.after[0].parts
    assert "".join(words for what, words in look.after[0].parts if what != "gone") == look.after[0].text
    assert "".join(words for what, words in look.after[0].parts if what != "new") == look.before.text
    pieces = augment.look(project, item, Recipe([augment.SplitText("paragraphs")]))
    assert pieces.count == 2 and [one.name for one in pieces.after] == ["piece1", "piece2"]
    assert augment.look(project, item, Recipe([augment.SplitText(least=9)])).left_out == "shorter than 9 words"


def test_long_texts_are_not_compared_word_by_word():
    assert [what for what, _ in listening.differences("a " * 4000, "b " * 4000)] == ["gone", "new"]


def test_a_blank_that_went_tears_no_sentence_out_of_its_place():
    parts = listening.differences("The tulip  stands.\n\n\nIt is red.\n\nThe tulip stands.", "The tulip stands.\n\nIt is red.")
    assert parts == (
        ("same", "The tulip"), ("gone", "  "), ("new", " "), ("same", "stands."), ("gone", "\n\n\n"), ("new", "\n\n"),
        ("same", "It is red."), ("gone", "\n\nThe tulip stands."),
    )  # fmt: skip
    assert listening.differences("a ", "a") == (("same", "a"), ("gone", " "))
