"""What Streamlit's own frame gets wrong, mended: for the eye (frame.css) and for people who listen (frame.js)."""

from __future__ import annotations

import functools
from pathlib import Path

import streamlit as st

from lib.ui.widgets.component import component

STYLES = Path(__file__).with_suffix(".css")


def style() -> None:
    """How the frame looks. Asked for at the top of every page, before anything is drawn."""
    st.html(_styles())


@functools.cache
def _styles() -> str:
    return f"<style>{STYLES.read_text(encoding='utf-8')}</style>"


def mend() -> None:
    """Names and roles that the frame forgets. Nothing is seen of it."""
    component(__file__, "frame")(key="frame", height=1)
