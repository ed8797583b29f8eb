"""How long a training would take here, said on the page Train without holding it up. Read `sentence`."""

from __future__ import annotations

import streamlit as st

from lib import train
from lib.errors import UserError
from lib.project import Project
from lib.project.datasets import Dataset
from lib.project.runs import OVER
from lib.ui import show
from lib.ui.train_settings import Choice

_LOOK_EVERY = 1.0  # seconds, and only while it is measured


def sentence(project: Project, model: str, dataset: Dataset, choice: Choice) -> None:
    """ "About 9 min here, first picture in 30 s", or that it is being measured. Start does not wait for it."""
    try:
        found = train.known(project, model, dataset, preset=choice.preset, **choice.settings)
    except UserError as error:
        show.error(error)
        return
    arguments = dict(model=model, dataset=dataset.path.name, preset=choice.preset, **choice.settings)
    if found and not (found.rough and train.under_measurement(project, **arguments)):
        _say(project, found, arguments)
        return
    task = train.measure(project, **arguments)
    watching = task.state not in OVER
    st.fragment(_watch, run_every=_LOOK_EVERY if watching else None)(project, task, arguments, watching)


def _say(project: Project, found: train.Estimate, arguments: dict) -> None:
    st.markdown(f":material/timer: {told(found)}")
    if found.rough and st.button("Measure again", type="tertiary", icon=":material/refresh:"):
        train.measure(project, **arguments)
        st.rerun()


def told(found: train.Estimate) -> str:
    words = str(found)
    return f"{words[0].upper()}{words[1:]}.".replace(", first", " here, first", 1)


def _watch(project: Project, task, arguments: dict, watching: bool) -> None:
    state = task.state
    if state not in OVER:
        waits = "waits until this computer has a hand free" if state == "queued" else "a few trial steps, some ten seconds"
        st.markdown(f":material/timer: Measuring how long it takes here: {waits}. You can start without it.")
    elif state == "failed":
        show.error(task.error)
        if st.button("Measure again", icon=":material/timer:"):
            train.measure(project, anew=True, **arguments)
            st.rerun(scope="app")
    elif watching:
        st.rerun(scope="app")
