"""The datasets that were frozen so far, newest first, each with its sheet and its story. Read `listing`."""

from __future__ import annotations

import streamlit as st

from lib import augment
from lib.augment import Plan
from lib.errors import UserError
from lib.project.datasets import Version
from lib.ui import addresses, augment_freeze, augment_recipe, pictures, rooms, show

_AT_ONCE = 5


def listing(project, plan: Plan, versions: list[Version]) -> None:
    """A page of them: fifty datasets cost no more than five."""
    if not versions:
        return
    st.header("Frozen so far", anchor=False)
    pages = -(-len(versions) // _AT_ONCE)
    page = st.pagination(pages, key="versions") if pages > 1 else 1
    for version in versions[(page - 1) * _AT_ONCE : page * _AT_ONCE]:
        _one(project, plan, version)


def _one(project, plan: Plan, version: Version) -> None:
    sheet, words = st.columns([1, 3], gap="medium")
    with sheet:
        pictures.one(addresses.sheet(project, version), f"Contact sheet of {version.name} v{version.version}", key=f"sheet.{version.path.name}")
    with words:
        st.subheader(f"{version.name} v{version.version}", anchor=False)
        st.markdown("  \n".join(story(version)))
        with st.container(horizontal=True, vertical_alignment="center"):
            rooms.link("train/train.py", project, "Train on it", icon=":material/arrow_forward:", dataset=version.path.name)
            recipe = recipe_of(version)
            if recipe:
                st.button("Use this recipe", key=f"use.{version.path.name}", type="tertiary", icon=":material/replay:",
                          help="Puts its steps into the recipe above.", on_click=augment_recipe.take_recipe, args=(project, plan, recipe))


def story(version: Version) -> list[str]:
    """What is in it, how it was made, when, and what is not in it: a line each."""
    counts = f"{show.several(version.train, 'picture')} to learn from" + (f", {version.test:,} held back for testing" if version.test else "")
    size = f"{version.size[1]} × {version.size[0]} px" if version.size else "different sizes, so it cannot be trained on"
    recipe = recipe_of(version)
    lines = [f"{counts}; {size}.", f"{recipe.words}." if recipe else "Made by another tool than Augment.", f"Frozen on {show.when(version.made)}."]
    if version.left_out:
        out = sum(version.left_out.values())
        lines.append(f"{out:,} stayed out: {augment_freeze.out_in_words(version.left_out)}.")
    if version.withdrawn:
        lines.append(f"{show.several(version.withdrawn, 'picture was', 'pictures were')} withdrawn since.")
    return lines


def recipe_of(version: Version) -> augment.Recipe | None:
    """Its recipe; None where it holds a step that is not known here."""
    try:
        return augment.Recipe(version.recipe) if version.recipe else None
    except UserError:
        return None
