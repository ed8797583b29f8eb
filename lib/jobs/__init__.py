"""Jobs: a training or a short task as a process of its own, which outlives the page, the notebook and the server.

    run = jobs.submit_run(project, name, request)     # what train.start does: writes a folder, wakes the dispatcher
    task = jobs.background(project, "augment.build", recipe=recipe.as_plain(), name="tulips-64")

A job is a folder in state *queued*. One dispatcher for each workspace (dispatcher.py) takes the queue in fair order and
starts a worker (worker.py) for each; the worker holds a lock while it lives, and reports through reporter.py.
"""

from __future__ import annotations

import contextlib
import datetime
import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.errors import UserError
from lib.jobs import ending
from lib.jobs.supervisor import Supervisor
from lib.media import locks
from lib.media.files import plainly, read_json, write_json
from lib.project import runs
from lib.project.folder import RUNS, TASKS, make_folder, making, moment, private, slug
from lib.project.runs import REMOVED, REQUEST, SCHEMA, STATUS, STOP, JobFolder, Run

if TYPE_CHECKING:
    from lib.project import Project

ROOT = Path(__file__).resolve().parent.parent.parent  # where `python -m lib.…` works
DISPATCHER_LOCK, DISPATCHER_PID = "dispatcher.lock", "dispatcher.pid"
CAPABILITIES = (
    "collect",
    "label",
    "augment",
    "train",
    "generate",
    "chat",
    "audio",
    "ledger",
    "trace",
    "share",
    "classroom",
)

_FINISHED_KEPT = 5  # finished tasks of one function that stay, to be looked at

class Task(JobFolder):
    """A short job in the background, such as freezing a dataset."""

    def result(self) -> dict:
        """What the function returned, in plain values. Raises its UserError if it failed, or one if it has not ended."""
        if self.error:
            raise self.error
        path = self.path / "result.json"
        if not path.exists():
            raise UserError("This task has no result yet.", f"It is {self.state}.", "Wait until it has finished.")
        return read_json(path)["returned"]


def submit_run(project: Project, name: str, request: dict) -> Run:
    """Puts a training in the queue. request: model, settings, changed, dataset {name, folder, hash, items}, seed, device."""
    return _submit(Run(_free_folder(project, name_of_run(request["model"], name))), project, request)


def name_of_run(model: str, name: str) -> str:
    """"2026-11-21_1403_gan_tulips": by this minute."""
    return f"{datetime.datetime.now():%Y-%m-%d_%H%M}_{model}_{slug(name)}"


def signed(project: Project, request: dict) -> dict:
    """A request as it is written down: with who asks, and when."""
    return {"schema": SCHEMA, **request, "actor": project.actor, "asked": moment()}


def _free_folder(project: Project, name: str) -> Path:
    """A new folder in runs/, of a name that no removed run has either: that one may be brought back."""
    passed_over = []
    while (project.path / RUNS / REMOVED / (folder := make_folder(project.path / RUNS, name)).name).exists():
        passed_over.append(folder)
    for empty in passed_over:
        with contextlib.suppress(OSError):  # the removed run has come back into it
            empty.rmdir()
    return folder


def background(project: Project, function: str, **arguments: object) -> Task:
    """Runs `function` ("augment.build": a public function of a capability) in the background.

    It is called with the project, the arguments (plain values), progress= and should_stop=.
    Raises UserError if there is no such function.
    """
    capability, _, name = function.partition(".")
    if capability not in CAPABILITIES or not _is_public(capability, name):
        raise UserError(
            f"There is no function {function!r} to run in the background.", "", "Name it like 'augment.build'."
        )
    try:
        json.dumps(arguments)
    except (TypeError, ValueError) as error:
        raise UserError("These arguments cannot be handed over.", f"{error}.", "Give plain values: recipe.as_plain().") from error
    _clear_finished(project, function)
    stamp = datetime.datetime.now().strftime("%Y-%m-%d_%H%M%S")
    folder = make_folder(project.path / TASKS, f"{stamp}_{capability}_{name}")
    return _submit(Task(folder), project, {"function": function, "arguments": arguments})


def _clear_finished(project: Project, function: str) -> None:
    """Deletes the older finished tasks of a function. What failed or was lost stays, and so does a result that tells of
    refusals, or of what is worth a look, until somebody has seen it."""
    finished = [task for task in tasks(project, function) if task.status["state"] == "finished"]
    for task in finished[_FINISHED_KEPT:]:
        with contextlib.suppress(UserError, OSError, ValueError, KeyError):
            if task.summary["function"] == function and not _tells_of_refusals(task):
                forget(task)


def _tells_of_refusals(task: Task) -> bool:
    returned = task.result()
    return isinstance(returned, dict) and bool(returned.get("refused_count") or returned.get("note_count"))


def forget(task: Task) -> None:
    """Deletes the folder of a task that is over: at once for all who look, even where this is interrupted."""
    with making(task.path.parent) as folder, contextlib.suppress(FileNotFoundError):
        os.rename(task.path, folder / task.id)


def tasks(project: Project, function: str = "") -> list[Task]:
    """The short jobs of a project, newest first. function: only those of one function ("augment.build")."""
    pattern = f"*_{function.replace('.', '_')}*" if function else "[!.]*"
    folders = [status.parent for status in (project.path / TASKS).glob(f"{pattern}/{STATUS}")]
    return [Task(path) for path in sorted(folders, key=lambda path: path.name, reverse=True)]


def under_way(project: Project) -> list[JobFolder]:
    """The runs and tasks of a project that wait or run, oldest first."""
    runs_ = [Run(status.parent) for status in (project.path / RUNS).glob(f"[!.]*/{STATUS}")]
    jobs = [job for job in (*runs_, *tasks(project)) if job.state in ("queued", "running")]
    return sorted(jobs, key=lambda job: job.status.get("queued", ""))


def queue_place(run: Run):
    """Where a waiting run stands: its Place (lib/jobs/queue.py), or None if it does not wait."""
    from lib.jobs.queue import place_of

    return place_of(run)


def _is_public(capability: str, name: str) -> bool:
    spec = importlib.util.find_spec(f"lib.{capability}")
    return spec is not None and name in importlib.import_module(f"lib.{capability}").__all__


def resume(job: JobFolder) -> None:
    """Puts a job that is stopped, failed or lost back in the queue.

    Raises UserError if it is finished or goes on already, and while the disk is full.
    """
    state = job.state
    if state in ("queued", "running"):
        raise UserError("There is nothing to resume.", f"It is {state} already.", "Watch it, or stop it first.")
    if state == "finished":
        raise UserError(
            "There is nothing to resume.", "It has finished.", "Train again with changes, or start from its result."
        )
    lock = locks.take(job.path / runs.LOCK, patience=2)
    if lock is None:
        raise UserError("There is nothing to resume.", "It goes on already.", "Watch it, or stop it first.")
    with lock:
        if job.status["state"] in ("queued", "finished"):
            raise UserError("There is nothing to resume.", "Somebody else was quicker.", "Look at how it goes.")
        ending.prepare(job)
        (job.path / STOP).unlink(missing_ok=True)
        job.set_status(state="queued", queued=moment(), error=None, sentence="Waiting for its turn.", finished=None)
    ensure_dispatcher(job.workspace)


def ensure_dispatcher(workspace: Path) -> None:
    """Starts the workspace's dispatcher if none is alive. Cheap enough to call at every look. Raises UserError on a full disk."""
    dispatchers.ensure(Path(workspace))


def _start_dispatcher(workspace: Path) -> subprocess.Popen:
    folder = private(workspace)
    with plainly(folder):
        folder.mkdir(parents=True, exist_ok=True)
        log = open(folder / "dispatcher.log", "ab")
    with log:
        return spawn(["lib.jobs.dispatcher", str(workspace)], log, dict(os.environ))


def _has_taken_its_lock(workspace: Path, pid: int) -> bool:
    """A dispatcher that has had its lock (it writes its number down then) and let go of it has looked for the last time."""
    try:
        return (private(workspace) / DISPATCHER_PID).read_text() == str(pid)
    except OSError:
        return False


dispatchers = Supervisor(
    lambda workspace: _start_dispatcher(workspace), lambda workspace: locks.is_held(private(workspace) / DISPATCHER_LOCK), _has_taken_its_lock, gives_up=False
)


def spawn(module_and_arguments: list[str], log, environment: dict[str, str]) -> subprocess.Popen:
    """Starts `python -m …` as a process of its own session: closing the terminal, the notebook or the server leaves it be."""
    apart: dict[str, Any] = (
        {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined]
        if os.name == "nt"
        else {"start_new_session": True}
    )
    command = [sys.executable, "-u", "-m", *module_and_arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, **apart
    )


def _submit(job: JobFolder, project: Project, request: dict):
    try:
        write_json(job.path / REQUEST, signed(project, request))
        ending.prepare(job)
        # Last, since a folder with a status is a job.
        job.set_status(state="queued", step=0, total=0, queued=moment(), sentence="Waiting for its turn.")
    except BaseException:
        shutil.rmtree(job.path, ignore_errors=True)
        raise
    ensure_dispatcher(job.workspace)
    return job


runs.wake = lambda workspace: ensure_dispatcher(workspace)
