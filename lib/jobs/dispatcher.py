"""The dispatcher of a workspace: `python -m lib.jobs.dispatcher WORKSPACE`. It starts what waits, in fair order, and ends.

There is one for each workspace (it holds a lock there). It starts one run on each device at a time, a few short tasks
beside them, and what is fetched beside those, every worker in a session of its own, so that workers live on if the dispatcher dies; a new dispatcher
sees by their locks what is in use. It is started by whoever puts something in the queue, and ends when nothing waits
and none of its workers lives.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lib.errors import UserError, disk_full, is_disk_full
from lib.jobs import DISPATCHER_LOCK, DISPATCHER_PID, devices, ending, spawn
from lib.jobs.fair_order import Waiting, fair_order, last_served
from lib.media import locks
from lib.media.files import GONE, edition, read_json, write_text
from lib.project import Project, runs
from lib.project.consent import require_run
from lib.project.folder import RUNS, TASKS, moment, private
from lib.project.runs import LOCK, LOG, MACHINE, REQUEST, STATUS, STOP, JobFolder, Run

POLL = 0.25  # seconds between two looks at the queue
BUSY = 75  # a worker's exit code for "somebody else has the lock": no fault of the job's
_STARTS = 2  # a worker that dies this often before it takes its lock makes the job failed
_FETCHING = frozenset({"train.fetch_base", "train.look_at_base", "augment.fetch_background_model", "chat.pull"})  # tasks that wait for the network, not for this machine
_FETCH_LANES = ("fetch-0", "fetch-1")
_TASK_LANES = tuple(f"task-{number}" for number in range(max(1, (os.cpu_count() or 2) // 2)))


@dataclass
class Dispatcher:
    workspace: Path
    children: dict[Path, tuple[str, subprocess.Popen]] = field(default_factory=dict)  # job -> (lane, worker)
    failed_starts: dict[tuple[Path, str], int] = field(default_factory=dict)
    _seen: dict[Path, tuple[tuple[int, int], dict]] = field(default_factory=dict)  # (time of its last change, status)
    _actors: dict[Path, str] = field(default_factory=dict)

    def serve(self) -> None:
        """Works until nothing waits and no worker of its own lives."""
        while True:
            self._reap()
            statuses = self._look()
            waiting = self._queue(statuses)
            if not waiting and not self.children:
                return
            for job in fair_order(waiting, last_served(statuses, self._actor_of)):
                with self._blaming(job.path):
                    self._consider(job)
            time.sleep(POLL)

    def clear_up(self) -> None:
        """Takes away what killed workers left half written, where nobody has gone on with their jobs yet."""
        for path, status in self._look().items():
            if status["state"] == "running" and (lock := locks.take(path / LOCK)):
                with lock:
                    ending.clear(JobFolder(path))

    def _queue(self, statuses: dict[Path, dict]) -> list[Waiting]:
        """The queued jobs; one that cannot be understood has failed, and never holds up the others."""
        waiting = []
        for path, status in statuses.items():
            if status["state"] == "queued" and path not in self.children:
                with self._blaming(path):
                    waiting.append(self._waiting(path, status))
        return waiting

    @contextlib.contextmanager
    def _blaming(self, path: Path) -> Iterator[None]:
        """Whatever goes wrong with one job is that job's failure."""
        try:
            yield
        except Exception as error:
            traceback.print_exc()
            why = disk_full(path) if is_disk_full(error) else error if isinstance(error, UserError) else UserError(
                "This job could not be started.", f"{type(error).__name__}: {error}", "Start it anew with other settings."
            )
            with contextlib.suppress(UserError, OSError):
                self._fail(path, why)

    def _consider(self, job: Waiting) -> None:
        if (job.path / STOP).exists():
            self._end(job.path, state="stopped", sentence="Stopped before it began.")
            return
        if not job.lanes:
            raise UserError(
                "This machine has no graphics card.",
                "The run asks for one, or began on one.",
                "Start a new run with device='auto', or bring the card back.",
            )
        lane = next((lane for lane in job.lanes if self._is_free(lane)), None)
        if lane:
            _check_consent(job.path)
            self._start(job.path, lane)

    def _start(self, path: Path, lane: str) -> None:
        with open(path / LOG, "ab") as log:
            worker = spawn(["lib.jobs.worker", str(path), lane], log, devices.environment(lane))
        self.children[path] = (lane, worker)

    def _reap(self) -> None:
        for path, (_, worker) in list(self.children.items()):
            code = worker.poll()
            if code is None:
                continue
            del self.children[path]
            with self._blaming(path):
                # One that did its work ends with 0. If its job waits again by now, somebody was quick to continue it.
                status = JobFolder(path).status
                if code not in (0, BUSY) and status["state"] == "queued":
                    self._count_failed_start(path, status["queued"])

    def _count_failed_start(self, path: Path, queued: str) -> None:
        """queued: when it came into the queue. Each time that somebody asks for it anew, it has all its tries."""
        starts = self.failed_starts[path, queued] = self.failed_starts.get((path, queued), 0) + 1
        if starts >= _STARTS:
            self._fail(
                path,
                UserError(
                    "The training could not be started.",
                    f"Its process ended {_STARTS} times before it began.",
                    "Look at log.txt in its folder; setting up again (python3 start.py setup) often helps.",
                ),
            )

    def _fail(self, path: Path, error: UserError) -> None:
        self._end(path, state="failed", sentence=error.what, error=error.as_dict())

    def _end(self, path: Path, **changes: object) -> None:
        """Writes the status of a job that never started; only under its lock, and only if it still waits."""
        lock = locks.take(path / LOCK, patience=2)
        if lock is None:
            return
        with lock:
            job = JobFolder(path)
            if job.status["state"] == "queued":
                ending.end(job, finished=moment(), **changes)

    def _is_free(self, lane: str) -> bool:
        if any(taken == lane for taken, _ in self.children.values()):
            return False
        return lane in (*_TASK_LANES, *_FETCH_LANES) or not locks.is_held(devices.lock_path(lane))

    def _look(self) -> dict[Path, dict]:
        """The status of every job; a file that has not changed is not read again."""
        statuses = {}
        for path in runs.in_workspace(self.workspace, (RUNS, TASKS)):
            now = edition(path / STATUS)
            if now == GONE:
                continue  # deleted by hand while we looked
            if self._seen.get(path, (None,))[0] != now:
                self._seen[path] = (now, JobFolder(path).status)
            statuses[path] = self._seen[path][1]
        return statuses

    def _waiting(self, path: Path, status: dict) -> Waiting:
        """Raises UserError if its request cannot be read."""
        request = JobFolder(path).request
        return Waiting(path, request.get("actor", ""), status.get("queued", ""), _lanes(path, request))

    def _actor_of(self, path: Path) -> str:
        """Who asked for a job; read once, since a request never changes."""
        if path not in self._actors:
            try:
                self._actors[path] = read_json(path / REQUEST).get("actor", "")
            except (OSError, ValueError):
                return ""
        return self._actors[path]


def _lanes(path: Path, request: dict) -> tuple[str, ...]:
    """Where a job may run. What is fetched for an hour holds up no crop and no estimate."""
    if path.parent.name == TASKS:
        return _FETCH_LANES if request.get("function") in _FETCHING else _TASK_LANES
    return devices.lanes(_device(path, request))


def _device(path: Path, request: dict) -> str:
    """What was asked for; from the second start on, the kind of device that the run began on."""
    try:
        return read_json(path / MACHINE)["device"]
    except (OSError, ValueError, KeyError):
        return request.get("device", "auto")


def _check_consent(path: Path) -> None:
    """The data of a run that waited may not be allowed any more. Raises UserError then; tasks ask for themselves."""
    if path.parent.name == RUNS:
        run = Run(path)
        require_run(Project.open(run.project_path), run, f"{run.id} is not started.")


def main(workspace: Path) -> None:
    corner = private(workspace)
    dispatcher = Dispatcher(workspace)
    while lock := locks.take(corner / DISPATCHER_LOCK):
        with contextlib.suppress(UserError):  # on a full disk; what waits is told so all the same
            write_text(corner / DISPATCHER_PID, str(os.getpid()), durable=False)
        dispatcher.clear_up()
        dispatcher.serve()
        lock.release()
        # Somebody may have queued a job between our last look and letting go, and have seen our lock still held.
        if not any(status["state"] == "queued" for status in dispatcher._look().values()):
            return


if __name__ == "__main__":
    ending.print_what_fits()
    main(Path(sys.argv[1]))
