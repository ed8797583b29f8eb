"""Starts workers that are there to be killed, or to meet a full disk: what they need is imported once, then each is a fork.

`python -m tests.jobs.nursery` reads lines, "FOLDER_OF_A_JOB" or "FOLDER_OF_A_JOB<tab>BYTES" (the most that a file may have),
and answers each with the number of the worker's process. Needs os.fork.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.conftest import ROOT


@contextlib.contextmanager
def nursery() -> Iterator[Callable[..., int]]:
    """For a test: start(run) or start(run, room=BYTES) returns the number of the worker's process."""
    command = [sys.executable, "-u", "-m", "tests.jobs.nursery"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def start(run, room: int = 0) -> int:
            print(f"{run.path}\t{room}", file=process.stdin, flush=True)
            return int(process.stdout.readline())

        yield start
        process.stdin.close()


def _work(path: Path, room: int) -> None:
    """What `python -m lib.jobs.worker` does, printing into the run's log as the dispatcher has it."""
    from lib.jobs import ending, worker

    log = os.open(path / "log.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if room:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    ending.print_what_fits()
    worker.main(path, "cpu")


if __name__ == "__main__":
    from lib import models

    models.trainer("gan")  # imports torch
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is dead is gone at once
    for line in sys.stdin:
        folder, _, bytes_ = line.strip().partition("\t")
        child = os.fork()
        if child == 0:
            try:
                _work(Path(folder), int(bytes_ or 0))
            finally:
                os._exit(0)
        print(child, flush=True)
