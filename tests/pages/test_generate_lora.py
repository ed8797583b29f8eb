"""Covers Generate for a LoRA: others mixed in, what the base knew before, tables of strengths and words, and who is in its pictures."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from lib import generate, models
from lib.player import client
from lib.ui.generate import before, through
from tests.pages.conftest import words
from tests.player.conftest import played_project
from tests.project.test_outputs import put

PAGE = "play/generate.py"
TURNED = {"strength": 1.0, "guidance": 2.0, "anew": 0.6, "steps": 20, "size": 0}


@pytest.fixture
def loras(home, monkeypatch):
    """(project, three runs of LoRA as far as a page looks: the third stands on another base)"""
    monkeypatch.setattr(client, "ensure_player", lambda workspace: None)
    monkeypatch.setattr(generate, "ensure_player", lambda workspace: None)
    project, trained = played_project(home)
    for name, base in (("2026-11-21_1401_lora_a", "tiny_base"), ("2026-11-21_1402_lora_b", "tiny_base"), ("2026-11-21_1403_lora_c", "other")):
        folder = shutil.copytree(trained.path, trained.path.parent / name)
        request = json.loads((folder / "request.json").read_text())
        settings = models.validate("lora", {"base": base}).model_dump()
        (folder / "request.json").write_text(json.dumps({**request, "model": "lora", "settings": settings}))
    return project, *(project.run(name) for name in sorted(path.name for path in trained.path.parent.glob("*_lora_*")))


def button(page, label: str):
    return next(one for one in page.button if one.label == label)


def test_others_of_the_same_base_are_chosen_each_with_its_strength(visit, loras):
    project, one, other, third = loras
    page = visit(PAGE, project, run=one.id)
    picked = page.multiselect(key=f"mix.{one.id}.mix.runs")
    assert len(picked.options) == 1 and page.expander[0].label == "More: a picture to begin with, only here, drawn anew, steps, size"
    picked.set_value([other.id]).run()
    page.slider(key=f"mix.{one.id}.mix.{other.id}").set_value(0.4)
    page.text_input[0].set_value("a digit").run()
    button(page, "Make 16").click().run()
    [order] = generate.open_orders(project)
    [mixed] = order.request.mixed("mix")
    assert (mixed.run, mixed.strength, mixed.dataset) == (other.id, 0.4, "digits-v1") and order.request.controls == TURNED
    assert not through.takes_pictures(one) and generate.can_be_counted("lora") and not page.exception
    page = visit(PAGE, project, run=third.id)
    assert page.multiselect[0].disabled and page.multiselect[0].placeholder == "No other one stands on the same base"


def test_two_of_the_same_name_are_told_apart(visit, loras):
    project, one, other, _ = loras
    twin = shutil.copytree(other.path, other.path.parent / "2026-11-21_1404_lora_b")
    page = visit(PAGE, project, run=one.id)
    mixed, all_ = page.multiselect[0].options, page.selectbox[0].options
    assert len(mixed) == len(set(mixed)) == 2 and set(mixed) < set(all_) and len(all_) == len(set(all_)), twin


def test_guidance_stands_where_it_suits_the_base_and_a_notebook_gets_the_same(visit, loras):
    project, one, _, third = loras
    request = json.loads((third.path / "request.json").read_text())
    (third.path / "request.json").write_text(json.dumps({**request, "settings": {**request["settings"], "base": "stabilityai/sd-turbo"}}))
    stands = lambda run: next(box.value for box in visit(PAGE, project, run=run.id).number_input if box.label == "Guidance")
    assert stands(one) == 2.0 and stands(third) == 1.0
    asked = lambda run, **controls: generate.order(project, run.id, fresh=True, **controls).request.controls["guidance"]
    assert asked(one) == 2.0 and asked(third) == 1.0 and asked(third, guidance=3.0) == 3.0


def test_what_the_base_knew_before_is_asked_with_one_press_and_the_rows_are_compared(visit, loras):
    project, one, other, _ = loras
    page = visit(PAGE, project, run=one.id)
    page.text_input[0].set_value("a digit")
    page.number_input(key="seed").set_value(7)
    page.multiselect[0].set_value([other.id]).run()
    button(page, before.TITLE).click().run()
    asked = generate.open_orders(project)
    assert [(order.request.controls["strength"], len(order.request.mixed("mix")), order.request.seed, order.request.count) for order in asked] == [
        (0.0, 0, 7, 3), (1.0, 1, 7, 3)]  # fmt: skip
    assert "6 pictures of 6 are missing" in words(page)
    given = {"prompt": "a digit"}
    for seed in (7, 8, 9):
        put(project, seed, run=one.id, inputs=given, controls={**TURNED, "strength": 0.0})
    mix = [{"run": other.id, "dataset": "digits-v1", "strength": 0.7}]
    for number in (7, 8):
        put(project, number + 100, run=one.id, inputs={**given, "mix": mix}, controls=TURNED)
        retold(project, number + 100, one, number)
    page.run()
    assert "**With seed 8 both are the same, pixel for pixel:**" in words(page) and "1 picture of 6 is missing" in words(page)
    button(page, "Close").click().run()
    assert "pixel for pixel" not in words(page)
    page.multiselect[0].set_value([])
    page.slider[0].set_value(0.0).run()
    assert button(page, before.TITLE).disabled and not page.exception


def retold(project, number: int, run, seed: int) -> None:
    """Gives the output that `put` made its own seed; of seed 8 it is the very picture without what was learned."""
    [story] = (project.path / "outputs").glob(f"{run.id}_{number}_*.json")
    story.write_text(json.dumps({**json.loads(story.read_text()), "seed": seed}))
    if seed == 8:
        Image.new("RGB", (4, 4), (8, 0, 0)).save(story.with_suffix(".png"))


def test_how_much_differs_is_a_share_of_the_pixels(project, tmp_path):
    pixels = np.zeros((4, 4, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    pixels[0] = 9
    Image.fromarray(pixels).save(tmp_path / "b.png")
    Image.new("RGB", (2, 2)).save(tmp_path / "small.png")
    assert [generate.difference(tmp_path / "a.png", tmp_path / f"{name}.png") for name in ("a", "b", "small")] == [0.0, 0.25, 1.0]
    made = [[put(project, number, controls={"row": row}) for number in (2 * row, 2 * row + 1)] for row in (0, 1)]
    assert before.verdict(made, range(2)) == "With the same seed the two differ each time, in 100% of the pixels."
    assert before.verdict([made[0], made[0]], range(2)).startswith("**Both rows are the same, pixel for pixel:**")
    assert before.verdict([[None, None], made[0]], range(2)) == ""


def test_a_table_has_prompts_or_strengths_from_row_to_row(visit, loras):
    project, one, *_ = loras
    page = visit(PAGE, project, run=one.id, **{"table-lines": "a digit\ntwo digits"})
    assert "6 pictures of 6 are missing" in words(page)
    page.text_input[0].set_value("a digit")
    page.selectbox(key="table-what.lora").set_value("strength")
    page.text_area(key="table-lines").set_value("0\n0.5\n1.2").run()
    button(page, "Make what is missing").click().run()
    assert [(dict(order.request.inputs), order.request.controls["strength"], order.request.count) for order in generate.open_orders(project)] == [
        ({"prompt": "a digit"}, strength, 3) for strength in (0.0, 0.5, 1.2)]  # fmt: skip
    assert not page.exception
