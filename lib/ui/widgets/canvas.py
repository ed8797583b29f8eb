"""A canvas to draw on, or to paint a mask on a picture: pencil, rubber, width of the line, undo. Read `draw`."""

from __future__ import annotations

import base64
from pathlib import Path

import streamlit as st

from lib.ui.widgets.component import component, packed

SIDE = 512      # px of the picture that comes back


def draw(*, key: str, ground: Path | None = None, mask: bool = False) -> str:
    """Shows it; returns what is drawn, as the data URL of a PNG of SIDE px, "" while nothing is.

    ground: a picture below the drawing. mask: what is painted comes back white on black, without the ground.
    """
    below = f"data:image/{ground.suffix.removeprefix('.')};base64,{base64.b64encode(ground.read_bytes()).decode()}" if ground else ""
    component(__file__, "canvas")(key=key, data=packed({"side": SIDE, "ground": below, "mask": mask}), on_picture_change=lambda: None)
    return st.session_state.get(key, {}).get("picture") or ""
