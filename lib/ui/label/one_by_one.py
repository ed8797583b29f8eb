"""Label, one by one: hands the keyboard-first component (the scripts beside this file) what it needs to begin. Read `look`.

The component knows the list and a window of rows, applies every key in the page, and speaks with the server by itself
(lib/ui/http/label_api.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import streamlit as st

from lib.project import Project
from lib.ui.widgets import show
from lib.ui.widgets.component import component, packed

KEY = "label.desk"
READER = "reader"  # in the address
# Put together in this order: what stands first is used by what follows.
_SCRIPTS = ("queue", "rows", "carrier", "clock", "marks", "one_by_one", "drawing")


def look(project: Project, which: Mapping) -> None:
    """The component over the datapoints that `which` leaves (as items.find takes it)."""
    _say_who_reads(reader())
    component(__file__, *_SCRIPTS)(key=KEY, data=packed(data_of(project, which)))


def data_of(project: Project, which: Mapping) -> dict:
    return {
        "project": project.path.name,
        "actor": project.actor,
        "reader": reader(),
        "files": f"/files/{quote(project.path.name, safe='')}",
        "filter": address_of(which),
        "item": st.query_params.get("item", ""),
    }


def reader() -> str:
    """Who reads apart just now, as it stands in the address (readers.py begins it); "" for nobody."""
    return " ".join(st.query_params.get(READER, "").split())[:60]


def _say_who_reads(name: str) -> None:
    if not name:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{show.plain(name)} reads.** What others said stays hidden; these answers stand beside the labels.", width="content")
        st.button("End reading", type="tertiary", icon=":material/close:", key="end-reading", on_click=st.query_params.pop, args=(READER, None))


def address_of(which: Mapping) -> str:
    """A filter as it stands in an address; exchange.which_of reads it."""
    words = {True: "yes", False: "no"}
    return urlencode({name: words[value] if isinstance(value, bool) else value for name, value in which.items()})
