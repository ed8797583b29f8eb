"""Covers Augment for sounds and texts: one of them before and after, with what went and what came."""

from __future__ import annotations

from dataclasses import replace

from lib import augment, collect
from tests.collect.test_made_here import MINE, take
from tests.pages.conftest import words

PAGE = "make/augment.py"


def plan(project, kind: str, *steps) -> None:
    augment.keep_plan(project, replace(augment.read_plan(project, kind), recipe=augment.Recipe(steps)))


def test_a_text_is_shown_before_and_after_with_what_went(project, visit, tmp_path):
    path = tmp_path / "rain.txt"
    path.write_text("Rain *on* the roof.\nSun.\nrain *on* the roof.\n", encoding="utf-8")
    collect.add_files(project, path, MINE)
    page = visit(PAGE, project)
    assert "1 text to prepare" in words(page)
    assert "As it is" in words(page) and "Prepared" not in words(page)
    plan(project, "text", augment.RemoveDoubles("lines"))
    said = words(visit(PAGE, project))
    assert "Prepared" in said and ":red[~~↵rain \\*on\\* the roof\\.~~]" in said
    plan(project, "text", augment.SplitText(least=50))
    assert "stays out of the dataset: shorter than 50 words" in words(visit(PAGE, project)).replace("\\", "")


def test_a_sound_is_seen_and_heard_before_and_after(project, visit):
    [item] = collect.add_take(project, take(), MINE, name="drip 1", trim=False).added
    plan(project, "sound", augment.TrimSilence())
    recipe = augment.read_plan(project, "sound").recipe
    assert not augment.look(project, item, recipe, wait=60).waiting      # a page looks again until it is there
    page = visit(PAGE, project)
    said = words(page)
    assert "1 sound to prepare" in said and "2.3 s · 48,000 Hz · mono" in said and "Prepared" in said
    assert len(page.get("audio")) == 2
