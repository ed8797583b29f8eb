"""What every model promises: it trains, stops, goes on to the very same weights, and leaves something that can be played.

A new model in MODELS is tested here by itself. Give it its smallest settings in TINY, and if it learns from another kind
of data than there is so far, a tiny dataset in `dataset`.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from lib import models
from lib.errors import UserError
from lib.media.files import read_json
from lib.project.dataset_folder import DatasetFolder, items_of
from lib.project.runs import KEPT

TINY = {
    "_template": {"directions": 4},
    "gan": {"width": 4, "batch": 4, "latent": 8},
}


@pytest.fixture(params=["_template", *models.MODELS])
def model(request, monkeypatch) -> str:
    monkeypatch.setitem(models.MODELS, "_template", "lib.models._template")
    return request.param


@pytest.fixture
def dataset(model, pictures):
    makers = {"image": pictures}
    return makers[models.card(model).needs]()


def test_it_leaves_a_complete_run_folder(model, dataset, train):
    run = train(model, dataset, steps=2, **TINY[model])
    assert (run.path / "result" / "model.safetensors").exists()
    assert read_json(run.path / "result" / "model.json")["step"] == 2
    assert [line["step"] for line in run._run.metrics()] == [1, 2]
    assert all(np.isfinite(value) for line in run._run.metrics() for value in line.values())
    assert [path.name for path in run._run.samples()] == ["step_000001.png", "step_000002.png"]
    assert run._run.checkpoints()
    for checkpoint in run._run.checkpoints():
        assert "step" in torch.load(checkpoint, weights_only=True)


def test_stopped_and_resumed_it_reaches_the_very_same_weights(model, dataset, train):
    whole = train(model, dataset, "whole", steps=4, **TINY[model])
    stopped = train(model, dataset, "parts", steps=4, stop_after=2, **TINY[model])
    assert not (stopped.path / "result").exists()
    resumed = train(model, dataset, "parts", steps=4, **TINY[model])
    assert [line["step"] for line in resumed._run.metrics()] == [1, 2, 3, 4]
    assert same(weights(whole), weights(resumed))


def test_the_seed_decides_the_weights(model, dataset, train):
    first, again, other = (train(model, dataset, name, seed=seed, steps=2, **TINY[model]) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert same(weights(first), weights(again))
    assert not same(weights(first), weights(other))


def test_what_comes_out_depends_on_its_own_seed_alone(model, dataset, train):
    run = train(model, dataset, steps=16, **TINY[model])  # a network that has just begun paints grey
    player = models.generator(model)
    trained = player.load(run.path)
    five = list(player.generate(trained, count=5, seed=10))
    assert len(five) == 5
    assert plain(five[3]) == plain(next(iter(player.generate(trained, count=1, seed=13))))
    assert plain(five[3]) == plain(next(itertools.islice(player.generate(player.load(run.path), count=4, seed=10), 3, None)))
    assert plain(five[3]) != plain(five[4])


def test_it_plays_before_it_is_finished(model, dataset, train):
    run = train(model, dataset, steps=4, stop_after=2, **TINY[model])
    player = models.generator(model)
    assert len(list(player.generate(player.load(run.path), count=2, seed=0))) == 2


def test_a_run_without_a_model_is_answered_in_words(model, tmp_path):
    with pytest.raises(UserError) as caught:
        models.generator(model).load(tmp_path / "empty")
    assert caught.value.fix


def test_its_controls_are_what_generate_takes(model, dataset, train):
    run = train(model, dataset, steps=2, **TINY[model])
    player = models.generator(model)
    assert player.CONTROLS is models.controls_class(model)      # the pages read it without torch
    controls = player.CONTROLS().model_dump()
    assert len(list(player.generate(player.load(run.path), count=1, seed=0, **controls))) == 1
    for key, field in player.CONTROLS.model_fields.items():
        assert field.title and field.description.endswith("."), key


def test_a_walk_begins_at_one_picture_and_ends_at_the_other(model, dataset, train):
    player = models.generator(model)
    assert hasattr(player, "walk") == models.card(model).walks
    if not models.card(model).walks:
        return
    trained = player.load(train(model, dataset, steps=16, **TINY[model]).path)
    controls = player.CONTROLS().model_dump()
    way = list(player.walk(trained, 3, 9, frames=5, **controls))
    a, b = (next(iter(player.generate(trained, count=1, seed=seed, **controls))) for seed in (3, 9))
    assert len(way) == 5
    assert plain(way[0]) == plain(a) and np.abs(np.asarray(way[-1], int) - np.asarray(b, int)).max() <= 1
    assert plain(way[2]) not in (plain(a), plain(b))


def test_what_it_keeps_word_for_word_of_its_data_lies_in_kept_by_item_and_goes_with_it(model, dataset, train):
    """Whatever it writes into its run besides: no file of the data, and no piece of its pixels."""
    run = train(model, dataset, steps=2, **TINY[model])
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


def plain(made: object) -> object:
    """Something that can be compared: the bytes of a picture, or the thing itself."""
    return made.tobytes() if isinstance(made, Image.Image) else made
