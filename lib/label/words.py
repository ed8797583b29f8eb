"""One label of one datapoint, each with a memory. Read `set_caption`; all others are like it.

Whatever is set here can be taken back with `undo`, the actor's own changes one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lib.label.browser_requests import other_half
from lib.label.values import as_text
from lib.project import arguments, labels
from lib.project.items import Item

if TYPE_CHECKING:
    from lib.project import Project


def set_caption(project: Project, item_id: Item | str, caption: str) -> None:
    """Gives a datapoint (the item, or its id) its caption; "" takes it away.

    Raises UserError if there is no such datapoint, or the caption is no text, or a book.
    """
    _set(project, item_id, "caption", caption)


def set_tags(project: Project, item_id: Item | str, tags: Iterable[str]) -> None:
    """Gives a datapoint (the item, or its id) its tags, each once, in the order given; [] takes them away.

    Raises UserError if there is no such datapoint, or a tag is no text.
    """
    _set(project, item_id, "tags", tags)


def set_class(project: Project, item_id: Item | str, class_name: str) -> None:
    """Gives a datapoint its class; "" takes it away. A class that the project does not have yet joins its list."""
    from lib.label.classes import join

    _set(project, item_id, "class_name", class_name)
    join(project, class_name)


def set_note(project: Project, item_id: Item | str, note: str) -> None:
    """A free note about a datapoint; "" takes it away. Models never see it."""
    _set(project, item_id, "note", note)


def set_transcript(project: Project, item_id: Item | str, transcript: str) -> None:
    """The words that are heard in a sound; "" takes them away."""
    _set(project, item_id, "transcript", transcript)


def exclude(project: Project, item_id: Item | str, why: str = "") -> None:
    """Keeps a datapoint out of every dataset from now on. It stays in the project, with the reason. Undo: `include`."""
    _set(project, item_id, "excluded", why or True)


def include(project: Project, item_id: Item | str) -> None:
    """Lets an excluded datapoint in again."""
    _set(project, item_id, "excluded", False)


def set_crop(project: Project, item_id: Item | str, crop: Sequence[float] | None) -> None:
    """The part of a picture that counts, [x, y, width, height] as fractions of it; None or [] for all of it."""
    _set(project, item_id, "crop", crop)


def set_points(project: Project, item_id: Item | str, points: Iterable[dict]) -> None:
    """Points of interest, [{"name": "nose", "x": 0.5, "y": 0.4}] as fractions; [] takes them away."""
    _set(project, item_id, "points", points)


def set_regions(project: Project, item_id: Item | str, regions: Iterable[dict]) -> None:
    """Boxes, [{"name": "hand", "x": 0.1, "y": 0.2, "w": 0.3, "h": 0.3}] as fractions; [] takes them away."""
    _set(project, item_id, "regions", regions)


def set_mask(project: Project, item_id: Item | str, mask: str | None) -> None:
    """A black and white PNG as a data address (white is in), at most 1024 px; None or "" takes it away."""
    _set(project, item_id, "mask", mask)


def set_pair(project: Project, item_id: Item | str, other: Item | str | None) -> None:
    """The other half of a pair: this one is the source, `other` the target that a model learns to make of it.

    Raises UserError where the other half is not there, or is this one itself.
    """
    if other:
        other = other_half(arguments.project(project), arguments.item_id(item_id), arguments.item_id(other))
    _set(project, item_id, "pair", other)


def undo(project: Project, token: str | None = None, batch: str | None = None) -> str | None:
    """Takes back the actor's own last change; called again, the one before. Returns the datapoint's id, or None.

    token: takes back the change with this token instead (labels.Change), once. batch: what was changed under this name.
    """
    return labels.undo(arguments.project(project), token, batch)


def _set(project: Project, item_id: Item | str, field: str, value: object) -> None:
    labels.change(arguments.project(project), arguments.item_id(item_id), field, as_text(field, value))
