"""Looking into a model that writes: what comes next as one types, what it looks back at, its letters as a map, and which lines surprise it. Read `look`.

The model runs in the browser (gpt.js), so that it answers each key at once and costs the server nothing.
"""

from __future__ import annotations

import math
from types import ModuleType

import streamlit as st

from lib import models
from lib.errors import UserError
from lib.media.files import edition
from lib.project import Project
from lib.project.runs import Run
from lib.ui.http import addresses
from lib.ui.widgets import show
from lib.ui.widgets.component import component, packed

NAME = "Inside"
_MOST, _LEAST = 12, 6   # lines that surprise it, and that it saw coming


def is_open(run: Run) -> bool:
    """False for a kind of model that nobody can look into, and before there is something to see."""
    inside = models.inside(run.model)
    return inside is not None and inside.is_open(run.path)


def look(project: Project, run: Run) -> None:
    inside = models.inside(run.model)
    if inside is None or not inside.is_open(run.path):
        st.markdown("There is nothing to look into yet: it comes with the first sample.")
        return
    facts, weights = inside.facts(run.path), inside.weights(run.path)
    data = {
        "address": addresses.inside(project, run), "edition": "-".join(map(str, edition(weights))),
        "facts": facts, "map": inside.letter_map(run.path),
    }  # fmt: skip
    component(__file__, "gpt", "inside")(key=f"inside.{run.id}", data=packed(data))
    _surprises(run, inside)


def _surprises(run: Run, inside: ModuleType) -> None:
    st.subheader("Which lines surprise it", anchor=False)
    try:
        told = inside.surprises(run.path, run.dataset_path)
    except UserError as error:
        show.error(error)
        return
    if not told:
        st.markdown("That was not counted, or nothing of its dataset is there any more.")
        return
    no_idea = round(math.log2(len(inside.letter_map(run.path))))
    st.markdown(f":small[In bits for each letter: {no_idea} is no idea, 1 is nearly known by heart. What surprises it may be a mistake, another language, or the best line. "
                "Those held back it never learned from.]")  # fmt: skip
    most, least = told[:_MOST], told[_MOST:][-_LEAST:]
    st.markdown("\n".join([_HEAD, *map(row, most)]))
    if least:
        with st.expander("Which it saw coming"):
            st.markdown("\n".join([_HEAD, *map(row, reversed(least))]))


_HEAD = "| Bits | Words | Where |\n|---|---|---|"


def row(surprise) -> str:
    """One line of the table."""
    words = show.plain(surprise.text[:160]) + (" …" if len(surprise.text) > 160 else "")
    held = " :gray-badge[held back]" if surprise.is_held else ""
    maker = f", by {show.plain(surprise.credit)}" if surprise.credit else ""
    return f"| {surprise.bits:.1f} | {words}{held} | number {surprise.number}, line {surprise.line}{maker} |"
