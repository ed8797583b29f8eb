"""Texts to read and sounds to hear, wherever a page shows what a model made. Pictures and films are shown by picture_grid.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from lib.media.kinds import SOUND, TEXT
from lib.ui.widgets import show, sound_player

_SHOWN = 4000   # letters of a text; the whole is in its file


def can_play(path: Path) -> bool:
    """False for a picture or a film."""
    return path.suffix in (SOUND.suffix, TEXT.suffix)


def play(path: Path, heard: Callable[[], sound_player.Heard], key: str) -> None:
    """Shows a text with its lines as they are, or a sound with its player. heard: asked where the browser finds the sound."""
    if path.suffix == SOUND.suffix:
        sound_player.hear(heard(), key=f"hear.{key}")
        return
    text = path.read_text(encoding="utf-8", errors="replace").strip("\n")
    st.markdown(show.lines(text[:_SHOWN]) or ":small[An empty text.]")
    if len(text) > _SHOWN:
        st.markdown(f":small[… and {len(text) - _SHOWN:,} more letters in its file.]")
