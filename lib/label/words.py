"""Captions and tags, with a memory."""

from __future__ import annotations

import json
from collections.abc import Iterable

from lib.errors import UserError
from lib.project import items

_LONGEST = 10_000  # characters of a caption


def set_caption(project, item_id: str, caption: str) -> None:
    """Gives a datapoint its caption. Raises UserError if there is no such datapoint, or it is a book."""
    if len(caption) > _LONGEST:
        raise UserError(
            f"This caption has {len(caption)} characters.",
            f"The most is {_LONGEST}.",
            "Keep the long text as a note or a document.",
        )
    items.change_field(project, item_id, "caption", caption.strip())


def set_tags(project, item_id: str, tags: Iterable[str]) -> None:
    """Gives a datapoint its tags, each once, in the order given."""
    if isinstance(tags, str):
        raise UserError(f"Tags are a list, not {tags!r}.", "", f'Write ["{tags}"].')
    words = [" ".join(tag.split()) for tag in tags]
    items.change_field(
        project, item_id, "tags", json.dumps([word for word in dict.fromkeys(words) if word], ensure_ascii=False)
    )


def undo(project) -> str | None:
    """Takes back the actor's own last change; called again, the one before. Returns the datapoint's id, or None."""
    return items.undo(project)
