"""Choosing several datapoints in a grid, over several pages of it. Read `several`.

    chosen = choose.several(pictures, key="label.grid")      # the ids that are chosen now, also those on other pages

Click, Shift and click, space and arrow keys, Ctrl A. `choose.all_of(key, ids)` and `choose.none(key)` are for buttons.
"""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from lib.ui.widgets.component import component, packed
from lib.ui.widgets.picture_grid import Picture


def several(pictures: Iterable[Picture], *, key: str, size: int = 128) -> list[str]:
    """Shows them with what is chosen; returns the ids of all that are chosen, in the order in which they were."""
    pictures = list(pictures)
    cells = [
        {"id": picture.id, "source": picture.source, "alt": picture.alt, "label": picture.label, "dim": picture.dim}
        for picture in pictures
    ]
    chosen = st.session_state.setdefault(_chosen(key), {})
    data = {"cells": cells, "chosen": list(chosen), "edition": _edition(key, cells), "size": size}
    component(__file__, "choices")(key=key, data=packed(data), on_chosen_change=lambda: _take(key))
    return list(chosen)


def all_of(key: str, ids: Iterable[str]) -> None:
    """Chooses exactly these, whether they are on this page or not."""
    st.session_state[_chosen(key)] = dict.fromkeys(ids, True)
    _begin_anew(key)


def none(key: str) -> None:
    all_of(key, [])


def _take(key: str) -> None:
    """What the browser says of those that it shows; what is chosen on other pages stays."""
    choice = st.session_state[key].get("chosen")
    if not choice or not choice["edition"].startswith(f"{_rounds(key)}."):
        return
    chosen = st.session_state.setdefault(_chosen(key), {})
    for picture_id in choice["of"]:
        chosen.pop(picture_id, None)
    chosen.update(dict.fromkeys(choice["ids"], True))


def _edition(key: str, cells: list[dict]) -> str:
    """Another one where the page chose by itself, or shows others: then the browser takes over what the page says."""
    shown = hash(tuple(cell["id"] for cell in cells)) & 0xFFFFFFFF
    return f"{_rounds(key)}.{shown:x}"


def _begin_anew(key: str) -> None:
    st.session_state[f"{key}.rounds"] = _rounds(key) + 1


def _rounds(key: str) -> int:
    return st.session_state.get(f"{key}.rounds", 0)


def _chosen(key: str) -> str:
    return f"{key}.all"
