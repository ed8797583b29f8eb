"""The list of runs: those that go on top with their bar, then one card for each, newest first. Read `under_way` and `card`."""

from __future__ import annotations

import streamlit as st

from lib import jobs, train
from lib.errors import UserError
from lib.project import Project
from lib.project.runs import OVER, Run, newest_first, step_of
from lib.ui.runs import sample_grid
from lib.ui.runs import words as runs_words
from lib.ui.shell import navigation, side_bar
from lib.ui.widgets import media_player, picture_grid, show, sound_player

LOOK_EVERY = 10  # seconds, and only while something waits or runs
_CARDS = 10  # on one page
_PARTS = 6  # pictures of a strip


def none_yet(project: Project) -> None:
    cover = side_bar.cover_of(project, 512)
    if cover:
        picture_grid.one(cover, f"A datapoint of {project.name}", key="first", width=320)
    st.markdown("Nothing was trained yet. A run is one training: what was asked, how it went, and the model that came out.")
    navigation.next_step("train/train.py", project, "Train")


def parted(project: Project) -> tuple[list[Run], list[Run]]:
    """(those that wait or run, oldest first; the others, newest first)"""
    runs = newest_first(project)
    current = [run for run in runs if run.state not in OVER]
    return current[::-1], [run for run in runs if run not in current]


def under_way(project: Project, before: list[Run]) -> None:
    """A bar for each that goes. When one of them has ended, the page is drawn anew, once."""
    if any(run.state in OVER for run in before):
        st.rerun(scope="app")
    for run in before:
        state = run.state
        words = runs_words.progress(run) if state == "running" else runs_words.waiting(jobs.queue_place(run))
        st.markdown(f"{show.state(state)}&ensp;**{runs_words.heading(run)}**")
        st.progress(runs_words.part_done(run), text=words)
        navigation.link("train/run.py", project, "Look at it", icon=":material/arrow_forward:", run=run.id)


def page_of(runs: list[Run]) -> list[Run]:
    """The cards of this page of them."""
    pages = -(-len(runs) // _CARDS)
    page = st.pagination(pages, key="page") if pages > 1 else 1
    return runs[(page - 1) * _CARDS : page * _CARDS]


def card(project: Project, run: Run) -> None:
    try:
        title, facts = runs_words.title(run), runs_words.facts(run)
    except UserError as error:
        show.error(error)
        return
    with st.container(border=True):
        left, right = st.columns([2, 3], vertical_alignment="center")
        with left:
            _strip(project, run)
        with right:
            st.markdown(f"{show.state(run.state)}&ensp;**{title}**  \n{runs_words.steps(run)}  \n:small[{facts}]")
            with st.container(horizontal=True, vertical_alignment="center"):
                navigation.link("train/run.py", project, "Open", icon=":material/arrow_forward:", run=run.id)
                if st.button("Remove", key=f"remove.{run.id}", type="tertiary", icon=":material/delete:"):
                    ask_to_remove(project, run)


def _strip(project: Project, run: Run) -> None:
    """Its last sample; a click opens the run."""
    if train.refusal(project, run):
        st.markdown(":small[Not all of its data may be used today, so nothing of it is shown. Open it for the way out.]")
        return
    strips = run.samples()
    if not strips:
        st.markdown(":small[No sample yet]")
        return
    if media_player.can_play(strips[-1]):
        first = sample_grid.steps(strips)[step_of(strips[-1])][0]
        media_player.play(first, lambda: sound_player.of_sample(project, run, first), f"{run.id}.listed")
        return
    columns = min(_PARTS, run.sample_columns)
    cells = sample_grid.cells(project, run, strips[-1], columns)
    if picture_grid.grid([picture_grid.Row("", cells)], key=f"strip.{run.id}", columns=columns, size=96, click="open"):
        navigation.go("train/run.py", project, run=run.id)


@st.dialog("Remove this run?")
def ask_to_remove(project: Project, run: Run) -> None:
    st.markdown(
        f"**{runs_words.title(run)}**, {megabytes(train.size_of(run))} with its model and samples.  \n"
        "It is put aside, and you can bring it back from the foot of this page. What was made with it stays."
    )
    with st.container(horizontal=True):
        if st.button("Remove it", type="primary"):
            with show.errors():
                train.remove(project, run)
                st.rerun()
        if st.button("Keep it"):
            st.rerun()


def aside(project: Project) -> None:
    """The runs that were put aside: bring back, or delete for good, which is asked twice."""
    runs = train.removed(project)
    if not runs:
        return
    with st.expander(f"Removed: {show.several(len(runs), 'run')}", icon=":material/delete:"):
        for run in runs:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{runs_words.title(run)}  \n:small[{runs_words.facts(run)}]", width="stretch")
                if st.button("Bring back", key=f"back.{run.id}", icon=":material/undo:"):
                    with show.errors():
                        train.bring_back(project, run.id)
                        st.rerun()
                if st.button("Delete for good", key=f"delete.{run.id}", type="tertiary"):
                    ask_to_delete(project, run)


@st.dialog("Delete this run for good?")
def ask_to_delete(project: Project, run: Run) -> None:
    st.markdown(
        f"**{runs_words.title(run)}** and its model are gone then, and {megabytes(train.size_of(run))} are free. "
        "There is no way back. What was made with it stays."
    )
    sure = st.checkbox("Yes, delete its model and samples")
    with st.container(horizontal=True):
        if st.button("Delete for good", type="primary", disabled=not sure, key="sure"):
            with show.errors():
                train.delete_for_good(project, run.id)
                st.rerun()
        if st.button("Keep it"):
            st.rerun()


def megabytes(size: int) -> str:
    """ "12 MB" """
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else "less than 1 MB"
