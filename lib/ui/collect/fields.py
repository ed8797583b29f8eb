"""Fields of one's own on the slips: added, renamed, put away and taken out again. Read `fields`."""

from __future__ import annotations

import streamlit as st

from lib import collect
from lib.collect.slip_parts import Field
from lib.project import Project
from lib.ui.widgets import show

_KINDS = {"text": "Text", "number": "Number", "date": "Date", "choice": "Choice"}


def fields(project: Project) -> None:
    there, away = collect.slip_fields(project), collect.slip_fields(project, removed=True)
    with st.expander(f"Fields of your own ({len(there)})", icon=":material/add_column_right:"):
        st.markdown("What else belongs on a slip: the pen, the weather, the number that stands on the paper.")
        for field in there:
            _one(project, field)
        _add(project, len(there))
        if away:
            _put_away(project, away)


def _one(project: Project, field: Field) -> None:
    key = f"field.{field.id}.{field.name}.{len(field.choices)}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(f"{_KINDS[field.kind]} field", field.name, key=key, width=220)
        choices = field.choices
        if field.kind == "choice":
            choices = _split(st.text_input("Choices", ", ".join(field.choices), key=f"{key}.choices", width=300))
        if st.button("Keep", key=f"{key}.keep", disabled=(name, choices) == (field.name, field.choices)):
            with show.errors():
                collect.change_slip_field(project, field, name, choices if field.kind == "choice" else None)
                st.rerun()
        with st.popover("Remove", icon=":material/delete:"):
            st.markdown("It leaves the slips; what was written stays, and is there again when you bring the field back.")
            if st.button(f"Remove {show.plain(field.name)}", key=f"{key}.remove"):
                with show.errors():
                    collect.remove_slip_field(project, field)
                    st.rerun()


def _add(project: Project, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Add a field", placeholder="Pen", key=f"add-field.{count}", width=220)
        kind = st.selectbox("Kind", list(_KINDS), format_func=_KINDS.get, key=f"add-kind.{count}", width=130)
        choices = st.text_input("Choices, with commas", placeholder="red, blue", key=f"add-choices.{count}", width=220) if kind == "choice" else ""
        if st.button("Add", icon=":material/add:", key=f"add.{count}", disabled=not (name or "").strip()):
            with show.errors():
                collect.add_slip_field(project, name, kind, _split(choices))
                st.rerun()


def _split(words: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (words or "").split(",") if part.strip())


def _put_away(project: Project, away: list[Field]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Put away:", width="content")
        for field in away:
            if st.button(f"Bring back {show.plain(field.name)}", type="tertiary", icon=":material/undo:", key=f"back.{field.id}"):
                with show.errors():
                    collect.bring_back_slip_field(project, field)
                    st.rerun()
