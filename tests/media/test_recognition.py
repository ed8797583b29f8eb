"""Covers reading the letters in a picture of a page (lib/media/recognition.py), on pages drawn here."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from lib.media import recognition
from lib.media.text import _FONT


def page(*words: tuple[int, int, str], size: tuple[int, int] = (900, 260)) -> np.ndarray:
    picture = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(_FONT, 26)
    for x, y, line in words:
        pen.text((x, y), line, "black", font)
    return np.asarray(picture)


def test_lines_are_read_with_their_accents_and_where_they_stand():
    lines = recognition.read(page((30, 30, "Großmutter schrieb täglich."), (30, 110, "Čas je bil dežev, 1962.")))
    words, ordered = recognition.in_order(lines, 260)
    assert words == ["Großmutter schrieb täglich.", "", "Čas je bil dežev, 1962."] or words == ["Großmutter schrieb täglich.", "Čas je bil dežev, 1962."]
    left, top, right, bottom = ordered[0].box
    assert (left, top, bottom) == pytest.approx((30, 30, 62), abs=8) and 350 < right < 450


def test_columns_are_read_one_after_the_other_and_broken_words_are_whole():
    left = ["The goat ate my hat and", "uncle Pavle laughed un-", "til he cried about it."]
    right = ["It rained all day and we", "stayed at home where we", "wrote letters to Ana."]
    placed = [(x, 30 + 60 * row, line) for x, column in ((20, left), (480, right)) for row, line in enumerate(column)]
    words, _ = recognition.in_order(recognition.read(page(*placed)), 260)
    assert words == ["The goat ate my hat and", "uncle Pavle laughed until", "he cried about it.", *right]


def test_a_page_without_a_letter_has_no_lines():
    assert recognition.read(page()) == [] and recognition.in_order([], 260) == ([], [])
