"""Covers what is said where a model is given a source of another sort than it has learned from."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw
from skimage import data

from lib.steps.background import Silhouette
from lib.steps.drawing import Edges, LineDrawing, Mask
from lib.steps.pairing import Source
from lib.steps.people import Pose
from lib.steps.source_kind import GROUND, SHAPE, TONES, difference, kind_of_source, remark
from tests.conftest import ROOT


def drawn(ink: str, ground: str, filled: bool) -> Image.Image:
    picture = Image.new("RGB", (128, 128), ground)
    ImageDraw.Draw(picture).ellipse((20, 20, 100, 100), outline=ink, width=2, fill=ink if filled else None)
    return picture


LINES, DARK_LINES = drawn("black", "white", False), drawn("white", "black", False)
AREA, DARK_AREA = drawn("black", "white", True), drawn("white", "black", True)
PHOTO = Image.fromarray(data.astronaut()).resize((128, 128))


@pytest.mark.parametrize("step, picture, expected", [
    (Edges(), LINES, ""), (Edges(), AREA, SHAPE), (Edges(), DARK_LINES, GROUND), (Edges(), PHOTO, TONES),
    (Edges(paper="black"), DARK_LINES, ""), (Edges(paper="black"), LINES, GROUND),
    (Silhouette(), AREA, ""), (Silhouette(), LINES, SHAPE), (Silhouette(), PHOTO, TONES), (Silhouette(inverted=True), DARK_AREA, ""),
    (Mask(), DARK_AREA, ""), (Mask(), DARK_LINES, SHAPE), (Pose(), DARK_LINES, ""), (Pose(), PHOTO, GROUND), (Pose(), LINES, GROUND),
    (LineDrawing(), PHOTO, ""), (Edges(), Image.new("RGB", (64, 64), "white"), ""),
])  # fmt: skip
def test_a_source_of_another_sort_is_told(step, picture, expected):
    kind = kind_of_source(Source((step,)))
    assert difference(kind, picture) == expected
    assert bool(remark(kind, picture)) == bool(expected)


def test_what_the_steps_draw_of_a_tulip_is_of_their_own_sort():
    tulips = sorted((ROOT / "assets/samples/tulips").glob("*.png"))
    for path in tulips[::20]:
        photo = Image.open(path).convert("RGB").resize((128, 128))
        assert difference(kind_of_source(Source((Edges(),))), Edges().apply(photo)) == ""
    step = Silhouette(way="thing")
    assert difference(kind_of_source(Source((step,))), step.apply(photo)) == ""
