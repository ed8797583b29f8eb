"""A canvas to draw on, or to paint a mask on a picture: pencil, rubber, width of the line, undo. Read `draw`."""

from __future__ import annotations

import base64
import functools
import io
from pathlib import Path

import streamlit as st
from PIL import Image

from lib.media.picture import open_picture
from lib.ui.widgets.component import component, packed

SIDE = 512      # px of the longer side of the picture that comes back


def draw(*, key: str, ground: Path | None = None, mask: bool = False) -> str:
    """Shows it; returns what is drawn, as the data URL of a PNG of SIDE px, "" while nothing is.

    ground: a picture below the drawing, whose shape it takes. mask: what is painted comes back white on black, without the ground.
    Raises UserError where the ground is no picture.
    """
    below, wide, high = _ground(ground) if ground else ("", SIDE, SIDE)
    component(__file__, "canvas")(key=key, data=packed({"wide": wide, "high": high, "ground": below, "mask": mask}), on_picture_change=lambda: None)
    return st.session_state.get(key, {}).get("picture") or ""


@functools.lru_cache(maxsize=8)
def _ground(path: Path) -> tuple[str, int, int]:
    """The picture, small, as a data URL; its width and height. The file never changes: each that is given is one of its own."""
    picture = open_picture(path).convert("RGB")
    scale = SIDE / max(picture.size)
    wide, high = (max(1, round(side * scale)) for side in picture.size)
    content = io.BytesIO()
    picture.resize((wide, high), Image.Resampling.LANCZOS, reducing_gap=2.0).save(content, "JPEG", quality=90)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}", wide, high
