"""Covers "Mixed with" on Audio: two models that learned something else are chosen on the page, and what comes out is of both."""

from __future__ import annotations

import numpy as np
import pytest

from lib import augment, collect, generate, jobs, models
from lib.media.sound import open_sound
from lib.player.order_worker import OrderWorker
from lib.project import Consent, Project
from lib.project.outputs import Output
from lib.project.runs import Run
from tests.audio.conftest import trained
from tests.models.test_mosaic import knock, tone, wav
from tests.models.tiny_models import TINY_MODELS

TINY_RAVE = {"capacity": 4, "latents": 8, "signal": 32_768, "batch": 1, "join": True}


@pytest.fixture(autouse=True)
def nothing_begins(monkeypatch):
    """What is asked for is made here, by the test."""
    for name, module in TINY_MODELS.items():
        monkeypatch.setitem(models.MODELS, name, module)
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    monkeypatch.setattr("lib.player.client.ensure_player", lambda workspace: None)
    monkeypatch.setattr(generate, "ensure_player", lambda workspace: None)


def two_of(project: Project, tmp_path, model: str, **settings) -> list[Run]:
    """A run on what Ben knocks, and one on what Ana hums."""
    runs = []
    for name, sound in (("Ben", np.tile(knock(), 5)), ("Ana", tone(220, 2.0))):
        consent = Consent(state="given", purposes=["train", "show"], person=project.add_person(name, credit="name").id)
        added = collect.add_files(project, [wav(tmp_path / f"{name}.wav", sound)], consent=consent)
        dataset = augment.build(project, augment.Recipe([]), name=name.lower(), kind="sound", only=added.added)
        runs.append(trained(project, model, dataset, **settings))
    return runs


def mixed_on_the_page(visit, project: Project, run: Run, other: Run, strength: float) -> Output:
    """Presses Make with nothing to follow and the other one beside it; returns what came out."""
    page = visit("play/audio.py", project, run=run.id)
    next(group for group in page.button_group if group.label == "What it follows").set_value("").run()
    next(box for box in page.multiselect if box.label == "Trained here").set_value([other.id]).run()
    next(slider for slider in page.slider if slider.label.startswith("Strength of")).set_value(strength).run()
    next(box for box in page.number_input if box.label == "Seconds").set_value(0.5).run()
    next(button for button in page.button if button.label == "Make 1").click().run()
    assert not page.exception and not page.error
    return made(project, generate.open_orders(project)[-1])


def made(project: Project, order) -> Output:
    order = OrderWorker(project.home).serve(order)
    assert order.error is None, order.error
    [output] = generate.outputs_of(project, order)
    return output


def is_of_both(project: Project, visit, runs: list[Run]) -> None:
    mixed = mixed_on_the_page(visit, project, *runs, 0.5)
    seed = mixed.provenance()["seed"]
    alone = made(project, generate.order(project, runs[0].id, count=1, seed=seed, seconds=0.5))
    told = mixed.provenance()
    assert {one["credit"] for one in told["people"]} == {"Ana", "Ben"} and [one["credit"] for one in alone.provenance()["people"]] == ["Ben"]
    assert runs[1].id in str(told["inputs"]["mix"])
    heard, plain = (open_sound(output.path).samples for output in (mixed, alone))
    assert heard.shape == plain.shape and np.isfinite(heard).all() and np.abs(heard).max() > 0 and not np.allclose(heard, plain, atol=1e-3)


def test_two_models_of_sound_are_mixed(visit, project, tmp_path):
    is_of_both(project, visit, two_of(project, tmp_path, "filter", steps=300))


def test_two_raves_sing_at_once(visit, project, tmp_path, rave_forked):
    is_of_both(project, visit, two_of(project, tmp_path, "rave", steps=1, **TINY_RAVE))
