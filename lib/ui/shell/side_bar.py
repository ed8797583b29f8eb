"""The side bar: which project is open, what is training in it, and a copy to take away. Read `bar`."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lib import jobs
from lib.jobs.reporter import in_words
from lib.project import Project, consent
from lib.project.runs import JobFolder, Run
from lib.ui.http import addresses
from lib.ui.runs import words as runs_words
from lib.ui.shell import frame, navigation, workspace
from lib.ui.widgets import picture_grid, show

_LOOK_EVERY = 10  # seconds, and only while something runs


def bar(project: Project, busy: Sequence[JobFolder] = ()) -> None:
    """busy: what waits or runs in it (jobs.under_way)."""
    with st.sidebar:
        cover = cover_of(project)
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="open-project"):
            if cover:
                picture_grid.one(cover, f"A datapoint of {project.name}", key="cover", width=72)
            st.markdown(f"**{show.plain(project.name)}**  \n:small[{workspace.content(project)}]", width="stretch")
        navigation.bar(project)
        if any(isinstance(job, Run) for job in busy):
            st.fragment(_training, run_every=_LOOK_EVERY)(project)
        st.link_button("Download this project", addresses.project_zip(project), type="tertiary", icon=":material/download:",
                       help="Everything in it as one zip, to keep a copy or take it to another computer.")
        if workspace.is_fleeting():
            st.warning("This place forgets everything when it restarts. Download your project before you leave.")
        frame.mend()


def cover_of(project: Project, size: int = 256) -> str:
    """The address of its first picture to which nobody said no, or ""."""
    return consent.remember(project, ("cover", size), lambda: _find_cover(project, size))


def _find_cover(project: Project, size: int) -> str:
    first = project.items(kind="image", limit=1) or project.items(limit=1)
    if first and first[0].consent.says_no:
        entries = consent.survey(project).entries.items()
        shown = [item for item, entry in entries if entry.kind == "image" and not entry.is_removed and not entry.standing.says_no]
        first = [project.item(item) for item in shown[:1]]
    return addresses.thumbnail(project, first[0], size) if first else ""


def _training(project: Project) -> None:
    """One line and a bar for each training. When the last one ends, the page is drawn anew, once."""
    runs = [job for job in jobs.under_way(project) if isinstance(job, Run)]
    if not runs:
        st.rerun(scope="app")
    for run in runs:
        left = run.status.get("seconds_left")
        words = show.STATES[run.state][0] + (f", {in_words(left)} left" if left and run.state == "running" else "")
        st.progress(runs_words.part_done(run), text=words)
        navigation.link("train/run.py", project, runs_words.title(run), run=run.id)
