"""The GAN: what it refuses, how it keeps itself alive, how it starts from an earlier run, and that it really learns."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import torch

from lib import models
from lib.errors import UserError
from lib.models.adversarial import checked_size, take_over
from lib.models.augmentation import MOST, TARGET, Strength, augment
from lib.models.gan import CARD, LEAST, SIZES, Settings
from lib.models.gan import train as training
from lib.models.gan.generate import generate, load, read_weights, walk
from lib.models.gan.network import WHOLE, Discriminator, Generator
from lib.models.gan.train import Game, Pictures

TINY = {"width": 4, "batch": 4, "latent": 8}
CPU = torch.device("cpu")


# ---- what it takes


@pytest.mark.parametrize("size", SIZES)
def test_both_networks_fit_every_size_that_is_offered(size):
    painted = Generator(size, latent=8, width=4).eval()(torch.randn(1, 8))
    assert painted.shape == (1, 3, size, size)
    marks, whole = Discriminator(size, width=4).eval()(painted, WHOLE)
    _, quarter = Discriminator(size, width=4).eval()(painted, 2)
    assert marks.shape == (1, 1, 5, 5)
    assert whole.shape == quarter.shape == (1, 3, min(128, size // 2), min(128, size // 2))


@pytest.mark.parametrize("size", [(48, 48), (1024, 1024), (64, 32), None])
def test_a_size_it_cannot_learn_is_refused_with_the_steps_to_take(size):
    with pytest.raises(UserError) as caught:
        checked_size(size, 100, CARD, SIZES)
    assert "Resize" in caught.value.fix


def test_too_few_pictures_are_refused(pictures, train):
    with pytest.raises(UserError) as caught:
        train("gan", pictures(count=LEAST - 1), steps=1, **TINY)
    assert str(LEAST) in caught.value.what


def test_few_pictures_are_taken_with_a_word_of_warning(pictures, train):
    run = train("gan", pictures(count=LEAST), steps=1, **TINY)
    assert any(f"{LEAST} pictures are few" in note for note in run.notes)


def test_more_pictures_are_trained_on_longer():
    steps = {count: models.validate("gan", preset="good", size=64, count=count).steps for count in (100, 500, 2000, 10_000)}
    assert steps[100] == steps[500] < steps[2000] < steps[10_000]


# ---- it learns


def test_it_learns_the_colours_of_its_pictures(pictures, train):
    def orange(luck, size):
        return np.full((size, size, 3), (230, 120, 20), np.uint8)

    run = train("gan", pictures(draw=orange, name="orange"), steps=60, augmentation=0.0, adaptive=False, learning_rate=2e-3, **TINY)
    red, green, blue = np.stack([np.asarray(one) for one in generate(load(run.path), count=8)]).mean((0, 1, 2))
    assert red > green > blue and red - blue > 80


def test_the_average_follows_from_the_first_step():
    torch.manual_seed(0)
    game = Game(32, Settings(**TINY), CPU, bf16=False)
    before = [value.clone() for value in training.floats(game.average)]
    for game.step in range(3):
        game.play(torch.zeros(4, 3, 32, 32))
    assert all(not torch.equal(was, now) for was, now in zip(before, training.floats(game.average)))


def test_every_picture_is_seen_once_before_any_is_seen_again(pictures):
    data = Pictures(pictures(count=10), CPU, seed=3, mirror=False)
    order = [data.order.at(place) for place in range(30)]
    assert all(sorted(order[start:start + 10]) == list(range(10)) for start in (0, 10, 20))
    assert order[:10] != order[10:20]
    assert [data.order.at(place) for place in range(7, 12)] == order[7:12]


def test_mirroring_turns_some_pictures_around(pictures):
    folder = pictures(count=10)
    data = Pictures(folder, CPU, seed=0, mirror=True)
    straight = Pictures(folder, CPU, seed=0, mirror=False).batch(1, 10)
    torch.manual_seed(0)
    turned = data.batch(1, 10)
    kinds = {(torch.equal(a, b), torch.equal(a.flip(2), b)) for a, b in zip(straight, turned)}
    assert (True, False) in kinds and (False, True) in kinds


def test_pictures_that_do_not_fit_in_memory_are_read_as_needed_and_are_the_same(pictures, monkeypatch):
    folder = pictures()
    held = Pictures(folder, CPU, seed=1, mirror=False)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=1000))
    read = Pictures(folder, CPU, seed=1, mirror=False)
    assert held.held is not None and read.held is None
    assert torch.equal(held.batch(2, 6), read.batch(2, 6))


# ---- augmentation


def test_augmentation_of_nothing_changes_nothing_and_of_everything_every_picture():
    x = torch.rand(16, 3, 32, 32) * 2 - 1
    assert torch.equal(augment(x, 0.0), x)
    assert all(not torch.equal(before, after) for before, after in zip(x, augment(x, 1.0)))


def test_the_generator_learns_through_the_augmentation():
    x = torch.zeros(8, 3, 32, 32, requires_grad=True)
    augment(x, 1.0).sum().backward()
    assert all(slope.abs().sum() > 0 for slope in x.grad)


def test_augmentation_rises_while_the_pictures_are_known_by_heart_and_falls_while_they_are_not():
    knows, guesses = Strength(0.3, adaptive=True), Strength(0.3, adaptive=True)
    real, fake = torch.full((8, 1, 5, 5), 3.0), torch.full((8, 1, 5, 5), -3.0)
    for step in range(4000):
        knows.see(step, 8, real, fake)
        guesses.see(step, 8, torch.randn(8, 1, 5, 5), torch.randn(8, 1, 5, 5))
    assert knows.sign > TARGET and 0.3 < knows.p <= MOST
    assert guesses.sign < TARGET and guesses.p < 0.3


def test_rising_augmentation_is_announced_once(pictures, train, monkeypatch):
    monkeypatch.setattr(Strength, "see", lambda self, step, *rest: setattr(self, "p", 0.5))
    run = train("gan", pictures(), steps=20, **TINY)
    assert sum("Raising augmentation to 0.4" in note for note in run.notes) == 1


# ---- it keeps itself alive


def poison(monkeypatch, at: set[int], times: int = 1) -> None:
    """Spoils one weight after the steps in `at`, the first `times` times that they come by."""
    left = {step: times for step in at}
    play = Game.play

    def spoiled(game, real):
        losses = play(game, real)
        if left.get(game.step + 1, 0):
            left[game.step + 1] -= 1
            next(game.generator.parameters()).data[0] = float("nan")
        return losses

    monkeypatch.setattr(Game, "play", spoiled)


def test_broken_numbers_lead_back_to_a_good_checkpoint_with_half_the_learning_rate(pictures, train, monkeypatch):
    poison(monkeypatch, {13})
    run = train("gan", pictures(), steps=20, learning_rate=4e-4, **TINY)
    assert any("went back to step" in note and "0.0002" in note for note in run.notes)
    assert all(value.isfinite().all() for value in read_weights(run.path)[0].values())
    assert [line["step"] for line in run._run.metrics()] == list(range(1, 21))


def test_the_smaller_learning_rate_is_kept_when_the_run_is_resumed(pictures, train, monkeypatch):
    poison(monkeypatch, {13})
    run = train("gan", pictures(), steps=30, stop_after=22, learning_rate=4e-4, **TINY)
    saved = torch.load(run._run.checkpoints()[-1], weights_only=True)
    game = Game(32, models.validate("gan", {"learning_rate": 4e-4, **TINY}), CPU, bf16=False)
    game.load_state_dict(saved)
    assert {group["lr"] for group in game.optimiser_g.param_groups + game.optimiser_d.param_groups} == {2e-4}


def test_a_training_that_breaks_again_and_again_ends_with_advice(pictures, train, monkeypatch):
    poison(monkeypatch, {13}, times=99)
    with pytest.raises(UserError) as caught:
        train("gan", pictures(), steps=20, **TINY)
    assert "learning rate" in caught.value.fix


def test_a_card_short_of_memory_gets_the_same_batch_in_parts(pictures, train, monkeypatch):
    play = Game.play
    sizes = []

    def short(game, real):
        if game.parts < 2:
            raise torch.cuda.OutOfMemoryError("out of memory")
        sizes.append(len(real))
        return play(game, real)

    monkeypatch.setattr(Game, "play", short)
    run = train("gan", pictures(), steps=3, **TINY)
    assert sizes == [4, 4, 4]
    assert sum("in 2 parts" in note for note in run.notes) == 1


def test_a_card_too_small_for_one_picture_is_told_to_the_person(pictures, train, monkeypatch):
    def never(game, real):
        raise torch.cuda.OutOfMemoryError("out of memory")

    monkeypatch.setattr(Game, "play", never)
    with pytest.raises(UserError) as caught:
        train("gan", pictures(), steps=1, **TINY)
    assert "smaller" in caught.value.fix


def test_half_length_numbers_are_for_cards_that_know_them(monkeypatch):
    cuda = torch.device("cuda")
    assert training.choose_bf16(CPU) is False
    for known in (True, False):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda known=known: known)
        assert training.choose_bf16(cuda) is known
    assert training.choose_layout(cuda) is torch.channels_last
    assert training.choose_layout(CPU) is torch.contiguous_format


@pytest.mark.parametrize("changed", [{"penalty": 1.0}, {"reconstruction": 0.0}, {"average": 0.0}, {"mirror": True}])
def test_every_switch_can_be_thrown(pictures, train, changed):
    run = train("gan", pictures(), steps=2, **TINY, **changed)
    assert all(value.isfinite().all() for value in read_weights(run.path)[0].values())


# ---- starting from an earlier run, and playing


def test_a_run_can_start_from_an_earlier_one(pictures, train):
    folder = pictures()
    earlier = train("gan", folder, "earlier", steps=3, **TINY)
    later = train("gan", folder, "later", steps=1, transfer_from=str(earlier.path), learning_rate=1e-9, **TINY)
    assert any("100 %" in note for note in later.notes)
    before, after = (read_weights(run.path)[0] for run in (earlier, later))
    assert all(torch.allclose(before[key], after[key], atol=1e-6) for key in before if key.startswith("discriminator.mark"))


def test_a_larger_picture_starts_from_what_fits_of_a_smaller_one(pictures, train):
    earlier = train("gan", pictures(32), "earlier", steps=1, **TINY)
    later = train("gan", pictures(64), "later", steps=1, transfer_from=str(earlier.path), **TINY)
    assert any("parts fit" in note and "100 %" not in note for note in later.notes)


def test_an_earlier_run_of_which_nothing_fits_is_refused():
    game = Game(32, Settings(**TINY), CPU, bf16=False)
    with pytest.raises(UserError):
        take_over(game.weights(), {"generator.start.0.weight": torch.zeros(1)}, "an earlier run", "width")


def test_a_walk_begins_and_ends_at_the_pictures_of_its_seeds():
    torch.manual_seed(0)
    model = Generator(32, latent=8, width=4).eval()
    way = [one.tobytes() for one in walk(model, 3, 9, frames=5)]
    assert len(way) == 5
    assert way[0] == next(generate(model, count=1, seed=3)).tobytes()
    assert np.allclose(np.frombuffer(way[-1], np.uint8), np.asarray(next(generate(model, count=1, seed=9))).ravel(), atol=1)


def test_without_truncation_room_all_pictures_are_the_typical_one():
    torch.manual_seed(0)
    model = Generator(32, latent=8, width=4).eval()
    assert len({one.tobytes() for one in generate(model, count=4, truncation=0.0)}) == 1
    assert len({one.tobytes() for one in generate(model, count=4, truncation=1.0)}) == 4
