"""A recipe as a picture of steps: one of a person's own pictures after each step, with arrows between them. Read `strip`."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from lib import augment
from lib.augment import Preview, Recipe
from lib.errors import UserError
from lib.project.items import Item
from lib.ui.http import addresses
from lib.ui.widgets.component import component, packed

if TYPE_CHECKING:
    from lib.project import Project

_MOST = 12      # steps that are shown; what follows is said in words
_SHORT = 24     # letters that a small picture can carry


def strip(cells: list[dict], *, key: str, side: int = 72) -> None:
    """Shows what `cells` has found. side: px of each picture."""
    component(__file__, "strip")(key=key, data=packed({"side": side, "cells": cells}))


def cells(project: Project, item: Item | None, recipe: Recipe) -> tuple[list[dict], bool]:
    """The picture as it is, then after each step; and whether a process of its own is still drawing some of it.

    item: the person's own picture that is followed; None shows our pictures of the steps. The two are never mixed.
    """
    began = [{"source": addresses.thumbnail(project, item), "alt": f"Number {item.number} as it is", "label": f"number {item.number}"}] if item else []
    made, left_out, waits = [], "", False
    for place, step in enumerate(recipe.steps[:_MOST]):
        cell = _ours(step)
        if item and not left_out:
            drawn = look(project, item, Recipe(recipe.steps[: place + 1]))
            left_out, waits = drawn.left_out, waits or drawn.waiting
            cell = _drawn(drawn, step, item) or {"source": "", "alt": "", "label": _label(step), "said": "is being drawn" if drawn.waiting else "not drawn"}
        if left_out:
            cell = {"source": "", "alt": "", "label": _label(step), "said": left_out}
        made.append(cell)
    more = len(recipe.steps) - _MOST
    rest = [{"source": "", "alt": "", "label": "", "said": f"and {more} more"}] if more > 0 else []
    return [*began, *made, *rest], waits


def look(project: Project, item: Item, recipe: Recipe) -> Preview:
    """What it becomes; nothing where these steps cannot be drawn in this order, or its file is gone: that is said elsewhere."""
    try:
        return augment.preview(project, item, recipe)
    except (UserError, OSError):
        return Preview()


def _drawn(drawn, step, item: Item) -> dict | None:
    """What the step made of the picture: its newest copy where it adds copies. None where nothing is drawn (yet)."""
    if not len(drawn):
        return None
    variant = drawn[-1] if step.adds else drawn[0]
    return {"source": carried(variant.webp), "alt": f"Number {item.number} after {step.title}", "label": _label(step)}


def _ours(step) -> dict:
    """Our own picture of what such a step does."""
    picture = addresses.step_picture(type(step).__name__)
    return {"source": picture, "alt": step.title, "label": _label(step), "drawn": True, "said": step.title}


def _label(step) -> str:
    """What was chosen, where that is short."""
    return step.words if len(step.words) <= _SHORT else step.title


def carried(webp: bytes) -> str:
    """A picture as an address that carries it."""
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}"
