"""What can be played: a run that has learned something, or a base that was never trained here. Read `find`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib import models
from lib.errors import UserError
from lib.models import Card
from lib.project import consent, datasets
from lib.project.runs import Run

if TYPE_CHECKING:
    from lib.project import Project


@dataclass(frozen=True)
class Playable:
    """id: of the run, or the name of the base.   model: its name in lib.models.   folder: what `load` is given.   run: None of a base."""

    id: str
    model: str
    folder: Path
    run: Run | None = None

    @property
    def card(self) -> Card:
        return models.card(self.model)

    @property
    def first(self) -> dict[str, Any]:
        """The controls that stand otherwise at first than the model's always do."""
        return models.played_with(self.model, self.run.settings) if self.run else {}

    @property
    def learned(self) -> str:
        """Another text as soon as there is something newer to play: another checkpoint, or the result."""
        if self.run is None:
            return "base"
        if self.run.result:
            return f"result {(self.run.result / 'model.json').stat().st_mtime_ns}"
        checkpoints = self.run.checkpoints()
        return checkpoints[-1].name if checkpoints else ""


def find(project: Project, which: object) -> Playable:
    """which: a run (its folder, its id), or the name of a base.

    Raises UserError if it is not there, has learned nothing yet, or if somebody in its data has withdrawn.
    """
    if isinstance(which, str) and which in models.BASES:
        return _base(which)
    run = project.run(which)
    if not has_learned(run):
        raise UserError(f"{run.id} has learned nothing yet.", f"It is {run.state}.", "Wait for its first checkpoint, then try again.")
    datasets.get(project, run.dataset_path)
    require(project, run, f"{run.id} is not played.")
    return of_run(run)


def require(project: Project, run: Run, what: str) -> None:
    """Raises UserError where a run may not be played today: somebody in its data says no, and it cannot play without them."""
    (consent.require_some if models.card(run.model).lets_go else consent.require_run)(project, run, what)


def silent(project: Project, playable: Playable) -> tuple[str, ...]:
    """The datapoints without which it plays today; () of a model that cannot let go of any."""
    return consent.closed_in(project, playable.run) if playable.run and playable.card.lets_go else ()


def of_run(run: Run) -> Playable:
    """A run as what plays; asks nobody."""
    return Playable(run.id, run.model, run.path, run)


def _base(name: str) -> Playable:
    base = models.base(name)
    if base.folder is None:
        raise UserError(f"{base.card.title} is not on this computer.", "Its weights were never fetched.", "Fetch them first, or choose a run of your own.")
    return Playable(name, name, base.folder)


def has_learned(run: Run) -> bool:
    """True once there is a model to play: a result, or at least a checkpoint."""
    return run.result is not None or bool(run.checkpoints())
