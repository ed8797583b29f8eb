"""Holdings: whatever keeps something made from items. Withdrawal walks this list, so nothing is forgotten by accident.

To add one, write `touched(project, items)` (what would be reached) and `forget(project, items)` in its module, and add
one line below.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable

HOLDINGS = {
    "thumbnails": "lib.project.thumbnails",
    "films": "lib.project.films",
    "previews": "lib.augment.previews",
    "vectors": "lib.project.vectors",
    "look": "lib.project.look",
    "outputs": "lib.project.outputs",  # before runs and datasets: they are found through these
    "runs": "lib.project.runs",
    "datasets": "lib.project.datasets",
}


def touched(project, items: Iterable, only: Iterable[str] = tuple(HOLDINGS)) -> dict[str, list]:
    """What each holding keeps of these items. only: the names of the holdings that are asked."""
    items = list(items)
    return {name: importlib.import_module(HOLDINGS[name]).touched(project, items) for name in only}


def forget(project, items: Iterable) -> None:
    """Makes every holding let go of these items, as far as each can."""
    items = list(items)
    for module in HOLDINGS.values():
        importlib.import_module(module).forget(project, items)
