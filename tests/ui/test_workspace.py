"""Covers how pages find projects: by a plain name in the workspace, never by a path; and what a place that forgets says."""

from __future__ import annotations

import shutil

import pytest

from lib.errors import UserError
from lib.project import Project
from lib.ui.shell import workspace


@pytest.mark.parametrize("name", ["", ".", "..", "../tulips", "tulips/items", "/etc", ".handmade", "nowhere", "a\0b"])
def test_only_a_plain_name_of_a_project_opens_it(project, name):
    with pytest.raises(UserError, match="no project"):
        workspace.open_project(name)


def test_a_project_is_opened_once(project):
    assert workspace.open_project("tulips") is workspace.open_project("tulips")


def test_a_project_that_was_put_in_the_place_of_another_is_opened_anew(home, project):
    before = workspace.open_project("tulips")
    shutil.rmtree(project.path)
    Project.create("Tulips", home=home).add_person("Rosa")
    after = workspace.open_project("tulips")
    assert after is not before and len(after.people()) == 1


def test_the_shelf_lists_projects_by_name_with_their_content(home, project):
    Project.create("Anemones", home=home)
    found, wrong = workspace.projects()
    assert [(entry.name, entry.content) for entry in found] == [("Anemones", "still empty"), ("Tulips", "still empty")]
    assert wrong == []


def test_a_project_that_cannot_be_read_is_told_and_not_passed_over(home, project):
    damaged = Project.create("Anemones", home=home)
    damaged.database.close()
    (damaged.path / "project.db").write_bytes(b"no database at all, " * 500)
    found, [wrong] = workspace.projects()
    assert [entry.name for entry in found] == ["Tulips"]
    assert "anemones" in str(wrong).lower()


def test_a_space_without_storage_says_that_it_forgets(home, monkeypatch):
    assert not workspace.is_fleeting()
    monkeypatch.setenv("SPACE_ID", "ana/handmade")
    assert workspace.is_fleeting()
    monkeypatch.setattr(workspace.os.path, "ismount", lambda folder: folder == home)
    assert not workspace.is_fleeting()
