"""My questions: a table of one's own, to see what a setting does. Read `panel`."""

from __future__ import annotations

import streamlit as st

from lib import jobs
from lib.chat import documents, questions
from lib.project import Project
from lib.ui.chat.papers import Library
from lib.ui.widgets import show, task_bar

_MEASURE = "chat.measure"


def panel(project: Project, library: Library) -> None:
    """Write questions down with the paper that should answer them, ask all of them, and see the figures beside each setting."""
    st.markdown(":small[Write down what you would ask, and which paper should answer. Then change how papers are cut, and see whether it finds more.]")
    papers = {document.id: document.title for document in library.documents if document.kind != documents.CAPTION}
    with st.form("chat.add-question", clear_on_submit=True):
        words = st.text_input("Question", placeholder="When did the family move?")
        where = st.selectbox("Answered by", list(papers), format_func=papers.__getitem__)
        if st.form_submit_button("Write it down") and where:
            with show.errors():
                questions.add(project, words, where)
    rows = questions.as_rows(project)
    for row in rows:
        left, right = st.columns([6, 1], vertical_alignment="center")
        place = "not asked yet" if row["place"] is None else f"came as number {row['place']}" if row["place"] else "not found"
        left.markdown(f"{show.plain(row['question'])}  \n:small[{show.plain(row['document'])}: {place}]")
        right.button("", icon=":material/close:", type="tertiary", key=f"chat.out.{row['id']}", help="Take this question out", on_click=questions.take_out, args=(project, row["id"]))
    if rows:
        _measure(project)
        _history(project)


def _measure(project: Project) -> None:
    task = task_bar.newest(project, _MEASURE)
    if task_bar.is_under_way(task):
        task_bar.watch(task, "Asking")
    elif st.button("Ask all of them", type="primary"):
        jobs.background(project, _MEASURE)
        st.rerun()
    if task and task.error:
        show.error(task.error)


def _history(project: Project) -> None:
    measured = questions.history(project)
    if not measured:
        return
    st.markdown("| found | mean of 1/place | passages of | overlap |\n|---|---|---|---|\n" + "\n".join(
        f"| {one.hit_rate:.0%} of {one.count} | {one.reciprocal_rank:.2f} | {one.size} letters | {one.overlap} |" for one in measured[:5]
    ))  # fmt: skip
    st.markdown(":small[The latest first. 1/place is 1 where the right paper came first, ½ where it came second, 0 where it did not come.]")
