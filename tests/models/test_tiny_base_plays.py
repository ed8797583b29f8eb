"""The tiny base from an order to an output with its story, by weights of chance in its own shape; and in a notebook's words."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from lib import generate, models, player
from lib.errors import UserError
from lib.models import tiny_base
from lib.player import requests
from lib.player.order_store import OrderStore
from lib.player.order_worker import OrderWorker
from lib.project import outputs
from tests.models.tiny_pipelines import write_pipeline

PROMPT = "two yellow birds on black paper"
QUICK = {"steps": 2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_pipeline(tmp_path_factory.mktemp("base") / "tiny_base")


@pytest.fixture
def tiny(folder, monkeypatch):
    monkeypatch.setattr(tiny_base, "FOLDER", folder)


def serve(project, **asked):
    return OrderWorker(project.home).serve(OrderStore(project.home).place(project, requests.check(project, "tiny_base", **asked)))


def test_what_it_makes_is_kept_with_the_model_the_words_and_the_seed_inside_and_beside(project, tiny):
    done = serve(project, inputs={"prompt": PROMPT, "negative": "torn"}, seed=41, count=2, controls=QUICK)
    assert done.state == "finished", done.error
    first, second = (outputs.get(project, name) for name in done.made)
    story = first.provenance()
    assert (story["model"], story["base"], story["run"], story["seed"]) == ("tiny_base", "tiny_base", "", 41) and second.provenance()["seed"] == 42
    assert story["inputs"] == {"prompt": PROMPT, "negative": "torn"} and story["controls"] == {"guidance": 2.0, "steps": 2, "strength": 0.6}
    picture = Image.open(first.path)
    assert picture.size == (64, 64) and json.loads(picture.text[outputs.CHUNK])["inputs"]["prompt"] == PROMPT
    again = generate.ask_again(project, second.provenance())
    assert OrderWorker(project.home).serve(again).state == "finished"
    made = outputs.get(project, player.order_now(project, again).made[0])
    near = [abs(a - b) for a, b in zip(Image.open(made.path).tobytes(), Image.open(second.path).tobytes())]
    assert max(near) <= 1   # alone as beside another


def test_a_picture_and_a_brush_lead_it(project, tiny, tmp_path):
    Image.new("RGB", (80, 80), "tomato").save(tmp_path / "red.png")
    painted = Image.new("L", (80, 80))
    painted.paste(255, (0, 0, 40, 80))
    painted.save(tmp_path / "mask.png")
    done = serve(project, inputs={"prompt": PROMPT, "picture": tmp_path / "red.png", "mask": tmp_path / "mask.png"}, controls={**QUICK, "strength": 1.0})
    assert done.state == "finished", done.error
    picture = Image.open(outputs.get(project, done.made[0]).path)
    assert picture.getpixel((60, 30)) == (255, 99, 71) != picture.getpixel((8, 30))


def test_without_its_weights_it_says_so(project, monkeypatch, tmp_path):
    monkeypatch.setattr(tiny_base, "FOLDER", tmp_path)
    assert "tiny_base" not in [base.id for base in generate.bases()]
    with pytest.raises(UserError, match="The tiny base is not on this computer"):
        generate.images(project, "tiny_base", prompt=PROMPT)


def test_its_card_says_what_it_learned_from_in_a_plain_sentence():
    card = models.card("tiny_base")
    assert card.base and "10,000 paper-cut scenes" in card.base.data and card.base.data.endswith(".") and card.makes == "image"
    assert models.inputs("tiny_base") == {"prompt": "lines", "negative": "words", "picture": "picture", "mask": "mask"}
    for name, field in models.controls_class("tiny_base").model_fields.items():
        assert field.title and field.description.endswith("."), name
