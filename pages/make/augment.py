"""Augment: the recipe that prepares a person's pictures, what comes of it, and freezing it as a dataset."""

import streamlit as st

from lib import augment
from lib.project import datasets
from lib.ui.augment import (
    consent_status,
    empty,
    explain,
    freeze,
    kinds,
    pairs,
    preview,
    questions,
    recipe,
    recipes,
    sounds_texts,
    steps,
)
from lib.ui.augment import versions as augment_versions
from lib.ui.shell import navigation
from lib.ui.shell.page import begin
from lib.ui.train import model
from lib.ui.widgets import show

project = begin("Augment")
st.title("Augment", anchor=False)

preview.LOOKS.update(sound=sounds_texts.sounds, text=sounds_texts.texts)
making = kinds.chosen(project)
plan = recipe.current(project, making.kind)
prospect = augment.foresee(project, plan.recipe, plan.aside, making.kind)
versions = [version for version in datasets.versions(project) if version.kind == making.makes]

if empty.is_empty(project, plan, prospect):
    augment_versions.listing(project, plan, versions)
    st.stop()

frozen = show.several(len(versions), "dataset") if versions else "nothing"
st.markdown(
    f"**{show.plain(project.name)}**: {show.several(len(prospect.items), making.one)} to prepare, {frozen} frozen so far. {making.says}"
)
left, right = st.columns([3, 4], gap="medium")
with left.container(gap="xsmall"):      # in the order in which a person meets them on a phone
    source = pairs.choice(project) if making is kinds.PAIRS else None
    steps.steps(project, plan)
    if making.kind == "image":
        questions.mirror(project, plan, prospect)
        questions.outliers(project, plan, prospect.allowed)
    below = st.container(gap="xsmall")
with right.container(key="stays-in-view"):
    if source:
        pairs.four(project, plan, prospect, source)
    else:
        preview.everything(project, plan, prospect)
    explain.what_is_what()
with below:     # drawn last, so that an answer that was given just before the click counts
    if source:
        pairs.freeze(project, plan, prospect, versions, source)
    else:
        freeze.freeze(project, plan, prospect, versions)

augment_versions.listing(project, plan, versions)
recipes.section(project, plan, prospect)
newest = consent_status.newest_whole(project, versions)
if not model.waits(making.makes) and (newest or not versions):
    navigation.next_step("train/train.py", project, "Train", **({"dataset": newest.path.name} if newest else {}))
