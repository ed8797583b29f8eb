"""The reporter: what a trainer reports survives a return to an earlier checkpoint in the middle of a run."""

from __future__ import annotations

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


def test_checkpoints_are_in_the_order_of_their_steps_however_many_digits_they_have(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    for step in (999_999, 1_000_000, 5):
        (tmp_path / "checkpoints" / f"step_{step:06d}.pt").touch()
    assert [path.stem for path in Run(tmp_path).checkpoints()] == ["step_000005", "step_999999", "step_1000000"]
