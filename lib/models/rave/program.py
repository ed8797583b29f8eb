"""RAVE as a program of its own, from the side that asks: `training` yields what it tells, `export` makes a .ts. No torch in here.

The worker that trains never imports the package: it starts it, talks with it by lines of JSON, and ends it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

from lib.errors import UserError

_ROOT = Path(__file__).resolve().parents[3]
_KNOWN = (
    # what stands in an error of the program -> what it means, and what to do
    ("out of memory", ("There is not enough memory for this training.", "The configuration, the batch and the window together are too large.",
                       "Choose the configuration raspberry, or fewer windows a step.")),
    ("can't allocate memory", ("There is not enough memory for this training.", "The configuration, the batch and the window together are too large.",
                               "Choose the configuration raspberry, or fewer windows a step.")),
    ("No module named", ("RAVE is not here.", "Its package acids-rave, or one that it needs, is not installed.", "Set Handmade up again: python3 start.py setup.")),
    ("No space left", ("The disk is full.", "RAVE could not write down what it learned.", "Make room, then continue it.")),
)  # fmt: skip

Conversation = Generator[dict[str, Any], list[str], None]


def training(order: dict[str, Any]) -> Conversation:
    """Yields each of its reports, and takes what to do next (`send`). The last has "end": "finished" or "stopped". Raises UserError."""
    process = _start(order)
    try:
        while True:
            told = _hear(process)
            if "end" in told:
                yield told
                return
            wishes = yield told
            _say(process, wishes or [])
    finally:
        _end(process)


def export(ckpt: Path, name: str, streaming: list[bool], fidelity: float) -> list[Path]:
    """A .ts for each, beside the checkpoint, where its config.gin must lie. Raises UserError."""
    process = _start({"do": "export", "ckpt": str(ckpt), "output": str(ckpt.parent), "name": name, "streaming": streaming, "fidelity": fidelity})
    try:
        return [Path(path) for path in _hear(process)["paths"]]
    finally:
        _end(process)


def _start(order: dict[str, Any]) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-m", "lib.models.rave.child"], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        env={**os.environ, "MPLBACKEND": "Agg"},
    )  # fmt: skip
    _say(process, order)
    return process


def _say(process: subprocess.Popen, words: Any) -> None:
    assert process.stdin
    try:
        process.stdin.write(json.dumps(words) + "\n")
        process.stdin.flush()
    except OSError as error:
        raise _gone() from error


def _hear(process: subprocess.Popen) -> dict[str, Any]:
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        raise _gone()
    told = json.loads(line)
    if told.get("end") == "broken":
        raise in_words(told["error"])
    return told


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            try:
                pipe.close()
            except OSError:
                pass    # what was not said yet has no listener


def in_words(error: str) -> UserError:
    """What RAVE said when it broke, for a person."""
    for sign, words in _KNOWN:
        if sign.lower() in error.lower():
            return UserError(*words)
    return UserError("RAVE broke off.", error, "Try to continue it; if that fails too, send log.txt from its folder to the makers of Handmade.")


def _gone() -> UserError:
    return UserError("RAVE ended without a word.", "The system may have ended it, for want of memory.", "Continue it; if that happens again, choose a smaller configuration.")
