"""Augment: the recipe that prepares a person's pictures, what comes of it, and freezing it as a dataset."""

import streamlit as st

from lib import augment
from lib.project import datasets
from lib.ui import (
    augment_empty,
    augment_explain,
    augment_freeze,
    augment_hear,
    augment_kinds,
    augment_look,
    augment_pairs,
    augment_questions,
    augment_recipe,
    augment_recipes,
    augment_standing,
    augment_steps,
    augment_versions,
    rooms,
    show,
    train_model,
)
from lib.ui.begin import begin

project = begin("Augment")
st.title("Augment", anchor=False)

augment_look.LOOKS.update(sound=augment_hear.sounds, text=augment_hear.texts)
making = augment_kinds.chosen(project)
plan = augment_recipe.current(project, making.kind)
prospect = augment.foresee(project, plan.recipe, plan.aside, making.kind)
versions = [version for version in datasets.versions(project) if version.kind == making.makes]

if augment_empty.is_empty(project, plan, prospect):
    augment_versions.listing(project, plan, versions)
    st.stop()

frozen = show.several(len(versions), "dataset") if versions else "nothing"
st.markdown(
    f"**{show.plain(project.name)}**: {show.several(len(prospect.items), making.one)} to prepare, {frozen} frozen so far. {making.says}"
)
left, right = st.columns([3, 4], gap="medium")
with left.container(gap="xsmall"):      # in the order in which a person meets them on a phone
    source = augment_pairs.choice(project) if making is augment_kinds.PAIRS else None
    augment_steps.steps(project, plan)
    if making.kind == "image":
        augment_questions.mirror(project, plan, prospect)
        augment_questions.outliers(project, plan, prospect.allowed)
    below = st.container(gap="xsmall")
with right.container(key="stays-in-view"):
    if source:
        augment_pairs.four(project, plan, prospect, source)
    else:
        augment_look.everything(project, plan, prospect)
    augment_explain.what_is_what()
with below:     # drawn last, so that an answer that was given just before the click counts
    if source:
        augment_pairs.freeze(project, plan, prospect, versions, source)
    else:
        augment_freeze.freeze(project, plan, prospect, versions)

augment_versions.listing(project, plan, versions)
augment_recipes.section(project, plan, prospect)
newest = augment_standing.newest_whole(project, versions)
if not train_model.waits(making.makes) and (newest or not versions):
    rooms.next_step("train/train.py", project, "Train", **({"dataset": newest.path.name} if newest else {}))
