"""Covers Label's other ways as their scripts see them: the grid's form, find and replace, suggestions, readers, the whole."""

from __future__ import annotations

import pytest
from PIL import Image

from lib import collect, label
from lib.media import eyes
from lib.project import Consent, Project
from lib.ui.label import grid, suggestions, survey
from lib.ui.widgets import choices
from tests.pages.conftest import words


@pytest.fixture
def ids(project, tmp_path):
    for number in range(4):
        Image.new("RGB", (40, 40), (number * 60, 80, 0)).save(tmp_path / f"{number}.png")
    added = collect.add_files(project, sorted(tmp_path.glob("*.png")), Consent("given", ["train"])).added
    return [item.id for item in added]


def test_the_grid_says_the_same_about_those_that_are_chosen(visit, project, ids):
    page = visit("make/label.py", project, mode="Grid")
    assert "0 of 4 chosen" in words(page) and page.button(key="choose-none").disabled
    page.button(key="choose-all").click().run()
    assert "4 of 4 chosen" in words(page)
    page.text_input(key="bulk.caption").set_value("a plain colour")
    page.selectbox(key="bulk.excluded").set_value("Leave out")
    next(one for one in page.button if one.label == "Change 4 datapoints").click().run()
    assert "4 datapoints changed" in words(page)
    assert {(item.caption, bool(item.excluded)) for item in project.items()} == {("a plain colour", True)}
    page.button(key="label.undo-bulk").click().run()
    assert {(item.caption, bool(item.excluded)) for item in project.items()} == {("", False)}
    assert "Taken back." in words(page) and not any(one.label == "Undo" for one in page.button)
    page.button(key="choose-none").click().run()
    assert "Taken back." not in words(page), "what was said once is not said again"


def test_a_cell_says_what_is_known_of_its_datapoint(project, ids):
    label.set_transcript(project, ids[0], "one two three")
    label.set_crop(project, ids[1], [0, 0, 0.5, 0.5])
    label.set_points(project, ids[2], [{"name": "nose", "x": 0.5, "y": 0.5}])
    label.set_points(project, ids[3], [{"name": "nose", "x": 0.5, "y": 0.5}])
    label.set_points(project, ids[3], [])
    said = [cell.label for cell in grid.cells(project, project.items())]
    assert said == ["1 · one two three", "2 · marked", "3 · marked", "4 · not labelled"]
    label.change_many(project, ids[:2], class_name="plain", caption="a colour", excluded=True)
    label.change_many(project, ids[1:2], excluded=False)
    assert [cell.label for cell in grid.cells(project, project.items())][:2] == ["1 · left out", "2 · plain · a colour"]


def test_words_are_replaced_after_they_were_shown(visit, project, ids):
    label.change_many(project, ids[:2], caption="a red <b>square</b>")
    page = visit("make/label.py", project, mode="Grid")
    page.text_input(key="replace.find").set_value("red").run()
    page.text_input(key="replace.by").set_value("dark").run()
    assert "dark" in words(page)
    page.button(key="replace.do").click().run()
    assert project.item(ids[1]).caption == "a dark <b>square</b>"


def test_suggestions_come_only_when_asked_and_their_words_are_counted(visit, project, ids):
    label.set_class(project, ids[0], "plain")
    label.keep_suggestions(project, [(ids[1], "class_name", "plain", 0.8)], label.NEIGHBOURS)
    page = visit("make/label.py", project, mode="Suggestions")
    assert "1 suggestion to decide" in words(page)
    assert suggestions.words(label.suggestions(project)[0]) == "plain? (4 of 5 like it)"
    page.button(key="accept-sure").click().run()
    assert project.item(ids[1]).class_name == "plain" and label.shares(project, "class_name")["machine"] == 1
    page.button(key="suggest.undo").click().run()
    assert project.item(ids[1]).class_name == "" and "1 suggestion to decide" in words(page), "it waits for a decision again"
    assert not any(one.label.startswith("Undo") for one in page.button)
    page.button(key="ask-neighbours").click().run()
    assert not page.exception


@pytest.mark.parametrize("mode", ["Suggestions", "The whole"])
def test_what_the_eyes_learned_from_is_said_once_where_they_are_asked_and_not_where_they_are_not(visit, project, ids, mode, monkeypatch):
    assert words(visit("make/label.py", project, mode=mode)).count(eyes.ABOUT) == 1
    monkeypatch.setattr(eyes, "are_here", lambda: False)
    assert "ImageNet" not in words(visit("make/label.py", project, mode=mode))


def test_when_other_eyes_have_come_one_may_look_again(visit, project, ids, monkeypatch):
    with monkeypatch.context() as without:
        without.setattr(eyes, "are_here", lambda: False)
        label.look_at_all(project)
        page = visit("make/label.py", project, mode="The whole")
        assert "other eyes" not in words(page) and not any(one.key == "look-at-all" for one in page.button)
    page = visit("make/label.py", project, mode="The whole")
    assert "compared by other eyes than at the last look" in words(page) and any(one.key == "look-at-all" for one in page.button)
    assert "ImageNet" not in words(page), "what is shown was not said by them"
    label.look_at_all(project)
    page = visit("make/label.py", project, mode="The whole")
    assert eyes.ABOUT in words(page) and "other eyes" not in words(page)


def test_only_suggestions_in_sight_are_accepted_together(visit, project, ids, monkeypatch):
    monkeypatch.setattr(suggestions, "_PAGE", 2)
    label.keep_suggestions(project, [(one, "class_name", "plain", 0.9) for one in ids[:3]], label.NEIGHBOURS)
    page = visit("make/label.py", project, mode="Suggestions")
    assert page.button(key="accept-sure").label == "Accept these 2 of 80% and more"
    page.button(key="accept-sure").click().run()
    assert [item.class_name for item in project.items()] == ["plain", "plain", "", ""]
    assert page.button(key="accept-sure").label == "Accept this one of 80% and more"


def test_two_readers_are_compared_and_one_place_is_settled(visit, project, ids):
    assert "Nothing can be compared yet" in words(visit("make/label.py", project, mode="Two readers"))
    ben = Project.open(project.path, actor="Ben *bold*")
    for item, mine, theirs in zip(ids, ["a", "a", "b", "b"], ["a", "a", "b", "a"], strict=True):
        label.set_class(project, item, mine)
        label.read(ben, item, "class_name", theirs)
    page = visit("make/label.py", project, mode="Two readers")
    assert "Cohen's kappa: too few to tell." in words(page) and "0.50" not in words(page) and "1 place to talk about" in words(page)
    assert "4 datapoints so far" in words(page) and "3 of 4 the same, by" in page.get("progress")[0].proto.text
    page.button(key=f"settle.{ids[3]}.a").click().run()
    assert project.item(ids[3]).class_name == "a"
    page.text_input(key="readers.name").set_value("Cleo").run()
    page.button(key="readers.begin").click().run()
    assert page.query_params["reader"] == ["Cleo"] and "Cleo reads." in words(page)


@pytest.mark.parametrize("theirs, said, why", [
    (["a", "b"] * 10, "Cohen's kappa is 1.00 (almost perfect).", "0 is what chance would give"),
    (["a", "a"] * 10, "Cohen's kappa is 0.00 (none).", "0 is what chance would give"),
])  # fmt: skip
def test_from_twenty_datapoints_on_a_kappa_is_told_as_a_number(visit, project, tmp_path, theirs, said, why):
    page = visit("make/label.py", two_have_read(project, tmp_path, ["a", "b"] * 10, theirs), mode="Two readers")
    assert said in words(page) and why in words(page) and "too few" not in words(page)
    assert "%)" in page.get("progress")[0].proto.text


def test_where_everybody_always_says_the_same_the_page_says_why_there_is_no_kappa(visit, project, tmp_path):
    page = visit("make/label.py", two_have_read(project, tmp_path, ["a"] * 20, ["a"] * 20), mode="Two readers")
    assert "Cohen's kappa: too few to tell." in words(page) and "always gave one and the same answer" in words(page)


def two_have_read(project, folder, mine: list[str], theirs: list[str]) -> Project:
    """The project with a text for each answer, which ana and ben have read."""
    for number in range(len(mine)):
        (folder / f"poem{number}.txt").write_text(f"A poem {number}")
    added = collect.add_files(project, sorted(folder.glob("poem*.txt"))).added
    ben = Project.open(project.path, actor="ben")
    for item, one, other in zip(added, mine, theirs, strict=True):
        label.read(project, item, "class_name", one)
        label.read(ben, item, "class_name", other)
    return project


def test_the_whole_counts_asks_and_remembers(visit, project, ids):
    label.add_time(project, ids[0], 120)
    page = visit("make/label.py", project, mode="The whole")
    assert "0 labelled, 4 not yet" in words(page) and "ana 2 min at 1 datapoint" in words(page)
    label.look_at_all(project)
    page = visit("make/label.py", project, mode="The whole")
    assert "Mistake or style?" in words(page) and "Nearly the same" in words(page)
    odd = label.seen(project)["odd"][0]
    survey._answer(project, {odd["item"]: odd["question"]}, survey.Event("mistake", odd["item"]))
    assert project.item(odd["item"]).excluded == "a mistake"
    assert odd["item"] not in {one["item"] for one in label.seen(project)["odd"]}


def test_the_whole_looks_at_one_kind_and_offers_the_others(visit, project, ids, tmp_path):
    (tmp_path / "letter.txt").write_text("A letter about a tulip.")
    collect.add_files(project, tmp_path / "letter.txt", Consent("given", ["train"]))
    label.set_class(project, ids[0], "plain")
    label.exclude(project, ids[1])
    page = visit("make/label.py", project, mode="The whole")
    assert "**4 pictures**: 1 labelled, 3 not yet; 1 of them is left out." in words(page)
    page = visit("make/label.py", project, mode="The whole", look="Texts")
    assert "**1 text**: 0 labelled, 1 not yet." in words(page)


def test_what_is_chosen_on_one_page_of_the_grid_stays_on_the_next():
    import streamlit as st

    choices.all_of("k", ["a", "b"])
    cells = [{"id": "b"}, {"id": "c"}]
    st.session_state["k"] = {"chosen": {"edition": choices._edition("k", cells), "ids": ["c"], "of": ["b", "c"]}}
    choices._take("k")
    assert list(st.session_state["k.all"]) == ["a", "c"]
    st.session_state["k"] = {"chosen": {"edition": "0.old", "ids": [], "of": ["a"]}}
    choices._take("k")
    assert list(st.session_state["k.all"]) == ["a", "c"], "what an earlier page said means nothing any more"
