"""Runs: one training as a folder. The folder is the whole truth; this file reads it, and says what state it is in.

`JobFolder` is what a run and a short task have in common (status, lock, stop, log); `Run` adds numbers, samples and the
model. Whoever holds worker.lock writes status.json. A job that says it is running while its lock is free is *lost*:
its worker died, and it can go on from its last checkpoint.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from lib.errors import UserError
from lib.media import locks
from lib.media.files import read_json, read_json_lines, write_json
from lib.project.folder import PROJECT_FILE, RUNS, moment, now

REQUEST, STATUS, METRICS, LOG, LOCK, STOP, NOTE = (
    "request.json", "status.json", "metrics.jsonl", "log.txt", "worker.lock", "STOP", "run.md",
)  # fmt: skip
SAMPLE_NOW, MACHINE, WITHDRAWN = "SAMPLE", "machine.json", "withdrawn.json"
SAMPLES, CHECKPOINTS, RESULT = "samples", "checkpoints", "result"

STATES = ("queued", "running", "finished", "stopped", "failed", "lost")
OVER = ("finished", "stopped", "failed", "lost")  # nothing more happens unless somebody resumes it
SCHEMA = 1

_LOOK_EVERY = 0.1  # seconds between two looks of wait()

# lib/jobs puts the way to wake a dispatcher here, so that a waiting run is not forgotten if its dispatcher was killed.
wake: Callable[[Path], object] = lambda workspace: None  # noqa: E731


class JobFolder:
    """A job on disk. `path` is its folder, `id` the folder's name."""

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path).resolve()

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def request(self) -> dict:
        """What was asked; written once."""
        return read_json(self.path / REQUEST)

    @property
    def status(self) -> dict:
        """state, step, total, sentence, queued, started, updated, finished, error. As written; `state` says what is so."""
        return read_json(self.path / STATUS)

    @property
    def state(self) -> str:
        """queued, running, finished, stopped, failed, or lost."""
        state = self.status["state"]
        if state != "running" or self.is_alive():
            return state
        # The worker may have ended between the two looks: what it wrote last counts.
        state = self.status["state"]
        return "lost" if state == "running" else state

    @property
    def error(self) -> UserError | None:
        error = self.status.get("error")
        return UserError(**error) if error else None

    def is_alive(self) -> bool:
        """True while a worker holds the lock: the only proof of life."""
        return locks.is_held(self.path / LOCK)

    def wait(self, timeout: float | None = None) -> str:
        """Waits until nothing more happens, and returns the state then.

        timeout: seconds; after them the state as it is, and the job goes on.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (state := self.state) not in OVER:
            if until is not None and time.monotonic() >= until:
                return state
            if state == "queued":
                wake(self.workspace)
            time.sleep(_LOOK_EVERY)
        return state

    def ask_to_stop(self) -> None:
        """Asks it to save a checkpoint and end; a queued one is stopped before it starts."""
        (self.path / STOP).touch()
        if self.state == "queued":
            wake(self.workspace)

    def log(self) -> str:
        """Everything that was printed."""
        path = self.path / LOG
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def project_path(self) -> Path:
        return self.path.parent.parent

    @property
    def workspace(self) -> Path:
        return self.project_path.parent

    def set_status(self, **changes: object) -> dict:
        """Replaces parts of status.json, atomically. Only for whoever holds the lock, or makes the folder."""
        path = self.path / STATUS
        status = {**(read_json(path) if path.exists() else {}), **changes, "updated": moment()}
        write_json(path, status, durable=changes.get("state") is not None)
        return status

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JobFolder) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r}, {self.state})"


class Run(JobFolder):
    """One training. Start it with `train.start`, and read it here, while it goes or years later."""

    @property
    def model(self) -> str:
        return self.request["model"]

    @property
    def settings(self) -> dict:
        return self.request["settings"]

    @property
    def dataset_path(self) -> Path:
        return self.project_path / self.request["dataset"]["folder"]

    def metrics(self) -> list[dict]:
        """One dict a report: step, seconds (since the start of training, pauses left out), and the model's own numbers."""
        return read_json_lines(self.path / METRICS)

    def samples(self) -> list[Path]:
        """The sample strips, oldest first: the same seeds from left to right in each."""
        return sorted((self.path / SAMPLES).glob("step_*.png"))

    def checkpoints(self) -> list[Path]:
        """What it can continue from, oldest first."""
        return sorted((self.path / CHECKPOINTS).glob("step_*.pt"))

    @property
    def result(self) -> Path | None:
        """The folder of the finished model, or None while there is none."""
        folder = self.path / RESULT
        return folder if (folder / "model.json").exists() else None

    @property
    def withdrawn(self) -> dict | None:
        """What was withdrawn from its data since, or None."""
        path = self.path / WITHDRAWN
        return read_json(path) if path.exists() else None

    def ask_for_sample(self) -> None:
        """Asks for a sample now, besides those that come by themselves."""
        (self.path / SAMPLE_NOW).touch()


def every(project) -> list[Run]:
    """All runs, oldest first."""
    folders = [request.parent for request in (project.path / RUNS).glob(f"[!.]*/{REQUEST}")]
    runs = [Run(folder) for folder in folders if (folder / STATUS).exists()]
    return sorted(runs, key=lambda run: (run.status.get("queued") or "", run.id))


def get(project, which: object) -> Run:
    """By Run, folder or id. Raises UserError if it is not there."""
    if isinstance(which, Run):
        return which
    for folder in (Path(which), project.path / RUNS / Path(which).name):
        if (folder / REQUEST).is_file():
            return Run(folder)
    there = ", ".join(run.id for run in every(project)) or "none yet"
    raise UserError(
        f"There is no run {which!r} in {project.name}.", f"There is: {there}.", "Choose one of these, or start one."
    )


def in_workspace(workspace: Path, folders: Iterable[str] = (RUNS,)) -> list[Path]:
    """The folders of all jobs in a workspace, in no order."""
    found = []
    for project_file in workspace.glob(f"*/{PROJECT_FILE}"):
        for part in folders:
            found += [status.parent for status in (project_file.parent / part).glob(f"[!.]*/{STATUS}")]
    return found


# ---- holding: what withdrawal must reach ---------------------------------------------------------------------------


def touched(project, gone: Iterable) -> list[Run]:
    """The runs whose dataset held one of these items, by the list that each run keeps."""
    ids = {item.id for item in gone}
    return [run for run in every(project) if ids.intersection(run.request["dataset"]["items"])]


def forget(project, gone: Iterable) -> None:
    """A trained model cannot unlearn: it is marked, and from then on neither played nor shown. Train again without them."""
    ids = {item.id for item in gone}
    for run in touched(project, gone):
        before = (run.withdrawn or {}).get("items", [])
        items = sorted({*before, *ids.intersection(run.request["dataset"]["items"])})
        write_json(run.path / WITHDRAWN, {"items": items, "on": now()})
