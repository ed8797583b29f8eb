"""Label: what people say about each datapoint. One large picture and the keyboard; other ways of looking beside it."""

import streamlit as st

from lib.project import items
from lib.ui.label import filters, grid, one_by_one, readers, suggestions, survey
from lib.ui.label import first as label_first
from lib.ui.shell import navigation
from lib.ui.shell.page import begin

# The ways of looking. Each takes the project and the filter (as items.find takes it) and shows its part of the page.
MODES = {
    "One by one": one_by_one.look,
    "Grid": grid.grid,
    "Suggestions": suggestions.suggest,
    "Two readers": readers.readers,
    "The whole": survey.whole,
}

project = begin("Label")
is_empty = not items.count(project)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.title("Label", anchor=False, width="content")
    with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
        first = next(iter(MODES))
        mode = first if is_empty else st.segmented_control(
            "Way of looking", list(MODES), default=None if "mode" in st.session_state else first, required=True, key="mode",
            bind="query-params", label_visibility="collapsed", on_change=grid.forget,
        )  # fmt: skip
        which = {} if is_empty else filters.choose(project)

if is_empty:
    label_first.look(project)
else:
    MODES[mode](project, which)
    navigation.next_step("make/augment.py", project, "Augment")
