"""How long a training would take here, said on the page Train without holding it up. Read `sentence`."""

from __future__ import annotations

import contextlib

import streamlit as st

from lib import models, train
from lib.errors import UserError
from lib.jobs.reporter import in_words
from lib.project import Project
from lib.project.datasets import Dataset
from lib.project.runs import OVER
from lib.ui.train.settings import PRESETS, Choice
from lib.ui.widgets import show

_LOOK_EVERY = 1.0  # seconds, and only while it is measured
_TRY_EVERY = 60.0  # seconds, and only while the answer is one of a busy machine


def sentence(project: Project, model: str, dataset: Dataset, choice: Choice) -> None:
    """ "About 9 min here, first picture in 30 s", or that it is being measured. Start does not wait for it."""
    try:
        estimate = train.known(project, model, dataset, preset=choice.preset, **choice.settings)
    except UserError as error:
        show.error(error)
        return
    arguments = dict(model=model, dataset=dataset.path.name, preset=choice.preset, **choice.settings)
    if estimate and not (estimate.rough and (train.under_measurement(project, **arguments) or train.worth_another_try(estimate))):
        st.fragment(_say, run_every=_TRY_EVERY if estimate.rough else None)(project, estimate, arguments, [])
        _say_others(project, model, dataset, choice.preset)
        if lines := forecast(model, choice, estimate):
            st.markdown(f":small[{' '.join(lines)}]")
        return
    task = train.measure(project, **arguments)
    watching = task.state not in OVER
    st.fragment(_watch, run_every=_LOOK_EVERY if watching else None)(project, task, arguments, watching)


def _say(project: Project, estimate: train.Estimate, arguments: dict, looks: list[bool]) -> None:
    """One of a busy machine is measured again by itself, once the machine is quiet.

    looks: grows at each. Not at the first, which belongs to the page: drawing that anew would lose a click on Start.
    """
    looks.append(True)
    if len(looks) > 1 and train.worth_another_try(estimate):
        train.measure(project, **arguments)
        st.rerun(scope="app")
    st.markdown(f":material/timer: {as_sentence(estimate)}")
    if estimate.rough and st.button("Measure again", type="tertiary", icon=":material/refresh:"):
        train.measure(project, **arguments)
        st.rerun(scope="app")


def _say_others(project: Project, model: str, dataset: Dataset, chosen: str) -> None:
    """The time of the other presets, where it was measured here before."""
    if lines := others(project, model, dataset, chosen):
        st.markdown(f":small[{' '.join(lines)}]")


def others(project: Project, model: str, dataset: Dataset, chosen: str) -> list[str]:
    """["Good: about 3 h 5 min.", …] without the preset that is chosen, and without what is not known."""
    times: dict[str, train.Estimate | None] = {}
    for preset in PRESETS:
        with contextlib.suppress(UserError):    # it may not go with this dataset
            times[preset] = train.known(project, model, dataset, preset=preset) if preset != chosen else None
    return [
        f"{preset.capitalize()}: {'at most ' if estimate.rough else ''}about {in_words(estimate.minutes * 60)}."
        for preset, estimate in times.items() if estimate
    ]  # fmt: skip


def forecast(model: str, choice: Choice, estimate: train.Estimate) -> list[str]:
    """What the model itself has to say of such a time, of one that takes days."""
    return models.forecast(model, models.validate(model, choice.settings, preset=choice.preset), estimate.seconds_a_step)


def as_sentence(estimate: train.Estimate) -> str:
    words = str(estimate)
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
