"""Generate before there is anything to play: a picture, why, and the way on. Read `look`."""

from __future__ import annotations

import streamlit as st

from lib import generate, models
from lib.errors import UserError
from lib.player import Playable
from lib.project import Project, consent, outputs, runs
from lib.ui.shell import navigation
from lib.ui.widgets import empty, show

_NEXT = """
A model has to learn first. After some ten steps of a training it can be played here, also while it goes on learning.

1. **Make** pictures from a number, the *seed*: the same seed always makes the same picture.
2. **Keep** what you like and reject what you do not.
3. **Walk** from one picture to another, as a film.
4. Ask each picture **where it came from**: the run, the dataset, and the people whose data made it.
"""


def look(project: Project, bases: list[Playable]) -> None:
    """bases: those that can be played all the same."""
    with empty.beside_picture("play.svg", "New tulips, painted by a model"):
        st.subheader("No model can be played today" if generate.not_playable(project) else "Nothing has learned yet", anchor=False)
        st.markdown(_NEXT)
        with st.container(horizontal=True):
            if st.button("Train a model", type="primary", icon=":material/model_training:"):
                navigation.go("train/train.py", project)
            if bases and st.button("Play one that comes with Handmade", icon=":material/auto_awesome_mosaic:"):
                navigation.go("play/generate.py", project, run=bases[0].id)


def title_line(project: Project, runs: list) -> str:
    """"**Tulips** · 2 models · 18 outputs, 3 kept"."""
    made = outputs.listed(project)
    kept = sum(output.marked == outputs.KEPT for output in made)
    parts = [f"**{show.plain(project.name)}**", show.several(len(runs), "model") if runs else "no model of your own yet"]
    if made:
        parts.append(show.several(len(made), "output") + (f", {kept:,} kept" if kept else ""))
    return " · ".join(parts)


def not_shown(project: Project) -> None:
    """Says so where something is held back, since people in its data have said no."""
    words = not_shown_words(*outputs.not_shown(project), generate.not_playable(project))
    if words:
        st.info(words, icon=":material/block:")


def not_shown_words(hidden: int, why: dict[str, int], models: int) -> str:
    """hidden: outputs. why: datapoints by reason. models: those that are not played. "" where nothing is held back."""
    parts = [f"{show.several(hidden, 'output')} {'is' if hidden == 1 else 'are'} not shown"] if hidden else []
    parts += [f"{show.several(models, 'model')} {'is' if models == 1 else 'are'} not played"] if models else []
    if not parts:
        return ""
    reasons = ", ".join(f"{reason} for {show.several(count, 'datapoint')}" if reason != consent.GONE else
                        f"{show.several(count, 'datapoint')} {reason}" for reason, count in why.items())  # fmt: skip
    because = f": {reasons}." if reasons else ", since its data may not be used for training today."
    return f"{' and '.join(parts)}{because} To go on, freeze the next version of the dataset, and train on that."


def about(project: Project) -> None:
    """Says so where the run that the address names cannot be played, and why."""
    not_shown(project)
    asked = st.query_params.get("run")
    if not asked or asked in models.BASES:
        return
    try:
        run = runs.get(project, asked.rpartition("/")[2])
    except UserError as error:
        show.error(error)
        return
    if models.card(run.model).lets_go and (silent := len(consent.closed_in(project, run))) < len(run.learned_from):
        if silent:
            st.info(f"**{show.several(silent, 'datapoint')} may not be used today.** This model plays without {'it' if silent == 1 else 'them'}.",
                    icon=":material/volume_off:")  # fmt: skip
        return
    if run.withdrawn:
        count = len(run.withdrawn["items"])
        st.warning(
            f"**This run is not played.** {show.several(count, 'datapoint')} that it learned from "
            f"{'was' if count == 1 else 'were'} withdrawn, and a model cannot unlearn.  \nFreeze the next version of the "
            "dataset, which leaves them out, and train on that.",
            icon=":material/block:",
        )
        navigation.link("make/augment.py", project, "Freeze the next version", icon=":material/arrow_forward:")
    elif not consent.survey(project).of(run).whole:
        try:
            consent.require_run(project, run, "This run is not played.")
        except UserError as error:
            show.error(error)
    elif not (run.result or run.checkpoints()):
        st.info("This run has learned nothing yet. Its first checkpoint comes after some ten steps; then it can be played here.")
