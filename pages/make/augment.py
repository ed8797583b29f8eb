"""Augment: the recipe that prepares a person's pictures, what comes of it, and freezing it as a dataset."""

import streamlit as st

from lib import augment
from lib.project import datasets
from lib.ui import (
    augment_empty,
    augment_freeze,
    augment_look,
    augment_questions,
    augment_recipe,
    augment_versions,
    rooms,
    show,
)
from lib.ui.begin import begin

project = begin("Augment")
st.title("Augment", anchor=False)

plan = augment_recipe.current(project)
prospect = augment.foresee(project, plan.recipe, plan.aside)
versions = datasets.versions(project)

if augment_empty.is_empty(project, plan, prospect):
    augment_versions.listing(project, plan, versions)
    st.stop()

frozen = show.several(len(versions), "dataset") if versions else "nothing"
st.markdown(
    f"**{show.plain(project.name)}**: {show.several(len(prospect.items), 'picture')} to prepare, {frozen} frozen so far. "
    "Choose what becomes of each picture, answer the question about mirroring, then freeze them."
)
left, right = st.columns([1, 2], gap="large")
with left.container(gap="xsmall"):      # in the order in which a person meets them on a phone
    augment_recipe.steps(project, plan)
    augment_questions.mirror(project, plan, prospect)
    augment_questions.outliers(project, plan, prospect.allowed)
    below = st.container(gap="xsmall")
    with st.expander("Preparing, augmenting, transfer, from scratch: what is what?"):
        st.markdown(augment_recipe.WHAT_IS_WHAT)
with right:
    augment_look.before_and_after(project, plan, prospect)
    augment_look.sheet(project, plan, prospect)
with below:     # drawn last, so that an answer that was given just before the click counts
    augment_freeze.freeze(project, plan, prospect, versions)

augment_versions.listing(project, plan, versions)
newest = {"dataset": versions[0].path.name} if versions else {}
rooms.next_step("train/train.py", project, "Train", **newest)
