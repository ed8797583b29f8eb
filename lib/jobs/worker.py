"""The worker: `python -m lib.jobs.worker JOB_FOLDER LANE`. One process, one job, from the lock to the last status.

It holds two locks while it lives: the device's (one run on each, machine-wide) and the job's (whoever has it writes the
status). A run touches only plain files; a task is a public function of a capability, called with the project.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import inspect
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from lib import models
from lib.errors import UserError, disk_full, is_disk_full
from lib.jobs import Task, devices, ending, priority
from lib.jobs.dispatcher import BUSY
from lib.jobs.reporter import GETTING_READY, Reporter, refuse_overflow, seed_everything
from lib.media import locks
from lib.media.files import write_bytes, write_json, write_text
from lib.media.kinds import kind_of
from lib.project.dataset_folder import DatasetFolder
from lib.project.folder import TASKS, moment
from lib.project.runs import LOCK, NOTE, RESULT, STOP, JobFolder, Run

_DEVICE_PATIENCE = 10.0  # seconds; another worker may just be letting go
_LOCK_PATIENCE = 2.0  # seconds; a reader may be looking
_STATUS_EVERY = 0.5  # seconds between two writings of a task's progress


def main(path: Path, lane: str) -> int:
    is_task = path.parent.name == TASKS
    job: Task | Run = Task(path) if is_task else Run(path)
    with contextlib.ExitStack() as held:
        for lock_path, patience in (
            (None if is_task else devices.lock_path(lane), _DEVICE_PATIENCE),
            (path / LOCK, _LOCK_PATIENCE),
        ):
            if lock_path:
                lock = locks.take(lock_path, patience)
                if not lock:
                    return BUSY
                held.enter_context(lock)
        if job.status["state"] != "queued":
            return 0  # somebody else did it, or stopped it
        priority.step_back(is_task)
        ending.clear(job)
        if _begin(job, lane):
            _work(job, lane)
            ending.clear(job)
    return 0


def _begin(job: JobFolder, lane: str) -> bool:
    """Says that it runs; False where the disk is so full that not even this can be written, which is then its end."""
    try:
        ending.prepare(job)
        job.set_status(
            state="running", started=moment(), pid=os.getpid(), lane=lane, sentence=GETTING_READY, error=None
        )
    except UserError as error:
        if not is_disk_full(error):
            raise
        _end_badly(job, disk_full(job.path))
        return False
    return True


def _work(job: Task | Run, lane: str) -> None:
    """Does the job and writes how it ended. Whatever goes wrong becomes three short lines for a person."""
    try:
        ended = _do_task(job) if isinstance(job, Task) else _train(job, lane)
    except UserError as error:
        _end_badly(job, error)
    except (KeyboardInterrupt, Exception) as error:
        traceback.print_exc()
        _end_badly(job, _in_plain_words(error, job))
    else:
        sentence = {"finished": "Finished.", "stopped": "Stopped; it can go on from here."}[ended]
        ending.end(job, state=ended, finished=moment(), sentence=sentence)
    if isinstance(job, Run):
        write_note(job)


def _train(run: Run, lane: str) -> str:
    seed_everything(int(run.request["seed"]))
    reporter = Reporter(run, device=lane.partition(":")[0], notes=run.status.get("notes"))
    # A run goes on where it began: the arithmetic of another device is another.
    reporter.device = reporter.machine("device", lambda: _usable(reporter.device, reporter))
    _listen_for_the_end(reporter)
    write_note(run)
    _check_dataset(run)
    try:
        models.trainer(run.model)(run.dataset_path, reporter, _settings(run))
    except BaseException:
        reporter.give_up()
        raise
    reporter.close()
    if run.result is None:
        return "stopped"
    add_preview(run)
    write_text(run.path / RESULT / "card.md", card(run))
    return "finished"


def _check_dataset(run: Run) -> None:
    """A run goes on with the data that it was asked for, or not at all. Raises UserError."""
    asked = run.request["dataset"]
    if DatasetFolder(run.dataset_path).manifest["hash"] != asked["hash"]:
        raise UserError(
            f"{asked['name']} is not the dataset that this run was asked for.",
            "Its folder was replaced by another one of the same name.",
            "Start a new run on the dataset that is there now.",
        )


def _settings(run: Run):
    """The settings as they were asked for; an earlier run to start from is found beside this one, wherever the project lies."""
    settings = dict(run.settings)
    if settings.get("transfer_from"):
        settings["transfer_from"] = str(run.path.parent / settings["transfer_from"])
    return models.settings_class(run.model)(**settings)


def _usable(device: str, reporter: Reporter) -> str:
    """The device itself, or the processor where torch cannot use the graphics card; then it says so."""
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        reporter.note("There is a graphics card, but this installation cannot use it; the processor does the work.")
        return devices.CPU
    return device


def _do_task(task: Task) -> str:
    from lib.project import Project

    capability, _, name = task.request["function"].partition(".")
    module = importlib.import_module(f"lib.{capability}")
    if name not in getattr(module, "__all__", ()):
        raise UserError(
            f"There is no function {task.request['function']!r}.", "", "Name a public one, like 'augment.build'."
        )
    function, project = getattr(module, name), Project.open(task.project_path, task.request["actor"])
    ways = {"progress": _Progress(task), "should_stop": (task.path / STOP).exists}
    taken = {key: way for key, way in ways.items() if key in inspect.signature(function).parameters}
    returned = function(project, **task.request["arguments"], **taken)
    if (task.path / STOP).exists() and returned is None:
        return "stopped"
    write_json(task.path / "result.json", {"returned": as_plain(returned)})
    return "finished"


class _Progress:
    """progress(done, total) of a task, written into its status."""

    def __init__(self, task: Task):
        self._task, self._began, self._last = task, time.monotonic(), 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last < _STATUS_EVERY and done < total:
            return
        self._last = now
        left = (now - self._began) / done * (total - done) if done else None
        self._task.set_status(step=done, total=total, seconds_left=left, sentence=f"{done} of {total}.")


def as_plain(value: Any) -> object:
    """A noun as plain values: a dataset by its folder's name, a report by its ids, anything else as JSON knows it."""
    if isinstance(value, Path):
        return value.name
    if isinstance(value, JobFolder):
        return value.id
    if hasattr(value, "manifest"):
        return {"dataset": value.path.name}
    if dataclasses.is_dataclass(value):
        if hasattr(value, "id"):
            return value.id
        return {field.name: as_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): as_plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(part) for part in value]
    return value


def _listen_for_the_end(reporter: Reporter) -> None:
    """A polite SIGTERM (the machine is shut down) is a request to stop: a checkpoint is saved first."""

    def stop(*_: object) -> None:
        reporter.stopping = True

    signal.signal(signal.SIGTERM, stop)


def _end_badly(job: JobFolder, error: UserError) -> None:
    print(f"\n{error}", flush=True)
    ending.end(job, state="failed", finished=moment(), sentence=error.what, error=error.as_dict())


def _in_plain_words(error: BaseException, job: JobFolder) -> UserError:
    if is_disk_full(error):
        return disk_full(job.path)
    return refuse_overflow(error) or UserError(
        "It ended because of a mistake in the program.",
        f"{type(error).__name__}: {error}",
        "Try to continue it; if that fails too, send log.txt from its folder to the makers.",
    )


def add_preview(run: Run) -> None:
    """The first thing of the sample of what plays: preview.png, preview.txt or preview.wav."""
    for shown in run.shown[:1]:
        write_bytes(run.path / RESULT / f"preview{shown.suffix}", shown.read_bytes())


def card(run: Run) -> str:
    """The model's card, from what really happened."""
    about, request, status = models.card(run.model), run.request, run.status
    data, earlier = request["dataset"], request["settings"].get("transfer_from")
    began = f"Started from the earlier run {earlier}, then trained" if earlier else "Trained from nothing"
    lines = [
        f"# {about.title}: {data['name']}",
        "",
        *about.what,
        "",
        f"- {began} on {len(data['items'])} datapoints of the dataset {data['name']} (hash {data['hash'][:12]}).",
        f"- {status['step']} steps, seed {request['seed']}, on {status['lane']}.",
        f"- Method: {about.paper}",
        f"- Licence: {about.licence} Ask the people whose data it is before you share it.",
        f"- Starts from {models.starts_from(run.model, request['settings'])}",
        "",
        f"What is in the file “preview” was made by this model: {kind_of(about.makes).many} of the same seeds as its samples.",
    ]
    return "\n".join(lines) + "\n"


def write_note(run: Run) -> None:
    """run.md, for people: who asked what, how it went, what to try next."""
    request, status = run.request, run.status
    data, changed, title = request["dataset"], request["changed"], models.card(run.model).title
    lines = [
        f"# {run.id}",
        "",
        f"{request['actor']} asked for a {title} on {data['name']} ({len(data['items'])} datapoints).",
        f"It is {status['state']}: {status['sentence']}",
        "",
        "## Settings",
        *(f"- {name}: {value}{' (chosen)' if name in changed else ''}" for name, value in request["settings"].items()),
        "",
        "## How it went",
        *(f"- {note}" for note in status.get("notes", [])),
    ]
    if status.get("error"):
        lines += [f"- {status['error'][part]}" for part in ("what", "why", "fix") if status["error"][part]]
    lines += ["", "## What to try next", _what_next(status["state"])]
    with contextlib.suppress(UserError, OSError):
        write_text(run.path / NOTE, "\n".join(lines) + "\n", durable=False)


def _what_next(state: str) -> str:
    return {
        "finished": "Play with it; look through its samples; train longer, or on more data of your own.",
        "stopped": "Continue it where it stopped, or play with its last checkpoint.",
        "failed": "Do what the last lines above say, then continue it: everything up to the last checkpoint is safe.",
    }.get(state, "Watch the samples: the same seeds at every step.")


if __name__ == "__main__":
    ending.print_what_fits()
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
