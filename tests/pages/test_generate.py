"""Covers the Generate page: its words before anything has learned, what its controls order, its lists, its stories."""

from __future__ import annotations

import io
import zipfile
from types import SimpleNamespace

import pytest
from PIL import Image

from lib import generate
from lib.models import tiny_base
from lib.models.playing import Medium
from lib.player import PlayerState, client
from lib.player.playable import of_run
from lib.project import Consent, outputs
from lib.project.folder import OUTPUTS
from lib.ui.generate import cells, controls, made, now
from lib.ui.generate import story as generate_story
from lib.ui.http.zip_stream import zip_of_outputs
from lib.ui.widgets.picture_grid import Event
from tests.pages.conftest import words
from tests.player.conftest import played_project
from tests.project.test_outputs import put

PAGE = "play/generate.py"


@pytest.fixture
def asleep(monkeypatch):
    """No player is started: orders only go into the store."""
    monkeypatch.setattr(client, "ensure_player", lambda workspace: None)
    monkeypatch.setattr(generate, "ensure_player", lambda workspace: None)


@pytest.fixture
def played(home, asleep):
    return played_project(home)


def button(page, label: str):
    return next(one for one in page.button if one.label == label)


def test_before_anything_has_learned_the_way_leads_to_train(visit, project):
    page = visit(PAGE, project)
    assert "Nothing has learned yet" in words(page) and "no model of your own yet" in words(page)
    assert [one.label for one in page.button] == ["Train a model", "Play one that comes with Handmade"]


@pytest.fixture
def tiny(monkeypatch, tmp_path, asleep):
    """The tiny base, as far as a page looks."""
    monkeypatch.setattr(tiny_base, "FOLDER", tmp_path)
    (tmp_path / "model_index.json").write_text("{}")


def test_a_model_that_comes_with_handmade_is_played_by_words_before_anything_has_learned(visit, project, tiny):
    page = visit(PAGE, project)
    button(page, "Play one that comes with Handmade").click().run()
    assert page.selectbox[0].value == "tiny_base" and page.query_params["run"] == ["tiny_base"]
    assert "It has learned nothing of yours. 10,000 paper-cut scenes" in words(page)
    page.text_area[0].set_value("two yellow birds on black paper")
    page.button_group(key="count.image").set_value(4).run()
    button(page, "Make 4").click().run()
    [order] = generate.open_orders(project)
    assert (order.request.model, order.request.count, dict(order.request.inputs)) == ("tiny_base", 4, {"prompt": "two yellow birds on black paper"})
    assert order.request.controls == {"strength": 0.6, "guidance": 2.0, "steps": 20}
    more = page.expander[0].label
    assert more == "More: a picture to begin with, only here, strength, steps"
    assert not page.exception


def test_it_stands_beside_the_runs_and_what_it_made_can_be_looked_at_alone(visit, played, tiny):
    project, run = played
    put(project, 1, run=run.id)
    put(project, 2, run="", model="tiny_base", base="tiny_base", inputs={"prompt": "a red fish"})
    page = visit(PAGE, project, run="tiny_base")
    assert [option.partition(",")[0] for option in page.selectbox[0].options[:2]] == ["GAN on digits-v1", "The tiny base"]
    there = outputs.listed(project)
    base = next(one for one in generate.bases() if one.id == "tiny_base")
    assert [one.seed for one in made.narrowed(there, "run", base)] == [2]
    assert [one.alt for one in cells.cells(project, there)] == ["Picture of seed 2, of the words “a red fish”", "Picture of seed 1"]
    page.selectbox[0].set_value(run.id).run()
    assert page.query_params["run"] == [run.id] and button(page, "Make 16")


def test_pictures_are_seen_while_they_form(visit, project, tiny):
    store = client.OrderStore(project.home)
    order = store.write(generate.order(project, "tiny_base", count=4, seed=7, prompt="a red fish"), state="painting", done=1)
    for number in (0, 1, 2):
        for step in (5, 10):
            store.add_piece(order, Medium(Image.new("RGB", (8, 8)), number, False, {"step": step, "of": 20}))
    forming = now.forming_of(generate.pieces(project, order), order.done)
    assert {number: piece.done for number, piece in forming.items()} == {1: 0.5, 2: 0.5}
    page = visit(PAGE, project, run="tiny_base")
    assert page.get("progress")[0].proto.value == 50 and not page.exception


def test_the_page_from_the_first_order_to_the_last_word(visit, played):
    project, played = played
    page = visit(PAGE, project, run=played.id)
    assert "1 model" in words(page) and button(page, "Make 16")
    page.number_input(key="seed").set_value(41)
    page.run()
    make = next(one for one in page.button if one.label.startswith("Make ") and one.label != "Make the film")
    make.click().run()
    [order] = generate.open_orders(project)
    assert (order.request.model, order.request.seed, order.request.controls) == (played.id, 41, {"truncation": 1.0})
    assert order.request.count == int(make.label.split()[1])
    assert any(one.label == "Stop" for one in page.button)
    button(page, "Stop").click().run()
    assert client.OrderStore(project.home).is_to_stop(order)

    button(page, "Dice").click().run()
    assert page.number_input(key="seed").value != 41

    page.number_input(key="walk-a").set_value(3)
    page.number_input(key="walk-b").set_value(9).run()
    button(page, "Make the film").click().run()
    walk = generate.open_orders(project)[-1]
    assert (walk.request.seed, walk.request.to_seed, walk.request.count) == (3, 9, 100)
    page.number_input(key="walk-b").set_value(3).run()
    assert button(page, "Make the film").disabled
    assert not page.exception


def test_pressed_again_it_goes_on_with_the_next_seeds_unless_something_is_changed(visit, played):
    project, played = played
    page = visit(PAGE, project, run=played.id)
    page.button_group(key="count.image").set_value(4).run()
    for _ in range(3):
        button(page, "Make 4").click().run()
    assert page.number_input(key="seed").value == 8
    page.number_input(key="seed").set_value(4).run()
    button(page, "Make 4").click().run()
    page.slider[0].set_value(0.5).run()
    button(page, "Make 4").click().run()
    seeds = [order.request.seed for order in generate.open_orders(project)]
    assert seeds == [0, 4, 8, 4, 4]
    assert visit(PAGE, project, run=played.id).number_input(key="seed").value == 4     # where it stood


def test_a_withdrawal_is_said_in_words_and_nothing_can_be_ordered(visit, played):
    project, played = played
    from lib.project import derived_data

    derived_data.forget(project, project.items()[:1])
    page = visit(PAGE, project, run=played.id)
    assert "This run is not played" in words(page) and "1 datapoint" in words(page)
    assert not any(one.label.startswith("Make ") for one in page.button)


def test_a_run_that_is_not_there_is_said_in_words(visit, project):
    page = visit(PAGE, project, run="../../etc/passwd")
    assert "There is no run" in words(page)


def test_marks_stories_and_ends_of_a_walk_are_chosen_at_a_picture(project, monkeypatch):
    one = put(project, 7)
    seeds = {one.path.name: 7}
    state: dict = {}
    monkeypatch.setattr(cells.st, "session_state", state)
    for wished, mark in ((True, "kept"), (True, "kept"), (False, ""), (False, "")):      # what is wished counts, not what was
        cells.act(project, seeds, Event("kept", one.path.name, wished))
        assert one.mark == mark
    cells.act(project, seeds, Event("from", one.path.name))
    cells.act(project, seeds, Event("story", one.path.name))
    cells.act(project, seeds, Event("kept", "gone.png"))
    assert state["story"] == one.path.name
    cells.take_ends_of_walk()
    assert state["walk-a"] == 7


def test_a_cell_says_what_it_is(project):
    put(project, 7, mark="rejected")
    walk = put(project, 3, to_seed=9)
    walk.path.rename(walk.path.with_suffix(".mp4"))
    film, picture = cells.cells(project, outputs.listed(project))
    assert (film.film, film.label, film.alt) == (True, "3 to 9, MP4", "Walk from seed 3 to seed 9")
    assert (picture.film, picture.label, picture.mark, picture.dim) == (False, "seed 7", "rejected", True)
    assert picture.alt == "Picture of seed 7, rejected"


def test_everything_can_be_narrowed_and_rejected_ones_taken_away_and_back(visit, played):
    project, played = played
    for number in range(60):
        put(project, number, run=played.id, mark="rejected" if number < 2 else "kept" if number == 2 else "")
    there = outputs.listed(project)
    assert [len(made.narrowed(there, which, of_run(played))) for which in ("all", "kept", "rejected", "run")] == [60, 1, 2, 60]
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
    order = generate.ask_again(project, {**STORY, "run": played.id})
    assert (order.request.count, order.request.seed, order.request.controls) == (1, 7, {"truncation": 0.5})
    walk = generate.ask_again(project, {**STORY, "run": played.id, "to_seed": 9, "frames": 50, "fps": 25})
    assert (walk.request.seed, walk.request.to_seed, walk.request.count, walk.request.fps) == (7, 9, 50, 25)
    assert (project.path / OUTPUTS).is_dir()


def test_the_player_and_an_order_are_told_with_seconds_and_counts(played):
    project, played = played
    assert "about 9 seconds more" in now.waking_words(PlayerState("starting", 6.0, 15.0))
    assert "a moment more" in now.waking_words(PlayerState("starting", 40.0, 15.0))
    store = client.OrderStore(project.home)
    first, second = generate.order(project, played, count=4), generate.order(project, played, count=1)
    assert now.progress_words(project, first) == "4 pictures are next"
    assert "1 order for the same model comes first" in now.progress_words(project, second)
    assert now.progress_words(project, store.write(first, state="painting", done=3)) == "3 of 4 pictures made"
    assert now.progress_words(project, store.write(first, state="loading")) == "Loading the model …"


def test_runs_are_told_apart_by_their_names(played):
    project, played = played
    name = controls.name_of(played)
    assert name.startswith("GAN on digits-v1, 2 steps, ")


def test_the_newest_finished_model_is_chosen_unless_the_address_names_another(played, monkeypatch):
    project, played = played
    learning = SimpleNamespace(id="later", result=None)
    address: dict = {}
    monkeypatch.setattr(controls.st, "query_params", address)
    assert controls.chosen([learning, played]) == played
    assert controls.chosen([learning]) == learning and controls.chosen([]) is None
    address["run"] = "later"
    assert controls.chosen([learning, played]) == learning


def test_after_somebody_says_no_nothing_made_of_their_data_is_listed_and_the_page_says_why(visit, played):
    project, played = played
    put(project, 1, run=played.id)
    item = project.items()[2]
    project.set_consent([item.id], Consent(state="withdrawn"))
    page = visit(PAGE, project)
    assert "1 output is not shown and 1 model is not played" in words(page) and "consent was withdrawn for 1 datapoint" in words(page)
    assert "No model can be played today" in words(page) and not page.exception
    page = visit(PAGE, project, run=played.id)
    assert "This run is not played" in page.error[0].value and "number 3" in page.error[0].value
    project.set_consent([item.id], Consent(state="given", purposes=["train"]))
    page = visit(PAGE, project)
    assert "not shown" not in words(page) and "1 output" in words(page)


def test_how_far_an_order_is_stands_below_its_button(visit, played):
    project, played = played
    store = client.OrderStore(project.home)
    store.write(generate.order_walk(project, played, 1, 2, seconds=2), state="painting", done=3)
    page = visit(PAGE, project)
    [said] = [one.value for one in page.markdown if "of the film made" in one.value]
    assert "3 of 50 pictures" in said


def test_all_is_all_but_the_rejected(project):
    for number, mark in enumerate(["", "kept", "rejected"]):
        put(project, number, mark=mark)
    read = lambda names=None: sorted(zipfile.ZipFile(io.BytesIO(b"".join(zip_of_outputs(project, names)))).namelist())
    assert len(read()) == 4 and not any("_2_" in name for name in read())
    rejected = [one.path.name for one in outputs.listed(project, mark="rejected")]
    assert len(read(rejected)) == 2


def test_its_story_shows_some_of_the_pictures_that_it_learned_from(played):
    project, played = played
    story = {"dataset": "digits-v1"}
    found = generate.examples(project, story)
    train = {row["item"] for row in project.dataset("digits-v1").rows("train")}
    assert 1 < len(found) <= 12 and {one.id for one in found} <= train
    project.set_consent([found[0].id], Consent(state="given", purposes=["train"]))
    project.set_consent([found[1].id], Consent(state="withdrawn"))
    shown = {one.id for one in generate.examples(project, story)}
    assert found[1].id not in shown and generate.examples(project, {"dataset": "gone"}) == []
    assert generate_story.examples_words(12, 180) == "It learned from these and 168 more."
    assert generate_story.examples_words(12, 12) == "It learned from these."


def test_a_table_changes_one_thing_from_row_to_row_and_makes_only_what_is_missing(visit, project, tiny):
    turned = {"strength": 0.6, "guidance": 2.0, "steps": 20}
    put(project, 0, run="", model="tiny_base", base="tiny_base", inputs={"prompt": "a red fish"}, controls=turned)
    put(project, 1, run="", model="tiny_base", base="tiny_base", inputs={"prompt": "a red fish"}, controls={**turned, "steps": 5})
    page = visit(PAGE, project, run="tiny_base", **{"table-lines": "a red fish\n\na blue fish\na red fish"})
    assert "5 pictures of 6 are missing" in words(page)
    button(page, "Make what is missing").click().run()
    button(page, "Make what is missing").click().run()      # what is asked for already is not asked for again
    asked = [(dict(order.request.inputs), order.request.seed, order.request.count) for order in generate.open_orders(project)]
    assert asked == [({"prompt": "a red fish"}, 1, 2), ({"prompt": "a blue fish"}, 0, 3)] and not page.exception
    page.selectbox(key="table-what.tiny_base").set_value("guidance")
    page.text_area(key="table-lines").set_value("2\nhigh").run()
    assert "guidance cannot be 'high'" in words(page).replace("\\", "") and not page.exception


def test_of_a_model_without_words_a_number_changes(played):
    project, run = played
    rows = [{"truncation": 0.5}, {"truncation": "1"}]
    put(project, 4, run=run.id, inputs={}, controls={"truncation": 1.0})
    assert [[output and output.seed for output in row] for row in generate.table(project, run, rows, range(3, 5))] == [[None, None], [None, 4]]
    made = generate.order_table(project, run, rows, range(3, 5))
    assert [(order.request.seed, order.request.count, order.request.controls["truncation"]) for order in made] == [(3, 2, 0.5), (3, 1, 1.0)]
