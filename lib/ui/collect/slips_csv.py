"""The table of slips as a CSV file: taken out for any spreadsheet, and brought in again. Read `out_and_in`."""

from __future__ import annotations

import functools

import streamlit as st

from lib import collect
from lib.collect import table
from lib.collect.table import Report
from lib.errors import UserError
from lib.project import Project
from lib.ui.collect import uploader
from lib.ui.widgets import show

_ROUND, _REPORT = "slips.round", "slips.report"
_SHOWN = 50  # refused lines


def out_and_in(project: Project, which: dict) -> None:
    with st.expander("As a file for a spreadsheet (CSV)", icon=":material/table_view:", expanded=_REPORT in st.session_state):
        names = st.checkbox("With the makers' names", key="slips.names", help="Otherwise each maker is a random mark such as "
                            "p3f2a…, which this project understands and nobody else. Hidden names stay hidden.")
        with st.container(horizontal=True):
            _out(project, names, {}, "Download all slips")
            if which:
                _out(project, names, which, "Only those above")
        file = st.file_uploader(
            "Bring a table in. Its first line names the columns; the column “number” says which datapoint a line is about.",
            type=["csv", "tsv", "txt"], key=f"slips.file.{st.session_state.get(_ROUND, 0)}", max_upload_size=8,
        )  # fmt: skip
        if file and st.button(f"Write {show.plain(file.name)} on the slips", type="primary", key="slips.import"):
            _in(project, file)
        if _REPORT in st.session_state:
            _tell(st.session_state[_REPORT])


def _out(project: Project, names: bool, which: dict, label: str) -> None:
    """The file is made when it is asked for, and not at each look."""
    st.download_button(
        label, functools.partial(_made, project, names, which), f"{project.path.name}-slips.csv", "text/csv", on_click="ignore",
        icon=":material/download:", key=f"slips.out.{bool(which)}",
    )  # fmt: skip


def _made(project: Project, names: bool, which: dict) -> bytes:
    """With the mark by which a spreadsheet knows UTF-8."""
    return collect.export_slips(project, names, **which).encode("utf-8-sig")


def _in(project: Project, file) -> None:
    with show.errors(), st.spinner("Writing"):
        report = table.import_slips_text(project, file.getvalue(), file.name)
        uploader.let_go([file])
        st.session_state[_REPORT] = report
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        st.rerun()


def _tell(report: Report) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{show.several(len(report.written), 'slip')} written.**", width="content")
        if st.button("Dismiss", type="tertiary", key="slips.dismiss"):
            del st.session_state[_REPORT]
            st.rerun()
    for note in report.notes:
        st.markdown(show.plain(note))
    if report.refused:
        st.markdown(refused_words(report.refused))


def refused_words(refused: list[tuple[int, UserError]]) -> str:
    lines = [f"- **Line {line}**: {show.plain(str(error))}" for line, error in refused[:_SHOWN]]
    more = [f"- and {len(refused) - _SHOWN:,} more"] if len(refused) > _SHOWN else []
    return "\n".join([f"{show.several(len(refused), 'line')} refused:", "", *lines, *more])
