"""Journal: dated entries beside the data, each with the count at that moment, and a line of how the project grew."""

import streamlit as st

from lib.collect import journal
from lib.project import items
from lib.ui.collect import grid
from lib.ui.journal import entries, growth
from lib.ui.shell import navigation
from lib.ui.shell.page import begin
from lib.ui.widgets import show

project = begin("Journal")
st.title("Journal", anchor=False)
total, count = journal.count_entries(project), items.count(project)
st.markdown(f"{grid.title_line(project, items.count_by_kind(project))} · {show.several(total, 'entry', 'entries')}")

entries.gone(project)
left, right = st.columns([1, 1], gap="large")
with left:
    entries.write(project, count)
with right:
    growth.growth(project)

if total:
    entries.listing(project, total)
    entries.take_away(project)
else:
    st.markdown("Nothing is written yet. A sentence a day will do: whom you met, what went wrong, which one you like. In a year it "
                "is the part that nobody else has.")
navigation.next_step("make/collect.py", project, "Collect")
