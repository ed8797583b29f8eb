"""Collect: every way in, how far it is, and all datapoints of the project, newest first."""

import streamlit as st

from lib.project import items
from lib.ui.collect import batches, first, grid, removed, slip, ways, withdrawal
from lib.ui.shell import navigation
from lib.ui.shell.page import begin

project = begin("Collect")
kinds = items.count_by_kind(project)
st.title("Collect", anchor=False)

if st.query_params.get("view") == removed.VIEW:
    st.header("Removed", anchor=False)
    removed.all_of_them(project)
    st.stop()

st.markdown(grid.title_line(project, kinds))
removed.just_gone(project)
withdrawal.became(project)
is_busy = batches.watch(project, is_empty=not kinds)
slip.rules(project, to_table=bool(kinds))
is_choosing = ways.ways(project, is_first=not kinds)

if kinds:
    grid.browse(project)
    removed.link(project)
    navigation.next_step("make/label.py", project, "Label")
elif is_busy:
    st.markdown("The first ones appear here as soon as they are in.")
else:
    if not is_choosing:
        first.look()
    removed.link(project)
