"""Suggestions from earlier labels: an unlabelled item is offered what the labelled ones that are most like it have.

k nearest neighbours (Fix and Hodges, 1951; weighted by likeness as in Dudani, 1976) over vectors of the project's own
items. Which words there are is learned from nothing but the labels of this project; which pictures are alike, eyes say that
learned on ImageNet, where they are installed (`seen_by`). Nothing leaves the computer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.label.suggestions import keep_suggestions
from lib.media import likeness
from lib.project import arguments, items, vectors
from lib.project.consent import check
from lib.project.items import Item

if TYPE_CHECKING:
    from lib.project import Project

MADE_BY = "nearest neighbours"
_NEIGHBOURS = 5
FIELDS = ("class_name", "tags", "caption")


def suggest_from_neighbours(
    project: Project,
    field: str = "class_name",
    *,
    kind: str = "image",
    least: float = 0.5,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict | None:
    """Suggests a class, tags or a caption for every item that has none, from the five labelled ones most like it.

    least: of the neighbours' weight, the share that must speak for a word (0 to 1); a caption is that of the nearest one.
    What consent does not allow to label neither teaches nor is asked about.
    Returns {"suggested", "learned_from", "open", "not_allowed": how many are passed over for that}, or None if it was
    stopped. Raises UserError where nothing is labelled yet.
    """
    project, least = arguments.project(project), arguments.number("least", least, 0, 1)
    if field not in FIELDS:
        raise UserError(f"Neighbours cannot tell the {arguments.shown(field)}.", "", f"Choose one of: {', '.join(FIELDS)}.")
    rows = vectors.vectors(project, kind, progress=progress, should_stop=should_stop)
    if rows is None:
        return None
    known, unknown, not_allowed = _by_label(project, rows.ids, kind, field)
    if not known:
        raise UserError(
            f"There is no {field.removesuffix('_name')} to learn from yet.",
            "Suggestions come from the labels that you have given so far, where consent allows labelling.",
            "Label a few by hand first, of each sort that there is, then ask again.",
        )
    if field == "class_name" and len({item.class_name for item in known}) == 1:
        raise UserError(
            f"So far there is only one class: {known[0].class_name}.",
            "Everything would be proposed to be that.",
            "Label a few of another class by hand, then ask again.",
        )
    place = {item: at for at, item in enumerate(rows.ids)}
    learned = rows.features[[place[item.id] for item in known]]
    proposals = []
    if unknown:
        asked = rows.features[[place[item.id] for item in unknown]]
        which, far = likeness.nearest(asked, learned, min(_NEIGHBOURS, len(known)))
        for item, neighbours, distances in zip(unknown, which, far, strict=True):
            beside = [(known[at], max(1e-6, 1 - float(distance))) for at, distance in zip(neighbours, distances, strict=True)]
            proposals += [(item.id, field, value, score) for value, score in _proposals(beside, field, least)]
    suggested = keep_suggestions(project, proposals, MADE_BY)
    return {"suggested": suggested, "learned_from": len(known), "open": len(unknown), "not_allowed": not_allowed}


def _by_label(project: Project, ids: tuple[str, ...], kind: str, field: str) -> tuple[list[Item], list[Item], int]:
    """Those that have the label, those that have not, and how many may not be labelled. What is excluded is none of these."""
    there = set(ids)
    all_of_them = [item for item in items.find(project, kind, excluded=False) if item.id in there]
    allowed = check(all_of_them, "label").allowed
    known = [item for item in allowed if getattr(item, field)]
    return known, [item for item in allowed if not getattr(item, field)], len(all_of_them) - len(allowed)


def _proposals(beside: list[tuple[Item, float]], field: str, least: float) -> list[tuple[object, float]]:
    """(value, score from 0 to 1): at most one."""
    whole = sum(weight for _, weight in beside)
    if field == "caption":
        nearest, weight = beside[0]
        return [(nearest.caption, weight)] if weight >= least else []
    votes: dict[str, float] = defaultdict(float)
    for item, weight in beside:
        for word in [item.class_name] if field == "class_name" else item.tags:
            votes[word] += weight / whole
    good = sorted(((share, word) for word, share in votes.items() if share >= least), reverse=True)
    if not good:
        return []
    return [(good[0][1], good[0][0])] if field == "class_name" else [([word for _, word in good], good[0][0])]
