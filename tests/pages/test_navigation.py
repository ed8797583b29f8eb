"""Covers what all pages share: every one opens, without a project it says so, and the project stays in the address."""

from __future__ import annotations

import pytest

from lib.ui.shell import navigation
from tests.pages.conftest import words

FILES = [file for _, pages in navigation.PAGES for file, *_ in pages] + [file for file, *_ in navigation.INNER]


@pytest.mark.parametrize("file", FILES)
def test_every_page_opens_with_an_empty_project(visit, project, file):
    page = visit(file, project)
    assert page.title and "Traceback" not in words(page)


@pytest.mark.parametrize("file", FILES[1:])
def test_a_page_without_a_project_leads_to_the_first_page(visit, home, file):
    assert "Which project" in words(visit(file))


def test_an_unknown_project_is_said_in_plain_words(visit, project):
    page = visit("make/collect.py", project)
    page.query_params["project"] = "nowhere"
    page.run()
    assert "no project “nowhere”" in words(page).replace("\\", "")


def test_the_project_stays_in_the_address_from_room_to_room(visit, project):
    page = visit("make/collect.py", project)
    page.query_params.clear()
    page.switch_page("pages/train/runs.py").run()
    assert page.query_params["project"] == [project.path.name]
