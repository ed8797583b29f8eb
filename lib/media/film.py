"""Films: still pictures taken out of them at even steps, by the carried ffmpeg. Read `stills` first."""

from __future__ import annotations

import queue
import re
import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePath
from typing import BinaryIO

from lib.errors import UserError
from lib.media import ffmpeg, sniff, structure
from lib.media.files import TEMPORARY, writing
from lib.media.source import Refusal, broken, cut_off, empty, naming, opened, size_of

LONGEST = 4 * 3600  # seconds
PATIENCE = 120      # seconds without a still, after which ffmpeg is stopped

Progress = Callable[[int, int], None]

_CHECKS = {"mov": structure.boxes, "matroska": structure.matroska, "avi": structure.avi, "ogg": structure.ogg,
           "gif": lambda file: structure.gif(file, limit=LONGEST * 50)}


_SUFFIXES = {"mov": (".mp4", ".mov", ".m4v"), "matroska": (".mkv", ".webm"), "avi": (".avi",), "gif": (".gif",),
             "mpegts": (".ts",), "mpeg": (".mpg",), "flv": (".flv",), "asf": (".wmv",), "ogg": (".ogv",)}


def stills(path: Path, folder: Path, fps: float = 1.0,
           progress: Progress | None = None, name: str | None = None) -> Iterator[tuple[float, Path]]:
    """Takes still pictures out of a film (MP4, MOV, WebM, MKV, AVI, GIF, MPEG), the first frame of each 1/fps seconds.

    fps: stills for each second of film; a film with fewer frames gives each of them once.
    progress: called with (stills done, stills expected) after each still.
    name: what to call the film in sentences, where it does not lie under its own name.
    Yields (second in the film, PNG in `folder`), upright, with square pixels, in the film's own size. ffmpeg works no
    further ahead than the caller takes, and is ended when the caller stops. The caller owns the PNGs.
    Raises UserError for what is not a film, is broken, or is longer than 4 hours.
    """
    path = Path(path)
    name = path.name if name is None else name
    with naming(name, folder):
        if not 0 < fps <= 1000:
            raise UserError(f"{fps} stills a second cannot be taken.", "", "Choose a number between 0.01 and 60.")
        form, streams, seconds = _look(path)
    expected, done = max(round(seconds * fps), 1), 0
    with closing(_taken(path, Path(folder), form, streams, fps)) as taken:
        while still := _next(taken, name, folder):
            done += 1
            if progress:
                progress(done, max(done, expected))
            yield still
    if progress and done < expected:
        progress(done, done)


def keep(path: Path, folder: Path, name: str | None = None) -> Path:
    """Copies a film into `folder` as it is, but for its metadata (place, device, owner). Returns the copy.

    name: what to call it in sentences, where it does not lie under its own name.
    Raises UserError for what is not a film or is broken.
    """
    path, folder = Path(path), Path(folder)
    name = path.name if name is None else name
    with naming(name, folder):
        form, _, _ = _look(path)
        folder.mkdir(parents=True, exist_ok=True)
        own = PurePath(name).suffix.lower()
        suffix = own if own in _SUFFIXES[form] else _SUFFIXES[form][0]
        target = folder / f"{secrets.token_hex(8)}{suffix}"
        with writing(target) as copy:
            done = ffmpeg.call(path, form, "-map", "0:v", "-map", "0:a?", "-map_metadata", "-1", "-c", "copy",
                               "-fflags", "+bitexact", f"file:{copy}", seconds=600)
            ffmpeg.check_made(done, copy)
        return target


def _next(taken: Iterator[tuple[float, Path]], name: str, folder: Path) -> tuple[float, Path] | None:
    with naming(name, folder):
        return next(taken, None)


def _look(path: Path) -> tuple[str, ffmpeg.Streams, float]:
    """The container, what is in it, and how many seconds it lasts."""
    with opened(path) as file:
        if not size_of(file):
            raise empty()
        found = sniff.look(file)
        if found.kind != "film" and found.form != "gif":
            raise Refusal("is not a film", f"It is {found.words}.", "Choose a film (MP4, MOV, WebM, MKV, AVI, GIF).")
        _CHECKS.get(found.form, lambda file: None)(file)
    streams = ffmpeg.streams(path, found.form)
    if not streams.video:
        raise Refusal("has no moving picture", "There is only sound in it.", "Add it as a sound.")
    seconds = streams.seconds or _measured(path, found.form)
    if seconds > LONGEST:
        raise Refusal(f"is longer than {LONGEST // 3600} hours", "That is more than one film can be.",
                      "Cut it into shorter pieces and add those.")
    return found.form, streams, seconds


def _measured(path: Path, form: str) -> float:
    """The length in seconds of a film that does not tell (one recorded live): it is read through, not decoded."""
    said = ffmpeg.call(path, form, "-map", "0:v:0", "-c", "copy", "-f", "null", "-progress", "pipe:1", "-",
                       seconds=300).stdout
    times = re.findall(r"out_time_us=(\d+)", said)
    return int(times[-1]) / 1e6 if times else 0.0


# --- taking -----------------------------------------------------------------------------------------------------

# High dynamic range, as new phones film it, brought down to what a picture shows: white paper has 203 candela a square
# metre there (ITU-R BT.2408), the sun on water about five times as much.
_DIMMED = ("zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=bt709,tonemap=mobius:peak=5:desat=0,"
           "zscale=transfer=bt709:matrix=bt709:range=tv,format=yuv444p,")


def _arguments(form: str, streams: ffmpeg.Streams, fps: float) -> list[str]:
    """ffmpeg's part: the first frame of each step, square pixels, PNGs one behind the other."""
    step = f"floor((t+0.0005)*{fps:.6f})"
    chosen = f"setpts=PTS-STARTPTS,select='isnan(prev_t)+gt({step},{step.replace('(t+', '(prev_t+')})'"
    shape = "scale=trunc(iw*sar+0.5):ih,setsar=1,showinfo=checksum=0"
    return ["-map", "0:v:0", "-vf", f"{chosen},{_DIMMED if streams.bright else ''}{shape}", "-fps_mode", "passthrough",
            "-pix_fmt", "rgba" if form == "gif" else "rgb24", "-c:v", "png", "-f", "image2pipe", "pipe:1"]


def _taken(path: Path, folder: Path, form: str, streams: ffmpeg.Streams, fps: float) -> Iterator[tuple[float, Path]]:
    before = ("-max_pixels", str(structure.PIXELS))
    process = ffmpeg.start(path, form, *_arguments(form, streams, fps), before=before)
    seconds: queue.SimpleQueue[float] = queue.SimpleQueue()
    listener = threading.Thread(target=_listen, args=(process.stderr, seconds), daemon=True)
    listener.start()
    token, number = secrets.token_hex(4), 0
    try:
        while True:
            target = folder / f"{TEMPORARY}{token}-{number + 1:06d}.png"
            with _patience(process, PATIENCE + 2 / fps):
                there = _save_png(process.stdout, target)
            if not there:
                break
            number += 1
            yield seconds.get(timeout=PATIENCE), target
        if process.wait() or not number:
            raise broken("It cannot be decoded." if not number else
                         f"After {number} still pictures it cannot be decoded any further.")
    finally:
        _end(process)
        listener.join(timeout=PATIENCE)
        process.stderr.close()


_TIME = re.compile(rb"showinfo.* pts_time:\s*(-?[\d.]+)")


def _listen(stderr: BinaryIO, seconds: queue.SimpleQueue) -> None:
    """Reads what ffmpeg says, and passes on the second of each still."""
    for line in stderr:
        if found := _TIME.search(line):
            seconds.put(round(float(found[1]), 3))


@contextmanager
def _patience(process: subprocess.Popen, seconds: float) -> Iterator[None]:
    """Stops ffmpeg when the block takes longer than `seconds`."""
    watch = threading.Timer(seconds, process.kill)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.kill()
    process.stdout.close()
    process.wait()


def _save_png(stream: BinaryIO, target: Path) -> bool:
    """Saves the next PNG of a row of them, chunk by chunk; False where the row has ended."""
    head = stream.read(8)
    if not head:
        return False
    with open(target, "wb") as file:
        file.write(head)
        while True:
            start = stream.read(8)
            rest = stream.read(int.from_bytes(start[:4], "big") + 4)
            if len(start) < 8 or len(rest) < 4:
                break
            file.write(start + rest)
            if start[4:] == b"IEND":
                return True
    target.unlink()
    raise cut_off("It cannot be decoded to its end.")
