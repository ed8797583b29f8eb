"""Jobs: started, watched, stopped, resumed, in a fair queue, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lib import augment, jobs, train
from lib.errors import UserError
from lib.jobs import dispatcher
from lib.media import locks
from lib.project import Consent, Project
from tests.conftest import ROOT, processes_of
from tests.jobs.conftest import TINY
from tests.jobs.waiting import until


def test_a_run_goes_from_the_queue_to_a_result_in_a_folder_that_tells_everything(project, dataset):
    run = train.start(project, "gan", dataset, steps=12, **TINY)
    assert run.state in ("queued", "running")
    assert run.wait(timeout=120) == "finished", run.log()
    assert [line["step"] for line in run.metrics()] == list(range(1, 13))
    assert run.samples()[-1].name == "step_000012.png"
    assert 1 <= len(run.checkpoints()) <= 3
    assert {path.name for path in run.result.iterdir()} == {"model.safetensors", "model.json", "preview.png", "card.md"}
    note = (run.path / "run.md").read_text()
    assert "ana asked for a GAN on digits-v1 (24 datapoints)" in note
    assert "steps: 12 (chosen)" in note
    assert run.request["settings"]["steps"] == 12
    assert run.request["changed"] == ["batch", "steps", "width"]
    assert project.run(run.id) == run
    assert [one.id for one in project.runs()] == [run.id]


def test_a_run_can_be_stopped_and_goes_on_where_it_was(project, dataset):
    run = train.start(project, "gan", dataset, steps=100_000, **TINY)
    until(lambda: run.checkpoints() and run.status["step"])
    train.stop(run)
    assert run.wait(timeout=60) == "stopped"
    reached = run.metrics()[-1]["step"]
    assert run.checkpoints()[-1].name == f"step_{reached:06d}.pt"
    with pytest.raises(UserError, match="no result|nothing to resume|It is"):
        train.resume(train.resume(run))  # the second time it goes on already
    until(lambda: run.state == "running" and run.status["step"] > reached)
    steps = [line["step"] for line in run.metrics()]
    assert steps == sorted(set(steps))
    train.stop(run)
    assert run.wait(timeout=60) == "stopped"


def test_one_device_runs_one_training_and_the_others_wait_their_turn(project, dataset):
    first = train.start(project, "gan", dataset, steps=100_000, **TINY)
    second = train.start(project, "gan", dataset, steps=3, **TINY)
    until(lambda: first.state == "running" and first.status["step"])
    assert second.state == "queued"
    train.stop(first)
    assert second.wait(timeout=120) == "finished", second.log()
    assert first.state == "stopped"


def test_a_waiting_run_is_stopped_before_it_begins(project, dataset):
    first = train.start(project, "gan", dataset, steps=100_000, **TINY)
    until(lambda: first.state == "running")
    second = train.start(project, "gan", dataset, steps=3, **TINY)
    train.stop(second)
    assert second.wait(timeout=30) == "stopped"
    assert second.metrics() == []
    train.stop(first)
    first.wait(timeout=60)


def test_the_dispatcher_ends_when_there_is_nothing_to_do(project, dataset, home):
    run = train.start(project, "gan", dataset, steps=1, **TINY)
    run.wait(timeout=120)
    until(lambda: not locks.is_held(home / ".handmade" / jobs.DISPATCHER_LOCK), seconds=20)
    until(lambda: not processes_of(home), seconds=20)


def test_a_second_dispatcher_steps_aside(home):
    with locks.take(home / ".handmade" / jobs.DISPATCHER_LOCK):
        done = subprocess.run(
            [sys.executable, "-m", "lib.jobs.dispatcher", str(home)], cwd=ROOT, timeout=60, check=False
        )
    assert done.returncode == 0


def test_a_worker_that_never_begins_is_tried_twice_and_then_named(project, dataset, home, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    run = train.start(project, "gan", dataset, steps=1, **TINY)
    starts = []

    def spawn(command, log, environment):
        starts.append(command)
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], stdout=log, stderr=log)

    monkeypatch.setattr(dispatcher, "spawn", spawn)
    dispatcher.Dispatcher(home).serve()
    assert len(starts) == 2
    assert run.state == "failed"
    assert "could not be started" in run.error.what


def test_a_bad_setting_never_reaches_the_queue(project, dataset):
    for wrong in ({"steps": 0}, {"stepps": 5}, {"preset": "fast"}):
        with pytest.raises(UserError):
            train.start(project, "gan", dataset, **wrong)
    with pytest.raises(UserError, match="gan"):
        train.start(project, "gam", dataset)
    assert project.runs() == []


def test_consent_is_asked_for_again_when_a_run_starts(project, dataset):
    project.set_consent([dataset.items[4]], Consent(state="withdrawn"))
    with pytest.raises(UserError, match=r"number 5 \(consent is withdrawn\)"):
        train.start(project, "gan", dataset, steps=1, **TINY)


def test_a_run_on_a_dataset_that_was_deleted_by_hand_says_what_to_do(project, dataset):
    run = train.start(project, "gan", dataset, steps=1, **TINY)
    (dataset.path / "dataset.json").unlink()
    assert run.wait(timeout=120) == "failed"
    assert run.error.fix


def test_a_task_freezes_a_dataset_in_the_background(project, dataset):
    recipe = augment.Recipe([augment.Resize(16)])
    task = jobs.background(project, "augment.build", recipe=recipe.as_plain(), name="small")
    assert task.wait(timeout=60) == "finished", task.log()
    assert task.result() == {"dataset": "small-v1"}
    assert project.dataset("small").counts["train"] == 24
    assert task.status["step"] == task.status["total"] == 24


def test_a_training_does_not_hold_up_a_task(project, dataset):
    run = train.start(project, "gan", dataset, steps=100_000, **TINY)
    until(lambda: run.state == "running")
    task = jobs.background(project, "augment.build", recipe=[], name="small")
    assert task.wait(timeout=60) == "finished", task.log()
    assert run.state == "running"
    train.stop(run)
    run.wait(timeout=60)


def test_an_error_in_a_task_comes_back_as_the_same_three_lines(project):
    task = jobs.background(project, "augment.build", recipe=[], name="nothing")
    assert task.wait(timeout=60) == "failed"
    with pytest.raises(UserError, match="Collect some first"):
        task.result()


@pytest.mark.parametrize("function", ["os.system", "augment._prepare", "augment", "project.Project"])
def test_only_public_functions_of_a_capability_run_in_the_background(project, function):
    with pytest.raises(UserError):
        jobs.background(project, function)


def test_an_estimate_is_measured_once_and_kept(project, dataset):
    first = train.estimate(project, "gan", dataset, steps=1000, **TINY)
    again = train.estimate(project, "gan", dataset, steps=2000, **TINY)
    assert 0 < first.minutes < again.minutes < 2 * first.minutes + 0.01
    assert 0 < first.first_sample < first.minutes * 60
    assert str(first).startswith("about ")
    assert not processes_of(Project.open(project.path).path)
