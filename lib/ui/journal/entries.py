"""Entries of the journal on the page: writing one, reading them, changing and deleting. Read `write` and `listing`."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from urllib.parse import quote

import streamlit as st

from lib import collect
from lib.collect import journal, slip_values
from lib.collect.journal import Entry
from lib.errors import UserError
from lib.project import Project, items
from lib.ui.collect import grid
from lib.ui.shell import navigation
from lib.ui.widgets import picture_grid, show

PAGE = 10  # entries
_ROUND, _GONE = "journal.round", "journal.gone"
_MOST_PICTURES = 12
_EARLIEST = datetime.date(1800, 1, 1)


def write(project: Project, count: int) -> None:
    """The form for a new entry."""
    turn = st.session_state.get(_ROUND, 0)
    words = st.text_area(
        "What happened?", key=f"journal.words.{turn}", height=120,
        placeholder="Nobody wants to draw in the rain. #229 was drawn under an umbrella.",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        day = st.date_input("Day", "today", key=f"journal.day.{turn}", width=160, min_value=_EARLIEST, max_value="today", format="YYYY-MM-DD")
        with st.popover("Another count", type="tertiary", help="Each entry keeps how many there were at that moment."):
            known = st.number_input("How many there were, where you know better", 0, 10**9, None, key=f"journal.count.{turn}",
                                    placeholder=f"{count:,}", width=300, help="Drawings that still lie in a box, for a day gone by.")
        pressed = st.button("Write it down", type="primary", key="journal.write", disabled=day is None)
    if pressed:
        with show.errors():
            collect.write_entry(project, words or "", day, None if known is None else int(known))
            st.session_state[_ROUND] = turn + 1
            st.session_state.pop(_GONE, None)
            st.rerun()


def gone(project: Project) -> None:
    """Right after deleting: the way back."""
    last = st.session_state.get(_GONE)
    if not last or last[0] != str(project.path):
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"**The entry of {slip_values.in_words(last[1].day)} is deleted.**", width="content")
        if st.button("Undo", icon=":material/undo:", key="journal.undo"):
            with show.errors():
                collect.bring_back_entry(project, last[1])
                del st.session_state[_GONE]
                st.rerun()


def listing(project: Project, total: int) -> None:
    """Newest first, a page at a time."""
    pages, slot = -(-total // PAGE), st.container()
    page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    entries = collect.entries(project, PAGE, (page - 1) * PAGE)
    ids = journal.named(project, entries)
    wanted = {ids[number] for entry in entries for number in entry.numbers[:_MOST_PICTURES] if number in ids}
    cells = {cell.id: cell for cell in grid.cells(project, items.find(project, ids=wanted, limit=len(wanted)))} if wanted else {}
    with slot:
        for entry in entries:
            _one(project, entry, ids, cells)


def _one(project: Project, entry: Entry, ids: Mapping[int, str], cells: Mapping[str, picture_grid.Picture]) -> None:
    by = f" · {show.plain(entry.actor)}" if entry.actor != "me" else ""
    st.header(slip_values.in_words(entry.day), anchor=False)
    if st.query_params.get("edit") == str(entry.id):
        _edit(project, entry)
        return
    st.markdown(f":small[{show.several(entry.count, 'datapoint')} then{by}]")
    st.markdown(words_of(project, entry.words, ids))
    _pictures(project, entry, [cells[ids[number]] for number in entry.numbers if ids.get(number) in cells])
    with st.container(horizontal=True):
        if st.button("Change", type="tertiary", icon=":material/edit:", key=f"change.{entry.id}"):
            st.query_params["edit"] = str(entry.id)
            st.rerun()
        with st.popover("Delete", type="tertiary", icon=":material/delete:"):
            st.markdown(f"Delete the entry of {slip_values.in_words(entry.day)}?")
            if st.button("Yes, delete it", key=f"delete.{entry.id}"):
                with show.errors():
                    st.session_state[_GONE] = str(project.path), collect.delete_entry(project, entry.id)
                    st.rerun()


def words_of(project: Project, words: str, ids: Mapping[int, str]) -> str:
    """The words as they were written, line by line, none of them a command of Markdown; a number that is here is a link."""
    return "  \n".join(_line(project, line, ids) for line in words.splitlines())


def _line(project: Project, line: str, ids: Mapping[int, str]) -> str:
    parts = re.split(r"(?<![\w#&])#(\d{1,9})\b", line, flags=re.ASCII)
    pieces = []
    for place, part in enumerate(parts):
        if place % 2 == 0:
            # `plain` would drop the space between words and a number.
            pieces.append(" " * part[:1].isspace() + show.plain(part) + " " * (part[-1:].isspace() and bool(part.strip())))
        elif int(part) in ids:
            pieces.append(f"[\\#{part}](/datapoint?project={quote(project.path.name)}&item={quote(ids[int(part)])})")
        else:
            pieces.append(f"\\#{part}")
    return "".join(pieces).strip() or "&nbsp;"


def _pictures(project: Project, entry: Entry, cells: list[picture_grid.Picture]) -> None:
    """The datapoints that it names, small."""
    if not cells:
        return
    if chosen := picture_grid.grid(cells[:_MOST_PICTURES], key=f"named.{entry.id}", size=88, click="open"):
        navigation.go("make/datapoint.py", project, item=chosen.id)


def _edit(project: Project, entry: Entry) -> None:
    words = st.text_area("What happened?", entry.words, key=f"edit.words.{entry.id}", height=160)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        day = st.date_input("Day", entry.day, key=f"edit.day.{entry.id}", width=160, min_value=_EARLIEST, max_value="today", format="YYYY-MM-DD")
        count = st.number_input("Count", 0, 10**9, entry.count, key=f"edit.count.{entry.id}", width=140)
        kept = st.button("Keep the change", type="primary", key=f"edit.keep.{entry.id}")
        left = st.button("Leave it as it was", type="tertiary", key=f"edit.leave.{entry.id}")
    if kept or left:
        with show.errors():
            if kept:
                collect.change_entry(project, entry.id, words, day, int(count))
            st.query_params.pop("edit", None)
            st.rerun()


def take_away(project: Project) -> None:
    """The whole journal as a file."""
    with st.container(horizontal=True):
        for form, label, ending, kind in (("markdown", "As text (Markdown)", "md", "text/markdown"), ("csv", "As a table (CSV)", "csv", "text/csv")):
            st.download_button(
                label, lambda form=form: _made(project, form), f"{project.path.name}-journal.{ending}", kind, on_click="ignore", type="tertiary",
                icon=":material/download:", key=f"journal.{form}",
            )  # fmt: skip


def _made(project: Project, form: str) -> bytes:
    try:
        return collect.export_journal(project, form).encode("utf-8-sig" if form == "csv" else "utf-8")
    except UserError as error:
        return str(error).encode()
