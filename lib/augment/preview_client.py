"""Asking for previews with libraries that the web server never loads (preview_worker.py). Read `ask`.

Each server keeps one worker for a workspace, because importing MediaPipe takes seconds, and a person who looks for the right
step changes it every few seconds.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from lib.errors import UserError
from lib.jobs import ROOT
from lib.jobs.supervisor import Supervisor

_ASK_AGAIN = 5.0        # seconds after which a file that has not come is asked for again
_TRIES = 3              # deaths of the process that one order may outlive


def ask(workspace: Path, order: dict, wait: float = 0.0) -> None:
    """Orders one preview, and waits so many seconds for its file. order: as previews.py makes it.

    Raises UserError if the process ends again and again while it draws this one.
    """
    worker = _worker(workspace)
    worker.ask(order)
    worker.wait(order["to"], wait)


def _worker(workspace: Path) -> _Worker:
    """The worker of a workspace; where it has ended, another one, which knows what the one before did not get done."""
    with _lock:
        _processes.ensure(workspace)
        process, worker = _processes.child(workspace), _workers.get(workspace)
        assert process is not None
        if worker is None or worker.process is not process:
            _workers[workspace] = worker = _Worker(process, worker.failed() if worker else {})
        return worker


class _Worker:
    """One process, as the server sees it."""

    def __init__(self, process: subprocess.Popen, deaths: dict[str, int]):
        self._deaths, self._lock, self._news = deaths, threading.Lock(), threading.Condition()
        self._asked: dict[str, float] = {}
        self.process = process
        threading.Thread(target=self._hear, daemon=True, name="previews").start()

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def failed(self) -> dict[str, int]:
        """How often it, or one before it, has ended while each of these files was still to come."""
        return {to: self._deaths.get(to, 0) + 1 for to in self._asked}

    def ask(self, order: dict) -> None:
        to, now = order["to"], time.monotonic()
        if self._deaths.get(to, 0) >= _TRIES:
            raise UserError(
                "This picture cannot be drawn with this recipe.",
                "The program that does it has ended each time.",
                "Take the last step out, or look at another picture.",
            )
        with self._lock, contextlib.suppress(OSError):  # it has just ended: the next look starts another one
            if now - self._asked.get(to, -_ASK_AGAIN) >= _ASK_AGAIN:
                self._asked[to] = now
                assert self.process.stdin is not None
                self.process.stdin.write(json.dumps(order) + "\n")
                self.process.stdin.flush()

    def wait(self, to: str, seconds: float) -> None:
        if seconds > 0:
            with self._news:
                self._news.wait_for(lambda: to not in self._asked or not self.is_alive(), seconds)

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self._asked.pop(line.rstrip("\n"), None)
                self._news.notify_all()
        self.process.wait()
        with self._news:
            self._news.notify_all()


def _start(workspace: Path) -> subprocess.Popen:
    apart: dict[str, Any] = (
        {"creationflags": subprocess.CREATE_NO_WINDOW} if os.name == "nt" else {"start_new_session": True}  # type: ignore[attr-defined]
    )
    return subprocess.Popen(
        [sys.executable, "-m", "lib.augment.preview_worker", str(workspace)], cwd=ROOT, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **apart,
    )  # fmt: skip


_processes = Supervisor(lambda workspace: _start(workspace))
_workers: dict[Path, _Worker] = {}
_lock = threading.Lock()


@atexit.register
def _end_all() -> None:
    for process in _processes.children():
        process.terminate()
