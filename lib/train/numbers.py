"""The numbers of a run, thin enough to look at. Read `curves` (the whole way) and `latest` (how it is now).

A run of 100,000 steps has a file of 7 MB, so neither reads all of it: `curves` takes up to 300 short bites at even distances
and draws the mean of each, `latest` reads the end. The distance doubles as the file grows, so old bites are kept.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path

from lib.project.runs import METRICS, Run, tail

POINTS = 300  # on a curve; more than a screen shows
_BITE = 2048  # bytes; at least one line with numbers is in it
_WHOLE = POINTS * _BITE  # a file up to this size is read as it is
_LATEST = 48_000  # bytes
_NO_CURVE = ("step", "seconds")


def curves(run: Run) -> list[dict]:
    """At most 300 points from the first step to the last, each the mean of what was reported around it."""
    return _curves(run.path / METRICS, *_stamp(run))


def latest(run: Run) -> list[dict]:
    """The last reports that hold more than a step, some hundreds at most, oldest first."""
    return _latest(run.path / METRICS, *_stamp(run))


def seconds_taken(run: Run) -> float | None:
    """How long it has trained, pauses left out; None before the first step."""
    lines = _parse(tail(run.path / METRICS, 1024))
    return lines[-1]["seconds"] if lines else None


def mean(points: list[dict]) -> dict:
    """The mean of each number over some reports."""
    names = dict.fromkeys(name for point in points for name in point)
    held = {name: [point[name] for point in points if name in point] for name in names}
    return {name: sum(values) / len(values) for name, values in held.items()}


@functools.lru_cache(maxsize=32)
def _curves(path: Path, size: int, _changed: int) -> list[dict]:
    if size <= _WHOLE:
        return _in_groups(_with_numbers(_parse(tail(path, size))))
    each, file = _BITE, path.stat().st_ino
    while size // each > POINTS:
        each *= 2
    bites = [_bite(path, file, start) for start in range(0, size - _BITE, each)]
    return [point for point in (*bites, mean(_with_numbers(_parse(tail(path, _BITE))))) if point]


@functools.lru_cache(maxsize=32)
def _latest(path: Path, size: int, _changed: int) -> list[dict]:
    return _with_numbers(_parse(tail(path, min(size, _LATEST))))


@functools.lru_cache(maxsize=8192)
def _bite(path: Path, _file: int, start: int) -> dict:
    """The mean of the reports in one bite; read once, since what stands there stays (another file, after a resume, does not)."""
    with open(path, "rb") as file:
        file.seek(start)
        raw = file.read(_BITE).decode("utf-8", errors="replace")
    return mean(_with_numbers(_parse(raw if start == 0 else raw.partition("\n")[2])))


def _in_groups(points: list[dict]) -> list[dict]:
    """Neighbours become one point, where there are more than can be seen."""
    each = -(-len(points) // POINTS) or 1
    return [mean(points[start : start + each]) for start in range(0, len(points), each)]


def _with_numbers(lines: Iterable[dict]) -> list[dict]:
    return [line for line in lines if any(name not in _NO_CURVE for name in line)]


def _parse(text: str) -> list[dict]:
    """One dict a line; a line that is cut is passed over. In one go, since a file of these has thousands."""
    lines = [line for line in text.split("\n") if line.startswith("{") and line.endswith("}")]
    try:
        return json.loads(f"[{','.join(lines)}]")
    except ValueError:
        return [point for line in lines if (point := _parse_one(line))]


def _parse_one(line: str) -> dict | None:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _stamp(run: Run) -> tuple[int, int]:
    """Its size in bytes, and when it was written to."""
    try:
        stat = (run.path / METRICS).stat()
    except OSError:
        return 0, 0
    return stat.st_size, stat.st_mtime_ns
