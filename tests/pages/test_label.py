"""Covers Label as its script sees it: its filters, what is handed to the desk, and its answers where there are no addresses."""

from __future__ import annotations

import pytest
from PIL import Image

from lib import collect, label
from lib.project import Consent
from lib.ui.label import exchange, one_by_one
from tests.pages.conftest import words


@pytest.fixture
def ids(project, tmp_path):
    for colour in ("red", "blue"):
        Image.new("RGB", (12, 12), colour).save(tmp_path / f"{colour}.png")
        collect.add_files(project, tmp_path / f"{colour}.png", Consent(state="given", purposes=["train"], person="Mila"))
    return [item.id for item in project.items()]


def test_an_empty_project_leads_to_collect(visit, project):
    page = visit("make/label.py", project)
    assert "Nothing is here yet" in words(page)
    page.button[0].click().run()
    assert page.title[0].value == "Collect"


def test_the_filters_stand_in_the_address_and_reach_the_desk(visit, project, ids, monkeypatch):
    handed = []
    monkeypatch.setattr(one_by_one, "data_of", lambda project, which: handed.append(which) or {})
    label.set_class(project, ids[0], "flower")
    label.set_tags(project, ids[0], ["warm", "old"])
    page = visit("make/label.py", project)
    assert handed[-1] == {}
    for key, chosen in (("labels", "With a label"), ("person", "Mila"), ("class", "flower"), ("tag", "warm"), ("consent", "May be trained on"), ("left", "Taken in")):
        page.selectbox(key=key).set_value(chosen)
    page.text_input(key="words").set_value("red")
    page.run()
    mila = project.people()[0].id
    wanted = {"labelled": True, "words": "red", "person": mila, "class_name": "flower", "tag": "warm", "consent": "train", "excluded": False}
    assert handed[-1] == wanted
    assert exchange.the_list(project, wanted)["ids"] == [ids[0]]
    next(one for one in page.button if one.label == "Show all").click().run()
    assert handed[-1] == {}
