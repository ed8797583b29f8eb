"""Texts side by side: the same beginning and seeds, once by the base alone and once with what it learned. Read `look`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from lib import generate
from lib.player import Playable
from lib.project import Project
from lib.project.outputs import Listed, Output
from lib.ui.generate import now
from lib.ui.widgets import show

_LOOK_EVERY = 2.0   # seconds, while something is being written
_SHOWN = 1_500      # letters of a text


def look(project: Project, played: Playable, rows: Sequence[Mapping[str, object]], seeds: range, names: Sequence[str], title: str) -> None:
    """rows: what is asked, of the left and of the right text. names: what stands above each."""
    st.fragment(_look, run_every=_LOOK_EVERY if now.is_waiting(project) else None)(project, played, rows, seeds, names, title)


def _look(project: Project, played: Playable, rows: Sequence[Mapping[str, object]], seeds: range, names: Sequence[str], title: str) -> None:
    with show.errors():
        made = generate.table(project, played.id, rows, seeds)
        missing = sum(output is None for row in made for output in row)
        st.subheader(title, anchor=False)
        waits = f"{show.several(missing, 'text')} of {len(rows) * len(seeds)} still to come."
        st.markdown(f":small[{waits if missing else verdict(made)}]")
        for place, seed in enumerate(seeds):
            with st.container(border=True):
                for column, row, name in zip(st.columns(len(rows), gap="medium"), made, names, strict=True):
                    column.markdown(f":small[{name}, seed {seed}]")
                    column.markdown(words(row[place]))


def words(output: Listed | None) -> str:
    """Its beginning as it was given in grey, and what was written after it."""
    if output is None:
        return ":gray[…]"
    text, given = Output(output.path).text[:_SHOWN], output.words
    begun = given if given and text.startswith(given) else ""
    went_on = text[len(begun) :]
    parts = [f":gray[{show.plain(begun)}]" if begun else "", " " if went_on.startswith(" ") else "", show.plain(went_on.strip("\n")).replace("\n", "  \n")]
    return "".join(parts) if text.strip() else ":gray[an empty text]"


def verdict(made: Sequence[Sequence[Listed | None]]) -> str:
    """Whether both columns say the same, seed by seed."""
    pairs = [tuple(Output(output.path).text for output in pair if output) for pair in zip(*made, strict=True)]
    same = sum(len(pair) == len(made) and len(set(pair)) == 1 for pair in pairs)
    if same == len(pairs):
        return "All are the same, letter for letter: what it learned changes nothing here. Try more strength."
    told = "" if not same else f" {show.several(same, 'pair')} {'is' if same == 1 else 'are'} the same, letter for letter."
    return f"The same beginning and seeds on both sides.{told}"
