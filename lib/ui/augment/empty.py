"""What Augment says while there is nothing to prepare: nothing collected, no picture, or nobody who allows it. Read `is_empty`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from lib.augment import Plan, Prospect
from lib.media.kinds import kind_of
from lib.ui.augment import freeze, recipe
from lib.ui.http import addresses
from lib.ui.shell import navigation
from lib.ui.widgets import picture_grid, show

if TYPE_CHECKING:
    from lib.project import Project


def is_empty(project: Project, plan: Plan, prospect: Prospect) -> bool:
    """Says why nothing can be prepared, with the way on. False where something can."""
    if prospect.items:
        return False
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(why(project, prospect, kind_of(plan.kind).one))
        if prospect.allowed:
            st.button("Take them back in", type="primary", on_click=recipe.change,
                      args=(project, plan, lambda plan: replace(plan, aside=())))
        elif st.button("Go to Collect", type="primary", icon=":material/arrow_back:"):
            navigation.go("make/collect.py", project)
    with right:
        picture_grid.one(addresses.asset("way/augment.svg"), "One tulip four times: as it is, mirrored, turned a little, cut to a square", key="empty")
    return True


def why(project: Project, prospect: Prospect, noun: str = "picture") -> str:
    """noun: the word for one of them."""
    if prospect.allowed:
        return f"All {noun}s that may be used are set aside, so nothing is left to prepare."
    if prospect.out:
        count = show.several(sum(prospect.out.values()), noun)
        return (
            f"There {'is' if count.startswith('1 ') else 'are'} {count} here, and none may be used for training: "
            f"{freeze.out_in_words(prospect.out)}. Open Collect and say whose they are and what is allowed."
        )
    if project.count():
        return "This page prepares pictures for now, and there are none here that it could prepare. Add pictures on Collect."
    return "Here your pictures are cut to one size and frozen as a dataset. There are none yet: collect some first."
