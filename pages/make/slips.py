"""Slips: what is written beside each datapoint that is kept by number, as a table to write in and to paste into."""

import streamlit as st

from lib.project import items
from lib.ui.collect import fields, slip, slips_csv, table
from lib.ui.shell import navigation
from lib.ui.shell.page import begin
from lib.ui.widgets import show

project = begin("Slips")
total = items.count(project)
with st.container(horizontal=True):
    navigation.link("make/collect.py", project, "All datapoints", icon=":material/grid_view:")
st.title("Slips", anchor=False)

if not total:
    st.markdown("A slip belongs to a datapoint: who made it, when, where, in what time. Collect the first ones, then write here.")
    navigation.next_step("make/collect.py", project, "Collect")
    st.stop()

st.markdown(f"**{show.plain(project.name)}** · {show.several(total, 'datapoint')}")
slip.rules(project)
which = None
with show.errors():
    which = table.chosen()
if which is not None:
    table.table(project, which)
st.markdown(":small[A maker is who made it; **naming somebody is not their consent**. Write “hidden” for a maker, and the name stands "
            "nowhere but in the record of consent.]")
fields.fields(project)
slips_csv.out_and_in(project, which or {})
navigation.next_step("make/journal.py", project, "Journal")
