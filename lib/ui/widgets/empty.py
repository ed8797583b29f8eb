"""What a page looks like while there is nothing on it: one picture, and beside it what happens next. Read `beside_picture`."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.ui.http import addresses
from lib.ui.widgets import picture_grid


def beside_picture(file: str, alt: str) -> DeltaGenerator:
    """Shows a picture of assets/way; returns the place beside it, to be filled with words. alt: what who cannot see it is told."""
    left, right = st.columns([1, 2], gap="large", vertical_alignment="center")
    with left:
        pictures = [picture_grid.Picture("first", addresses.asset(f"way/{file}"), alt)]
        picture_grid.grid(pictures, key="first", columns=1, size=260, click="", fit="natural")
    return right
