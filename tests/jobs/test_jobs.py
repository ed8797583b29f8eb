"""Jobs: started, watched, stopped, resumed, in a fair queue, each in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time

import pytest
from PIL import Image

from lib import augment, collect, generate, jobs, train
from lib.errors import UserError
from lib.jobs import dispatcher
from lib.media import locks
from lib.project import Consent, Project, derived_data
from lib.train import estimates
from tests.conftest import ROOT, processes_of
from tests.jobs.conftest import TINY
from tests.jobs.waiting import until


@pytest.mark.real_processes
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


@pytest.mark.real_processes
def test_a_second_dispatcher_steps_aside(home):
    with locks.take(home / ".handmade" / jobs.DISPATCHER_LOCK):
        done = subprocess.run(
            [sys.executable, "-m", "lib.jobs.dispatcher", str(home)], cwd=ROOT, timeout=60, check=False
        )
    assert done.returncode == 0


def serve_with_workers(home, monkeypatch, worker) -> list:
    """Lets a dispatcher work in this process, with what worker(1), worker(2) … return in place of each worker. Returns the starts."""
    starts = []
    monkeypatch.setattr(dispatcher, "spawn", lambda command, log, environment: starts.append(command) or worker(len(starts)))
    dispatcher.Dispatcher(home).serve()
    return starts


@pytest.fixture
def waiting(project, dataset, monkeypatch):
    """A run that nobody starts by itself."""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    return train.start(project, "gan", dataset, steps=1, **TINY)


def test_a_worker_that_never_begins_is_tried_twice_and_then_named(waiting, home, monkeypatch):
    run = waiting
    starts = serve_with_workers(home, monkeypatch, lambda _: subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"]))
    assert len(starts) == 2
    assert run.state == "failed"
    assert "could not be started" in run.error.what


def test_a_run_continued_while_its_process_is_still_leaving_is_no_failed_start(waiting, home, monkeypatch):
    def worker(start):
        """It is stopped at once, and somebody presses Continue before its process is gone; three times over."""
        waiting.set_status(state="stopped")
        if start < 4:
            jobs.resume(waiting)
        return subprocess.Popen([sys.executable, "-c", ""])

    assert len(serve_with_workers(home, monkeypatch, worker)) == 4
    assert waiting.state == "stopped" and waiting.error is None


def test_a_bad_setting_never_reaches_the_queue(project, dataset):
    for wrong in ({"steps": 0}, {"stepps": 5}, {"preset": "fast"}):
        with pytest.raises(UserError):
            train.start(project, "gan", dataset, **wrong)
    with pytest.raises(UserError, match="gan"):
        train.start(project, "gam", dataset)
    assert project.runs() == []


def test_consent_is_asked_for_again_when_a_run_starts(project, dataset):
    project.set_consent([dataset.items[4]], Consent(state="withdrawn"))
    for ask in (train.start, train.estimate):
        with pytest.raises(UserError, match=r"number 5 \(consent was withdrawn\)"):
            ask(project, "gan", dataset, steps=1, **TINY)


def test_a_run_that_waited_or_stopped_while_somebody_withdrew_does_not_begin(project, dataset):
    first = train.start(project, "gan", dataset, steps=100_000, **TINY)
    until(lambda: first.status["step"])
    second = train.start(project, "gan", dataset, steps=3, **TINY)
    project.set_consent([dataset.items[4]], Consent(state="withdrawn"))
    train.stop(first)
    assert first.wait(timeout=60) == "stopped"
    assert second.wait(timeout=60) == "failed"
    assert "number 5 (consent was withdrawn)" in second.error.why
    with pytest.raises(UserError, match="is not resumed"):
        train.resume(first)


def test_one_bad_job_never_holds_up_the_others(project, dataset, home):
    for name, status, request in (
        ("empty", "{}", "{}"),
        ("torn", '{"state": "queued"}', '{"mod'),
        ("odd", '{"state": "queued"}', '{"device": 5, "dataset": {}}'),
        ("gone", '{"state": "queued"}', None),
    ):
        folder = project.path / "runs" / name
        folder.mkdir()
        (folder / "status.json").write_text(status)
        if request is not None:
            (folder / "request.json").write_text(request)
    run = train.start(project, "gan", dataset, steps=1, **TINY)
    assert run.wait(timeout=120) == "finished", run.log()
    until(lambda: not processes_of(home), seconds=20)  # the dispatcher ends
    assert {project.run("torn").state, project.run("odd").state, project.run("empty").state} == {"failed"}
    assert run in project.runs()


def test_a_folder_that_was_deleted_by_hand_says_so(project, dataset):
    run = train.start(project, "gan", dataset, steps=100_000, **TINY)
    until(lambda: run.status["step"])
    for process in processes_of(run.path):
        process.kill()
        process.wait(10)
    shutil.rmtree(run.path)
    assert run.state == "failed"
    assert "failed" in repr(run)
    with pytest.raises(UserError, match="damaged"):
        train.stop(run)


def test_a_job_queued_while_the_dispatcher_is_ending_is_not_forgotten(project, dataset, home, monkeypatch):
    """One that let go of its lock and has not quite ended yet will not look again: another one is started."""
    ending = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    corner = home / ".handmade"
    corner.mkdir(exist_ok=True)
    (corner / jobs.DISPATCHER_PID).write_text(str(ending.pid))
    monkeypatch.setitem(jobs.dispatchers._children, home, (ending, time.time()))
    task = jobs.background(project, "augment.build", recipe=[], name="small")
    until(lambda: task.state == "finished", seconds=60)
    ending.communicate(b"\n")


def test_a_dataset_that_was_exchanged_under_a_run_is_noticed(project, dataset):
    run = train.start(project, "gan", dataset, steps=100_000, **TINY)
    until(lambda: run.status["step"])
    train.stop(run)
    run.wait(timeout=60)
    shutil.rmtree(dataset.path)
    other = augment.build(project, augment.Recipe([augment.Resize(32), augment.Mirror()]), name="digits")
    assert other.version == 2  # a number that was trained on is never given again
    other.path.rename(dataset.path)
    train.resume(run)
    assert run.wait(timeout=60) == "failed"
    assert "replaced" in run.error.why


def test_starting_from_an_earlier_run_keeps_the_way_back_to_its_people(project, dataset, tmp_path):
    first = train.start(project, "gan", dataset, steps=2, **TINY)
    assert first.wait(timeout=120) == "finished", first.log()
    squares = tmp_path / "squares"
    squares.mkdir()
    for shade in range(12):
        Image.new("RGB", (32, 32), (shade * 20, 0, 90)).save(squares / f"{shade}.png")
    added = collect.add_files(project, squares, consent=Consent(state="given", purposes=["train"])).added
    own = augment.build(project, augment.Recipe(), name="squares", only=[item.id for item in added])
    second = train.start(project, "gan", own, steps=2, transfer_from=first, **TINY)
    assert second.wait(timeout=120) == "finished", second.log()
    assert set(second.learned_from) == {*own.items, *dataset.items}
    gone = [project.item(dataset.items[0])]
    assert {run.id for run in derived_data.touched(project, gone)["runs"]} == {first.id, second.id}
    project.set_consent(gone, Consent(state="withdrawn"))
    with pytest.raises(UserError, match="is not played"):
        generate.images(project, second, count=1)
    with pytest.raises(UserError, match="is not started from"):
        train.start(project, "gan", own, steps=2, transfer_from=second, **TINY)


@pytest.mark.parametrize(
    "wrong", [{"device": 0}, {"device": "gpu"}, {"seed": "abc"}, {"seed": 2**70}, {"seed": None}, {"transfer_from": 5}]
)
def test_what_makes_no_sense_is_refused_before_the_queue(project, dataset, wrong):
    with pytest.raises(UserError):
        train.start(project, "gan", dataset, **wrong)
    for call in (train.stop, train.resume):
        with pytest.raises(UserError, match="project.run"):
            call("2026-11-21_1200_gan_x")


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


def test_an_estimate_is_measured_once_and_kept(project, dataset, monkeypatch):
    monkeypatch.setattr(estimates, "_machine_is_busy", lambda: False)
    monkeypatch.setattr(estimates, "_BUSY", float("inf"))  # other tests run beside this one
    first = train.estimate(project, "gan", dataset, steps=1000, **TINY)
    again = train.estimate(project, "gan", dataset, steps=2000, **TINY)
    assert 0 < first.minutes < again.minutes < 2 * first.minutes + 0.01
    assert 0 < first.first_sample < first.minutes * 60
    assert str(first).startswith("about ") and not first.rough
    assert not processes_of(Project.open(project.path).path)


def test_an_estimate_on_a_busy_machine_is_rough_and_not_kept(project, dataset, monkeypatch):
    tried = []
    monkeypatch.setattr(estimates, "_probe", lambda *_: tried.append(1) or {"start": 1.0, "step": 0.1, "sample": 0.1})
    for busy, rough, trials in ((True, True, 1), (False, False, 2), (True, False, 2)):
        monkeypatch.setattr(estimates, "_machine_is_busy", lambda busy=busy: busy)
        guess = train.estimate(project, "gan", dataset, **TINY)
        assert guess.rough is rough
        assert ("busy" in str(guess)) is rough
        assert len(tried) == trials
