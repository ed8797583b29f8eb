"""Slips where one collects: the standing rules, and the slip on a datapoint's own page. Read `rules` and `slip`."""

from __future__ import annotations

import streamlit as st

from lib import collect
from lib.collect import slip_parts, slip_values, slips
from lib.collect.slip_parts import Column
from lib.errors import UserError
from lib.project import Project
from lib.project.items import Item
from lib.ui.collect import table
from lib.ui.shell import navigation
from lib.ui.widgets import show

_TROUBLE = "slip.trouble"
_EXAMPLES = {"date": "2024-05-17", "place": "at the pool hall", "time_limit": "30 s", "bent": "no red pen was there",
             "note": "on the back of a flyer", "maker": "a name or initials; it stays in this project"}  # fmt: skip


# ---- standing rules ------------------------------------------------------------------------------------------------


def rules(project: Project, to_table: bool = False) -> None:
    """The standing rules in sight while one collects, and the way to write them. to_table: and the way to the slips."""
    words = collect.rules(project)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if words:
            st.markdown(f"**Rules:** {show.plain(words)}", width="content")
        with st.popover("Change the rules" if words else "Write standing rules", type="tertiary", icon=":material/rule:"):
            _write_rules(project, words)
        if to_table:
            navigation.link("make/slips.py", project, "Slips in a table", icon=":material/table:")


def _write_rules(project: Project, words: str) -> None:
    key = f"rules.{words}"
    st.text_area("Rules that every one of them follows", words, key=key, height=110, width=320,
                 placeholder="face to face, shoulders up, one colour, 30 seconds")
    st.markdown(":small[They stand here while you collect. Where one is bent, write on the slip which and why: it stays in.]")
    st.button("Keep these rules", key="keep-rules", type="primary", on_click=_keep_rules, args=(project, key))


def _keep_rules(project: Project, key: str) -> None:
    with show.errors():
        collect.set_rules(project, st.session_state[key])


# ---- on the page of a datapoint ------------------------------------------------------------------------------------


def slip(project: Project, item: Item) -> None:
    """The slip of one datapoint: a line that says what is on it; opened, each part can be written, and keeps itself."""
    columns, makers = slip_parts.columns(project), slips.Makers(project)
    cells = slips.cells(item, makers, columns)
    trouble = st.session_state.pop(_TROUBLE, None)
    with st.expander(f"Slip: {summary(columns, cells)}", icon=":material/receipt_long:", expanded=bool(trouble)):
        if words := collect.rules(project):
            st.markdown(f":small[Rules: {show.plain(words)}]")
        for column in columns:
            _part(project, item, column, cells[column.id])
        st.markdown(":small[Each part keeps itself. Naming a maker is not their consent; write “hidden” to show the name nowhere.]")
        if trouble:
            show.error(trouble)
        navigation.link("make/slips.py", project, "Write many slips in a table", icon=":material/table:", which=table.EVERY, numbers=str(item.number))


def summary(columns: list[Column], cells: dict[str, str]) -> str:
    """"17 May 2024 · at the pool hall · 30 s"; "still empty"."""
    own = [cells[column.id] for column in columns if column.id not in slip_parts.PARTS]
    day = cells["date"] and slip_values.in_words(cells["date"])
    bent = cells["bent"] and f"rule bent: {cells['bent']}"
    parts = [cells[slip_parts.MAKER], day, cells["place"], cells["time_limit"], bent, cells[slip_parts.NOTE], *own]
    words = " · ".join(" ".join(part.split()) for part in parts if part)
    return show.plain(words if len(words) <= 120 else f"{words[:119]}…") or "still empty"


def _part(project: Project, item: Item, column: Column, value: str) -> None:
    key = f"slip.{item.id}.{column.id}.{value}"
    options = {"key": key, "on_change": _keep, "args": (project, item, column, key, value)}
    if column.kind == "choice":
        st.selectbox(column.name, column.choices, index=column.choices.index(value) if value in column.choices else None,
                     placeholder="Choose one", **options)
    elif column.id == slip_parts.NOTE:
        st.text_area(column.name, value, height=80, placeholder=_EXAMPLES["note"], **options)
    else:
        st.text_input(column.name, value, placeholder=_EXAMPLES.get(column.id, ""), **options)


def _keep(project: Project, item: Item, column: Column, key: str, seen: str) -> None:
    try:
        refused = slips.write(project, [slips.Cell(item.id, column.id, st.session_state[key] or "", seen)])
        if refused:
            raise refused[0].error
    except UserError as error:
        st.session_state[_TROUBLE] = error
