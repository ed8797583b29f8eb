"""Covers the pages Edit and Kept texts: what stands there, what their buttons do, and what the story of an own text says."""

from __future__ import annotations

import pytest

from lib import generate
from lib.media.changes import compare
from lib.project import outputs
from lib.ui.generate import cells, rewrite, selection
from lib.ui.generate import story as generate_story
from tests.generate.conftest import written  # noqa: F401 - a fixture
from tests.pages.conftest import words
from tests.pages.test_generate import asleep, button  # noqa: F401 - a fixture

EDIT, KEPT = "play/edit.py", "play/kept.py"


@pytest.fixture
def texts(written, asleep):  # noqa: F811
    project, _, save = written
    wrote = save("It *rains*\non the sea.")
    outputs.mark(project, wrote, "kept")
    return project, wrote, generate.rewrite(project, save("The moon was old."), "The moon is old.")


def test_an_own_text_is_undone_or_made_a_datapoint(visit, texts):
    project, wrote, own = texts
    page = visit(EDIT, project, output=own.path.name)
    assert "Kept as ana's own text" in words(page) or "Kept as your own text" in words(page)
    assert "of the model's letters stand" in words(page) and "Make it a datapoint too" in [one.label for one in page.status]
    page.radio[0].set_value("Mine").run()
    button(page, "Add it to the texts").click().run()
    assert project.count(kind="text") == 3 and not page.exception
    button(page, "Undo").click().run()
    assert own.path.name not in [one.path.name for one in outputs.listed(project)] and not page.exception


def test_a_text_as_the_model_wrote_it_has_no_story_of_a_hand(visit, texts):
    project, wrote, _ = texts
    page = visit(EDIT, project, output=wrote.path.name)
    assert "Kept as" not in words(page) and not page.status and not page.exception
    page = visit(EDIT, project, output="nothing.txt")
    assert "There is no output" in words(page)


def test_what_is_kept_in_the_editor_is_an_own_text_and_a_refusal_is_told_there(texts, monkeypatch):
    project, wrote, _ = texts
    state: dict = {}
    monkeypatch.setattr(rewrite.st, "session_state", state)
    rewrite._keep(project, {"id": wrote.path.name, "words": "It rains."})
    assert outputs.get(project, state[rewrite._KEPT]).text == "It rains."
    rewrite._keep(project, {"id": wrote.path.name, "words": ""})
    assert "no words" in state[rewrite._WRONG].what


def test_kept_texts_are_put_in_order_titled_and_left_out(visit, texts):
    project, wrote, own = texts
    page = visit(KEPT, project)
    assert "**2 texts**" in words(page) and r"It \*rains\*" in words(page) and "The moon is old" in words(page)
    page.text_input(key=f"title.{own.path.name}").set_value("Moon").run()
    page.button(key=f"Up.{own.path.name}").click().run()
    assert [(one.title, one.output.path.name) for one in generate.selection(project).chosen] == [("Moon", own.path.name), ("", wrote.path.name)]
    page.button(key=f"out.{wrote.path.name}").click().run()
    assert "**1 text** · 1 left out" in words(page)
    page.button(key=f"in.{wrote.path.name}").click().run()
    assert "**2 texts**" in words(page)
    title = next(one for one in page.text_input if one.label == "Its title")
    title.set_value("Small rains").run()
    assert generate.selection(project).title == "Small rains" and not page.exception
    assert [one.proto.label for one in page.get("download_button")] == ["PDF, A5", ".txt", ".md"]


def test_where_nothing_is_kept_the_way_leads_to_generate(visit, project):
    assert "Nothing is kept yet" in words(visit(KEPT, project))


def test_the_grid_and_the_story_say_what_the_hand_did(visit, texts):
    project, wrote, own = texts
    page = visit("play/generate.py", project)
    assert "changed by hand" in words(page) and not page.exception
    [listed] = [one for one in outputs.listed(project) if one.by_hand]
    assert cells.label(listed) == "seed 0, changed by hand"
    told = rewrite.story_line(generate.rewritten(own))
    assert told.startswith("**Changed by hand** by ana") and "of the letters are new" in told
    assert generate_story.lines(own.provenance())[0].startswith("**Made from** seed 0")
    assert rewrite.marked(compare("was it\nold ", "is it\n*new* ")) == ":gray[~~was~~]:green-background[is] it  \n:gray[~~old~~]:green-background[\\*new\\*] "
    assert selection.title_line(generate.selection(project)) == "**2 texts**"
