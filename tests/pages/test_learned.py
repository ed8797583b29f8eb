"""Covers the page on which all that a base learned from is leafed through, searched and counted; and the nearest to an output."""

from __future__ import annotations

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib import models
from lib.models.tiny_base import alike, scenes
from lib.models.tiny_base import learned as tiny
from lib.project import outputs
from lib.ui.generate import learned
from lib.ui.http import addresses, routes
from tests.pages.conftest import words
from tests.project.test_outputs import put

PAGE = "play/learned.py"


def test_all_pictures_are_there_a_page_at_a_time_and_found_by_words(visit, project):
    page = visit(PAGE, project)
    assert "10,000 pictures with their captions, and nothing else" in words(page) and "in the order of their numbers" in words(page)
    pills = page.get("button_group")[0]
    assert len(pills.options) == 45 and pills.options[0].startswith("paper 7,548") and pills.options[-1].startswith("from 1,924")
    page.text_input(key="words").set_value("Red fish, two").run()
    assert "captions have the words **red**, **fish** and **two**" in words(page) and not page.exception
    assert [option.split()[0] for option in page.get("button_group")[0].options[:3]] == ["red", "fish", "two"]
    page.text_input(key="words").set_value("two dogs").run()
    assert "No caption has the word **dogs**" in words(page)
    page.text_input(key="words").set_value("a brid").run()
    assert "one that occurs is **bird**" in words(page) and not page.exception


def test_a_word_that_is_pressed_comes_into_the_line(visit, project):
    page = visit(PAGE, project, words="fish")
    page.get("button_group")[0].set_value(["fish", "red"]).run()
    assert page.text_input(key="words").value == "fish red" and "captions have the words **fish** and **red**" in words(page)
    page.get("button_group")[0].set_value([]).run()
    assert page.text_input(key="words").value == "" and "All **10,000**" in words(page)


def test_words_are_counted_among_those_that_are_found(monkeypatch):
    monkeypatch.setattr(scenes, "draw", None)       # nothing is drawn for it
    often = tiny.counts()
    assert often["fish"] == len(tiny.search(["Fish"])) == scenes.word_counts()["fish"] and list(often.values()) == sorted(often.values(), reverse=True)
    beside = tiny.counts(["fish", "red"])
    assert beside["fish"] == beside["red"] == len(tiny.search(["red", "fish"])) < often["fish"]
    assert all({"red", "fish"} <= set(scenes.words_of(tiny.caption(number))) for number in tiny.search(["red", "fish"])[:50])
    assert len(tiny.search(["dog"])) == 0 and len(tiny.search([])) == tiny.COUNT == 10_000
    assert tiny.words_in("Two red, red fish!") == ["two", "red", "fish"]


def test_a_picture_is_told_by_its_caption():
    [cell] = learned.cells("tiny_base", [7])
    assert cell.label == tiny.caption(7) and cell.alt == f"Number 7: {cell.label}"
    assert cell.source == addresses.learned("tiny_base", 7, 64) != cell.large


def test_it_is_drawn_again_at_an_address_that_is_good_for_ever(home):
    client = TestClient(Starlette(routes=routes.ROUTES))
    answer = client.get(addresses.learned("tiny_base", 7, 64))
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/webp" and "immutable" in answer.headers["cache-control"]
    assert answer.content == tiny.picture(7) and client.get(addresses.learned("tiny_base", 7, 256)).status_code == 200
    for number, size, base in ((10_000, 64, "tiny_base"), (7, 4096, "tiny_base"), (7, 64, "smollm2"), (7, 64, "gan"), (7, 64, "nothing")):
        assert client.get(f"/learned/{base}/0/{size}/{number}.webp").status_code == 404
    assert client.get(addresses.learned("tiny_base", 7, 64), headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}).status_code == 403


def test_only_what_can_show_it_all_is_chosen(monkeypatch):
    monkeypatch.setattr(learned.st, "query_params", {"base": "smollm2"})
    assert learned.bases() == ["tiny_base"] and learned.chosen() == "tiny_base" and models.learned("smollm2") is None


def test_the_nearest_to_an_output_of_the_base_stand_beside_it(visit, project):
    output = put(project, 3, run="", model="tiny_base", base="tiny_base")
    scenes.draw(scenes.plan(4321), 64).save(output.path)
    assert learned._nearest("tiny_base", output.path, 0)[0] == 4321
    assert learned._nearest("smollm2", output.path, 0) == learned._nearest("gone", output.path, 0) == ()


def test_a_picture_is_the_nearest_to_itself_also_when_it_is_softer_and_larger():
    for number in (0, 1234, 9_999):
        seen = scenes.draw(scenes.plan(number), 64).resize((96, 96), Image.Resampling.BILINEAR)
        assert alike.nearest(seen, 1)[0][0] == number


def test_an_index_is_made_and_read_again(tmp_path, monkeypatch):
    import numpy as np

    pictures = np.stack([np.asarray(scenes.draw(scenes.plan(number), 64)) for number in range(40)])
    index = alike.make_index(pictures, range(40), forms=12, colours=6)
    index.save(tmp_path / "alike.npz")
    again = alike.Index.open(tmp_path / "alike.npz")
    assert [again.nearest(Image.fromarray(pictures[number]), 2)[0][0] for number in range(5)] == list(range(5))
    monkeypatch.setattr(alike, "PLACE", tmp_path / "none.npz")
    assert alike.nearest(Image.fromarray(pictures[0])) == []


@pytest.fixture
def story_of_the_base(project):
    output = put(project, 3, run="", model="tiny_base", base="tiny_base", controls={}, inputs={"prompt": "a red fish"}, made="2026-11-21T14:03:00Z")
    scenes.draw(scenes.plan(11), 64).save(output.path)
    return output


def test_its_story_says_where_it_came_from(story_of_the_base, project):
    from lib.ui.generate import story

    told = "\n".join(story.lines(story_of_the_base.provenance())).replace("\\", "")
    assert "nothing of this project: it is the tiny base by the makers of Handmade. 10,000 paper-cut scenes" in told and "“a red fish”" in told
    assert outputs.listed(project)[0].words == "a red fish"
