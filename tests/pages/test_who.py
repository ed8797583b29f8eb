"""Covers who is in the picture: one prompt many times, laid out by likeness, counted by hand beside the data."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lib import generate
from lib.models import tiny_base
from lib.player import client
from lib.player.playable import of_run
from tests.pages.conftest import words
from tests.player.conftest import played_project
from tests.project.test_outputs import put

PAGE = "play/who.py"
TURNED = {"strength": 0.6, "guidance": 2.0, "steps": 20}


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    monkeypatch.setattr(client, "ensure_player", lambda workspace: None)
    monkeypatch.setattr(generate, "ensure_player", lambda workspace: None)


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    monkeypatch.setattr(tiny_base, "FOLDER", tmp_path)
    (tmp_path / "model_index.json").write_text("{}")


def test_what_is_missing_of_sixty_four_is_made_and_the_data_stands_beside_the_count(visit, project, tiny):
    for seed in (0, 1, 5):
        put(project, seed, run="", model="tiny_base", base="tiny_base", inputs={}, controls=TURNED)
    page = visit(PAGE, project, run="tiny_base")
    assert "no machine guesses" in words(page) and "**0 of 3** chosen: **0%**" in words(page)
    next(one for one in page.button if one.label == "Make 64 of it").click().run()
    assert [(order.request.seed, order.request.count) for order in generate.open_orders(project)] == [(2, 3), (6, 58)]
    page.text_input(key="counted").set_value("fish, dog").run()
    assert "**fish** is said of **1,688 of 10,000**: **17%**" in words(page) and "**dog** is said of **0 of 10,000**: **0%**" in words(page)
    assert not page.exception


def test_of_a_run_the_words_of_its_dataset_are_counted(visit, home):
    project, run = played_project(home)
    assert generate.how_often(project, of_run(run), ["digit"]) == [("digit", 0, len(list(project.dataset("digits-v1").rows("train"))))]
    page = visit(PAGE, project, run=run.id)
    assert page.selectbox[0].value == run.id and not page.text_input and not page.exception


def test_what_is_alike_lies_near_each_other(tmp_path):
    paths = []
    for number, colour in enumerate(["red", "blue"] * 8):
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(np.full((16, 16, 3), Image.new("RGB", (1, 1), colour).getpixel((0, 0)), np.uint8)).save(paths[-1])
    order = [int(path.stem) % 2 for path in generate.laid_out(tuple(paths), 4)]
    assert sorted(order) == [0] * 8 + [1] * 8
    assert all(row == sorted(row) or row == sorted(row, reverse=True) for row in (order[at : at + 4] for at in range(0, 16, 4)))
