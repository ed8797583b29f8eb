"""Curves drawn by hand, several over the same time: freehand, by points or by numbers, with a pencil or the keyboard. Read `draw`."""

from __future__ import annotations

import json
from collections.abc import Sequence

import streamlit as st

from lib.media.curves import LONGEST, SHORTEST, Axis, plain_axes
from lib.ui.widgets.component import component, packed

FIRST_LENGTH = 4.0      # seconds


def draw(axes: Sequence[Axis], *, key: str, label: str = "Curves", seconds: float = FIRST_LENGTH, fixed: bool = False) -> dict:
    """Shows the editor; returns what is drawn, as Curves.as_plain (lib/media/curves.py) has it, {} while nothing is.

    seconds: how long the sheet is at first. fixed: it stays so, since it lies over a sound of that length.
    """
    data = {"axes": plain_axes(axes), "label": label, "seconds": seconds, "shortest": SHORTEST, "longest": LONGEST, "fixed": fixed}
    component(__file__, "curve_editor")(key=key, data=packed(data), on_drawn_change=lambda: None)
    return json.loads(st.session_state.get(key, {}).get("drawn") or "{}")
