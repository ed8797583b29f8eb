"""Collect: every way in, how far it is, and all datapoints of the project, newest first."""

import streamlit as st

from lib.project import items
from lib.ui import (
    collect_batches,
    collect_first,
    collect_grid,
    collect_no,
    collect_removed,
    collect_slip,
    collect_ways,
    rooms,
)
from lib.ui.begin import begin

project = begin("Collect")
kinds = items.count_by_kind(project)
st.title("Collect", anchor=False)

if st.query_params.get("view") == collect_removed.VIEW:
    st.header("Removed", anchor=False)
    collect_removed.all_of_them(project)
    st.stop()

st.markdown(collect_grid.title_line(project, kinds))
collect_removed.just_gone(project)
collect_no.became(project)
is_busy = collect_batches.watch(project, is_empty=not kinds)
collect_slip.rules(project, to_table=bool(kinds))
is_choosing = collect_ways.ways(project, is_first=not kinds)

if kinds:
    collect_grid.browse(project)
    collect_removed.link(project)
    rooms.next_step("make/label.py", project, "Label")
elif is_busy:
    st.markdown("The first ones appear here as soon as they are in.")
else:
    if not is_choosing:
        collect_first.look()
    collect_removed.link(project)
