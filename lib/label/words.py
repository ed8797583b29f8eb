"""Captions and tags, with a memory."""

from __future__ import annotations

import json
from collections.abc import Iterable

from lib.errors import UserError
from lib.project import given, labels
from lib.project.items import Item

_LONGEST = 10_000  # characters of a caption


def set_caption(project, item_id: Item | str, caption: str) -> None:
    """Gives a datapoint (the item, or its id) its caption; "" takes it away.

    Raises UserError if there is no such datapoint, or the caption is no text, or a book.
    """
    project, item_id, caption = given.project(project), given.item_id(item_id), given.text("caption", caption)
    if len(caption) > _LONGEST:
        raise UserError(
            f"This caption has {len(caption)} characters.",
            f"The most is {_LONGEST}.",
            "Keep the long text as a note or a document.",
        )
    labels.change(project, item_id, "caption", caption.strip())


def set_tags(project, item_id: Item | str, tags: Iterable[str]) -> None:
    """Gives a datapoint (the item, or its id) its tags, each once, in the order given; [] takes them away.

    Raises UserError if there is no such datapoint, or a tag is no text.
    """
    project, item_id = given.project(project), given.item_id(item_id)
    words = [" ".join(given.text("tags", tag).split()) for tag in given.several("tags", tags)]
    tags = json.dumps([word for word in dict.fromkeys(words) if word], ensure_ascii=False)
    labels.change(project, item_id, "tags", tags)


def undo(project) -> str | None:
    """Takes back the actor's own last change; called again, the one before. Returns the datapoint's id, or None."""
    return labels.undo(given.project(project))
