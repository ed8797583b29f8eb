"""How many datapoints of a dataset may be trained on today, and why the others may not (`standing`); and whether a run may
still be shown (`refusal`).

A page asks at every look, so the answer is kept for as long as nothing that it depends on changes: the dataset's tables,
the decisions about consent, the datapoints that there are, and the day.
"""

from __future__ import annotations

import datetime
import functools
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lib.errors import UserError
from lib.media.files import edition
from lib.project import items, permission
from lib.project.consent import Standing
from lib.project.dataset_folder import METADATA, SPLITS
from lib.project.datasets import Dataset, Version
from lib.project.runs import Run

_WHY = {
    "withdrawn": "consent was withdrawn",
    "expired": "consent has run out",
    "refused": "consent was refused",
    "asked": "asked, but not answered yet",
    "unknown": "nobody has been asked",
    "given": "consent is given, but not for training",
    "limited": "consent is given, but not for training",
}
_GONE = "no longer in the project"


@dataclass(frozen=True)
class Allowance:
    """allowed: how many of all may be trained on today. why: for the others, how many for which reason."""

    allowed: int
    of: int
    why: dict[str, int]

    @property
    def whole(self) -> bool:
        return self.allowed == self.of


def standing(project, dataset: Dataset | Version) -> Allowance:
    """dataset: or the sum of it that a list has. Takes a tenth of a second for 10,000 datapoints at first, no time after that."""
    tables = tuple(edition(dataset.path / split / METADATA) for split in SPLITS)
    return _standing(_Asked(project), dataset.path, tables, _record(project), datetime.date.today())


def refusal(project, run: Run) -> UserError | None:
    """Why a run is not shown, continued or played today: somebody in its data does not allow it. None where all do.

    Takes a tenth of a second for 10,000 datapoints at first, no time after that unless it is refused.
    """
    [ground] = permission.grounds(project, [run])
    if ground.whole:
        return None
    try:
        permission.check_run(project, run, "This run is not shown, continued or played today.")
    except UserError as error:
        return error
    return None


class _Asked:
    """Carries what to ask past the cache: two of them count as the same, the other arguments decide."""

    def __init__(self, project):
        self.project = project

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked)

    def __hash__(self) -> int:
        return 0


@functools.lru_cache(maxsize=64)
def _standing(asked: _Asked, path: Path, tables: tuple, record: tuple, today: datetime.date) -> Allowance:
    ids = Dataset(path).items
    with asked.project.database.read() as connection:
        found = "SELECT id FROM items WHERE id IN (SELECT value FROM json_each(?))"
        there = set(connection.exec_driver_sql(found, (json.dumps(ids),)).scalars())
        said = items.standings(connection, ids)
    nothing = Standing()
    reasons = Counter(_reason(said.get(one, nothing)) if one in there else _GONE for one in ids)
    allowed = reasons.pop("", 0)
    asked.project = None    # the cache keeps the answer, not what it was made from
    return Allowance(allowed, len(ids), dict(reasons.most_common()))


def _reason(standing: Standing) -> str:
    """"" if it allows training."""
    return "" if standing.allows("train") else _WHY[standing.state]


def _record(project) -> tuple:
    """Something else as soon as anybody decides anything, or a datapoint comes or goes."""
    asked = "SELECT (SELECT max(id) FROM consents), count(*), max(number) FROM items"
    with project.database.read() as connection:
        return tuple(connection.exec_driver_sql(asked).one())
