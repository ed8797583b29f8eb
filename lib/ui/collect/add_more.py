"""The line "Add more" on Collect, to which the ways in fold where there is data, so that the pictures have the room. Read `is_open`.

They open at a press, where a way stands in the address, and where something begins to wait in them (chosen files, a film
to choose stills from); they fold at another press, and once what waited was handed over. The ways themselves are ways.py.
"""

from __future__ import annotations

import streamlit as st

from lib.project import Project
from lib.ui.collect import uploader

_WAYS = "files, a film, a scan, the camera, a drawing, a sound, a text, the web"
_LINE, _END = "foldable.more", "ways-end"     # keys of what stands above the ways, and below them
# All between the two is on the page, only not shown: a drawing or a camera does not begin anew because something folds.
HIDES = """<style>[data-testid=stLayoutWrapper]:has(> .st-key-foldable-more) ~ *:has(~ [data-testid=stLayoutWrapper] > .st-key-ways-end),
[data-testid=stLayoutWrapper]:has(> .st-key-ways-end) { display: none; }</style>"""


def is_open(project: Project, waits: bool) -> bool:
    """Whether the ways are open at this look. waits: something was begun in them, and not handed over yet."""
    mind, now = _mind(project), uploader.current_round()
    if waits and not mind["waited"]:
        mind["open"] = True
    elif now != mind["round"] and not waits:
        mind["open"] = False
    mind["waited"], mind["round"] = waits, now
    return mind["open"]


def line(project: Project, is_open: bool) -> None:
    """The line, which opens and folds them."""
    with st.container(key=_LINE):
        st.button(
            f"**Add more** · {'what you have begun waits here' if _mind(project)['waited'] and not is_open else _WAYS}",
            key="fold.more", type="tertiary", width="stretch",
            icon=":material/keyboard_arrow_down:" if is_open else ":material/keyboard_arrow_right:",
            on_click=open_or_fold, args=(project, not is_open),
        )  # fmt: skip
    if not is_open:
        st.html(HIDES)


def end() -> None:
    """Below the ways: what follows is not folded."""
    with st.container(key=_END):
        st.divider()


def open_or_fold(project: Project, is_open: bool) -> None:
    _mind(project)["open"] = is_open


def _mind(project: Project) -> dict:
    """open: as it stands. waited, round: as they were at the last look."""
    begun = {"open": "way" in st.query_params, "waited": False, "round": uploader.current_round()}
    return st.session_state.setdefault(f"collect.more.{project.path}", begun)
