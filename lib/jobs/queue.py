"""Where a waiting run stands in the queue of its workspace, and when its turn comes. Read `place_of`.

The order is the dispatcher's own. The time is what those before it still need, by their own count; where one of them
cannot tell, or another workspace has the device, the time is at least that.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from lib.errors import UserError
from lib.jobs import devices
from lib.jobs.fair_order import Waiting, fair_order, last_served
from lib.media import locks
from lib.media.files import read_json
from lib.project.runs import MACHINE, Run, in_workspace


@dataclass(frozen=True)
class Place:
    """number: 1 is the next to begin. of: how many wait. seconds: until it begins, by what is known. sure: all is known."""

    number: int
    of: int
    seconds: float
    sure: bool


def place_of(run: Run) -> Place | None:
    """None if it does not wait (any more)."""
    runs = [Run(path) for path in in_workspace(run.workspace)]
    statuses = {job.path: job.status for job in runs}
    served = last_served(statuses, lambda path: _asked(Run(path)).get("actor", ""))
    waiting = [_waiting(job, statuses[job.path]) for job in runs if statuses[job.path]["state"] == "queued"]
    order = [job.path for job in fair_order(waiting, served)]
    if run.path not in order:
        return None
    busy = [job for job in runs if statuses[job.path]["state"] == "running" and job.is_alive()]
    before = [job for job in fair_order(waiting, served)][: order.index(run.path)]
    mine = next(job for job in waiting if job.path == run.path)
    seconds, sure = _until(mine, before, {statuses[job.path].get("lane", ""): _left(job) for job in busy})
    return Place(order.index(run.path) + 1, len(order), seconds, sure)


def _until(mine: Waiting, before: list[Waiting], busy: dict[str, float | None]) -> tuple[float, bool]:
    """Plays the queue through: each job takes the device that is free first. Returns seconds, and whether all were known."""
    free = [(busy.get(lane) or 0.0, lane) for lane in mine.lanes]
    sure = all(lane in busy and busy[lane] is not None or not locks.is_held(devices.lock_path(lane)) for lane in mine.lanes)
    heapq.heapify(free)
    for job in before:
        if not free or not set(job.lanes).intersection(mine.lanes):
            continue        # it waits for another device
        takes = _left(Run(job.path))
        sure = sure and takes is not None
        at, lane = heapq.heappop(free)
        heapq.heappush(free, (at + (takes or 0.0), lane))
    return (free[0][0] if free else 0.0), sure and bool(free)


def _left(run: Run) -> float | None:
    """Seconds that it still needs, by its own count, or by what was measured before it began."""
    left = run.status.get("seconds_left")
    return left if left is not None else _asked(run).get("expected_seconds")


def _waiting(run: Run, status: dict) -> Waiting:
    asked = _asked(run)
    return Waiting(run.path, asked.get("actor", ""), status.get("queued", ""), devices.lanes(_device(run, asked)))


def _device(run: Run, asked: dict) -> str:
    """A run goes on where it began."""
    try:
        return read_json(run.path / MACHINE)["device"]
    except (OSError, ValueError, KeyError):
        return asked.get("device", "auto")


def _asked(run: Run) -> dict:
    try:
        return run.summary
    except UserError:
        return {}
