"""How every page begins. Read `begin`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def begin(title: str = "") -> None:
    """Names the browser's tab and puts the wordmark in the corner. Call it before anything else is shown."""
    st.set_page_config(page_title=f"{title} · Handmade" if title else "Handmade", page_icon=str(ASSETS / "icon.svg"))
    st.logo(str(ASSETS / "logo.svg"), size="large")
