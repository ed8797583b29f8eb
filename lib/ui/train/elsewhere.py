"""Train elsewhere, beside the button Start: whose data would leave this computer, and the zip for another one. Read `offer`."""

from __future__ import annotations

import streamlit as st

from lib import models, train
from lib.media.kinds import kind_of
from lib.project import Project
from lib.project.datasets import Dataset
from lib.ui.http import addresses
from lib.ui.train.settings import Choice
from lib.ui.widgets import show

_HELP = "For another computer, such as a rented one with a graphics card: you get a zip, and bring its result back."
_WHAT = (
    "You get one zip: the dataset as it was frozen, what you chose here, and the code that trains. On any computer with Python, a "
    "rented one or a notebook service, one command trains it. What comes out is a small file, which you bring in on Runs."
)
_LEAVES = (
    "With the zip their data leaves this computer. They said yes to training; what becomes of the copy is in the hands of whoever "
    "trains it. A no that comes later still reaches the model here, but not that copy."
)


def offer(project: Project, model: str, dataset: Dataset, choice: Choice, possible: bool) -> None:
    """Nothing for a model that can only be made here."""
    if not train.stays_here(model) and st.button("Train elsewhere", icon=":material/luggage:", disabled=not possible, help=_HELP):
        _dialog(project, model, dataset, choice)


@st.dialog("Train it on another computer", width="medium")
def _dialog(project: Project, model: str, dataset: Dataset, choice: Choice) -> None:
    place = st.empty()
    with place.container():
        st.markdown(_WHAT)
        st.markdown("\n".join(["**Whose data is in it**", "", *whose(project, dataset)]))
        st.markdown(_LEAVES)
        if fetched := fetches(model, dataset, choice):
            st.markdown(fetched)
        if not st.button("All of them know this: make the zip", type="primary", icon=":material/folder_zip:"):
            return
        errand = None
        with show.errors():
            errand = train.send_out(project, model, dataset, preset=choice.preset, seed=choice.seed, **choice.settings)
    if errand:
        with place.container():
            _ready(project, errand.id)


def whose(project: Project, dataset: Dataset) -> list[str]:
    """["- Ruth Meyer: 12 pictures", "- 3 pictures of nobody who is named"]"""
    things = kind_of(dataset.kind)
    return [f"- {show.plain(name)}: {things.count(count)}" if name else f"- {things.count(count)} of nobody who is named" for name, count in train.in_it(project, dataset)]


def fetches(model: str, dataset: Dataset, choice: Choice) -> str:
    """What the other computer has to fetch by itself; "" where all is in the zip, or the settings will not do."""
    with show.errors():
        settings = models.validate(model, choice.settings, preset=choice.preset, size=dataset.size[0] if dataset.size else None, count=dataset.counts["train"])
        commands = models.belongings(model, settings).fetch
        return f"What it begins with is too large for the zip; the README says how it is fetched there: `{'`, `'.join(commands)}`." if commands else ""
    return ""


def _ready(project: Project, errand_id: str) -> None:
    st.markdown("The zip is ready. On the other computer, unpack it, and in its folder:\n\n1. `pip install -r requirements.txt`\n2. `python train_here.py`")
    st.markdown("Runs remembers that it is out, and takes its result.")
    st.link_button("Download the zip", addresses.errand_zip(project, errand_id), type="primary", icon=":material/download:")
