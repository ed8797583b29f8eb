"""Covers the Generate page: its words before anything has learned, what its controls order, its lists, its stories."""

from __future__ import annotations

import pytest

from lib import generate
from lib.generate.visiting import PlayerState
from lib.project import outputs
from lib.project.folder import OUTPUTS
from lib.ui import generate_cells, generate_controls, generate_made, generate_now, generate_story
from lib.ui.pictures import Event
from tests.generate.conftest import played_project
from tests.pages.conftest import words
from tests.project.test_outputs import put

PAGE = "play/generate.py"


@pytest.fixture
def asleep(monkeypatch):
    """No player is started: orders only go into the book."""
    monkeypatch.setattr(generate.visiting, "ensure_player", lambda workspace: None)
    monkeypatch.setattr(generate, "ensure_player", lambda workspace: None)


@pytest.fixture
def played(home, asleep):
    return played_project(home)


def button(page, label: str):
    return next(one for one in page.button if one.label == label)


def test_before_anything_has_learned_the_way_leads_to_train(visit, project):
    page = visit(PAGE, project)
    assert "Nothing has learned yet" in words(page) and "no model yet" in words(page)
    assert [one.label for one in page.button] == ["Train a model"]


def test_the_page_from_the_first_order_to_the_last_word(visit, played):
    project, played = played
    page = visit(PAGE, project, run=played.id)
    assert "1 model" in words(page) and "Make 16" in words(page)
    page.number_input(key="seed").set_value(41)
    page.run()
    make = next(one for one in page.button if one.label.startswith("Make ") and one.label != "Make the film")
    make.click().run()
    [order] = generate.open_orders(project)
    assert (order.wish.run, order.wish.seed, order.wish.controls) == (played.id, 41, {"truncation": 1.0})
    assert order.wish.count == int(make.label.split()[1])
    assert any(one.label == "Stop" for one in page.button)
    button(page, "Stop").click().run()
    assert generate.visiting.Book(project.home).is_to_stop(order)

    button(page, "Dice").click().run()
    assert page.number_input(key="seed").value != 41

    page.number_input(key="walk-a").set_value(3)
    page.number_input(key="walk-b").set_value(9).run()
    button(page, "Make the film").click().run()
    walk = generate.open_orders(project)[-1]
    assert (walk.wish.seed, walk.wish.to_seed, walk.wish.count) == (3, 9, 100)
    page.number_input(key="walk-b").set_value(3).run()
    assert button(page, "Make the film").disabled
    assert not page.exception


def test_a_withdrawal_is_said_in_words_and_nothing_can_be_ordered(visit, played):
    project, played = played
    from lib.project import holdings

    holdings.forget(project, project.items()[:1])
    page = visit(PAGE, project, run=played.id)
    assert "This run is not played" in words(page) and "1 datapoint" in words(page)
    assert not any(one.label.startswith("Make ") for one in page.button)


def test_a_run_that_is_not_there_is_said_in_words(visit, project):
    page = visit(PAGE, project, run="../../etc/passwd")
    assert "There is no run" in words(page)


def test_marks_stories_and_ends_of_a_walk_are_chosen_at_a_picture(project, monkeypatch):
    one = put(project, 7)
    shown = {listed.path.name: listed for listed in outputs.listed(project)}
    state: dict = {}
    monkeypatch.setattr(generate_cells.st, "session_state", state)
    generate_cells.act(project, Event("kept", one.path.name), shown)
    assert one.mark == "kept"
    shown = {listed.path.name: listed for listed in outputs.listed(project)}
    generate_cells.act(project, Event("kept", one.path.name), shown)
    assert one.mark == ""
    generate_cells.act(project, Event("from", one.path.name), shown)
    generate_cells.act(project, Event("story", one.path.name), shown)
    generate_cells.act(project, Event("kept", "gone.png"), shown)
    assert state["story"] == one.path.name
    generate_cells.take_ends_of_walk()
    assert state["walk-a"] == 7


def test_a_cell_says_what_it_is(project):
    put(project, 7, mark="rejected")
    walk = put(project, 3, to_seed=9)
    walk.path.rename(walk.path.with_suffix(".mp4"))
    film, picture = generate_cells.cells(project, outputs.listed(project))
    assert (film.film, film.label, film.alt) == (True, "3 to 9, MP4", "Walk from seed 3 to seed 9")
    assert (picture.film, picture.label, picture.mark, picture.dim) == (False, "seed 7", "rejected", True)
    assert picture.alt == "Picture of seed 7, rejected"


def test_everything_can_be_narrowed_and_rejected_ones_taken_away_and_back(visit, played):
    project, played = played
    for number in range(60):
        put(project, number, run=played.id, mark="rejected" if number < 2 else "kept" if number == 2 else "")
    there = outputs.listed(project)
    assert [len(generate_made.narrowed(there, which, played)) for which in ("all", "kept", "rejected", "run")] == [60, 1, 2, 60]
    page = visit(PAGE, project)
    assert "60 outputs, 1 kept" in words(page)
    button(page, "Remove 2 rejected outputs…").click().run()
    assert len(outputs.listed(project)) == 60          # asked twice
    page.button(key="remove-rejected").click().run()
    assert len(outputs.listed(project)) == 58
    button(page, "Bring back the 2 outputs that you removed last").click().run()
    assert len(outputs.listed(project)) == 60 and not page.exception


STORY = {
    "run": "r", "model": "gan", "dataset": "tulips-v1", "seed": 7, "controls": {"truncation": 0.5}, "datapoints": 180,
    "people": [{"id": "a", "credit": "R."}, {"id": "b", "credit": "Mila"}, {"id": "c", "credit": ""}], "made": "2026-11-21T14:03:00Z",
}  # fmt: skip


def test_a_story_is_told_in_plain_words():
    told = "\n".join(generate_story.lines(STORY)).replace("\\", "")
    assert "180 datapoints by 3 people: R., Mila, 1 who is not named" in told
    assert "seed 7, Truncation 0.5" in told and "tulips-v1" in told
    assert generate_story.data_words({"datapoints": 1, "people": []}) == "1 datapoint"
    assert generate_story.data_words({"people": [{"id": "a", "credit": ""}]}) == "datapoints by 1 person who is not named"
    assert "_evil_" not in "\n".join(generate_story.lines({**STORY, "people": [{"id": "a", "credit": "_evil_"}]}))


def test_it_can_be_made_again_from_its_story(played):
    project, played = played
    order = generate_story.ask_again(project, {**STORY, "run": played.id})
    assert (order.wish.count, order.wish.seed, order.wish.controls) == (1, 7, {"truncation": 0.5})
    walk = generate_story.ask_again(project, {**STORY, "run": played.id, "to_seed": 9, "frames": 50, "fps": 25})
    assert (walk.wish.seed, walk.wish.to_seed, walk.wish.count, walk.wish.fps) == (7, 9, 50, 25)
    assert (project.path / OUTPUTS).is_dir()


def test_the_player_and_an_order_are_told_with_seconds_and_counts(played):
    project, played = played
    assert "about 9 seconds more" in generate_now.waking_words(PlayerState("starting", 6.0, 15.0))
    assert "a moment more" in generate_now.waking_words(PlayerState("starting", 40.0, 15.0))
    book = generate.visiting.Book(project.home)
    first, second = generate.order(project, played, count=4), generate.order(project, played, count=1)
    assert generate_now.progress_words(project, first) == "4 pictures are next"
    assert "1 order for the same model comes first" in generate_now.progress_words(project, second)
    assert generate_now.progress_words(project, book.write(first, state="painting", done=3)) == "3 of 4 pictures made"
    assert generate_now.progress_words(project, book.write(first, state="loading")) == "The model is loaded…"


def test_runs_are_told_apart_by_their_names(played):
    project, played = played
    name = generate_controls.name_of(played)
    assert name.startswith("digits-v1, ") and name.endswith(", GAN")
