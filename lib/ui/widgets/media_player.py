"""Texts to read and sounds to hear, wherever a page shows what a model made. Pictures and films are shown by picture_grid.py."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lib.media.kinds import SOUND, TEXT
from lib.ui.widgets import show

_SHOWN = 4000   # letters of a text; the whole is in its file


def can_play(path: Path) -> bool:
    """False for a picture or a film."""
    return path.suffix in (SOUND.suffix, TEXT.suffix)


def play(path: Path) -> None:
    """Shows a text with its lines as they are, or a sound with its player."""
    if path.suffix == SOUND.suffix:
        st.audio(str(path))
        return
    text = path.read_text(encoding="utf-8", errors="replace").strip("\n")
    st.markdown(show.lines(text[:_SHOWN]) or ":small[An empty text.]")
    if len(text) > _SHOWN:
        st.markdown(f":small[… and {len(text) - _SHOWN:,} more letters in its file.]")
