"""Who is in the picture: one prompt many times, laid out by likeness, counted by hand beside the data. Read `counted`."""

from __future__ import annotations

import re

import streamlit as st

from lib import generate, models
from lib.player import Playable
from lib.project import Project
from lib.project.outputs import Listed
from lib.ui.generate import cells
from lib.ui.widgets import choices, show

COUNT, _ACROSS = 64, 6
_LOOK_EVERY = 2.0   # seconds, while something is being made


def ask(project: Project, played: Playable) -> dict:
    """The prompt, and the button that makes what is missing. Returns what is asked: the prompt, where the model takes one."""
    words = [name for name, shape in models.inputs(played.model).items() if shape in ("lines", "words")][:1]
    asked = {}
    if words:
        typed = st.text_input("A neutral prompt", key="neutral", bind="query-params", help="One that leaves open what you ask about: “paper”, “a person”. Empty is the most neutral.")
        asked = {words[0]: typed}
    if st.button(f"Make {COUNT} of it", type="primary", width="stretch", help="Only those that are missing; seeds 0 to 63."):
        with show.errors():
            generate.order_table(project, played.id, [asked], range(COUNT))
            st.rerun()
    return asked


def look(project: Project, played: Playable, asked: dict) -> None:
    """The pictures, to be chosen and counted."""
    waits = bool(generate.open_orders(project))
    st.fragment(_look, run_every=_LOOK_EVERY if waits else None)(project, played, asked, waits)


def _look(project: Project, played: Playable, asked: dict, waited: bool) -> None:
    if waited and not generate.open_orders(project):
        st.rerun(scope="app")
    if waited:
        generate.ensure_player(project.home)
    with show.errors():
        [row] = generate.table(project, played.id, [asked], range(COUNT))
        there = {output.path: output for output in row if output}
        if len(there) < COUNT:
            st.progress(len(there) / COUNT, text=f"{len(there)} of {COUNT} pictures are there")
        if there:
            _laid_out(project, played, there)


def _laid_out(project: Project, played: Playable, there: dict) -> None:
    of: list[Listed] = [there[path] for path in generate.laid_out(tuple(there), _ACROSS)]
    st.markdown(":small[What is alike lies near each other. Choose those that show what you count: click, or Shift and click.]")
    above = st.container()
    chosen = choices.several(cells.cells(project, of), key=f"who.{played.id}", size=76)
    with above:
        counted(project, played, len(chosen), len(of))


def counted(project: Project, played: Playable, chosen: int, of: int) -> None:
    """What somebody counted by hand, beside how often its data says the same."""
    st.markdown(f"**{chosen} of {of}** chosen: **{chosen / of:.0%}**")
    typed = st.text_input("What did you count?", key="counted", placeholder="fish, bird, birds", help="Each word is looked for in what the training data says of itself.")
    words = list(dict.fromkeys(re.findall(r"\w+", typed.lower())))
    for word, count, all_of in generate.how_often(project, played, words) if words else []:
        st.markdown(f"In the data **{show.plain(word)}** is said of **{count:,} of {all_of:,}**: **{count / max(1, all_of):.0%}**")
