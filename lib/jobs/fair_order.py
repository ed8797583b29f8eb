"""Whose turn it is among the jobs that wait. Read `fair_order`: the dispatcher goes by it, and so does what is said about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lib.project.folder import RUNS


@dataclass(frozen=True)
class Waiting:
    """A queued job, with what its turn depends on."""

    path: Path
    actor: str
    queued: str
    lanes: tuple[str, ...]  # where it may run


def last_served(statuses: dict[Path, dict], actor_of) -> dict[str, str]:
    """When a run of each actor was last started."""
    served: dict[str, str] = {}
    for path, status in statuses.items():
        if status.get("started") and path.parent.name == RUNS:
            actor = actor_of(path)
            served[actor] = max(served.get(actor, ""), status["started"])
    return served


def fair_order(waiting: Iterable[Waiting], served: dict[str, str]) -> list[Waiting]:
    """Whose turn it is: the person served least recently first, those never served before all; then the oldest first."""
    order, served = [], dict(served)
    remaining = sorted(waiting, key=lambda job: (job.queued, str(job.path)))
    while remaining:
        job = min(remaining, key=lambda job: served.get(job.actor, ""))
        remaining.remove(job)
        order.append(job)
        served[job.actor] = f"~{len(order):06d}"  # after every date: they have had their turn in this round
    return order
