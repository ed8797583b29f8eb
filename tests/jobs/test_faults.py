"""Faults that are really done: processes killed at any moment, a full disk. What was learned is never lost."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from lib import augment, jobs, train
from lib.errors import UserError, disk_full
from lib.jobs import worker
from lib.media import locks
from lib.media.files import read_json
from lib.project import Project
from lib.project.folder import making
from tests.conftest import ROOT, processes_of
from tests.jobs import busy
from tests.jobs.conftest import TINY
from tests.jobs.waiting import until
from tests.models.tiny_pipelines import tiny_base

STEPS = 60
LORA = dict(rank=2, batch=2, seed=3, stops=False, prompts="a digit", prior=2, prior_words="a digit")


def weights(run):
    return load_file(run.result / "model.safetensors")


def same(one, other) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def start(run, room: int = 0) -> subprocess.Popen:
    """A worker as the dispatcher starts it, printing into the run's log. room: the most bytes that a file of it may have; 0: any."""
    command = ["tests.jobs.limited", str(run.path), str(room)] if room else ["lib.jobs.worker", str(run.path), "cpu"]
    with open(run.path / "log.txt", "ab") as log:
        return subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def kill_worker(run) -> None:
    os.kill(run.status["pid"], signal.SIGKILL)


@pytest.mark.parametrize(("model", "steps"), [("gan", STEPS), ("pix2pix", 24), ("lora", 24)])
def test_a_killed_worker_is_lost_at_once_and_resumes_to_the_very_same_weights(project, dataset, model, steps):
    tiny = TINY
    if model == "pix2pix":
        dataset = augment.build_pairs(project, source=augment.Edges(), recipe=augment.Recipe([augment.Resize(64)]), name="pairs")
        tiny = TINY | {"width": 8}
    if model == "lora":
        tiny = LORA | {"base": str(tiny_base())}
    whole = train.start(project, model, dataset, steps=steps, **tiny)
    assert whole.wait(timeout=120) == "finished", whole.log()
    broken = train.start(project, model, dataset, steps=steps, **tiny)
    until(lambda: any(line["step"] >= max(12, steps // 4) for line in broken.metrics()))
    kill_worker(broken)
    until(lambda: broken.state == "lost", seconds=10)
    train.resume(broken)
    assert broken.wait(timeout=120) == "finished", broken.log()
    assert any("Going on from step" in note for note in broken.status["notes"])
    assert [line["step"] for line in broken.metrics()] == list(range(1, steps + 1))
    assert same(weights(whole), weights(broken))


@pytest.mark.real_processes
def test_a_run_outlives_its_dispatcher_and_the_next_in_the_queue_is_not_forgotten(project, dataset, home):
    first = train.start(project, "gan", dataset, steps=100_000, **TINY)
    second = train.start(project, "gan", dataset, steps=3, **TINY)
    until(lambda: first.state == "running" and first.status["step"])
    [process] = processes_of(home, "lib.jobs.dispatcher")
    process.kill()
    process.wait(10)
    assert first.state == "running"
    train.stop(first)
    assert first.wait(timeout=60) == "stopped"
    assert second.wait(timeout=120) == "finished", second.log()


STARTER = """
import sys, time
from lib import train
from lib.project import Project
project = Project.open(sys.argv[1])
run = train.start(project, "gan", "digits", steps=100000, width=4, batch=2)
print(run.id, flush=True)
time.sleep(600)
"""


@pytest.mark.real_processes
def test_a_run_outlives_whoever_started_it(project, dataset):
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, project.path],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    run = project.run(starter.stdout.readline().strip())
    until(lambda: run.state == "running" and run.status["step"])
    os.killpg(starter.pid, signal.SIGKILL)
    starter.wait(timeout=10)
    starter.stdout.close()
    reached = run.status["step"]
    until(lambda: run.status["step"] > reached)
    train.stop(run)
    assert run.wait(timeout=60) == "stopped"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot limit the size of a file")
def test_a_full_disk_is_said_plainly_and_the_run_goes_on_once_there_is_room(project, dataset, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    run = train.start(project, "gan", dataset, steps=STEPS, **TINY)
    assert start(run, room=60_000).wait(120) == 0   # bytes; a checkpoint is larger
    assert run.state == "failed"
    assert run.error.what == "The disk is full."
    assert not list((run.path / "checkpoints").glob(".*"))
    jobs.resume(run)
    assert start(run).wait(120) == 0
    assert run.state == "finished"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot limit the size of a file")
def test_a_disk_that_gets_full_leaves_a_lora_its_latest_checkpoint_from_which_it_goes_on(project, dataset, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    run = train.start(project, "lora", dataset, steps=24, base=str(tiny_base()), **LORA)
    child = start(run)
    until(lambda: run.checkpoints(), seconds=120)
    child.kill()
    child.wait()
    kept = run.checkpoints()[-1]
    reached, content = run.checkpoints(), kept.read_bytes()
    jobs.resume(run)
    assert start(run, room=len(content) // 2).wait(120) == 0
    assert (run.state, run.error.what) == ("failed", "The disk is full.")
    assert run.checkpoints() == reached and kept.read_bytes() == content and not list(run.path.rglob(".writing-*"))
    jobs.resume(run)
    assert start(run).wait(120) == 0
    assert run.state == "finished" and any("Going on from step" in note for note in run.status["notes"])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot limit the size of a file")
def test_wherever_the_disk_gets_full_it_is_said_and_nothing_half_is_left(project, dataset, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    for room in (1_500, 4_000, 60_000):  # bytes: not even the log; the numbers; a checkpoint
        run = train.start(project, "gan", dataset, steps=200, **TINY)
        (run.path / "log.txt").write_bytes(b"printed before\n" * 100)
        start(run, room)
        assert run.wait(timeout=120) == "failed" and run.error.what == "The disk is full." and run.error.fix
        until(lambda run=run: not run.is_alive(), seconds=60)
        assert not list(run.path.rglob(".writing-*")) and (run.path / "metrics.jsonl").read_text()[-1:] in ("", "\n")
        jobs.resume(run)
        assert run.state == "queued" and not run.status["error"]
    start(run)  # with room again
    until(lambda: run.checkpoints(), seconds=120)
    train.stop(run)
    assert run.wait(timeout=120) == "stopped"


def test_the_last_word_is_written_even_where_there_is_no_room_for_it(project, dataset, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    run = train.start(project, "gan", dataset, steps=STEPS, **TINY)

    def full(path, content, durable=True):
        raise disk_full(path) from OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("lib.project.runs.write_json", full)
        patch.setattr("lib.jobs.priority.step_back", lambda is_task: None)     # or all tests after this one would step back too
        worker.main(run.path, "cpu")
    assert (run.state, run.error.what) == ("failed", "The disk is full.")
    assert not run.is_alive()


def test_a_job_for_which_there_is_no_room_is_not_there_at_all(project, dataset, monkeypatch):
    def full(reserve):
        raise disk_full(reserve) from OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("lib.jobs.ending.reserve_space", full)
    with pytest.raises(UserError, match="disk is full"):
        train.start(project, "gan", dataset, steps=STEPS, **TINY)
    assert list((project.path / "runs").iterdir()) == [] and project.runs() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot fork a process that has torch already")
def test_a_dozen_kills_of_one_run_lose_no_number_and_leave_nothing_half_written(project, dataset, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    whole, killed = (train.start(project, "gan", dataset, steps=30, **TINY) for _ in range(2))
    chance = random.Random(7)
    start(whole)
    began = time.monotonic()
    assert whole.wait(timeout=120) == "finished", whole.log()
    took = time.monotonic() - began
    for _ in range(12):
        child = start(killed)
        time.sleep(chance.random() * took * 0.7)
        child.kill()    # or it has finished already
        until(lambda: not killed.is_alive(), seconds=60)
        if killed.state == "lost":
            jobs.resume(killed)
    start(killed)
    assert killed.wait(timeout=120) == "finished"
    assert [line["step"] for line in killed.metrics()] == list(range(1, 31))
    assert same(weights(whole), weights(killed))
    assert [path.name for path in killed.path.rglob(".*")] == []


def test_a_checkpoint_that_was_cut_off_is_passed_over_for_the_one_before(project, dataset):
    run = train.start(project, "gan", dataset, steps=2000, **TINY)  # a checkpoint every 100
    until(lambda: len(run.checkpoints()) >= 2)
    kill_worker(run)
    until(lambda: run.state == "lost", seconds=10)
    newest = run.checkpoints()[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    train.resume(run)
    until(lambda: run.state == "running" and any("Going on from" in note for note in run.status.get("notes", [])))
    train.stop(run)
    assert run.wait(timeout=60) == "stopped"


def test_a_polite_end_of_the_machine_saves_a_checkpoint(project, dataset):
    run = train.start(project, "gan", dataset, steps=100_000, **TINY)
    until(lambda: run.status["step"] >= 12)
    os.kill(run.status["pid"], signal.SIGTERM)
    assert run.wait(timeout=60) == "stopped"
    assert run.checkpoints()[-1].name == f"step_{run.status['step']:06d}.pt"


def test_status_and_lock_are_never_torn(project, dataset):
    """A reader that looks hundreds of times while a run goes never sees half a file or a false death."""
    run = train.start(project, "gan", dataset, steps=300, **TINY)
    seen = set()
    while (state := run.state) not in ("finished", "failed", "stopped"):
        seen.add(state)
        read_json(run.path / "status.json")
        time.sleep(0.003)  # else this reader takes a core from the run
    assert state == "finished", run.log()
    assert seen <= {"queued", "running"}


# ---- 50 random kills while people bring, label and freeze ------------------------------------------------------------


def until_killed(tell, told: list) -> None:
    """What was still told before the kill."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            told.append(tell.recv())


def test_fifty_kills_while_bringing_labelling_and_freezing_leave_nothing_half_done(project, tmp_path):
    chance, folder = random.Random(20), tmp_path / "work"
    folder.mkdir()
    # Each is a process of its own, but what it needs is imported once.
    processes = multiprocessing.get_context("spawn" if os.name == "nt" else "forkserver")
    processes.set_forkserver_preload(["tests.jobs.busy"])
    said, frozen = {}, set()
    for round in range(50):
        hear, tell = processes.Pipe(duplex=False)
        worker = processes.Process(target=busy.work, args=(project.path, folder, round, tell))
        worker.start()
        tell.close()
        # A different moment each time: after some things done, and then some way into whatever comes next.
        told = [hear.recv() for _ in range(chance.randrange(0, 8))]
        worker.join(timeout=chance.random() * 0.03)
        assert worker.is_alive()
        worker.kill()
        worker.join()
        until_killed(hear, told)
        hear.close()
        for what, *about in told:
            if what == "said":
                item_id, number = about
                said[item_id] = f"round {round}, number {number}"
            else:
                frozen.update(about)
        with sqlite3.connect(project.path / "project.db") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
    after = Project.open(project.path)
    items = after.items()
    assert [item.number for item in items] == list(range(1, len(items) + 1))
    for item in items:
        with Image.open(item.path) as picture:
            picture.load()
    captions = {item.id: item.caption for item in items}
    assert said and all(captions[item_id] == caption for item_id, caption in said.items())
    assert {dataset.path.name for dataset in after.datasets()} >= frozen and frozen
    assert all(dataset.verify() == [] for dataset in after.datasets())
    # The next one who works here clears away what the killed ones left.
    with making(after.path / "items"), making(after.path / "datasets"):
        pass
    left = [
        path.name
        for part in ("items", "datasets")
        for path in (after.path / part).iterdir()
        if path.name.startswith(".")
    ]
    assert left == []


def test_a_lock_is_free_as_soon_as_its_process_is_dead(tmp_path):
    code = "import sys, time; from lib.media.locks import take; held = take(sys.argv[1]); print('held', flush=True); time.sleep(99)"
    command = [sys.executable, "-c", code, str(tmp_path / "lock")]
    holder = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    assert locks.is_held(tmp_path / "lock")
    assert locks.take(tmp_path / "lock") is None
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert not locks.is_held(tmp_path / "lock")
    locks.take(tmp_path / "lock").release()
