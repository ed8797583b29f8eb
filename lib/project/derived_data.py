"""Derived data: whatever keeps something made from items. Deleting for good walks this list, so nothing is forgotten by accident.

To add one, write `touched(project, items)` (what would be reached) and `forget(project, leaving)` in its module, and add
one line below. `forget` makes it let go of these items as far as it can; doing it twice ends in the same place.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lib.project.project import Project

DERIVED_DATA = {
    "thumbnails": "lib.project.thumbnails",
    "films": "lib.project.films",
    "papers": "lib.project.papers",
    "previews": "lib.augment.previews",
    "vectors": "lib.project.vectors",
    "look": "lib.project.survey_cache",
    "web": "lib.collect.web",
    "waiting": "lib.collect.waiting",  # what was handed over and still lies where it came in
    "tasks": "lib.jobs.traces",
    "errands": "lib.train.elsewhere.errands",  # trainings that were given out to other computers
    "runs": "lib.project.runs",  # before outputs: from then on nothing new is made with them
    "outputs": "lib.project.outputs",  # before datasets: they are found through these
    "own texts": "lib.collect.own_texts",  # datapoints that were written with a model
    "given": "lib.generate.given",  # frames of a film that runs have half made
    "datasets": "lib.project.datasets",
    "chat": "lib.chat.index",  # passages, their words and vectors
    "conversations": "lib.chat.conversations",
    "questions": "lib.chat.questions",
}
CACHES = ("thumbnails", "previews", "vectors", "look", "web")  # what can be made anew: goes in one transaction with the rows
INDEXES = ("vectors", "chat")  # where items are looked up by what they are like


@dataclass(frozen=True)
class Leaving:
    """What is deleted for good: items, and the people of whom nothing is left in the project then.

    said: "withdrawn" where somebody said no, "deleted" where it was done by hand.
    """

    items: list
    people: list = field(default_factory=list)
    said: str = "deleted"

    def __iter__(self) -> Iterator:
        return iter(self.items)

    @property
    def ids(self) -> set[str]:
        return {item.id for item in self.items}


def touched(project: Project, items: Iterable, only: Iterable[str] = tuple(DERIVED_DATA)) -> dict[str, list]:
    """What each of them keeps of these items. only: the names of those that are asked."""
    items = list(items)
    return {name: importlib.import_module(DERIVED_DATA[name]).touched(project, items) for name in only}


def forget(project: Project, leaving: Leaving | Iterable, only: Iterable[str] = tuple(DERIVED_DATA)) -> None:
    """Makes each of them let go. leaving: or just the items. only: the names of those that are meant."""
    leaving = leaving if isinstance(leaving, Leaving) else Leaving(list(leaving))
    for name in only:
        importlib.import_module(DERIVED_DATA[name]).forget(project, leaving)
