"""Covers Augment for sounds and texts: one of them before and after, with what went and what came; two versions beside each other."""

from __future__ import annotations

from dataclasses import replace

from lib import augment, collect
from lib.project import datasets
from lib.ui.augment import compare, sounds_texts
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


def test_another_one_is_another_at_each_click_until_all_were_shown(project, tmp_path):
    for number in range(7):
        (tmp_path / f"poem{number}.txt").write_text(f"A poem about tulips {number}.")
    collect.add_files(project, sorted(tmp_path.glob("poem*.txt")), MINE)
    prospect = augment.foresee(project, augment.Recipe(), kind="text")
    shown = [sounds_texts.one_of(project, prospect, look).number for look in range(9)]
    assert shown[0] == 1 and sorted(shown[:7]) == [1, 2, 3, 4, 5, 6, 7] and shown[7:] == shown[:2]
    alone = augment.foresee(project, augment.Recipe(), aside=prospect.items[1:], kind="text")
    assert sounds_texts.one_of(project, alone, 5).number == 1


def test_what_came_and_changed_in_texts_is_read_and_what_was_withdrawn_is_not(project, visit, tmp_path):
    path = tmp_path / "rain.txt"
    path.write_text("Rain on the roof.\n\nSun.\n", encoding="utf-8")
    [rain] = collect.add_files(project, path, MINE).added
    augment.build(project, augment.SplitText(), "words")
    path.write_text("A *second* text.\n", encoding="utf-8")
    collect.add_files(project, path, MINE)
    augment.build(project, augment.SplitText(), "words")
    page = visit(PAGE, project, make="texts", changed="words-v2")
    said = words(page)
    assert "- **2** · A \\*second\\* text" in said and "made from 2 datapoints" in said
    assert "Counted in datapoints: 2 texts from 1 of them before, 3 texts from 2 now." in said
    newest, first = datasets.versions(project)
    entry = augment.Entry(rain.id, 1, old="train/000001-piece1.txt", new="train/000001-piece1.txt")
    assert compare._words(newest, entry.new) == "Rain on the roof.\n\nSun."
    assert compare.lines((entry,), newest) == ["**1** · Rain on the roof\\. Sun\\."]
    assert "Rain" not in str(compare.lines((replace(entry, why="consent was withdrawn"),), first))


def test_a_sound_that_came_is_shown_by_its_waveform(project):
    collect.add_take(project, take(), MINE, name="drip 1", trim=False)
    augment.build(project, augment.TrimSilence(), "drips")
    [version] = datasets.versions(project)
    entry = augment.Entry("any", 1, new="train/000001.wav")
    [shown] = compare.thumbnails(project, (entry,), version)
    assert shown.source.startswith("data:image/webp")
    [shown] = compare.thumbnails(project, (replace(entry, new="train/000009.wav"),), version)
    assert shown.source == compare._BLANK
