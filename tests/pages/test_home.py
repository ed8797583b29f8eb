"""Covers the first page: starting a project, the sample in one click, and the projects that are here."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from lib import models
from lib.project import Project
from lib.project.dataset_folder import DatasetFolder
from lib.ui.home import samples
from lib.ui.http import served
from tests.conftest import ROOT
from tests.pages.conftest import words


def test_a_project_is_started_and_opened_on_collect(visit, home):
    page = visit("home/welcome.py")
    page.text_input[0].set_value("Portraits at the pool hall")
    page.button[0].click().run()
    assert not page.exception
    assert [project.name for project in Project.list(home)] == ["Portraits at the pool hall"]
    assert page.query_params["project"] == ["portraits-at-the-pool-hall"]
    assert page.title[0].value.startswith("Collect")


def test_a_name_that_is_none_is_refused_in_three_lines(visit, home):
    page = visit("home/welcome.py")
    page.text_input[0].set_value("…")
    page.button[0].click().run()
    assert "no letter" in words(page) and Project.list(home) == []


def test_one_click_makes_the_sample_with_a_dataset_that_is_ready(visit, home):
    page = visit("home/welcome.py")
    page.button[1].click().run()
    assert not page.exception
    project = Project.open(home / "tulips")
    assert project.count() == 200 and len(project.datasets()) == 1
    assert all(item.consent.allows("train") for item in project.items(limit=3))
    assert page.title[0].value.startswith("Train")


def test_a_second_sample_stands_beside_the_first(visit, home):
    Project.create("Tulips", home=home)
    visit("home/welcome.py").button[1].click().run()
    assert [project.name for project in Project.list(home)] == ["Tulips", "Tulips 2"]


def test_one_click_leads_to_names_of_flowers_and_what_a_gpt_will_see_of_them(visit, home):
    page = visit("home/welcome.py")
    next(button for button in page.button if button.label == "Try names of flowers").click().run()
    assert not page.exception and Project.open(home / "flowers").count(kind="text") == 1
    assert "It learns from 496 lines" in words(page) and "55 lines are held back" in words(page) and "▪snowdrop▪" in words(page).replace("\\", "")


def test_nothing_is_shown_of_a_workspace_that_is_empty(visit, home):
    assert "Your projects" not in words(visit("home/welcome.py"))


def test_the_projects_that_are_here_are_named(visit, home):
    Project.create("Tulips", home=home)
    assert "Your projects" in words(visit("home/welcome.py"))


def test_without_our_server_the_first_page_says_how_to_start(home, monkeypatch):
    monkeypatch.setattr(served, "by_us", False)
    page = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60).run()
    assert page.code[0].value == "python3 start.py" and not page.button


def test_every_sample_is_a_project_in_one_click_and_its_dataset_can_be_trained_on(visit, home):
    for sample in samples.SAMPLES:
        page = visit("home/welcome.py")
        next(button for button in page.button if button.label == sample.button).click().run()
        assert not page.exception and page.title[0].value.startswith("Train")
        project = Project.open(home / page.query_params["project"][0])
        [dataset] = project.datasets()
        model = sample.model or "gan"
        assert dataset.kind == models.card(model).learns and models.measure(model, DatasetFolder(dataset.path)) >= models.card(model).least
