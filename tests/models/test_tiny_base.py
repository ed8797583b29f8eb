"""The scenes from which the tiny base learns: they draw themselves from a number, and say in words what they show."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import pytest

from lib.models.tiny_base import scenes
from lib.models.tiny_base.shapes import THINGS, sheets

MANY = range(3000)


@pytest.fixture(scope="module")
def plans() -> list[scenes.Facts]:
    return [scenes.plan(number) for number in MANY]


def test_the_same_number_draws_the_same_picture_and_another_number_another():
    first, again, other = (scenes.scene(number)[0].tobytes() for number in (7, 7, 8))
    assert first == again != other


def test_the_pictures_are_still_those_that_the_base_learned_from():
    """Whoever changes how scenes are drawn trains the base anew: its dataset is what is shown of it."""
    one_of_each = {scenes.plan(number).thing: number for number in range(100)}
    drawn = hashlib.sha256(b"".join(scenes.scene(one_of_each[thing])[0].tobytes() for thing in scenes.LEARNED)).hexdigest()
    said = hashlib.sha256("\n".join(scenes.captions(1000)).encode()).hexdigest()
    assert (drawn[:16], said[:16]) == ("11998417914453ea", "fa42c37ea6fabeec")


def test_a_picture_is_as_large_as_asked_and_its_size_changes_nothing_about_it():
    small, large = (scenes.scene(11, size) for size in (32, 128))
    assert small[0].size == (32, 32) and large[0].size == (128, 128) and small[0].mode == "RGB"
    assert small[1:] == large[1:]
    near = np.abs(np.asarray(large[0].reduce(4), float) - np.asarray(small[0], float))
    assert near.mean() < 6


def test_every_thing_colour_count_place_and_paper_occurs_about_as_often_as_the_others(plans):
    for name, words in {"thing": scenes.LEARNED, "colour": scenes.COLOURS, "count": scenes.COUNTS, "place": scenes.PLACES, "paper": scenes.PAPERS}.items():
        often = Counter(getattr(plan, name) for plan in plans)
        assert set(often) == set(words)
        assert min(often.values()) > 0.6 * len(plans) / len(words), name


def test_a_colour_is_cut_only_for_a_paper_on_which_it_shows(plans):
    assert all(plan.colour != plan.paper and (plan.colour, plan.paper) not in scenes.UNSEEN for plan in plans)


def test_no_thing_hangs_over_the_edge_of_the_page(plans):
    for plan in plans[:600]:
        spots = scenes.where(plan)
        assert len(spots) == plan.count
        for cut in spots:
            assert cut.size * 0.93 < min(cut.x, cut.y, 1 - cut.x, 1 - cut.y), plan


def test_things_of_a_scene_lie_side_by_side(plans):
    for plan in plans[:600]:
        spots = scenes.where(plan)
        for i, one in enumerate(spots):
            assert all(np.hypot(one.x - other.x, one.y - other.y) > 1.75 * one.size for other in spots[i + 1 :]), plan


def test_a_caption_says_nothing_that_is_not_so(plans):
    for plan in plans:
        words = set(scenes.words_of(scenes.caption(plan)))
        assert words & {plan.thing, THINGS[plan.thing][0]}
        assert not words & ({*THINGS, *(some for some, _ in THINGS.values())} - {plan.thing, THINGS[plan.thing][0]})
        assert words & {*scenes.COLOURS, *scenes.PAPERS} <= {plan.colour, plan.paper}
        assert words & {"two", "three"} == ({scenes.COUNTS[plan.count]} if plan.count > 1 else set())
        assert words & {"small", "large"} <= {plan.size}
        assert words & set(scenes.PLACES) <= {plan.place, plan.tilt}
        assert ("torn" in words) <= bool(plan.torn)


def test_captions_are_searched_and_their_words_counted_without_drawing(monkeypatch):
    monkeypatch.setattr(scenes, "draw", None)
    found = scenes.search(["two", "Red", "fish"], 3000)
    assert found and all(scenes.plan(number).thing == "fish" for number in found)
    counts = scenes.word_counts(3000)
    assert counts["fish"] == len(scenes.search(["fish"], 3000))
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    things = {*scenes.LEARNED, *(THINGS[thing][0] for thing in scenes.LEARNED)}
    words = {*things, *scenes.COLOURS, *scenes.PAPERS, *scenes.COUNTS.values(), *scenes.PLACES}
    assert min(counts[word] for word in words) > 20


def test_wordings_differ():
    captions = scenes.captions(3000)
    assert len(set(captions)) > 0.85 * len(captions)
    assert {caption.split()[0] for caption in captions} >= {"a", "one", "two", "three", "on"}


def test_each_thing_fits_into_its_circle_and_is_put_together_from_sheets():
    for thing in THINGS:
        points = np.concatenate([sheet.outline for sheet in sheets(thing)])
        assert np.abs(points).max() < 1.1 and np.abs(points).max() > 0.85, thing
        assert sum(sheet.whole for sheet in sheets(thing)) == 1, thing


def test_a_contact_sheet_holds_what_was_asked_for():
    sheet = scenes.contact_sheet([0, 1, 2, 3, 4], across=3, size=16, gap=2)
    assert sheet.size == (3 * 18 - 2, 2 * 18 - 2)
