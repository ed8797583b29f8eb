"""Films: still pictures taken out of them, by the carried ffmpeg. Read `stills` first; stills.py says which."""

from __future__ import annotations

import queue
import re
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO

from PIL import Image

from lib.media import ffmpeg, sniff, structure
from lib.media.files import TEMPORARY, writing
from lib.media.source import Refusal, broken, cut_off, empty, naming, opened, size_of
from lib.media.stills import Pick, clock

LONGEST = 4 * 3600  # seconds
PATIENCE = 120      # seconds without a still, after which ffmpeg is stopped
_ASKED_EVERY = 0.5  # seconds between two looks at whether it should stop

Progress = Callable[[int, int], None]

_CHECKS = {"mov": structure.boxes, "matroska": structure.matroska, "avi": structure.avi, "ogg": structure.ogg,
           "gif": lambda file: structure.gif(file, limit=LONGEST * 50)}


_SUFFIXES = {"mov": (".mp4", ".mov", ".m4v"), "matroska": (".mkv", ".webm"), "avi": (".avi",), "gif": (".gif",),
             "mpegts": (".ts",), "mpeg": (".mpg",), "flv": (".flv",), "asf": (".wmv",), "ogg": (".ogv",)}


@dataclass(frozen=True)
class Facts:
    """seconds: how long it lasts. rate: frames a second, 0 where it does not say. width, height: px, as its stills have them."""

    seconds: float
    rate: float
    width: int
    height: int


def facts(path: Path, folder: Path, name: str | None = None) -> tuple[Facts, Path]:
    """What a film is, and one PNG out of its middle, in `folder`. Raises UserError for what is not a film, or is broken."""
    path = Path(path)
    name = path.name if name is None else name
    with naming(name, folder):
        _, streams, seconds = _look(path)
    middle = Pick(fps=1, start=seconds / 2 if seconds > 2 else 0)
    with closing(stills(path, folder, name=name, pick=middle)) as taken:
        _, still = next(taken)
    with Image.open(still) as shown:
        return Facts(seconds, streams.rate, *shown.size), still


def stills(path: Path, folder: Path, fps: float = 1.0, progress: Progress | None = None, name: str | None = None, *,
           pick: Pick | None = None, longest: int | None = None,
           should_stop: Callable[[], bool] | None = None) -> Generator[tuple[float, Path], None, None]:
    """Takes still pictures out of a film (MP4, MOV, WebM, MKV, AVI, GIF, MPEG), the first frame of each 1/fps seconds.

    fps: stills for each second of film; a film with fewer frames gives each of them once.
    pick: in place of fps, which frames, from where to where, and which part of them.
    longest: px of the longer side, for small ones to look at.
    progress: called with (stills done, stills expected) after each still; with scenes, of which nobody knows how many
    there are, with seconds in place of stills.
    name: what to call the film in sentences, where it does not lie under its own name.
    should_stop: asked twice a second; at a yes it ends as if there were no more.
    Yields (second in the film, PNG in `folder`), upright, with square pixels, in the film's own size. ffmpeg works no
    further ahead than the caller takes, and is ended when the caller stops. The caller owns the PNGs.
    Raises UserError for what is not a film, is broken, is longer than 4 hours, or has ended before the start.
    """
    path = Path(path)
    name = path.name if name is None else name
    pick = pick or Pick(fps=fps)
    with naming(name, folder):
        form, streams, seconds = _look(path)
        if pick.start and pick.start >= seconds:
            raise Refusal("has ended by then", f"It lasts {clock(seconds)}, and the start is {clock(pick.start)}.",
                          "Choose an earlier start.")
    expected, done, last = pick.expected(seconds, streams.rate), 0, 0
    with closing(_taken(path, Path(folder), form, streams, pick, longest, seconds, should_stop)) as taken:
        while still := _next(taken, name, folder):
            done += 1
            step, last = _step(pick, done, expected, still[0], seconds)
            if progress:
                progress(step, last)
            yield still
    if progress and (done < (expected or 0) or expected is None):
        progress(*((done, done) if expected is not None else (last, last)))


def _step(pick: Pick, done: int, expected: int | None, second: float, whole: float) -> tuple[int, int]:
    if expected is not None:
        return done, max(done, expected)
    return int(second - pick.start), max(1, int(pick.seconds(whole)))


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
        file_type = sniff.look(file)
        if file_type.kind != "film" and file_type.form != "gif":
            raise Refusal("is not a film", f"It is {file_type.words}.", "Choose a film (MP4, MOV, WebM, MKV, AVI, GIF).")
        _CHECKS.get(file_type.form, lambda file: None)(file)
    streams = ffmpeg.streams(path, file_type.form)
    if not streams.video:
        raise Refusal("has no moving picture", "There is only sound in it.", "Add it as a sound.")
    seconds = streams.seconds or _measured(path, file_type.form)
    if seconds > LONGEST:
        raise Refusal(f"is longer than {LONGEST // 3600} hours", "That is more than one film can be.",
                      "Cut it into shorter pieces and add those.")
    return file_type.form, streams, seconds


def _measured(path: Path, form: str) -> float:
    """The length in seconds of a film that does not tell (one recorded live): it is read through, not decoded."""
    report = ffmpeg.call(path, form, "-map", "0:v:0", "-c", "copy", "-f", "null", "-progress", "pipe:1", "-",
                       seconds=300).stdout
    times = re.findall(r"out_time_us=(\d+)", report)
    return int(times[-1]) / 1e6 if times else 0.0


# --- taking -----------------------------------------------------------------------------------------------------

# High dynamic range, as new phones film it, brought down to what a picture shows: white paper has 203 candela a square
# metre there (ITU-R BT.2408), the sun on water about five times as much.
_DIMMED = ("zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=bt709,tonemap=mobius:peak=5:desat=0,"
           "zscale=transfer=bt709:matrix=bt709:range=tv,format=yuv444p,")


# Containers in which ffmpeg finds a moment exactly. In the others it reads from the beginning.
_SEEKABLE = ("mov", "matroska", "avi")


def _between(form: str, pick: Pick) -> tuple[list[str], str, float]:
    """(arguments before the film, filters, the second at which the filters' own clock begins)."""
    if not pick.start and pick.end is None:
        return [], "setpts=PTS-STARTPTS,", 0.0
    if form in _SEEKABLE and pick.start:
        length = [] if pick.end is None else ["-t", f"{pick.end - pick.start:.3f}"]
        return ["-ss", f"{pick.start:.3f}", *length], "", pick.start
    end = "" if pick.end is None else f":end={pick.end:.3f}"
    return [], f"setpts=PTS-STARTPTS,trim=start={pick.start:.3f}{end},", 0.0


def _chosen(pick: Pick, clock_start: float) -> str:
    """ffmpeg's select filter."""
    if pick.scenes is not None:
        return f"select='isnan(prev_t)+gt(scene,{pick.scenes:.3f})'"
    if pick.every:
        return f"select='not(mod(n,{int(pick.every)}))'"
    since = pick.start - clock_start - 0.0005  # a grain of sand for what is rounded
    step = f"floor((t-({since:.4f}))*{pick.fps:.6f})"
    return f"select='isnan(prev_t)+gt({step},{step.replace('(t-', '(prev_t-')})'"


def _shape(pick: Pick, longest: int | None) -> str:
    """Square pixels, then the square window, then the small size that was asked for."""
    parts = ["scale=trunc(iw*sar+0.5):ih", "setsar=1"]
    if pick.window is not None:
        at = f"{pick.window:.4f}"
        parts.append(f"crop=w='min(iw,ih)':h='min(iw,ih)':x='(iw-ow)*{at}':y='(ih-oh)*{at}':exact=1")
    if longest:
        parts.append(f"scale=w='min(iw,{longest})':h='min(ih,{longest})':force_original_aspect_ratio=decrease:flags=area")
    return ",".join(parts)


def _taken(path: Path, folder: Path, form: str, streams: ffmpeg.Streams, pick: Pick, longest: int | None, whole: float,
           should_stop: Callable[[], bool] | None) -> Generator[tuple[float, Path], None, None]:
    before, cut, clock_start = _between(form, pick)
    filters = f"{cut}{_chosen(pick, clock_start)},{_DIMMED if streams.bright else ''}{_shape(pick, longest)},showinfo=checksum=0"
    process = ffmpeg.start(
        path, form, "-map", "0:v:0", "-vf", filters, "-fps_mode", "passthrough",
        "-pix_fmt", "rgba" if form == "gif" else "rgb24", "-c:v", "png", "-f", "image2pipe", "pipe:1",
        before=("-max_pixels", str(structure.PIXELS), *before),
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    seconds: queue.SimpleQueue[float] = queue.SimpleQueue()
    listener = threading.Thread(target=_listen, args=(process.stderr, seconds), daemon=True)
    listener.start()
    token, number, patience = secrets.token_hex(4), 0, _patience_for(pick, streams.rate, whole)
    try:
        while True:
            target = folder / f"{TEMPORARY}{token}-{number + 1:06d}.png"
            with _patience(process, patience, should_stop) as asked:
                there = _save_png(process.stdout, target, asked)
            if asked.is_set() and not there:
                return
            if not there:
                break
            number += 1
            yield round(clock_start + seconds.get(timeout=PATIENCE), 3), target
        if process.wait() or not number:
            raise broken("It cannot be decoded." if not number else
                         f"After {number} still pictures it cannot be decoded any further.")
    finally:
        _end(process)
        listener.join(timeout=PATIENCE)
        process.stderr.close()


def _patience_for(pick: Pick, rate: float, whole: float) -> float:
    """Seconds that one still may take: what lies before it is decoded, at the film's own speed at the slowest."""
    if pick.scenes is not None:
        return PATIENCE + whole
    return PATIENCE + (2 * pick.every / (rate or 25) if pick.every else 2 / pick.fps) + pick.start


_TIME = re.compile(rb"showinfo.* pts_time:\s*(-?[\d.]+)")


def _listen(stderr: IO, seconds: queue.SimpleQueue) -> None:
    """Reads what ffmpeg says, and passes on the second of each still."""
    for line in stderr:
        if match := _TIME.search(line):
            seconds.put(round(float(match[1]), 3))


@contextmanager
def _patience(process: subprocess.Popen, seconds: float, should_stop: Callable[[], bool] | None) -> Iterator[threading.Event]:
    """Stops ffmpeg when the block takes longer than `seconds`, or when it should stop: the event tells of that."""
    over, asked = threading.Event(), threading.Event()
    watch = threading.Thread(target=_watch, args=(process, seconds, should_stop, over, asked), daemon=True)
    watch.start()
    try:
        yield asked
    finally:
        over.set()
        watch.join(timeout=PATIENCE)


def _watch(process: subprocess.Popen, seconds: float, should_stop, over: threading.Event, asked: threading.Event) -> None:
    end = time.monotonic() + seconds
    while not over.wait(min(_ASKED_EVERY, seconds)):
        if should_stop and should_stop():
            asked.set()
        if asked.is_set() or time.monotonic() > end:
            process.kill()
            return


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.kill()
    if process.stdout is not None:
        process.stdout.close()
    process.wait()


def _save_png(stream: IO, target: Path, asked: threading.Event) -> bool:
    """Saves the next PNG of a row of them, chunk by chunk; False where the row has ended, or was asked to end."""
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
    if asked.is_set():
        return False
    raise cut_off("It cannot be decoded to its end.")
