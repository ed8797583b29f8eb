"""Runs: one training as a folder. The folder is the whole truth; this file reads it, and says what state it is in.

`JobFolder` is what a run and a short task have in common (status, lock, stop, log); `Run` adds numbers, samples and the
model. Whoever holds worker.lock writes status.json. A job that says it is running while its lock is free is *lost*:
its worker died, and it can go on from its last checkpoint.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.media import locks
from lib.media.files import edition, read_json, read_json_lines, write_json
from lib.project.folder import PROJECT_FILE, RUNS, clear_forgotten, moment, now

if TYPE_CHECKING:
    from lib.project.project import Project

REQUEST, STATUS, METRICS, LOG, LOCK, STOP, NOTE = (
    "request.json", "status.json", "metrics.jsonl", "log.txt", "worker.lock", "STOP", "run.md",
)  # fmt: skip
SAMPLE_NOW, MACHINE, WITHDRAWN = "SAMPLE", "machine.json", "withdrawn.json"
SAMPLES, CHECKPOINTS, RESULT = "samples", "checkpoints", "result"
ELSEWHERE = "elsewhere.json"  # of a run that was trained on another computer: on which, by whom, with what energy
LIVE = "live"  # the model once more, as a browser runs it (lib/share)
INSIDE, INSIDE_FACTS = "inside.safetensors", "inside.json"  # in it, of a model that can be looked into while it learns (lib/train/inside.py)
KEPT = "kept"  # what a model keeps word for word of its data: kept/<id of the item>/…, of several: kept/<id>+<id>/…
REMOVED = ".removed"  # in runs/: where a run that was taken away lies, until it is brought back or deleted for good

STATES = ("queued", "running", "finished", "stopped", "failed", "lost")
OVER = ("finished", "stopped", "failed", "lost")  # nothing more happens unless somebody resumes it
SCHEMA = 1

_LOOK_EVERY = 0.1  # seconds between two looks of wait()
_LOG_TAIL = 65_536  # bytes

# lib/jobs puts the way to wake a dispatcher here, so that a waiting run is not forgotten if its dispatcher was killed.
wake: Callable[[Path], object] = lambda workspace: None


_DAMAGED = UserError(
    "The folder of this job is damaged.",
    "A file in it is gone or cannot be read; perhaps it was changed by hand, or the power failed.",
    "Start it anew; what is left in the folder can be looked at in a file browser.",
)


class JobFolder:
    """A job on disk. `path` is its folder, `id` the folder's name."""

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path).resolve()

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def request(self) -> dict:
        """What was asked; written once. Raises UserError if the file is gone or damaged."""
        try:
            return read_json(self.path / REQUEST)
        except (OSError, ValueError) as error:
            raise _DAMAGED from error

    @property
    def summary(self) -> dict:
        """What was asked without the long lists: dataset["count"] stands for dataset["items"]. For pages: read once while
        the file stays as it is. Raises UserError as `request` does."""
        file = self.path / REQUEST
        try:
            return {**_read_summary(file, edition(file))}
        except (OSError, ValueError) as error:
            raise _DAMAGED from error

    @property
    def status(self) -> dict:
        """state, step, total, sentence, queued, started, updated, finished, error. As written; `state` says what is so.

        A file that is gone or damaged (a folder deleted by hand, a pulled plug) reads as a failure that says so.
        """
        try:
            file = self.path / STATUS
            status = _read_status(file, edition(file))
            return {**status, "state": status["state"]}
        except (OSError, ValueError, TypeError, KeyError):
            return {"state": "failed", "step": 0, "total": 0, "sentence": _DAMAGED.what, "error": _DAMAGED.as_dict()}

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
        if not self.path.is_dir():
            raise _DAMAGED
        (self.path / STOP).touch()
        if self.state == "queued":
            wake(self.workspace)

    def log(self) -> str:
        """Everything that was printed."""
        path = self.path / LOG
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def log_tail(self) -> str:
        """The last lines of the log, some hundreds: enough to see, however long it is."""
        return tail(self.path / LOG, _LOG_TAIL)

    @property
    def is_stopping(self) -> bool:
        """True once somebody asked it to stop, until it has."""
        return (self.path / STOP).exists() and self.status["state"] in ("queued", "running")

    @property
    def project_path(self) -> Path:
        return self.path.parent.parent

    @property
    def workspace(self) -> Path:
        return self.project_path.parent

    def set_status(self, **changes: object) -> dict:
        """Replaces parts of status.json, atomically. Only for whoever holds the lock, or makes the folder."""
        path = self.path / STATUS
        status = {**(self.status if path.exists() else {}), **changes, "updated": moment()}
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
        return self.summary["model"]

    @property
    def settings(self) -> dict:
        return dict(self.summary["settings"])

    @property
    def is_reversed(self) -> bool:
        """True where it learns from pairs the other way round: to make the source of a target."""
        return bool(self.settings.get("reverse"))

    @property
    def dataset_path(self) -> Path:
        return self.project_path / self.summary["dataset"]["folder"]

    def metrics(self) -> list[dict]:
        """One dict a report: step, seconds (since the start of training, pauses left out), and the model's own numbers."""
        return read_json_lines(self.path / METRICS)

    def samples(self) -> list[Path]:
        """The samples, oldest first, of the same seeds in each step: a strip of pictures, or a file for each text or sound.

        None once data was withdrawn.
        """
        return [] if self.withdrawn else _by_step((self.path / SAMPLES).glob("step_*[0-9].*"))

    @property
    def shown(self) -> list[Path]:
        """Of the samples those of the step that plays: of its best one, where the result says so, else of the last."""
        samples = self.samples()
        steps = [step_of(path) for path in samples]
        best = read_json(self.result / "model.json").get("best_step") if self.result else None
        step = best if best in steps else max(steps, default=0)
        return [path for path in samples if step_of(path) == step]

    def checkpoints(self) -> list[Path]:
        """What it can continue from, oldest first."""
        return _by_step((self.path / CHECKPOINTS).glob("step_*.pt"))

    @property
    def learned_from(self) -> list[str]:
        """The ids of all items that are in it: of its dataset, and of the earlier runs that it started from."""
        request = self.request
        return list(dict.fromkeys([*request["dataset"]["items"], *request.get("ancestors", {}).get("items", [])]))

    @property
    def edition(self) -> tuple:
        """Another value whenever `learned_from` or `withdrawn` may be another."""
        return edition(self.path / REQUEST), edition(self.path / WITHDRAWN)

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

    @property
    def elsewhere(self) -> dict | None:
        """Of a run that was trained on another computer: by, where, machine, kwh, counted, seconds, came; else None."""
        path = self.path / ELSEWHERE
        return read_json(path) if path.exists() else None

    def forget_kept(self, ids: set[str]) -> None:
        """Deletes what it kept word for word of these items, alone or with others; also samples that hold parts of them."""
        for folder in (self.path / KEPT).glob("*"):
            if ids.intersection(folder.name.split("+")):
                shutil.rmtree(folder)
        if ids.intersection(self._samples_made_of()):
            shutil.rmtree(self.path / SAMPLES)
            for preview in (self.path / RESULT).glob("preview.*"):
                preview.unlink()

    def _samples_made_of(self) -> list[str]:
        try:
            return list(read_json(self.path / SAMPLES / "grid.json").get("made_of", []))
        except (OSError, ValueError):
            return []

    def ask_for_sample(self) -> None:
        """Asks for a sample now, besides those that come by themselves."""
        (self.path / SAMPLE_NOW).touch()

    @property
    def sample_columns(self) -> int:
        """How many things each sample has (side by side, where they are pictures); 0 while there is none."""
        try:
            return int(read_json(self.path / SAMPLES / "grid.json")["columns"])
        except (OSError, ValueError, KeyError):
            return 0

    @property
    def sample_is_asked_for(self) -> bool:
        return (self.path / SAMPLE_NOW).exists()


def every(project: Project, removed: bool = False) -> list[Run]:
    """All runs, oldest first; removed: those that were taken away too. A folder without a readable request is passed over."""
    runs = []
    for folder in [project.path / RUNS] + ([project.path / RUNS / REMOVED] if removed else []):
        for status in folder.glob(f"[!.]*/{STATUS}"):
            with contextlib.suppress(UserError):
                run = Run(status.parent)
                runs.append((run.summary.get("asked", ""), run.id, run))
    return [run for *_, run in sorted(runs, key=lambda entry: entry[:2])]


def newest_first(project: Project) -> list[Run]:
    """All runs without reading any of them: by the minute in their names, then by when they were asked for."""
    runs = [Run(status.parent) for status in (project.path / RUNS).glob(f"[!.]*/{STATUS}")]
    return sorted(runs, key=lambda run: (run.id[:15], _asked_at(run), run.id), reverse=True)


def _asked_at(run: Run) -> int:
    try:
        return (run.path / REQUEST).stat().st_mtime_ns
    except OSError:
        return 0


def tail(path: Path, size: int) -> str:
    """The last lines of a text, about `size` bytes of it, beginning with a whole line. "" if there is none."""
    try:
        with open(path, "rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - size)
            file.seek(start)
            raw = file.read(2 * size)
    except OSError:
        return ""
    text = raw.decode("utf-8", errors="replace")
    return text.partition("\n")[2] if start else text


@functools.lru_cache(maxsize=1024)
def _read_status(path: Path, _edition: tuple[int, int]) -> dict:
    return read_json(path)


@functools.lru_cache(maxsize=512)
def _read_summary(path: Path, _edition: tuple[int, int]) -> dict:
    request = read_json(path)
    if "dataset" not in request:
        return request
    data = request["dataset"]
    short = {**{key: value for key, value in data.items() if key != "items"}, "count": len(data.get("items", []))}
    return {**request, "dataset": short, "ancestors": {"run": request.get("ancestors", {}).get("run")}}


def get(project: Project, which: object) -> Run:
    """By Run, folder or id. Raises UserError if it is not there, or lies in another project."""
    if not isinstance(which, Run | str | os.PathLike) or not str(which):
        raise UserError(f"{which!r} names no run.", "", "Give the run itself, its folder or its id.")
    path = which.path if isinstance(which, Run) else Path(which)
    for folder in (path, project.path / RUNS / path.name):
        if (folder / REQUEST).is_file():
            return _own(project, Run(folder))
    there = ", ".join(run.id for run in every(project)) or "none yet"
    raise UserError(
        f"There is no run {str(which)!r} in {project.name}.", f"There is: {there}.", "Choose one of these, or start one."
    )


def _own(project: Project, run: Run) -> Run:
    """Consent is kept in the project, so a run of another one cannot be played or started from here."""
    if run.project_path != project.path.resolve():
        raise UserError(f"The run {run.id} belongs to another project.", f"It lies in {run.project_path}.", "Open that project.")
    return run


def step_of(path: Path) -> int:
    """The step that a sample or a checkpoint is of, by its name: step_000500.png, step_000500_2.txt."""
    return int(path.stem.split("_")[1])


def _by_step(paths: Iterable[Path]) -> list[Path]:
    """step_000500.png before step_1000000.png, and step_000500_2.txt before step_000500_10.txt."""
    return sorted(paths, key=lambda path: [int(number) for number in path.stem.removeprefix("step_").split("_")])


def in_workspace(workspace: Path, folders: Iterable[str] = (RUNS,)) -> list[Path]:
    """The folders of all jobs in a workspace, in no order."""
    job_folders = []
    for project_file in workspace.glob(f"*/{PROJECT_FILE}"):
        for part in folders:
            job_folders += [status.parent for status in (project_file.parent / part).glob(f"[!.]*/{STATUS}")]
    return job_folders


# ---- holding: what withdrawal must reach ---------------------------------------------------------------------------


def touched(project: Project, gone: Iterable) -> list[Run]:
    """The runs whose dataset held one of these items, by the list that each run keeps."""
    ids = {item.id for item in gone}
    return [run for run in every(project, removed=True) if ids.intersection(run.learned_from)]


def forget(project: Project, gone: Iterable) -> None:
    """A trained model cannot unlearn: it is marked, and from then on neither resumed nor played. What it kept word for word
    of its data goes, and so does its copy for browsers. Train again without them."""
    ids = {item.id for item in gone}
    for run in touched(project, gone):
        before = (run.withdrawn or {}).get("items", [])
        items = sorted({*before, *ids.intersection(run.learned_from)})
        write_json(run.path / WITHDRAWN, {"items": items, "on": now()})
        run.forget_kept(ids)
        clear_forgotten(run.path)   # what a killed training had laid out for another program
        shutil.rmtree(run.path / LIVE, ignore_errors=True)
