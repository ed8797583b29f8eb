"""The carried ffmpeg: how it is called on a stranger's file, and what it says about one. Read `call` first.

It never asks, never reaches the network (only plain files and pipes are allowed), is told which kind of file to
expect instead of guessing, and is stopped when it takes too long.
"""

from __future__ import annotations

import errno
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lib.media.source import Refusal, broken
from lib.media.structure import PIXELS

DEMUXERS = {"mov": "mov", "matroska": "matroska", "avi": "avi", "gif": "gif", "mpegts": "mpegts", "mpeg": "mpeg",
            "flv": "flv", "asf": "asf", "ogg": "ogg", "oga": "ogg", "rf64": "wav", "flac": "flac", "aac": "aac", "aiff": "aiff",
            "tiff": "tiff_pipe", "png": "png_pipe"}

_NO_ROOM_SIGNAL = getattr(signal, "SIGXFSZ", 1 << 10)  # how a program ends that reaches the limit on a file's size
HIDDEN = {"creationflags": subprocess.CREATE_NO_WINDOW} if hasattr(subprocess, "CREATE_NO_WINDOW") else {}


def program() -> str:
    """The path of the ffmpeg that is carried along, so that nobody has to install one."""
    import imageio_ffmpeg

    return imageio_ffmpeg.get_ffmpeg_exe()


def command(path: Path, form: str, *after: str, before: tuple[str, ...] = (), words: str = "error") -> list[str]:
    """The command line that reads `path`, a file of the container `form` (as sniff.py names it).

    before, after: arguments in front of and behind the input.   words: how much it says (ffmpeg's -loglevel).
    """
    return [program(), "-hide_banner", "-nostdin", "-loglevel", words, "-protocol_whitelist", "file,pipe",
            "-max_alloc", "1500000000", "-f", DEMUXERS[form], *before, "-i", f"file:{Path(path).absolute()}", *after]


def call(path: Path, form: str, *after: str, before: tuple[str, ...] = (), words: str = "error",
         seconds: float = 60) -> subprocess.CompletedProcess:
    """Runs ffmpeg to its end; the caller looks at `returncode`, `stdout` and `stderr` (text).

    Raises Refusal when it takes longer than `seconds`.
    """
    try:
        return subprocess.run(command(path, form, *after, before=before, words=words), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=seconds,
                              check=False, **HIDDEN)
    except subprocess.TimeoutExpired as error:
        raise Refusal("takes too long to read", f"It was not done after {seconds:.0f} seconds.",
                      "Try a shorter piece of it.") from error


def check_made(done: subprocess.CompletedProcess, target: Path) -> None:
    """Raises Refusal where ffmpeg made no file of what it read, OSError where there was no room to write it."""
    check_room(done.returncode, done.stderr)
    if done.returncode or not target.exists() or not target.stat().st_size:
        raise broken("It cannot be decoded.")


def check_room(code: int, words: str) -> None:
    """Raises OSError where ffmpeg ended because there was no room to write. code: how it ended; words: its stderr."""
    if "No space left" in words or "File too large" in words or code == -_NO_ROOM_SIGNAL:
        raise OSError(errno.ENOSPC, "No space left on device")


def start(path: Path, form: str, *after: str, before: tuple[str, ...] = (), words: str = "info") -> subprocess.Popen:
    """Starts ffmpeg; the caller reads its stdout (bytes) and stderr (text), and ends it."""
    return subprocess.Popen(command(path, form, *after, before=before, words=words), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **HIDDEN)


@dataclass(frozen=True)
class Streams:
    """What is in a file. seconds: 0 where it does not say.   video, sound: the codec, or "" where there is none."""

    seconds: float
    video: str
    sound: str
    width: int = 0
    height: int = 0
    rate: float = 0.0     # frames a second, 0 where it does not say
    bright: bool = False  # high dynamic range (HDR), which must be brought down to what a picture can show


_STREAM = re.compile(r"^ +Stream #0:\d+\S*: (Video|Audio): (.*)$", re.M)
_DURATION = re.compile(r"^ +Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", re.M)
_RATE = re.compile(r", (\d+(?:\.\d+)?)(k?) fps\b")
_SIZE = re.compile(r"\b(\d{1,6})x(\d{1,6})\b")


def streams(path: Path, form: str) -> Streams:
    """Asks ffmpeg what is in a file. Nothing is decoded but the first frames. Raises Refusal where it finds nothing."""
    stderr = call(path, form, before=("-max_pixels", str(PIXELS)), words="info", seconds=30).stderr
    lines = [match.groups() for match in _STREAM.finditer(stderr)]
    if not lines:
        raise broken("There is neither a film nor a sound in it that can be read.")
    video = next((line for kind, line in lines if kind == "Video" and "(attached pic)" not in line), "")
    sound = next((line for kind, line in lines if kind == "Audio"), "")
    length = _DURATION.search(stderr)
    hours, minutes, rest = length.groups() if length else (0, 0, 0)
    size = _SIZE.search(video)
    width, height = map(int, size.groups()) if size else (0, 0)
    return Streams(int(hours) * 3600 + int(minutes) * 60 + float(rest), _first_word(video), _first_word(sound),
                   width, height, _rate(video), "arib-std-b67" in video or "smpte2084" in video)


def _rate(line: str) -> float:
    match = _RATE.search(line)
    return float(match[1]) * (1000 if match[2] else 1) if match else 0.0


def _first_word(line: str) -> str:
    return re.split(r"[ ,]", line, maxsplit=1)[0]
