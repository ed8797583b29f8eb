"""Covers what a browser is told about the sources of a model: what it can draw by itself, what not and why, and how pictures are cut."""

from __future__ import annotations

import pytest

from lib.share.sources import direction, live_source
from lib.steps.background import Silhouette
from lib.steps.drawing import Edges, LineDrawing, Mask
from lib.steps.pairing import LeftHalf, Matched
from lib.steps.people import Pose
from lib.steps.picture import ConvertMode, CropSquare, Pad, Resize
from lib.steps.recipe import Recipe, as_plain


def told(source, *recipe) -> dict:
    return live_source([as_plain(source)] if source else None, Recipe(recipe).as_plain())


def test_edges_are_drawn_in_the_browser_with_the_values_of_the_step():
    live = told(Edges(amount=0.2, thickness=2, paper="black"), CropSquare(position="top"), Resize(size=128))
    assert live["camera"] == "edges" and live["edges"] == {"amount": 0.2, "calm": 0.4, "thickness": 2, "black": True}
    assert (live["ground"], live["ink"], live["fit"], live["position"], live["left_out"]) == ("#000000", "#ffffff", "crop", "top", [])


@pytest.mark.parametrize("source", [Matched(), LeftHalf(), None])
def test_a_picture_that_is_a_source_as_it_is_is_only_cut(source):
    live = told(source, Pad(colour="#fbf8f2"), ConvertMode(), Resize(size=64))
    assert live["camera"] == "plain" and live["fit"] == "pad" and live["paper"] == "#fbf8f2" and live["grey"]


@pytest.mark.parametrize("source, ground", [(Silhouette(), "#ffffff"), (Silhouette(inverted=True), "#000000"), (Pose(), "#000000"), (LineDrawing(), "#ffffff")])
def test_what_a_browser_does_not_draw_the_player_does(source, ground):
    live = told(source)
    assert live["camera"] == "player" and source.title in live["steps"] and live["ground"] == ground


def test_what_no_camera_can_do_is_said():
    mask = told(Mask())
    assert "by hand" in mask["why_not"] and (mask["ground"], mask["ink"]) == ("#000000", "#ffffff")


def test_the_direction_is_said_in_words():
    assert direction([as_plain(Edges())], "tulips-v1") == "Edges, 0.15 of them, on white → tulips-v1"
    assert direction([as_plain(Edges())], "tulips-v1", is_reversed=True) == "tulips-v1 → Edges, 0.15 of them, on white"


def test_the_other_way_round_a_camera_gives_its_picture_as_it_is():
    live = live_source([as_plain(Edges())], Recipe([Resize(size=64)]).as_plain(), is_reversed=True)
    assert live["camera"] == "plain" and not live["lines"]
