"""A process of its own for what strangers made: it has a limit of time and of memory, and is ended when it passes one. Read `call`.

    result = apart.call(START, "letter.pdf", "4", seconds=20, memory=10**9)     # START: "… from lib.media import x; x.main(*sys.argv[2:])"

What is called writes its answer, a dict as JSON, into the file that is its last argument; it begins with `limit`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_LOOK_EVERY = 0.05  # seconds
_ROOT = Path(__file__).resolve().parent.parent.parent
_PASSED_ON = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL")


class TooMuch(Exception):
    """It needed more than it may have. is_time: of time; else of memory."""

    def __init__(self, is_time: bool):
        super().__init__("time" if is_time else "memory")
        self.is_time = is_time


def start(module: str, before: str = "") -> str:
    """What makes a process call `lib.media.<module>.main`. before: a line that is run first."""
    return f"import sys; sys.path.insert(0, sys.argv[1]); from lib.media import {module}; {before}{module}.main(*sys.argv[2:])"


def call(code: str, *words: str, seconds: float, memory: float) -> dict:
    """The answer of another process; {} where it came to no end. Raises TooMuch."""
    with tempfile.TemporaryDirectory(prefix="handmade-") as folder:
        answer = Path(folder) / "answer.json"
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", code, str(_ROOT), *words, str(answer)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in _PASSED_ON}, cwd=_ROOT,
        )  # fmt: skip
        try:
            _watch(process, seconds, memory)
            return json.loads(answer.read_text(encoding="utf-8")) if answer.exists() else {}
        except ValueError:
            return {}
        finally:
            process.kill()
            process.wait()


def _watch(process: subprocess.Popen, seconds: float, memory: float) -> None:
    import psutil

    until = time.monotonic() + seconds
    while True:
        try:
            process.wait(_LOOK_EVERY)
            return
        except subprocess.TimeoutExpired:
            pass
        if time.monotonic() > until:
            raise TooMuch(is_time=True)
        try:
            if psutil.Process(process.pid).memory_info().rss > memory:
                raise TooMuch(is_time=False)
        except psutil.Error:
            continue


def limit(seconds: float, memory: float) -> None:
    """In the other process: the system ends it too, where it can. On Windows only whoever started it does."""
    try:
        import resource
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_CPU, int(seconds) + 5), (resource.RLIMIT_AS, int(2 * memory)), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            continue
