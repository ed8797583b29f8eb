"""The same training once more, without those who have said no since. Read `again_without`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.project import datasets
from lib.project.runs import Run
from lib.train.resolve_settings import earlier
from lib.train.starting import start

if TYPE_CHECKING:
    from lib.project import Project


def again_without(project: Project, run: object) -> Run:
    """Starts a run anew with the same settings and seed, on its dataset without whoever does not allow training today.

    The dataset as it is where it has shrunk already, else its next version. One that had begun with an earlier run begins with
    nothing where that one may not be used either. Raises UserError if nobody is left, or too few.
    """
    was = project.run(run)
    asked = was.request
    dataset = datasets.next_without(project, datasets.get(project, was.dataset_path))
    settings = {name: asked["settings"][name] for name in asked["changed"]}
    if settings.get("transfer_from") and not _may_begin_with(project, settings["transfer_from"]):
        del settings["transfer_from"]
    return start(project, was.model, dataset, preset=asked["preset"], seed=asked["seed"], device=asked["device"], **settings)


def _may_begin_with(project: Project, which: str) -> bool:
    try:
        earlier(project, which)
    except UserError:
        return False
    return True
