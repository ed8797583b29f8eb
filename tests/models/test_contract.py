"""What every model promises: it trains, stops, goes on to the very same weights, and leaves something that can be played.

A new model in MODELS is tested here by itself: give it its smallest settings in TINY. Three tiny models that only the tests
know (tiny_models/) show that a picture, a text and a sound go the same way.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from lib import models
from lib.errors import UserError
from lib.jobs.probe import Trial
from lib.media.curves import Axis, Curves, axes_of, checked
from lib.media.files import read_json
from lib.media.setting import extra_of
from lib.media.sound import Sound
from lib.models.playing import MAKE, WALK, WAYS, Input, InputFile, Medium, Request
from lib.player import requests
from lib.player.playable import Playable
from lib.project.dataset_folder import DatasetFolder, items_of
from lib.project.runs import KEPT, step_of
from tests.models.tiny_models import TINY_MODELS


def on_a_tiny_base() -> dict:
    from tests.models.tiny_pipelines import tiny_base  # imports diffusers

    return {"base": str(tiny_base()), "rank": 2, "batch": 2, "prompts": "a disc"}


def on_a_tiny_language_model() -> dict:
    from tests.models.tiny_language import tiny_language  # imports transformers

    return {"base": str(tiny_language()), "rank": 2, "batch": 2}


TINY = {
    "_template": {"directions": 4},
    "ddsp": {"width": 4, "batch": 1},
    "gan": {"width": 4, "batch": 4, "latent": 8},
    "lora": on_a_tiny_base,
    "microgpt": {},
    "mosaic": {"families": 4},
    "pix2pix": {"width": 8, "batch": 2, "likeness": 0.0},
    "rave": {"capacity": 4, "latents": 8, "signal": 32_768, "batch": 1, "join": True},
    "rhythm_vae": {"width": 8, "batch": 4},
    "text_lora": on_a_tiny_language_model,
    **{name: {} for name in TINY_MODELS},
}


# Controls with which a thing takes long enough to be stopped in the middle.
LONG = {"letters": {"letters": 5000}, "microgpt": {"letters": 5000}, "text_lora": {"tokens": 1000}}
# Controls with which it is quickly made.
QUICK = {"lora": {"steps": 3}, "microgpt": {"letters": 40}, "mosaic": {"seconds": 0.5}, "rave": {"seconds": 0.5}, "rhythm_vae": {"bars": 1}, "text_lora": {"tokens": 12, "top_p": 1.0}}


def tiny(model: str) -> dict:
    """Its smallest settings; a model that has none of its own is trained with its defaults, for a few steps."""
    settings = TINY.get(model, {})
    return settings() if callable(settings) else settings


@pytest.fixture(params=["_template", *models.MODELS, *TINY_MODELS])
def model(request, monkeypatch) -> str:
    for name, module in {"_template": "lib.models._template", **TINY_MODELS}.items():
        monkeypatch.setitem(models.MODELS, name, module)
    if request.param == "rave":
        request.getfixturevalue("rave_forked")
    return request.param


@pytest.fixture
def dataset(model, datasets_of):
    return datasets_of[models.card(model).learns]()


@pytest.fixture
def ask(model, tmp_path):
    """ask(count, seed, way) is a request with everything in it that the model works on."""

    def request(count: int = 1, seed: int = 0, way: str = MAKE, **inputs) -> Request:
        form, given = models.controls_class(model), models.inputs(model)
        controls = {name: value for name, value in form().model_dump().items() if name not in given} | QUICK.get(model, {})
        return Request("a run", way, {name: _given(shape, tmp_path, form.model_fields[name]) for name, shape in given.items()} | inputs, seed, count, controls)

    return request


def _given(shape: str, folder, field) -> Input:
    if shape == "curves":
        return drawn_on(axes_of(extra_of(field)))
    if shape in ("words", "lines"):
        return "On day"
    if shape == "mix":
        return ()
    path = folder / ("given.wav" if shape == "sound" else f"{shape}.png")
    if shape == "sound":
        path.write_bytes(Sound(np.full((800, 1), 0.25, np.float32), 8000).as_file())
    else:
        Image.new("RGB", (16, 16), "white" if shape == "mask" else (200, 40, 90)).save(path)
    return InputFile(str(path), "")


def drawn_on(axes: tuple[Axis, ...]) -> Curves:
    """Each from its lowest to its highest, within three tenths of a second."""
    return checked(axes, {"seconds": 0.3, "lines": {axis.name: [[0, axis.low], [0.3, axis.high]] for axis in axes}})


def made(model: str, trained: object, request: Request) -> list[Medium]:
    """The whole things that come out."""
    return [medium for medium in models.generator(model).play(trained, request) if medium.is_whole]


def test_it_leaves_a_complete_run_folder(model, dataset, train):
    run = train(model, dataset, steps=2, **tiny(model))
    assert (run.path / "result" / "model.safetensors").exists()
    assert read_json(run.path / "result" / "model.json")["step"] == 2
    assert [line["step"] for line in run._run.metrics()] == [1, 2]
    assert all(np.isfinite(value) for line in run._run.metrics() for value in line.values())
    assert sorted({step_of(path) for path in run._run.samples()}) == [1, 2]
    assert run._run.checkpoints()
    for checkpoint in run._run.checkpoints():
        assert "step" in torch.load(checkpoint, weights_only=True)


def test_stopped_and_resumed_it_reaches_the_very_same_weights(model, dataset, train):
    whole = train(model, dataset, "whole", steps=4, **tiny(model))
    stopped = train(model, dataset, "parts", steps=4, stop_after=2, **tiny(model))
    assert not (stopped.path / "result").exists()
    resumed = train(model, dataset, "parts", steps=4, **tiny(model))
    assert [line["step"] for line in resumed._run.metrics()] == [1, 2, 3, 4]
    assert same(weights(whole), weights(resumed))


def test_the_seed_decides_the_weights(model, dataset, train):
    first, again, other = (train(model, dataset, name, seed=seed, steps=2, **tiny(model)) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert same(weights(first), weights(again))
    assert not same(weights(first), weights(other))


def test_what_comes_out_depends_on_its_own_seed_alone(model, dataset, train, ask):
    run = train(model, dataset, steps=16, **tiny(model))  # a network that has just begun paints grey
    load = models.generator(model).load
    five = made(model, load(run.path), ask(5, 10))
    assert [medium.number for medium in five] == [0, 1, 2, 3, 4]
    assert {medium.kind for medium in five} == {models.card(model).makes}
    assert plain(five[3]) == plain(made(model, load(run.path), ask(1, 13))[0]) == plain(made(model, load(run.path), ask(4, 10))[3])
    if "seed" in models.card(model).takes:
        assert plain(five[3]) != plain(five[4])


def test_what_streams_comes_in_order_and_ends_with_the_whole(model, dataset, train, ask):
    run = train(model, dataset, steps=2, **tiny(model))
    media = list(models.generator(model).play(models.generator(model).load(run.path), ask(2)))
    assert [medium.number for medium in media] == sorted(medium.number for medium in media)
    for number in (0, 1):
        *pieces, whole = [medium for medium in media if medium.number == number]
        assert whole.is_whole and not any(piece.is_whole for piece in pieces)
        if pieces and whole.kind == "text":
            assert "".join(piece.content for piece in pieces) == whole.content


def test_the_trial_that_measures_its_time_is_all_that_it_asks_for(model, dataset, tmp_path):
    trial = Trial(tmp_path, "cpu", seconds=0)
    models.trainer(model)(dataset, trial, models.validate(model, {"steps": 5, **tiny(model)}))
    assert trial.times()["step"] > 0


def test_it_plays_before_it_is_finished(model, dataset, train, ask):
    run = train(model, dataset, steps=4, stop_after=2, **tiny(model))
    assert len(made(model, models.generator(model).load(run.path), ask(2))) == 2


def test_a_run_without_a_model_is_answered_in_words(model, tmp_path):
    with pytest.raises(UserError) as caught:
        models.generator(model).load(tmp_path / "empty")
    assert caught.value.fix


def test_its_card_says_what_it_takes_and_its_controls_ask_for_it(model):
    card, form = models.card(model), models.controls_class(model)
    assert set(card.takes) - {"seed"} == set(models.inputs(model).values())
    assert card.ways and set(card.ways) <= set(WAYS)
    for key, field in form.model_fields.items():
        assert field.title and field.description.endswith("."), key
    form()      # every control has a default


def test_a_walk_begins_at_one_picture_and_ends_at_the_other(model, dataset, train, ask):
    if WALK not in models.card(model).ways:
        with pytest.raises(UserError, match="does not do this|no way"):
            requests._check_way(Playable("a run", model, dataset), WALK)
        return
    trained = models.generator(model).load(train(model, dataset, steps=16, **tiny(model)).path)
    way = made(model, trained, ask(5, 3, WALK, to_seed=9))
    [a], [b] = made(model, trained, ask(1, 3)), made(model, trained, ask(1, 9))
    assert len(way) == 5
    assert plain(way[0]) == plain(a) and np.abs(np.asarray(way[-1].content, int) - np.asarray(b.content, int)).max() <= 1
    assert plain(way[2]) not in (plain(a), plain(b))


def test_what_it_keeps_word_for_word_of_its_data_lies_in_kept_by_item_and_goes_with_it(model, dataset, train):
    """Whatever it writes into its run besides: no file of the data, and no piece of its pixels."""
    run = train(model, dataset, steps=2, **tiny(model))
    data = DatasetFolder(dataset)
    ids = [item for row in data.rows("train") for item in items_of(row)]
    elsewhere = {path: _unpacked(path) for path in run.path.rglob("*") if path.is_file() and KEPT not in path.relative_to(run.path).parts}
    for file in data.files("train"):
        for what in (file.read_bytes(), _unpacked(file)):
            piece = what[len(what) // 2 :][:64]  # of a picture, some 21 pixels side by side
            assert len(set(piece)) < 8 or not [path for path, content in elsewhere.items() if piece in content], file.name
    for folder in (run.path / KEPT).glob("*"):
        assert set(folder.name.split("+")) <= set(ids), "kept/ has a folder for each item, or for several joined by +"
    run.keep(ids[0], "planted.bin").write_bytes(b"planted")
    run.keep(ids[:2], "planted.bin").write_bytes(b"planted")
    run._run.forget_kept({ids[0]})
    assert not [path for path in (run.path / KEPT).rglob("*") if ids[0] in path.parent.name.split("+")]


def _unpacked(path) -> bytes:
    """The pixels of a picture, the content of anything else."""
    if path.suffix in (".png", ".webp", ".jpg"):
        with Image.open(path) as picture:
            return picture.convert("RGB").tobytes()
    return path.read_bytes()


def weights(run) -> dict:
    return load_file(run.path / "result" / "model.safetensors")


def same(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def plain(medium: Medium) -> object:
    """Something that can be compared: the bytes of a picture or a sound, or the text itself."""
    if medium.kind == "image":
        return medium.content.tobytes()
    return medium.content.samples.tobytes() if medium.kind == "sound" else medium.content
