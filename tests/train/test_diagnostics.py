"""Covers how a run is told about: thin curves of long files, sentences from made-up numbers, and what to try next."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from lib import train
from lib.media.files import write_json
from lib.models.gan.diagnostics import how_it_goes
from lib.project.runs import Run
from lib.train import numbers
from lib.train.diagnostics import change_of_samples, first_look


@pytest.fixture
def run(tmp_path) -> Run:
    folder = tmp_path / "project" / "runs" / "2026-11-21_1403_gan_tulips"
    folder.mkdir(parents=True)
    settings = {"steps": 1000, "mirror": False, "transfer_from": ""}
    data = {"name": "tulips-v1", "folder": "datasets/tulips-v1", "items": [f"i{number}" for number in range(30)]}
    write_json(folder / "request.json", {"model": "gan", "preset": "quick", "settings": settings, "dataset": data, "seed": 0})
    write_json(folder / "status.json", {"state": "finished", "step": 1000, "total": 1000})
    return Run(folder)


def write_metrics(run: Run, steps: int) -> None:
    """As the trainer does: each step a line, every fifth with numbers."""
    with open(run.path / "metrics.jsonl", "w", encoding="utf-8") as file:
        for step in range(1, steps + 1):
            line = {"step": step, "seconds": step / 10}
            if step % 5 == 0:
                line |= {"loss_d": 2 - step / steps, "loss_g": 0.5, "sign": 0.4, "augment": 0.3, "images_per_second": 60.0}
            file.write(json.dumps(line) + "\n")


def write_sample(run: Run, step: int, grey: int) -> None:
    (run.path / "samples").mkdir(exist_ok=True)
    Image.fromarray(np.full((32, 64, 3), grey, np.uint8)).save(run.path / "samples" / f"step_{step:06d}.png")


def test_a_short_run_is_drawn_point_by_point(run):
    write_metrics(run, 100)
    points = numbers.curves(run)
    assert [point["step"] for point in points] == list(range(5, 101, 5))
    assert points[-1]["loss_d"] == 1.0


def test_a_long_run_is_drawn_thin_from_its_first_step_to_its_last(run):
    write_metrics(run, 100_000)
    points = numbers.curves(run)
    assert 150 <= len(points) <= numbers.POINTS + 1
    steps = [point["step"] for point in points]
    assert steps == sorted(steps) and steps[0] < 100 and steps[-1] > 99_900
    for point in points:
        assert point["loss_d"] == pytest.approx(2 - point["step"] / 100_000, abs=1e-3)
    assert numbers.latest(run)[-1]["step"] == 100_000
    assert numbers.seconds_taken(run) == 10_000


def test_a_line_that_is_cut_by_a_crash_is_passed_over(run):
    write_metrics(run, 20)
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write('{"step": 21, "lo')
    assert numbers.latest(run)[-1]["step"] == 20
    assert len(numbers.curves(run)) == 4


def reports(count: int = 100, **values: float) -> list[dict]:
    usual = {"loss_d": 1.2, "loss_g": 0.8, "sign": 0.5, "augment": 0.3, "diversity": 0.9}
    return [{"step": 5 * place, **usual, **values} for place in range(1, count + 1)]


@pytest.mark.parametrize("made_up, change, said", [
    (reports(5), None, "too early"),
    (reports(59), 0.001, "too early"),
    (reports(), 0.05, "Learning steadily"),
    (reports(), None, "Learning steadily"),
    (reports(), 0.001, "hardly change"),
    (reports(loss_d=0.1, sign=0.9), 0.05, "The judge wins"),
    (reports(loss_d=0.8, sign=0.9, augment=0.85), 0.05, "by heart"),
    (reports(loss_d=1.99, sign=0.0), 0.05, "guessing"),
    (reports(diversity=0.1), 0.05, "much alike"),
])  # fmt: skip
def test_a_sentence_says_what_the_numbers_say(made_up, change, said):
    assert said in how_it_goes(made_up, change)


def test_a_sentence_can_be_told_without_any_numbers_of_that_name():
    assert how_it_goes([{"step": step, "other": 1.0} for step in range(100)], None)


def test_whether_samples_still_change_is_seen_in_the_pictures(run):
    assert change_of_samples(run) is None
    for step, grey in ((10, 100), (20, 100), (30, 100)):
        write_sample(run, step, grey)
    assert change_of_samples(run) == 0
    write_sample(run, 40, 151)
    assert change_of_samples(run) == pytest.approx(0.1, abs=0.01)


def test_what_to_try_next_follows_from_the_facts_of_the_run(run):
    write_metrics(run, 100)
    for step, grey in ((10, 0), (20, 100), (30, 200)):
        write_sample(run, step, grey)
    said = " ".join(train.what_next(run))
    assert "30 pictures; from 50 on" in said
    assert "more steps may help" in said and "(2,000)" in said
    for step in (40, 50, 60):
        write_sample(run, step, 200)
    assert "more steps may help" not in " ".join(train.what_next(run))
    write_json(run.path / "status.json", {"state": "stopped"})
    assert train.what_next(run) == []


def test_after_a_very_short_run_nothing_is_advised_but_more_steps(run):
    for step in (10, 20, 30):
        write_sample(run, step, 128)
    write_metrics(run, 30)
    write_json(run.path / "status.json", {"state": "finished", "step": 30, "total": 30})
    said = " ".join(train.what_next(run))
    assert "It has hardly begun: train on with more steps" in said and "3,200 steps or more" in said
    assert "other settings" not in said and "quick way" not in said
    assert "too early" in train.how_it_goes(run)


def test_the_first_samples_are_grey_and_that_is_said_until_there_is_more_to_see(run):
    assert first_look(run) == ""
    write_sample(run, 10, 128)
    assert first_look(run).startswith("Grey at first")
    write_sample(run, 80, 90)
    assert first_look(run) == ""
    write_json(run.path / "status.json", {"state": "running", "step": 80, "total": 10_000})
    assert first_look(run).startswith("Grey at first")
    request = json.loads((run.path / "request.json").read_text())
    write_json(run.path / "request.json", {**request, "settings": {**request["settings"], "transfer_from": "earlier"}})
    assert first_look(run) == ""


def test_a_model_without_a_word_about_itself_gets_plain_ones(run, monkeypatch):
    monkeypatch.setitem(__import__("lib.models").models.MODELS, "plain", "lib.models._template")
    request = json.loads((run.path / "request.json").read_text())
    write_json(run.path / "request.json", {**request, "model": "plain"})
    assert "nothing to tell yet" in train.how_it_goes(run)
    write_metrics(run, 500)
    assert train.how_it_goes(run).startswith("It goes on")
    assert [curve.title for curve in train.curves(run)][:2] == ["Loss d", "Loss g"]


def test_a_run_that_stopped_by_itself_is_not_told_to_take_more_steps(run):
    request = json.loads((run.path / "request.json").read_text())
    write_json(run.path / "request.json", {**request, "settings": {**request["settings"], "stops": True}})
    write_json(run.path / "status.json", {"state": "finished", "step": 600, "total": 600})
    for number, grey in enumerate((0, 200, 60, 160, 90, 140)):
        write_sample(run, 100 * (number + 1), grey)
    said = " ".join(train.what_next(Run(run.path)))
    assert "It stopped by itself" in said and "more steps may help" not in said
    write_json(run.path / "status.json", {"state": "finished", "step": 1000, "total": 1000})
    assert "more steps may help" in " ".join(train.what_next(Run(run.path)))
