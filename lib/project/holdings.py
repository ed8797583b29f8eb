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
    "web": "lib.collect.web",
    "outputs": "lib.project.outputs",  # before runs and datasets: they are found through these
    "runs": "lib.project.runs",
    "datasets": "lib.project.datasets",
}
CACHES = ("thumbnails", "previews", "vectors", "look", "web")  # what can be made anew: goes with each item deleted for good


def touched(project, items: Iterable, only: Iterable[str] = tuple(HOLDINGS)) -> dict[str, list]:
    """What each holding keeps of these items. only: the names of the holdings that are asked."""
    items = list(items)
    return {name: importlib.import_module(HOLDINGS[name]).touched(project, items) for name in only}


def forget(project, items: Iterable, only: Iterable[str] = tuple(HOLDINGS)) -> None:
    """Makes every holding let go of these items, as far as each can. only: the names of the holdings that are meant."""
    items = list(items)
    for name in only:
        importlib.import_module(HOLDINGS[name]).forget(project, items)
