"""Journal: dated entries beside the data, each with the count at that moment, and a line of how the project grew."""

import streamlit as st

from lib.collect import journal
from lib.project import items
from lib.ui import collect_grid, journal_entries, journal_growth, rooms, show
from lib.ui.begin import begin

project = begin("Journal")
st.title("Journal", anchor=False)
total, count = journal.count_entries(project), items.count(project)
st.markdown(f"{collect_grid.title_line(project, items.count_by_kind(project))} · {show.several(total, 'entry', 'entries')}")

journal_entries.gone(project)
left, right = st.columns([1, 1], gap="large")
with left:
    journal_entries.write(project, count)
with right:
    journal_growth.growth(project)

if total:
    journal_entries.listing(project, total)
    journal_entries.take_away(project)
else:
    st.markdown("Nothing is written yet. A sentence a day will do: whom you met, what went wrong, which one you like. In a year it "
                "is the part that nobody else has.")
rooms.next_step("make/collect.py", project, "Collect")
