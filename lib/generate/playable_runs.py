"""What can be played: runs that have learned something, and bases that come with Handmade; and what they learned from. Read `playable`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib import models
from lib.errors import UserError
from lib.models.playing import MAKE
from lib.player import Playable, has_learned
from lib.project import consent, datasets, items, runs
from lib.project.items import Item
from lib.project.runs import Run

if TYPE_CHECKING:
    from lib.project import Project


def playable(project: Project) -> list[Run]:
    """Newest first. A run that still learns plays its last checkpoint; one in whose data somebody says no today is not played."""
    survey = consent.survey(project)
    return [run for run in _learned(project) if _may_play(project, survey, run)]


def writers(project: Project) -> list[Run]:
    """Those of them that write, newest first."""
    return [run for run in playable(project) if models.card(run.model).makes == "text"]


def bases() -> list[Playable]:
    """Those on this computer that make something by themselves: they have learned nothing from the project."""
    there = ((name, models.base(name)) for name in models.BASES)
    return [Playable(name, name, base.folder) for name, base in there if MAKE in base.card.ways and base.folder]


def makes(model: str, kind: str) -> bool:
    """True where it makes things of that kind: "image", "text" or "sound"."""
    return models.card(model).makes == kind


def not_playable(project: Project) -> int:
    """How many runs could be played if nobody in their data had said no."""
    survey = consent.survey(project)
    return sum(not _may_play(project, survey, run) for run in _learned(project))


def _may_play(project: Project, survey: consent.Survey, run: Run) -> bool:
    """One that lets go plays on as long as somebody's data is left."""
    if survey.of(run).whole:
        return True
    try:
        return models.card(run.model).lets_go and len(consent.closed_in(project, run)) < len(run.learned_from)
    except UserError:
        return False


def examples(project: Project, story: dict, count: int = 12) -> list[Item]:
    """Some of the datapoints that an output learned from, evenly over its dataset's training side: only such as may be shown.

    story: its provenance. [] where the dataset is gone.
    """
    try:
        rows = datasets.get(project, str(story.get("dataset", ""))).rows("train")
    except UserError:
        return []
    ids = list(dict.fromkeys(row["item"] for row in rows))
    for every in {max(1, len(ids) // count), 1 + len(ids) // 500}:
        shown = consent.check(items.find(project, ids=ids[::every]), "show").allowed
        if len(shown) >= count:
            break
    return shown[:: max(1, len(shown) // count)][:count] if ids else []


def _learned(project: Project) -> list[Run]:
    return [run for run in runs.newest_first(project) if _is_known(run) and has_learned(run)]


def _is_known(run: Run) -> bool:
    """False where it is damaged, or of a model that is not here."""
    try:
        return models.is_known(run.model)
    except UserError:
        return False
