"""A run's page below its title: one fragment, drawn again every two seconds while it goes. Read `live`."""

from __future__ import annotations

import streamlit as st

from lib import train
from lib.errors import UserError
from lib.project import Project
from lib.project.runs import OVER, Run
from lib.ui.runs import curves as runs_curves
from lib.ui.runs import head, inside, sample_grid, twin, words
from lib.ui.shell import navigation
from lib.ui.widgets import form, show

LOOK_EVERY = 2  # seconds, and only while it waits or runs
SAMPLES, CURVES, HAPPENED, LOG = VIEWS = ("Samples", "Curves", "What happened", "Log")


def find(project: Project) -> Run:
    """The run in the address. Where there is none, says so with the way on, and the page ends here."""
    try:
        run = project.run(st.query_params.get("run", ""))
        words.title(run)
        return run
    except UserError as error:
        st.title("Run", anchor=False)
        show.error(error)
        navigation.link("train/runs.py", project, "All runs", icon=":material/arrow_forward:")
        return st.stop()


def live(project: Project, run: Run, was_under_way: bool) -> None:
    """was_under_way: whether it waited or ran when the page was drawn. Once that is over, the whole page is drawn anew, once."""
    key, state = f"view.{run.id}", run.state
    views = [SAMPLES, *([inside.NAME] if inside.is_open(run) else []), *([twin.NAME] if twin.is_open(run) else []), *VIEWS[1:]]
    view = form.kept(key, SAMPLES)
    if was_under_way and state in OVER:
        st.rerun(scope="app")
    refused = train.refusal(project, run)
    head.show_head(project, run, state, refused)
    if refused:
        return
    if state == "finished":
        came_out(project, run)
    st.segmented_control("What to look at", views, required=True, key=key, label_visibility="collapsed")
    _SHOW[view](project, run)


def came_out(project: Project, run: Run) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("What came out", anchor=False)
        sample_grid.last(project, run)
    with right:
        st.subheader("What to try next", anchor=False)
        for hint in train.what_next(run):
            st.markdown(f"- {hint}")


def curves(project: Project, run: Run) -> None:
    runs_curves.draw(run)


def happened(project: Project, run: Run) -> None:
    if sentence := words.how_it_goes(run):
        st.markdown(sentence)
    notes = words.notes(run)
    if notes:
        st.subheader("Notes on the way", anchor=False)
        st.markdown("\n".join(f"- {note}" for note in notes))
    st.subheader("What was asked", anchor=False)
    first, expert = words.asked(run)
    st.markdown("\n".join(f"- {line}" for line in first))
    if expert:
        with st.expander("Expert settings", icon=":material/science:"):
            st.markdown("\n".join(f"- {line}" for line in expert))


def log(project: Project, run: Run) -> None:
    tail = run.log_tail()
    if not tail:
        st.markdown("Nothing was printed.")
        return
    st.code("\n".join(tail.splitlines()[-200:]), language=None, wrap_lines=True, height=420)
    st.download_button("Download the whole log", run.log, f"{run.id}.txt", "text/plain", on_click="ignore", icon=":material/download:")


def samples(project: Project, run: Run) -> None:
    sample_grid.table(project, run)


_SHOW = {SAMPLES: samples, inside.NAME: inside.look, twin.NAME: twin.look, CURVES: curves, HAPPENED: happened, LOG: log}
