"""Runs: what trains now, what was trained, and what was put aside."""

import streamlit as st

from lib.ui.runs import elsewhere, listing
from lib.ui.shell import navigation
from lib.ui.shell.page import begin
from lib.ui.widgets import show

project = begin("Runs")
st.title("Runs", anchor=False)
going, over = listing.parted(project)
if not going and not over:
    listing.none_yet(project)
elif st.button("Train another", type="primary", icon=":material/model_training:"):
    navigation.go("train/train.py", project)

if going:
    st.header("Under way", anchor=False)
    st.fragment(listing.under_way, run_every=listing.LOOK_EVERY)(project, going)
elsewhere.section(project)
if over:
    st.header(show.several(len(over), "run"), anchor=False)
    for run in listing.page_of(over):
        listing.card(project, run)
listing.aside(project)
if any(run.result for run in over[:10]):
    navigation.next_step("play/generate.py", project, "Generate")
