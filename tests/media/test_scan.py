"""Covers lib/media/scan.py: pieces on real sheets are found, joined, read in order and cut at full size."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from skimage import data
from sklearn.datasets import load_digits

from lib.errors import UserError
from lib.media import scan


def paper(width: int, height: int, seed: int = 0) -> np.ndarray:
    """Paper with grain that is lit from one side."""
    light = 238 + 12 * np.linspace(-1, 1, width)[None] - 18 * np.linspace(0, 1, height)[:, None] ** 2
    return light + np.random.default_rng(seed).normal(0, 3, (height, width))


@pytest.fixture(scope="module")
def digits():
    """24 handwritten digits on one sheet, 4 in a row, and where each was written (x, y of its 120 px square)."""
    sheet, places, chance = paper(900, 1300), [], np.random.default_rng(1)
    for number, digit in enumerate(load_digits().images[:24]):
        y, x = 60 + number // 4 * 205 + chance.integers(-15, 15), 70 + number % 4 * 205 + chance.integers(-15, 15)
        ink = Image.fromarray((digit * 15.9).astype(np.uint8)).resize((120, 120), Image.Resampling.BICUBIC)
        sheet[y : y + 120, x : x + 120] -= np.asarray(ink, float) * 0.75
        places.append((x, y))
    return Image.fromarray(np.clip(sheet, 0, 255).astype(np.uint8)).convert("RGB"), places


def test_a_photograph_of_24_coins_has_24_pieces():
    parts = scan.find(Image.fromarray(data.coins()))
    pieces = scan.join(parts, scan.usual_gap(parts))
    assert len(pieces) == 24
    assert all(25 < max(w, h) < 75 for _, _, w, h in pieces)
    assert pieces[0][0] < 40 and pieces[0][1] < 60  # the first is at the upper left


def test_handwritten_digits_are_found_one_by_one_in_the_order_of_reading(digits):
    sheet, places = digits
    parts = scan.find(sheet)
    pieces = scan.join(parts, scan.usual_gap(parts))
    assert len(pieces) == 24
    for (x, y, w, h), (left, top) in zip(pieces, places, strict=True):
        assert left - 4 <= x and top - 4 <= y and x + w <= left + 124 and y + h <= top + 124


def test_a_wider_gap_joins_and_never_parts(digits):
    parts = scan.find(digits[0])
    counts = [len(scan.join(parts, gap)) for gap in np.linspace(0, scan.GAP, 7)]
    assert counts == sorted(counts, reverse=True) and counts[0] == 24 and counts[-1] < 24


def test_light_marks_on_dark_paper_and_coloured_ones_are_pieces_too():
    dark = Image.new("RGB", (400, 200), "#202028")
    for x, colour in ((40, "white"), (170, "#7a2020"), (300, "yellow")):
        dark.paste(colour, (x, 60, x + 60, 130))
    pieces = scan.join(scan.find(dark), 0.005)
    assert np.array(pieces) == pytest.approx(np.array([(x, 60, 60, 70) for x in (40, 170, 300)]), abs=4)


@pytest.mark.parametrize("sheet", [Image.new("RGB", (300, 200), "white"), Image.fromarray(paper(300, 400).clip(0, 255).astype(np.uint8))])
def test_a_blank_sheet_is_refused(sheet):
    with pytest.raises(UserError, match="Nothing is on this sheet"):
        scan.find(sheet)


def test_a_piece_is_cut_at_full_size_with_its_margin_and_ends_at_the_edge():
    sheet = Image.new("RGB", (3000, 2000), "white")
    sheet.paste("black", (1000, 500, 1400, 900))
    assert scan.cut(sheet, (1000, 500, 400, 400), margin=0.1).size == (480, 480)
    assert scan.widened((0, 1900, 400, 100), 0.1, 3000, 2000) == (0, 1860, 440, 140)


def test_a_crooked_photograph_is_turned_upright_and_a_drawing_stays_as_it_lies():
    photograph = Image.fromarray(data.chelsea()).resize((300, 200))
    sheet = Image.new("RGB", (800, 600), "white")
    turned = photograph.rotate(8, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    sheet.paste(turned, (100, 100))
    [box] = scan.join(scan.find(sheet), 0.03)
    upright = scan.cut(sheet, box, 0, straighten=True)
    assert upright.size == pytest.approx((300, 200), abs=6)
    difference = np.abs(np.asarray(upright.resize((300, 200)), float) - np.asarray(photograph, float))[10:-10, 10:-10].mean()
    assert difference < 22 < np.abs(np.asarray(scan.cut(sheet, box, 0).resize((300, 200)), float) - np.asarray(photograph, float)).mean()


@pytest.mark.parametrize("angle", [30, 44, 45, -40])
def test_a_photograph_that_leans_far_is_cut_out_whole(angle):
    sheet, card = Image.new("RGB", (900, 900), "white"), Image.new("RGB", (400, 300), (200, 30, 30))
    leaning = card.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    sheet.paste(leaning, (200, 200))
    upright = scan.cut(sheet, (200, 200, *leaning.size), 0, straighten=True)
    assert sorted(upright.size) == pytest.approx([300, 400], abs=4)
    assert np.asarray(upright, float)[8:-8, 8:-8].std(axis=(0, 1)).max() < 12, "nothing of the paper is in it"
