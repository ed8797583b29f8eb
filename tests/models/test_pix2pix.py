"""pix2pix: what it refuses, that both halves of a pair go the same way, that it really learns, and the narrow network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from lib import models
from lib.errors import UserError
from lib.models.adversarial import checked_size, take_over
from lib.models.pix2pix import CARD, LEAST, SIZES
from lib.models.pix2pix import train as training
from lib.models.pix2pix.diagnostics import how_it_goes
from lib.models.pix2pix.generate import load, squared
from lib.models.pix2pix.hand import as_drawn, paper_of
from lib.models.pix2pix.network import Generator, Judge
from lib.models.pix2pix.train import Game, Pairs, jittered

TINY = {"width": 8, "batch": 2}
CPU = torch.device("cpu")


# ---- what it takes


@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize("size", SIZES)
def test_both_networks_fit_every_size_that_is_offered(size, norm):
    source = torch.randn(1, 3, size, size)
    made = Generator(size, 8, norm).eval()(source)
    assert made.shape == source.shape and made.abs().max() <= 1
    marks = Judge(size, 8, norm).eval()(source, made)
    assert marks.shape[1] == 1 and marks.shape[2] > 8


@pytest.mark.parametrize("size", [(48, 48), (1024, 1024), (64, 128), None])
def test_a_size_it_cannot_learn_is_refused_with_the_steps_to_take(size):
    with pytest.raises(UserError) as caught:
        checked_size(size, 100, CARD, SIZES)
    assert "Resize" in caught.value.fix


def test_too_few_pairs_are_refused():
    with pytest.raises(UserError) as caught:
        checked_size((64, 64), LEAST - 1, CARD, SIZES)
    assert str(LEAST) in caught.value.what


# ---- both halves go the same way


def test_jitter_and_mirror_move_both_halves_alike(datasets_of):
    pairs = Pairs(datasets_of["pairs"](), CPU, seed=3)      # each target is the inverse of its source
    settings = models.validate("pix2pix", {**TINY, "mirror": True, "jitter": 0.2})
    for step in range(1, 6):
        torch.manual_seed(step)
        source, target = pairs.batch(step, settings)
        assert source.shape == target.shape == (2, 3, 64, 64)
        assert torch.allclose(source, -target, atol=1e-5)


def test_jitter_of_nothing_changes_nothing():
    x = torch.randn(2, 6, 32, 32)
    assert torch.equal(jittered(x, 0.0), x) and jittered(x, 0.12).shape == x.shape


def test_every_pair_is_seen_once_before_any_is_seen_again(datasets_of):
    pairs = Pairs(datasets_of["pairs"](), CPU, seed=3)
    order = [pairs.order.at(place) for place in range(12)]
    assert all(sorted(order[start : start + 4]) == [0, 1, 2, 3] for start in (0, 4, 8))


# ---- lines by hand


def test_lines_are_shown_as_a_hand_draws_them_and_nothing_else_is():
    source = torch.ones(4, 3, 64, 64)
    source[..., 20, 8:56] = source[..., 8:56, 30] = -1.0
    torch.manual_seed(1)
    drawn = as_drawn(source, 1.0, "white")
    assert drawn.shape == source.shape and drawn.min() >= -1 and drawn.max() <= 1
    assert not torch.equal(drawn, source) and torch.equal(drawn[:, 0], drawn[:, 2])
    assert 0.3 < float((drawn < 0).sum() / (source < 0).sum()) < 4              # still a drawing of about as many lines
    torch.manual_seed(1)
    assert torch.allclose(as_drawn(-source, 1.0, "black"), -drawn)              # white chalk alike
    assert torch.equal(as_drawn(source, 0.0, "white"), source)
    half = as_drawn(source.repeat(8, 1, 1, 1), 0.5, "white")
    assert 4 < sum(torch.equal(one, source[0]) for one in half) < 28


def test_only_sources_of_lines_are_drawn_by_hand(datasets_of):
    assert paper_of([{"step": "Edges", "paper": "black"}]) == "black" and paper_of([{"step": "LineDrawing"}]) == "white"
    assert paper_of([{"step": "Edges"}, {"step": "Silhouette"}]) == paper_of([]) == paper_of(None) == ""
    assert Pairs(datasets_of["pairs"](), CPU, seed=0).paper == ""


# ---- the other way round


def test_the_other_way_round_both_halves_change_places_and_no_source_is_drawn(datasets_of, train):
    folder = datasets_of["pairs"]()
    there, back = (Pairs(folder, CPU, seed=0, reverse=reverse) for reverse in (False, True))
    assert all(torch.equal(a, b) for a, b in zip(there.seen, back.seen[::-1], strict=True)) and not torch.equal(there.seen[0], back.seen[0])
    model = load(train("pix2pix", folder, steps=1, reverse=True, **TINY).path)
    photo = Image.new("RGB", (96, 64), (200, 40, 40))
    given = np.asarray(model.prepared(photo, ready=False))
    assert model.reverse and given.shape == (64, 64, 3) and np.abs(given[32, 32].astype(int) - (200, 40, 40)).max() < 3
    assert model.remark(photo, ready=True) == ""


# ---- it learns


def test_it_learns_to_turn_the_colours_around(datasets_of, train, tmp_path):
    folder = datasets_of["pairs"]()
    run = train("pix2pix", folder, steps=150, learning_rate=2e-3, jitter=0.0, **TINY)
    model = load(run.path)
    source = Image.open(folder / "train" / "source" / "000001.png").convert("RGB")
    wanted, made = 255 - np.asarray(source, int), np.asarray(model.answer(source), int)
    assert np.abs(made - wanted).mean() < 0.5 * np.abs(np.asarray(source, int) - wanted).mean()
    seen = [line["seen"] for line in run._run.metrics() if "seen" in line]
    assert len(seen) == 2 and seen[-1] < 0.25


def test_what_plays_is_the_average_and_goes_on_from_there(datasets_of, train):
    run = train("pix2pix", datasets_of["pairs"](), steps=3, **TINY)
    weights = models.generator("pix2pix").read_weights(run.path)[0]
    assert {key.split(".")[0] for key in weights} == {"generator", "live", "judge"}
    assert not torch.equal(weights["generator.finish.0.weight"], weights["live.finish.0.weight"])
    assert torch.equal(load(run.path).network.finish[0].weight, weights["generator.finish.0.weight"])


def test_eyes_have_a_say_only_where_they_are_asked_and_here(datasets_of, train, monkeypatch):
    folder = datasets_of["pairs"]()
    asked = train("pix2pix", folder, "asked", steps=1, **TINY)
    alone = train("pix2pix", folder, "alone", steps=1, likeness=0.0, **TINY)
    monkeypatch.setattr(training.eyes, "are_here", lambda: False)
    missing = train("pix2pix", folder, "missing", steps=1, **TINY)
    assert training.EYES_SAY in asked.notes and training.EYES_SAY not in alone.notes and training.NO_EYES in missing.notes
    a, b, c = (models.generator("pix2pix").read_weights(run.path)[0]["live.finish.0.weight"] for run in (asked, alone, missing))
    assert torch.equal(b, c) and not torch.equal(a, b)


def test_without_held_out_pairs_it_says_that_nobody_can_tell(datasets_of, train):
    run = train("pix2pix", datasets_of["pairs"](), steps=2, **TINY)
    assert any("No pair is held back" in note for note in run.notes)
    assert "pairs are few" in run.notes[0]


def test_the_narrow_network_is_kept_only_where_it_is_as_good(datasets_of, monkeypatch):
    pairs = Pairs(datasets_of["pairs"](), CPU, seed=0)
    settings = models.validate("pix2pix", {"width": 24, "batch": 2, "narrow": True, "steps": 4})
    for factor, is_kept in ((1.0, True), (2.0, False)):
        game = Game(64, settings, CPU)
        monkeypatch.setattr(Game, "_distance", lambda game, some, network=None, factor=factor: 0.1 * (factor if network else 1.0))
        sentence = game.choose_narrow(pairs)
        assert (game.facts["narrow"] == 16) == is_kept == any(key.startswith("narrow.") for key in game.weights())
        assert ("learned from the wide one" in sentence) == is_kept
    assert Game(64, models.validate("pix2pix", {**TINY, "narrow": True}), CPU).pupil is None     # narrow enough as it is


def test_a_narrow_network_is_trained_in_the_last_quarter_resumed_and_loaded(datasets_of, train):
    folder, tiny = datasets_of["pairs"](), {"width": 24, "batch": 2, "narrow": True}
    whole = train("pix2pix", folder, "whole", steps=8, **tiny)
    train("pix2pix", folder, "parts", steps=8, stop_after=7, **tiny)
    parts = train("pix2pix", folder, "parts", steps=8, **tiny)
    assert any("narrow" in note for note in whole.notes)
    a, b = (models.generator("pix2pix").read_weights(run.path)[0] for run in (whole, parts))
    assert a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)
    assert load(whole.path, narrow=True).network.width in (16, 24)


def test_a_run_can_start_from_an_earlier_one(datasets_of, train):
    folder = datasets_of["pairs"]()
    earlier = train("pix2pix", folder, "earlier", steps=2, **TINY)
    later = train("pix2pix", folder, "later", steps=1, transfer_from=str(earlier.path), **TINY)
    assert any("100 %" in note for note in later.notes)
    with pytest.raises(UserError, match="fits"):
        take_over(Game(64, models.validate("pix2pix", TINY), CPU).weights(), {"generator.finish.bias": torch.zeros(1)}, "an earlier run", "width")


# ---- playing


def test_a_circle_stays_round():
    wide = Image.new("RGB", (80, 40), "black")
    square = np.asarray(squared(wide, 64))
    assert square.shape == (64, 64, 3)
    assert square[:15].min() == 255 and square[20:44].max() == 0


def test_how_it_goes_speaks_of_the_gap():
    def reports(seen, held):
        return [{"step": 1000 + number, "seen": seen, "held_out": held} for number in range(30)]

    assert "too early" in how_it_goes(reports(0.1, 0.1)[:3], None)
    assert "holds for new pairs" in how_it_goes(reports(0.1, 0.11), 0.1)
    assert "knows your pairs better" in how_it_goes(reports(0.05, 0.11), 0.1)
    worse = {"step": 2000, "seen": 0.03, "held_out": 0.12}
    assert "Look" in how_it_goes([*reports(0.05, 0.09), worse], 0.1)
    to_eyes = [report | {"eyes": 0.3} for report in reports(0.05, 0.09)]
    assert "by heart now" in how_it_goes([*to_eyes, worse | {"eyes": 0.4}], 0.1)
    assert "colours of its own" in how_it_goes([*to_eyes, worse | {"eyes": 0.31}], 0.1)
    assert "hardly change" in how_it_goes(reports(0.1, 0.11), 0.001)
