"""A table on Generate: one thing changes from row to row, the seed from column to column. Read `ask` (the left side) and `look` (the right)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from lib import generate, models
from lib.media.setting import shape_of
from lib.player import Playable
from lib.project import Project
from lib.project.outputs import Listed
from lib.ui.generate import cells, now
from lib.ui.widgets import picture_grid, show

_LINES, _SEEDS = "table-lines", (2, 3, 4, 6)
_MOST = 12      # rows
_LOOK_EVERY = 2.0   # seconds, while something is being made


def ask(project: Project, played: Playable, chosen: Mapping[str, object]) -> tuple[list[dict], range, list[str]]:
    """What changes, to what, and over how many seeds. chosen: what stands in the form, for all that does not change.

    Returns (what is asked in each row, the seeds, the names of the rows); no rows for a model that nothing can be told.
    """
    fields = models.controls_class(played.model).model_fields
    names = [name for name in fields if shape_of(fields[name]) in ("lines", "words", "number", "choice")]
    if "seed" not in played.card.takes or played.card.makes != "image" or not names:
        return [], range(0), []
    with st.expander("A table: change one thing, keep the seeds", icon=":material/table:", expanded=bool(st.session_state.get(_LINES))):
        st.markdown(":small[A row for each line, a column for each seed: so one sees what a word does, and what only chance does.]")
        name = st.selectbox("What changes", names, format_func=lambda name: fields[name].title, key=f"table-what.{played.model}")
        typed = st.text_area("To what, one a line", key=_LINES, bind="query-params", height="content", placeholder=_example(fields[name]))
        count = st.segmented_control("Seeds", _SEEDS, default=3, required=True, key="table-seeds")
        lines = list(dict.fromkeys(line.strip() for line in typed.splitlines() if line.strip()))[:_MOST]
        rows, first = [{**chosen, name: line} for line in lines], int(st.session_state.get("seed") or 0)
        seeds = range(first, first + count)
        if st.button("Make what is missing", width="stretch", disabled=not rows, help=None if rows else "Write a line first."):
            with show.errors():
                generate.order_table(project, played.id, rows, seeds)
                st.rerun()
    return rows, seeds, lines


def _example(field) -> str:
    return "a red fish\na blue fish" if shape_of(field) in ("lines", "words") else "2\n4\n8"


def look(
    project: Project, played: Playable, rows: list[dict], seeds: range, names: list[str], title: str = "The table",
    verdict: Callable[[list[list[Listed | None]]], str] | None = None,
) -> None:  # fmt: skip
    """The table as far as it is made. verdict: what is to be said of what is there, in a sentence."""
    if rows:
        st.fragment(_look, run_every=_LOOK_EVERY if now.is_waiting(project) else None)(project, played, rows, seeds, names, title, verdict)


def _look(
    project: Project, played: Playable, rows: list[dict], seeds: range, names: list[str], title: str,
    verdict: Callable[[list[list[Listed | None]]], str] | None,
) -> None:  # fmt: skip
    with show.errors():
        made = generate.table(project, played.id, rows, seeds)
        missing = sum(output is None for row in made for output in row)
        st.subheader(title, anchor=False)
        st.markdown(f":small[{show.several(missing, 'picture')} of {len(rows) * len(seeds)} {'is' if missing == 1 else 'are'} missing.]" if missing
                    else ":small[All are there: seeds from left to right, the same in each row.]")  # fmt: skip
        table = [picture_grid.Row(name, [_cell(project, name, seed, output) for seed, output in zip(seeds, row)]) for name, row in zip(names, made)]
        picture_grid.grid(table, key=f"{title}.{played.id}", columns=len(seeds), size=170)
        if verdict and (words := verdict(made)):
            st.markdown(words)


def _cell(project: Project, name: str, seed: int, output) -> picture_grid.Picture:
    if output is None:
        return picture_grid.Picture(f"{name}.{seed}", _EMPTY, f"{name}, seed {seed}: not made yet", label=f"seed {seed}", dim=True)
    [cell] = cells.cells(project, [output])
    return cell


_EMPTY = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'/%3E"
