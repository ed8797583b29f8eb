"""Covers Audio: what it offers is read from the cards, one thing at a time is followed, and sounds have a page of their own."""

from __future__ import annotations

import pytest

from lib import generate, jobs, models
from lib.project import Project, outputs
from lib.ui.audio import controls, copies
from tests.audio.conftest import drums_project, voices_project
from tests.models.tiny_models import TINY_MODELS
from tests.pages.conftest import words


@pytest.fixture(autouse=True)
def no_processes(monkeypatch):
    """Nothing is made here: the player and the dispatcher stay asleep."""
    monkeypatch.setattr("lib.player.client.ensure_player", lambda workspace: None)
    monkeypatch.setattr("lib.generate.ensure_player", lambda workspace: None)
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)


@pytest.fixture
def voices(home):
    return voices_project(home)


def test_without_a_model_of_sounds_it_says_what_comes_next(visit, home):
    page = visit("play/audio.py", Project.create("Empty", home=home))
    assert "no model that makes sounds yet" in words(page) and "mine or a copy?" in words(page)
    assert {button.label for button in page.button} >= {"Record some sounds", "Train a model of sounds"}


def test_what_a_model_may_follow_is_read_from_its_card(monkeypatch):
    for name, module in TINY_MODELS.items():
        monkeypatch.setitem(models.MODELS, name, module)
    assert controls.ways_in("mosaic") == {"sound": "A sound", "drawn": "Lines by hand", "beat": "A beat", "": "Nothing"}
    assert controls.ways_in("filter") == {"sound": "A sound", "drawn": "Lines by hand", "": "Nothing"}
    assert controls.ways_in("rhythm_vae") == {"": "Nothing"}
    assert controls.ways_in("ddsp") == {"sound": "A sound", "drawn": "Lines by hand", "notes": "Notes", "": "Nothing"}
    assert controls.ways_in("rave") == controls.ways_in("rave_ts") == {"sound": "A sound", "drawn": "Lines by hand", "": "Nothing"}


def test_only_what_was_chosen_is_followed(visit, voices):
    project, run = voices
    page = visit("play/audio.py", project, run=run.id)
    make = next(button for button in page.button if button.label == "Make 1")
    assert make.disabled and "Give it what it is to follow first." in make.help
    ways = next(group for group in page.button_group if group.label == "What it follows")
    knobs = lambda: {box.label for box in page.number_input}
    assert "Beats a minute" not in knobs()
    ways.set_value("beat").run()
    assert "Beats a minute" in knobs(), "a knob is there where it counts"
    page.text_input(key="follow.mosaic.beat").set_value("x.o.").run()
    next(button for button in page.button if button.label == "Make 1").click().run()
    assert not page.exception
    [order] = generate.open_orders(project)
    assert order.request.inputs == {"beat": "x.o."} and order.request.way == "make"
    ways = next(group for group in page.button_group if group.label == "What it follows")
    ways.set_value("").run()
    next(button for button in page.button if button.label == "Make 1").click().run()
    assert [each.request.inputs for each in generate.open_orders(project)][-1] == {}


def test_one_of_ones_own_sounds_may_be_given(visit, voices):
    project, run = voices
    page = visit("play/audio.py", project, run=run.id)
    next(group for group in page.button_group if group.key == "follow.mosaic.sound.way").set_value("One of yours").run()
    item = project.items("sound")[2]
    page.selectbox(key="follow.mosaic.sound.own").set_value(item.id).run()
    next(button for button in page.button if button.label == "Make 1").click().run()
    [order] = generate.open_orders(project)
    assert order.request.inputs["sound"].item == item.id


def test_a_run_of_sounds_is_played_here_also_where_generate_was_asked_for(visit, home):
    project, run = drums_project(home)
    page = visit("play/generate.py", project, run=run.id)
    assert page.title[0].value == "Audio" and page.query_params["run"] in (run.id, [run.id])
    page = visit("play/generate.py", project)
    assert page.title[0].value == "Generate"


def test_mine_or_a_copy_is_a_task_that_is_begun_once(visit, voices):
    from lib.media.sound import open_sound

    project, run = voices
    story = {**outputs.base_story(project, run, project.dataset(run.dataset_path)), "way": "make", "inputs": {}, "controls": {}, "heard": []}
    made = outputs.save(project, open_sound(project.items("sound")[0].path), 0, story)
    page = visit("play/audio.py", project, run=run.id)
    next(button for button in page.button if button.label == copies.TITLE).click().run()
    [task] = jobs.tasks(project, copies.TASK)
    assert task.summary["arguments"] == {"output": made.path.name} and not page.exception
    assert copies.TITLE not in {button.label for button in page.button}
