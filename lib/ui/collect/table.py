"""Slips on the page as a table to write in: which ones, the table itself, and what comes back from it. Read `table`.

It is a component of ours (table.js): a key press never waits for the server, cells are pasted from any
spreadsheet, and what is written is kept in the browser until it is heard here.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import streamlit as st

from lib.collect import slip_parts, slips
from lib.collect import table as tables
from lib.collect.slips import Cell, Makers
from lib.collect.table import Row
from lib.errors import UserError
from lib.project import Project
from lib.ui.collect import grid, unasked
from lib.ui.http import addresses
from lib.ui.widgets import event_queue, show
from lib.ui.widgets.component import component, packed

KEY = "slips.table"
LAST, BLANK, EVERY = "Added last", "Without a slip", "All"
_WIDE = ("place", "bent", "note")
_HINTS = {"date": "2024-05-17", "time_limit": "30 s", "maker": "a name, or: hidden"}
_MOST_EDITS = 20_000  # cells of one event


def chosen() -> dict:
    """The choice above the table; returns what lib/collect/table.py takes."""
    with st.container(horizontal=True, vertical_alignment="center"):
        which = st.segmented_control(
            "Which slips?", [LAST, BLANK, EVERY], default=LAST, required=True, key="which", bind="query-params",
            label_visibility="collapsed", on_change=_first_page,
        )  # fmt: skip
        numbers = st.text_input(
            "Numbers", placeholder="Numbers, like 205-229", key="numbers", bind="query-params", label_visibility="collapsed",
            width=220, on_change=_among_all, icon=":material/tag:",
        )  # fmt: skip
    narrowed = {LAST: {"newest": True}, BLANK: {"blank": True}}.get(which, {})
    if not (numbers or "").strip():
        return narrowed
    tables.which_numbers(numbers)
    return {"numbers": numbers} | narrowed


def _among_all() -> None:
    """Whoever names numbers means those, whenever they came in."""
    if (st.session_state.get("numbers") or "").strip():
        st.session_state["which"] = EVERY
    _first_page()


def _first_page() -> None:
    if "page" in st.session_state:
        st.session_state["page"] = 1


def table(project: Project, which: dict) -> None:
    """The table, a page at a time; drawn anew by itself when something was written in it."""
    with show.errors():
        total = tables.count(project, **which)
        # Those that were blank stay in sight while one writes on them.
        ids = _held(project, which, total)
        if not ids:
            st.markdown("No slip is like that. Choose **All**, or other numbers.")
            return
        st.fragment(_table)(project, ids)


def _held(project: Project, which: dict, total: int) -> list[str]:
    """The ids of one page, looked up anew only when another choice is made."""
    pages = -(-total // tables.MOST_ROWS)
    page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    about = (str(project.path), tuple(which.items()), page, _last(project))
    held = st.session_state.get(f"{KEY}.held")
    if held is None or held[0] != about:
        offset = (page - 1) * tables.MOST_ROWS
        held = st.session_state[f"{KEY}.held"] = about, [row.item.id for row in tables.page(project, offset=offset, **which)]
        st.session_state.pop(f"{KEY}.refused", None)
        st.session_state.pop(f"{KEY}.said", None)
    return held[1]


def _last(project: Project) -> int:
    return project.count()


def _table(project: Project, ids: Sequence[str]) -> None:
    st.markdown(blank_words(tables.count(project, blank=True)))
    rows = tables.rows_of(project, ids)
    data = {
        **contents(project, rows),
        "store": project.path.name,
        "refused": list(st.session_state.get(f"{KEY}.refused", {}).values()),
        "said": st.session_state.get(f"{KEY}.said", ""),
        "heard": event_queue.heard_of(KEY),
    }
    component(__file__, "table")(key=KEY, data=packed(data), on_event_change=functools.partial(_hear, project))
    if trouble := st.session_state.pop(f"{KEY}.trouble", None):
        show.error(trouble)
    unasked.of_several(project, [row.item for row in rows])


def blank_words(count: int) -> str:
    return f"{show.several(count, 'datapoint')} {'has' if count == 1 else 'have'} an empty slip." if count else "Every slip has something on it."


def contents(project: Project, rows: Sequence[Row]) -> dict:
    """Columns and rows as the component draws them."""
    people = Makers(project).all_words()
    columns = [
        {
            "id": column.id, "name": column.name, "wide": column.id in _WIDE, "day": column.kind == "date",
            "lines": column.id == slip_parts.NOTE or (column.id not in slip_parts.PARTS and column.kind == "text"),
            "choices": people if column.id == slip_parts.MAKER else list(column.choices),
            "hint": _HINTS.get(column.id, _HINTS["date"] if column.kind == "date" else ""),
        }
        for column in slip_parts.columns(project)
    ]  # fmt: skip
    return {
        "columns": columns,
        "rows": [
            {
                "id": row.item.id, "number": row.item.number, "alt": grid.alt(row.item), "cells": row.cells,
                "source": addresses.thumbnail(project, row.item), "large": addresses.thumbnail(project, row.item, 1024),
            }
            for row in rows
        ],
    }  # fmt: skip


# ---- what comes back -----------------------------------------------------------------------------------------------


def _hear(project: Project) -> None:
    """Writes what nobody has heard yet. Where the record cannot be written now, it stays in the browser and comes again."""
    message = st.session_state[KEY].get("event")
    if not message:
        return
    try:
        for event in event_queue.unheard(message, event_queue.heard_of(KEY)):
            _write(project, event)
            st.session_state[f"{KEY}.heard"] = {"from": message["from"], "until": event["n"]}
    except UserError as error:
        st.session_state[f"{KEY}.trouble"] = error


def _write(project: Project, event: dict) -> None:
    cells = [cell_of(edit, str(event.get("token", ""))) for edit in event["edits"][:_MOST_EDITS]]
    before = {person.id for person in project.people()}
    refused = {_place(refusal.cell): refusal for refusal in slips.write(project, cells)}
    kept = st.session_state.setdefault(f"{KEY}.refused", {})
    for cell in cells:
        kept.pop(_place(cell), None)
    for place, refusal in refused.items():
        kept[place] = {"row": refusal.cell.item, "column": refusal.cell.column, "value": refusal.cell.value, "why": str(refusal.error)}
    st.session_state[f"{KEY}.said"] = new_people_words([person.name for person in project.people() if person.id not in before])


def cell_of(edit: dict, token: str) -> Cell:
    """What the browser sent, with every part the text that it should be."""
    row, column, value, seen = (str(edit.get(name) or "") for name in ("row", "column", "value", "seen"))
    return Cell(row, column, value, seen, f"slips.{token[:64]}" if token else None)


def _place(cell: Cell) -> str:
    return f"{cell.item}/{cell.column}"


def new_people_words(names: Sequence[str]) -> str:
    """Whoever is new here is named, so that a slip of the pen is seen; and a name is no yes."""
    if not names:
        return ""
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"New among the people: {shown}. A name is not yet consent."
