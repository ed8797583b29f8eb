"""Which runs can be played: those that have learned something and make pictures."""

from __future__ import annotations

from lib import models
from lib.errors import UserError
from lib.generate.asking import has_learned
from lib.project import runs
from lib.project.runs import Run


def playable(project) -> list[Run]:
    """Newest first. A run that still learns plays its last checkpoint; one whose data was withdrawn is never played."""
    return [run for run in runs.newest_first(project) if _paints(run) and has_learned(run) and not run.withdrawn]


def _paints(run: Run) -> bool:
    try:
        return models.card(run.model).makes == "image"
    except UserError:   # damaged, or of a model that is not here
        return False
