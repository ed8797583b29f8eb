"""Covers RAVE on the pages: its licence is known before the first training, what is missing is said, and a RAVE of others comes after a warning."""

from __future__ import annotations

import numpy as np
import pytest

from lib import augment, collect, jobs, train
from lib.project import Consent
from tests.models.test_mosaic import tone, wav
from tests.pages.conftest import words
from tests.pages.test_train import press, widget


@pytest.fixture(autouse=True)
def nothing_begins(monkeypatch):
    """What is put in the queue stays there."""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    monkeypatch.setattr("lib.player.client.ensure_player", lambda workspace: None)


@pytest.fixture
def dataset(project, tmp_path):
    files = [wav(tmp_path / f"{number}.wav", np.concatenate([tone(220 + 40 * number, 2.0), tone(330, 1.5)])) for number in range(3)]
    collect.add_files(project, files, consent=Consent(state="given", purposes=["train"]))
    return augment.build(project, augment.Recipe([]), name="voices", kind="sound")


def test_its_licence_is_known_before_the_first_training_and_stands_there_at_the_next(visit, project, dataset):
    page = visit("train/train.py", project, model="rave")
    widget(page, "checkbox", "Join the sounds").check().run()
    assert "CC BY-NC 4.0" in words(page) and widget(page, "button", "Start").disabled and "as soon as you have ticked" in words(page)
    widget(page, "checkbox", "I know this").check().run()
    press(page, "Start")
    [run] = project.runs()
    assert run.model == "rave" and run.settings["join"]
    page = visit("train/train.py", project, model="rave")
    assert "CC BY-NC 4.0" in words(page) and not any(one.label == "I know this" for one in page.checkbox)


def test_too_little_sound_is_said_and_how_to_get_on(visit, project, dataset):
    page = visit("train/train.py", project, model="rave")
    said = words(page).replace("\\", "")
    assert "There is not one chunk to learn from" in said and "“Join the sounds”" in said and "10.5 seconds of sound in 3 files: 0 chunks" in said


def test_the_forecast_names_what_was_measured_and_what_was_read(visit, project, dataset, monkeypatch):
    monkeypatch.setattr(train, "known", lambda *_, **__: train.Estimate(45.0, 30.0, False, 0.0, 2.7))
    page = visit("train/train.py", project, model="rave")
    assert "take about 31 days here" in words(page) and "read, not measured" in words(page) and "20 minutes here are about 444 steps" in words(page)


@pytest.mark.parametrize(("can_lock", "said"), [(True, "can reach neither your files nor the network"), (False, "this computer cannot lock it in")])
def test_a_rave_of_others_comes_after_a_warning(visit, project, dataset, monkeypatch, can_lock, said):
    monkeypatch.setattr("lib.media.jail.can_lock", lambda: can_lock)
    page = visit("play/generate.py", project, run="rave_ts")
    assert said in words(page) and "What it learned from is not known here" in words(page)
    assert widget(page, "button", "Make 1").disabled
    assert any(one.label == "Open it unlocked" for one in page.checkbox)
