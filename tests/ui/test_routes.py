"""Covers the addresses beside the pages: what is in a project is answered, what is not is a plain 404, and nothing is run."""

from __future__ import annotations

import io
import zipfile
from urllib.parse import quote

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib import augment, collect
from lib.project import Consent, Project
from lib.ui import addresses, routes


@pytest.fixture
def client(home):
    return TestClient(Starlette(routes=routes.ROUTES), raise_server_exceptions=True)


@pytest.fixture
def item(project, tmp_path):
    Image.new("RGB", (300, 200), "tomato").save(tmp_path / "red <b>.png")
    collect.add_files(project, tmp_path / "red <b>.png", Consent(state="given", purposes=["train"]))
    return project.items()[0]


def test_a_thumbnail_is_a_small_webp_that_may_be_kept(client, project, item, monkeypatch):
    monkeypatch.setattr(routes, "are_served", True)
    answer = client.get(addresses.thumbnail(project, item, 128))
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/webp"
    assert "immutable" in answer.headers["cache-control"] and "private" in answer.headers["cache-control"]
    assert max(Image.open(io.BytesIO(answer.content)).size) == 128


def test_the_original_comes_as_what_it_is(client, project, item):
    answer = client.get(f"/files/tulips/items/{item.id}")
    assert answer.content == item.path.read_bytes() and answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_text_is_never_served_as_a_page(client, project, tmp_path):
    (tmp_path / "page.txt").write_text("<script>alert(1)</script> " * 3)
    collect.add_files(project, tmp_path / "page.txt")
    answer = client.get(f"/files/tulips/items/{project.items()[0].id}")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", [
    "/files/nowhere/items/x", "/files/tulips/items/x", "/files/tulips/thumbnails/x/256", "/files/tulips/runs/x/y.png",
    "/files/tulips/datasets/x.png", "/files/tulips/outputs/x.png", "/files/.handmade/items/x", "/files/tulips/outputs/..",
])  # fmt: skip
def test_what_is_not_there_is_a_plain_404(client, project, path):
    answer = client.get(path)
    assert answer.status_code == 404 and "Traceback" not in answer.text


def test_a_thumbnail_of_an_unreasonable_size_is_refused(client, project, item):
    assert client.get(f"/files/tulips/thumbnails/{item.id}/100000").status_code == 404


def test_the_sheet_of_a_dataset_is_answered(client, project, item):
    dataset = augment.build(project, augment.Resize(16), "small")
    answer = client.get(f"/files/tulips/datasets/{dataset.path.name}.png")
    assert answer.content == (dataset.path / "sheet.png").read_bytes()


def test_the_project_can_be_taken_away_as_a_zip(client, project, item):
    answer = client.get("/files/tulips/project.zip")
    assert "attachment" in answer.headers["content-disposition"]
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert f"tulips/items/{item.file}" in names


def test_without_routes_a_page_carries_the_picture_itself(project, item, monkeypatch):
    monkeypatch.setattr(routes, "are_served", False)
    assert addresses.thumbnail(project, item, 64).startswith("data:image/webp;base64,")


def test_a_project_with_a_name_in_other_letters_is_taken_away_under_it(client, home):
    project = Project.create("Тюльпаны и “розы”", home=home)
    answer = client.get(f"/files/{project.path.name}/project.zip")
    assert answer.status_code == 200
    assert f"filename*=UTF-8''{quote(project.path.name)}.zip" in answer.headers["content-disposition"]
    assert f"{project.path.name}/project.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
