"""The parts of the first page: the picture of the way, the cards of the projects. Read pages/home/welcome.py first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from lib.errors import UserError
from lib.ui import pictures, rooms, shelf, show, side

_CARDS = 12     # on one page

WHAT = """
Gather pictures yourself, with the consent of the people behind them, and train a model of your own on nothing else.
Then play with what it has learned. Everything stays on this computer.
"""

# (step, what one does there, picture in assets/way/)
WAY = [
    ("Collect", "pictures that you draw, film or find, and whose they are"),
    ("Augment", "cut them to one size, and freeze a dataset"),
    ("Train", "a small model, in the background, on nothing else"),
    ("Generate", "new pictures, each with the way back to yours"),
]


def side_bar() -> None:
    """Shows the open project beside the first page as well, where there is one."""
    name = st.query_params.get("project", "")
    if name:
        try:
            side.bar(shelf.open_project(name))
        except UserError:
            st.session_state.pop("project", None)
            del st.query_params["project"]


def way() -> None:
    """The way from pictures to pictures, in four steps beside each other (below each other on a phone)."""


def sample_picture(assets: Path) -> None:
    """Some of the tulips, so that one knows what one gets."""


def page_of(projects: Sequence[shelf.Entry]) -> Sequence[shelf.Entry]:
    """The cards of this page of them."""
    if len(projects) <= _CARDS:
        return projects
    pages = -(-len(projects) // _CARDS)
    page = st.pagination(pages) if hasattr(st, "pagination") else 1
    return projects[(page - 1) * _CARDS : page * _CARDS]


def card(entry: shelf.Entry) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        source = side.cover_of(entry.project)
        if source:
            pictures.one(source, f"A datapoint of {entry.name}", key=f"card.{entry.folder}")
        st.markdown(f"**{show.plain(entry.name)}**  \n{entry.content}")
        rooms.link("make/collect.py", entry.project, "Open", icon=":material/arrow_forward:")
