"""The parts of the first page: the picture of the way, the cards of the projects. Read pages/home/welcome.py first."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import streamlit as st

from lib import jobs
from lib.errors import UserError
from lib.project.folder import RUNS
from lib.project.runs import STATUS, Run
from lib.ui.home.samples import SAMPLES, Sample
from lib.ui.http import addresses
from lib.ui.shell import frame, navigation, side_bar, workspace
from lib.ui.widgets import picture_grid, show
from lib.ui.widgets.picture_grid import Picture

if TYPE_CHECKING:
    from lib.project import Project

WHAT = """
Gather pictures, sounds or words yourself, with the consent of the people behind them, and train a small model of your own on nothing
else. Then play with what it has learned, and always find the way back to what it learned from; all of it stays on this computer.
"""

# (picture in assets/way/, what it shows, what one does there). A step is shown here when its page works.
WAY = [
    ("collect", "drawings in a pile", "1. Collect pictures, and say whose they are"),
    ("label", "a word below a drawing", "2. Label: say what each one is"),
    ("augment", "one tulip, turned, mirrored and cut", "3. Augment: cut, vary, and freeze a dataset"),
    ("train", "a tulip grows out of coloured squares", "4. Train a model, and watch it learn"),
    ("play", "new tulips", "5. Generate: make new pictures, keep the good ones"),
]


def samples() -> None:
    """A card for each sample: what is in it, to be seen; in one click it is a project, open on Train."""
    with st.container(key="samples"):
        for pair in (SAMPLES[:2], SAMPLES[2:]):
            for place, sample in zip(st.columns(2, gap="small"), pair, strict=False):
                with place.container(border=True, height="stretch"):
                    _sample(sample)


def _sample(sample: Sample) -> None:
    st.html(f'<img src="{addresses.asset(f"samples/{sample.picture}")}" alt="{html.escape(sample.shows)}">')
    st.markdown(sample.words)
    if st.button(sample.button, icon=sample.icon):
        with show.errors(), st.spinner("Laying it out"):
            navigation.go("train/train.py", sample.project(), **({"model": sample.model} if sample.model else {}))


def foot() -> None:
    """Shows the open project in the side bar of the first page as well, where there is one."""
    name = st.query_params.get("project", "")
    if name:
        try:
            project = workspace.open_project(name)
            side_bar.bar(project, jobs.under_way(project))
            return
        except UserError:
            st.session_state.pop("project", None)
            del st.query_params["project"]
    frame.mend()


def way() -> None:
    """The way from pictures to pictures, step beside step."""
    steps = [Picture(name, addresses.asset(f"way/{name}.svg"), shows, label=words) for name, shows, words in WAY]
    picture_grid.grid(steps, key="way", size=200, click="", fit="natural words")


def last_run(project: Project) -> str:
    """How the latest training stands: ", last run finished"; "" where there was none."""
    folders = sorted((project.path / RUNS).glob(f"[!.]*/{STATUS}"), key=lambda status: status.parent.name)
    return f", last run {show.STATES[Run(folders[-1].parent).state][0]}" if folders else ""


def projects() -> None:
    """A card for each project: its first picture, its name, what is in it. A click opens it."""
    listed, wrong = workspace.projects()
    if listed or wrong:
        st.header("Your projects", anchor=False)
    for error in wrong:
        show.error(error)
    if not listed:
        return
    entries = {entry.folder: entry for entry in listed}
    cards = [
        Picture(folder, side_bar.cover_of(entry.project) or addresses.asset("way/collect.svg"), f"Open {entry.name}",
                label=f"{entry.name}: {entry.content}{last_run(entry.project)}")
        for folder, entry in entries.items()
    ]  # fmt: skip
    event = picture_grid.grid(cards, key="projects", size=220, click="open", fit="cover words")
    if event and event.id in entries:
        navigation.go("make/collect.py", entries[event.id].project)
