"""The twin by hand beside the fast one, on the page of a run: every step of one guess, and one step of learning. Read `look`.

What both compute comes from the player (lib/train/twin.py); twin.js asks for it by itself, and says of each number where it comes from.
"""

from __future__ import annotations

import streamlit as st

from lib import models
from lib.media.files import edition
from lib.project import Project
from lib.project.runs import Run
from lib.train import twin
from lib.ui.http import addresses
from lib.ui.runs import inside
from lib.ui.widgets import show
from lib.ui.widgets.component import component, packed

NAME = "By hand"


def is_open(run: Run) -> bool:
    """Also where it is too large: then the reason is said."""
    return models.has_twin(run.model) and inside.is_open(run)


def look(project: Project, run: Run) -> None:
    shown = models.inside(run.model)
    if why := twin.refusal(run):
        st.markdown(f"{show.plain(why)} Train one with the preset **quick**, the smallest: there each step can be followed.")
        return
    assert shown    # a model with a twin can be looked into
    st.markdown("The same model twice: once in plain Python, in one file that can be read aloud (`lib/models/microgpt/by_hand.py`), once as it is trained. "
                "Press any number to see where it comes from.")  # fmt: skip
    weights = shown.weights(run.path)
    data = {
        "address": addresses.twin(project, run), "weights": addresses.inside(project, run), "edition": "-".join(map(str, edition(weights))),
        "facts": {name: value for name, value in shown.facts(run.path).items() if name in ("layers", "heads", "width")}, "first": _beginning(shown, run),
    }  # fmt: skip
    component(__file__, "gpt", "twin")(key=f"twin.{run.id}", data=packed(data))


def _beginning(shown, run: Run) -> str:
    """A few letters that it knows."""
    letters = shown.facts(run.path)["tokens"]["letters"]
    words = "the rain"
    return words if all(letter in letters for letter in words) else "".join(letter for letter in letters if letter.isalpha())[:4]
