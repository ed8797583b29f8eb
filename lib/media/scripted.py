"""A TorchScript model of sounds (.ts), played by a process that is locked down: here is the end that asks. Read `Scripted`.

    with scripted.open_scripted(path) as model:       # Raises UserError where the locks do not hold, or it is no such model
        latents = model.encode(samples)                # (channels, frames) -> (latents, frames / ratio)
        samples = model.decode(latents, seed=0)

A .ts is a program as well as weights. The other process (scripted_cell.py) is handed the bytes of the file through a pipe, locks itself
(jail.py), and only then opens them; sounds go to and fro as raw numbers in frames of bounded size. No pickle, no path.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from lib.errors import UserError
from lib.media import jail

JSON, WAVE, FILE = b"json", b"wave", b"file"
HEAD = struct.Struct("<4sQQ")       # what it is; bytes of words or of a file; or rows and columns of float32
LONGEST_WORDS, MOST_NUMBERS, LARGEST_FILE = 1 << 16, 1 << 25, 2 << 30
MOST_CHANNELS = 1024
SUFFIX = ".ts"
_START, _ANSWER = 120.0, 300.0      # seconds
_ROOT = Path(__file__).resolve().parent.parent.parent
_PASSED_ON = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL", "OMP_NUM_THREADS", "HANDMADE_TEST_NURSERY")


@dataclass(frozen=True)
class Facts:
    """rate: Hz.   channels: that it hears.   voices: channels that it makes.   latents: numbers for a moment.   ratio: frames that a moment lasts.
    streaming: it remembers what it heard, and what it makes comes a little late.   locks: what holds its process."""

    rate: int
    channels: int
    voices: int
    latents: int
    ratio: int
    streaming: bool
    locks: jail.Locks


class Scripted:
    """One model in a process of its own, which ends with this object. Any call raises UserError where the model breaks or takes too long."""

    def __init__(self, content: bytes, name: str, known_file: Path, must_hold: bool = True):
        """known_file: one of the person's, which the other process must not be able to open. must_hold: it does not open the model elsewhere."""
        self.name = name
        command = [sys.executable, "-m", "lib.media.scripted_cell", str(known_file), "must" if must_hold else "may"]
        self._process = subprocess.Popen(
            jail.within(command, known_file.parent), cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={key: value for key, value in os.environ.items() if key in _PASSED_ON},
        )  # fmt: skip
        try:
            with self._in_time(_START):
                write_head(self._pipe("stdin"), FILE, len(content), 0)
                self._pipe("stdin").write(content)
                self._pipe("stdin").flush()
                told = self._words()
        except BaseException:
            self.close()
            raise
        locks = jail.Locks(told.pop("files"), told.pop("network"))
        if "refused" in told:
            self.close()
            raise _unlocked(name, locks) if told["refused"] == "locks" else _no_model(name, told["refused"])
        self.facts = Facts(**told, locks=locks)

    def encode(self, samples: np.ndarray) -> np.ndarray:
        """(channels, frames) -> (latents, frames / ratio)"""
        return self._ask("encode", samples)

    def decode(self, latents: np.ndarray, seed: int = 0) -> np.ndarray:
        """(latents, T) -> (voices, T * ratio). seed: of the noise in it."""
        return self._ask("decode", latents, seed)

    def reset(self) -> None:
        """Forgets what it heard, where it is made for streaming."""
        if self.facts.streaming:
            with self._in_time(_START):
                write_words(self._pipe("stdin"), {"do": "reset"})
                self._words()

    def _ask(self, what: str, numbers: np.ndarray, seed: int = 0) -> np.ndarray:
        with self._in_time(_ANSWER):
            write_words(self._pipe("stdin"), {"do": what, "seed": seed})
            write_wave(self._pipe("stdin"), numbers)
            told = self._words()
            if "refused" in told:
                raise UserError(f"{self.name} could not play this.", told["refused"], "Try another sound, or another model.")
            return read_wave(self._pipe("stdout"))

    def _words(self) -> dict[str, Any]:
        return read_words(self._pipe("stdout"))

    def _pipe(self, name: str) -> IO[bytes]:
        pipe = getattr(self._process, name)
        assert pipe is not None
        return pipe

    @contextmanager
    def _in_time(self, seconds: float) -> Iterator[None]:
        """Ends the other process after so many seconds; what breaks by that is told in words."""
        late = threading.Timer(seconds, self._process.kill)
        late.daemon = True
        late.start()
        try:
            yield
        except (EOFError, OSError, ValueError, KeyError, TypeError) as error:
            self.close()
            raise UserError(f"{self.name} could not be played.", f"Its process ended, or answered what it should not: {error}.", "Try another sound, or another model.") from error
        finally:
            late.cancel()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        if self.is_alive:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    pass    # it ended before all was said

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_process"):
            self.close()


def open_scripted(path: Path, sha256: str = "", must_hold: bool = True) -> Scripted:
    """sha256: what its content must be; "" for a stranger's. must_hold: it is not opened where the locks do not hold.

    Raises UserError where it is another file, none that can be such a model, or where the locks do not hold and must.
    """
    content = read_checked(path)
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise UserError(f"{path.name} is not the file that was exported here.", "It was changed since, or replaced by another one.", "Train again, or bring back the old file.")
    return Scripted(content, path.name, path.resolve(), must_hold)


def read_checked(path: Path) -> bytes:
    """Its content. Raises UserError where it cannot be a TorchScript file, by its size and its table of contents: nothing of it is run."""
    if not path.is_file() or not 0 < path.stat().st_size <= LARGEST_FILE:
        raise _no_model(path.name, "It is missing, empty or too large.")
    try:
        with zipfile.ZipFile(path) as parts:
            inside = [name.partition("/")[2] for name in parts.namelist()]
    except (zipfile.BadZipFile, OSError) as error:
        raise _no_model(path.name, "It is no TorchScript file.") from error
    if "constants.pkl" not in inside or not any(name.startswith("code/") for name in inside):
        raise _no_model(path.name, "It is no TorchScript file.")
    return path.read_bytes()


def _no_model(name: str, why: str) -> UserError:
    return UserError(f"{name} is no RAVE that can be played here.", why, "Bring a .ts file as RAVE and nn~ export it.")


def _unlocked(name: str, locks: jail.Locks) -> UserError:
    open_ = " and ".join(what for what, held in (("open files", locks.files), ("reach the network", locks.network)) if not held)
    return UserError(
        f"{name} is not opened.", f"Such a file can be a program, and this computer cannot lock it in: it could {open_}.",
        "If you know who made it and trust them, say so beside the file; else play it on Linux.",
    )  # fmt: skip


# ---- what goes through the pipes, of either end ------------------------------------------------------------------------


def write_head(pipe: IO[bytes], kind: bytes, first: int, second: int) -> None:
    pipe.write(HEAD.pack(kind, first, second))


def write_words(pipe: IO[bytes], words: dict[str, Any]) -> None:
    content = json.dumps(words).encode()
    write_head(pipe, JSON, len(content), 0)
    pipe.write(content)
    pipe.flush()


def write_wave(pipe: IO[bytes], numbers: np.ndarray) -> None:
    """numbers: (rows, columns)."""
    write_head(pipe, WAVE, *numbers.shape)
    pipe.write(np.ascontiguousarray(numbers, "<f4").tobytes())
    pipe.flush()


def read_words(pipe: IO[bytes]) -> dict[str, Any]:
    """Raises ValueError for anything else, EOFError at the end."""
    kind, length, _ = read_head(pipe)
    if kind != JSON or length > LONGEST_WORDS:
        raise ValueError("words of a wrong kind or length")
    words = json.loads(_exactly(pipe, length))
    if not isinstance(words, dict):
        raise ValueError("words of a wrong kind")
    return words


def read_wave(pipe: IO[bytes]) -> np.ndarray:
    """float32 (rows, columns), none infinite or undefined. Raises ValueError for anything else, EOFError at the end."""
    kind, rows, columns = read_head(pipe)
    if kind != WAVE or rows > MOST_CHANNELS or rows * columns > MOST_NUMBERS:
        raise ValueError("numbers of a wrong kind or count")
    numbers = np.frombuffer(_exactly(pipe, rows * columns * 4), "<f4").reshape(rows, columns)
    return np.nan_to_num(numbers, nan=0.0, posinf=0.0, neginf=0.0)


def read_head(pipe: IO[bytes]) -> tuple[bytes, int, int]:
    return HEAD.unpack(_exactly(pipe, HEAD.size))


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    content = pipe.read(length)
    if len(content) < length:
        raise EOFError("it ended in the middle")
    return content
