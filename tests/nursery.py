"""Starts our processes as forks of one that has imported everything already: PyTorch alone takes some five seconds of a core.

A nursery is the process `python -m tests.nursery FOLDER`; `Popen` here stands in for subprocess.Popen, also within what the
nursery has started, and passes on whatever it does not know: `python -m lib.jobs.worker …` and `python serve.py …` become forks
(each a process and a session of its own, with its own environment and its own number), everything else is started as ever.
What starting itself is about is tested with real processes (the mark `real_processes`). Needs os.fork.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SLOW = ("lib.models.rave.lesson",)      # to import takes seconds, and only few tests need it (the fixture rave_forked)
FOLDER = "HANDMADE_TEST_NURSERY"    # the variable that names the folder of the nursery: its socket, and a file for each child


class Popen(subprocess.Popen):
    """A process of ours, started by the nursery; any other as ever. The nursery tells its number, and how it ended."""

    _line = None

    def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo, creationflags, shell,
                       p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, *more):  # fmt: skip
        words, folder = what_to_run(args), os.environ.get(FOLDER)
        if not (words and folder) or preexec_fn:
            return super()._execute_child(args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo, creationflags, shell,
                                          p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, *more)  # fmt: skip
        order = {"words": words, "cwd": str(cwd or os.getcwd()), "environment": {**(os.environ if env is None else env), FOLDER: folder}}
        ends = [own if end == -1 else end for own, end in ((0, p2cread), (1, c2pwrite), (2, errwrite))]
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(os.path.join(folder, "socket"))
        message = json.dumps(order).encode() + b"\n"
        sent = socket.send_fds(self._line, [message], ends)
        if sent < len(message):     # of nothing sendall makes a call too, and who was started may have ended by now, and its line with it
            self._line.sendall(message[sent:])
        self.pid = int(self._hear())
        self._child_created = True
        for end in {p2cread if p2cwrite != -1 else -1, c2pwrite if c2pread != -1 else -1, errwrite if errread != -1 else -1,
                    getattr(self, "_devnull", -1)} - {-1}:  # fmt: skip
            os.close(end)

    def _hear(self) -> bytes:
        heard = b""
        while not heard.endswith(b"\n"):
            part = self._line.recv(1)
            if not part:
                return heard or str(signal.SIGKILL.value).encode()     # the nursery itself is gone
            heard += part
        return heard

    def _try_wait(self, wait_flags):
        if self._line is None:
            return super()._try_wait(wait_flags)
        self._line.setblocking(not wait_flags & os.WNOHANG)
        try:
            return self.pid, int(self._hear())
        except BlockingIOError:
            return 0, 0

    def _internal_poll(self, *more, **other):
        if self._line is None:
            return super()._internal_poll(*more, **other)
        if self.returncode is None:
            pid, status = self._try_wait(os.WNOHANG)
            if pid:
                self._handle_exitstatus(status)
        return self.returncode


@contextlib.contextmanager
def opened(folder: Path, more: list[str] = []) -> Iterator[None]:  # noqa: B006
    """A nursery for as long as it lasts; `forks` finds it."""
    before = os.environ.get(FOLDER)
    command = [sys.executable, "-m", "tests.nursery", str(folder), *more]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdout.readline()
        os.environ[FOLDER] = str(folder)
        yield
        os.environ.pop(FOLDER)
        if before:
            os.environ[FOLDER] = before
        process.stdin.close()


@contextlib.contextmanager
def forks() -> Iterator[None]:
    """Within it our processes are forks, where there is a nursery (the fixture of that name)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", Popen)
        yield


def what_to_run(args) -> list[str] | None:
    """["-m", "lib.jobs.worker", …] or ["serve.py", …]; None for what is not ours."""
    if not isinstance(args, list) or str(args[0]) != sys.executable:
        return None
    words = [str(word) for word in args[1:] if word != "-u"]
    is_ours = words[:1] == ["serve.py"] or (words[:1] == ["-m"] and words[1].startswith(("lib.", "tests.")))
    return words if is_ours else None


def children() -> dict[int, str]:
    """The number of each living fork, and its command."""
    folder, found = os.environ.get(FOLDER), {}
    for path in Path(folder).glob("[0-9]*") if folder else ():
        try:
            found[int(path.name)] = path.read_text()
        except OSError:
            continue    # it has just ended
    return found


# ---- the nursery itself ----------------------------------------------------------------------------------------------


def main(folder: Path, more: list[str]) -> None:
    """Forks whatever is ordered, until its standard input is closed. more: modules that are imported beside ours."""
    import_everything(more)
    subprocess.Popen = Popen    # type: ignore[misc]
    os.environ[FOLDER] = str(folder)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "socket"))
    listener.listen(64)
    ended, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    lines: dict[int, socket.socket] = {}
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    with selectors.DefaultSelector() as events:
        for source in (listener, ended, sys.stdin):
            events.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in events.select():
                if key.fileobj is sys.stdin:
                    return
                if key.fileobj == ended:
                    os.read(ended, 4096)
                    bury(folder, lines)
                    continue
                line, _ = listener.accept()
                order, ends = read_order(line)
                if order is None:
                    line.close()
                    continue
                child = os.fork()
                if child == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for other in (listener, line, *lines.values()):
                        other.close()
                    become(order, ends)
                for end in ends:
                    os.close(end)
                (folder / str(child)).write_text(" ".join(order["words"]))
                lines[child] = line
                answer(line, child)


def read_order(line: socket.socket) -> tuple[dict | None, list[int]]:
    """What to run, and the three ends of its pipes; None where whoever ordered was killed in the middle of it."""
    message, ends, _, _ = socket.recv_fds(line, 1 << 16, 3)
    while not message.endswith(b"\n"):
        part = line.recv(1 << 16) if message else b""
        if not part:
            for end in ends:
                os.close(end)
            return None, []
        message += part
    return json.loads(message), ends


def bury(folder: Path, lines: dict[int, socket.socket]) -> None:
    """Tells how those who have ended did."""
    while lines:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        (folder / str(child)).unlink(missing_ok=True)
        line = lines.pop(child)
        answer(line, status)
        line.close()


def answer(line: socket.socket, number: int) -> None:
    try:
        line.sendall(b"%d\n" % number)
    except OSError:
        pass    # nobody listens any more


def become(order: dict, ends: list[int]) -> None:
    """Is from now on what `python …` would be, and ends as that does."""
    os.setsid()
    for own, end in enumerate(ends):
        os.dup2(end, own)
        os.close(end)
    sys.stdin, sys.stdout, sys.stderr = open(0, closefd=False), open(1, "w", 1, closefd=False), open(2, "w", 1, closefd=False)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    code: object = 0
    try:
        if order["words"][0] == "-m":
            _, module, *sys.argv[1:] = order["words"]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        else:
            sys.argv[:] = order["words"]
            runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()       # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(code or 0))    # whatever was imported needs no tidying up, which would take a second


def import_everything(more: list[str]) -> None:
    import importlib

    import uvicorn  # noqa: F401

    from lib import models

    models.trainer("gan")  # imports torch
    for path in sorted((ROOT / "lib").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if "_template" not in module and module not in SLOW and 'if __name__ == "__main__"' not in path.read_text(encoding="utf-8"):
            importlib.import_module(module)
    import streamlit.starlette  # noqa: F401

    for module in more:
        importlib.import_module(module)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
