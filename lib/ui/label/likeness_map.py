"""The map of likeness: every datapoint as a point, near to what it is like; zoom, move, and a lasso. Read `likeness`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lib.project import Project, items
from lib.ui.http import addresses
from lib.ui.widgets.component import component, packed


def likeness(project: Project, places: Mapping[str, Sequence[float]], *, key: str, height: int = 520) -> list[str]:
    """Draws the map; returns the ids that are chosen with the lasso. places: {id: (x, y)}, each from 0 to 1."""
    numbers = items.numbers(project)
    classes = {item.id: item.class_name for item in items.find(project)} if len(places) <= 3000 else {}
    names = sorted({classes.get(item_id, "") for item_id in places} - {""})
    points: list[list[Any]] = [
        [item_id, round(x, 4), round(y, 4), numbers.get(item_id, 0), names.index(classes[item_id]) if classes.get(item_id) else -1]
        for item_id, (x, y) in places.items() if item_id in numbers
    ]  # fmt: skip
    first = next((point[0] for point in points), "")
    data = {"points": points, "classes": names, "address": _pattern(project, first), "height": height}
    component(__file__, "likeness_map")(key=key, data=packed(data), on_chosen_change=lambda: None)
    chosen = (st.session_state.get(key) or {}).get("chosen") or []
    return [item_id for item_id in chosen if item_id in places]


def _pattern(project: Project, item_id: str) -> str:
    """The address of a small picture with "*" in place of the id; "" where pictures are not served: then points are drawn."""
    if not item_id:
        return ""
    address = addresses.thumbnail(project, items.get(project, item_id), 128)
    return address.replace(item_id, "*") if address.startswith("/") else ""
