"""The reporter: what a trainer reports survives a return to an earlier checkpoint in the middle of a run."""

from __future__ import annotations

import signal

import pytest

from lib.errors import UserError
from lib.jobs.reporter import Reporter
from lib.media.files import write_json
from lib.project.runs import Run


def test_going_back_to_a_checkpoint_forgets_the_steps_after_it_and_no_others(tmp_path):
    write_json(tmp_path / "request.json", {"seed": 1, "model": "gan"})
    run = Run(tmp_path)
    run.set_status(state="running")
    reporter = Reporter(run, "cpu")
    for n in range(1, 31):
        reporter.step(n, 40, loss=n)
        if n == 15:
            reporter.checkpoint({"step": n})
    assert reporter.restore()["step"] == 15
    for n in range(16, 41):
        reporter.step(n, 40, loss=-n)
    reporter.close()
    assert [(line["step"], line["loss"]) for line in run.metrics()] == [
        (n, n if n <= 15 else -n) for n in range(1, 41)
    ]


def test_the_numbers_of_all_steps_before_a_checkpoint_are_on_the_disk_with_it(tmp_path):
    write_json(tmp_path / "request.json", {"seed": 1, "model": "gan"})
    run = Run(tmp_path)
    run.set_status(state="running")
    reporter = Reporter(run, "cpu")
    for n in range(1, 14):
        reporter.step(n, 40, loss=n)
    reporter.checkpoint({"step": 13})
    assert [line["step"] for line in run.metrics()] == list(range(1, 14))     # nothing was closed: as if it were killed now


@pytest.mark.parametrize("left", ["", '{"step": 1, "los', '{"step": 1, "loss": 1}\n{"st', '{"step": 1}\n{"step": 1}\n{"step": 2}\n{"step": 9}\n'])
def test_whatever_a_kill_left_of_the_numbers_each_step_is_there_once(tmp_path, left):
    write_json(tmp_path / "request.json", {"seed": 1, "model": "gan"})
    run = Run(tmp_path)
    run.set_status(state="running")
    (tmp_path / "metrics.jsonl").write_text(left)
    first = Reporter(run, "cpu")
    assert first.restore() is None
    for n in range(1, 8):
        first.step(n, 10)
    first.close()
    assert [line["step"] for line in run.metrics()] == list(range(1, 8))


def test_numbers_for_which_there_is_no_room_leave_no_half_line(tmp_path):
    resource = pytest.importorskip("resource", reason="Windows cannot limit the size of a file")
    write_json(tmp_path / "request.json", {"seed": 1, "model": "gan"})
    run = Run(tmp_path)
    run.set_status(state="running")
    reporter, before = Reporter(run, "cpu"), resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(UserError, match="disk is full"):
            for n in range(1, 100):
                reporter.step(n, 100, loss=n)
        reporter.give_up()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    raw = (tmp_path / "metrics.jsonl").read_text()
    steps = [line["step"] for line in run.metrics()]
    assert raw.endswith("\n") and steps == list(range(1, len(steps) + 1)) and len(steps) > 5


def test_checkpoints_are_in_the_order_of_their_steps_however_many_digits_they_have(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    for step in (999_999, 1_000_000, 5):
        (tmp_path / "checkpoints" / f"step_{step:06d}.pt").touch()
    assert [path.stem for path in Run(tmp_path).checkpoints()] == ["step_000005", "step_999999", "step_1000000"]
