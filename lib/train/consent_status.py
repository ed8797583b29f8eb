"""How many datapoints of a dataset may be trained on today (`standing`), and whether a run may still be shown (`refusal`).

Both ask lib/project/consent, which remembers the answer for as long as it holds: a page asks at every look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.project import consent
from lib.project.consent import Allowance
from lib.project.datasets import Dataset, Version
from lib.project.runs import Run

if TYPE_CHECKING:
    from lib.project import Project


def standing(project: Project, dataset: Dataset | Version) -> Allowance:
    """dataset: or the sum of it that a list has."""
    return consent.survey(project).of(dataset if isinstance(dataset, Dataset) else Dataset(dataset.path))


def refusal(project: Project, run: Run) -> UserError | None:
    """Why a run is not shown, continued or played today: somebody in its data does not allow it. None where all do."""
    if consent.survey(project).of(run).whole:
        return None
    try:
        consent.require_run(project, run, "This run is not shown, continued or played today.")
    except UserError as error:
        return error
    return None
