"""The pages of the workbench: which there are, and what stands in the side bar of each. Read `navigation`."""

from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from lib.project import Project

# (heading, [(file in pages/, title, address, icon)]). A page is named here when it works, and not before.
PAGES = [
    ("", [("home/welcome.py", "Home", "", ":material/home:")]),
    ("Make", [
        ("make/collect.py", "Collect", "collect", ":material/add_photo_alternate:"),
        ("make/label.py", "Label", "label", ":material/label:"),
        ("make/augment.py", "Augment", "augment", ":material/crop_rotate:"),
        ("make/journal.py", "Journal", "journal", ":material/menu_book:"),
    ]),
    ("Train", [
        ("train/train.py", "Train", "train", ":material/model_training:"),
        ("train/runs.py", "Runs", "runs", ":material/list_alt:"),
    ]),
    ("Play", [
        ("play/generate.py", "Generate", "generate", ":material/auto_awesome_mosaic:"),
        ("play/audio.py", "Audio", "audio", ":material/graphic_eq:"),
        ("play/chat.py", "Chat", "chat", ":material/forum:"),
    ]),
]  # fmt: skip
# Opened from a page, never from the side bar.
INNER = [
    ("make/datapoint.py", "Datapoint", "datapoint"),
    ("make/slips.py", "Slips", "slips"),
    ("play/edit.py", "Edit", "edit"),
    ("play/learned.py", "What it learned from", "learned"),
    ("play/kept.py", "Kept texts", "kept"),
    ("play/who.py", "Who is in the picture?", "who"),
    ("train/run.py", "Run", "run"),
]
_SCRIPTS = Path(__file__).resolve().parents[3] / "pages"


def navigation() -> st.Page:
    """Registers all pages and returns the one that was asked for. `bar` draws the links, each with the project in it."""
    keep_project()
    # Streamlit marks the one that is to run, so that everybody has pages of their own.
    return st.navigation([copy.copy(page) for page in _pages(with_icons=True).values()], position="hidden")


@functools.cache
def _pages(with_icons: bool = False) -> dict[str, st.Page]:
    """{file: the page as Streamlit knows it}. Made once: Streamlit looks for the file of each, and at its icon.

    with_icons: as they are registered. A link has the icon that it is given, and else none.
    """
    pages = [page for _, pages in PAGES for page in pages] + [(*page, None) for page in INNER]
    return {
        file: st.Page(_SCRIPTS / file, title=title, url_path=address or None, icon=icon if with_icons else None, default=not address)
        for file, title, address, icon in pages
    }


def bar(project: Project) -> None:
    """The links to all pages. Streamlit's own list would forget the project, and is no list to a screen reader."""
    for heading, pages in PAGES:
        if heading:
            st.markdown(f"**{heading}**")
        for file, title, _, icon in pages:
            link(file, project, title, icon)


def keep_project() -> None:
    """The open project stays in the address: a click in the side bar drops it, and here it is put back."""
    if "project" in st.query_params:
        st.session_state["project"] = st.query_params["project"]
    elif "project" in st.session_state:
        st.query_params["project"] = st.session_state["project"]


def go(file: str, project: Project, **more: str) -> None:
    """Opens a page (its file in pages/) for a project. Ends this run of the script."""
    st.switch_page(f"pages/{file}", query_params={"project": project.path.name, **more})


def link(file: str, project: Project, label: str, icon: str | None = None, **more: str) -> None:
    """A link to a page for a project."""
    st.page_link(_pages()[file], label=label, icon=icon, query_params={"project": project.path.name, **more})


def next_step(file: str, project: Project, label: str, **more: str) -> None:
    """The way on, at the foot of a page and to the right: "Next: Train"."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.page_link(
            _pages()[file], label=f"Next: {label}", icon=":material/arrow_forward:", icon_position="right",
            query_params={"project": project.path.name, **more},
        )  # fmt: skip
