"""One datapoint: the thing itself large, its words, its record, its consent; opened from the grid with ?item=."""

import streamlit as st

from lib.ui.collect import datapoint as parts
from lib.ui.collect import slip
from lib.ui.shell.page import begin

project = begin("Datapoint")
item = parts.find(project)

parts.way_around(project, item)
st.title(f"Number {item.number}", anchor=False)
large, beside = st.columns([3, 2], gap="large")
with large:
    parts.thing(project, item)
with beside:
    parts.caption(project, item)
    slip.slip(project, item)
    parts.record(project, item)
    parts.consent(project, item)
    parts.removal(project, item)
