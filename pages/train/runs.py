"""Runs: what trains now, what was trained, and what was put aside."""

import streamlit as st

from lib.ui import rooms, run_list, show
from lib.ui.begin import begin

project = begin("Runs")
st.title("Runs", anchor=False)
going, over = run_list.parted(project)
if not going and not over:
    run_list.none_yet(project)
elif st.button("Train another", type="primary", icon=":material/model_training:"):
    rooms.go("train/train.py", project)

if going:
    st.header("Under way", anchor=False)
    st.fragment(run_list.under_way, run_every=run_list.LOOK_EVERY)(project, going)
if over:
    st.header(show.several(len(over), "run"), anchor=False)
    for run in run_list.page_of(over):
        run_list.card(project, run)
run_list.aside(project)
if any(run.result for run in over[:10]):
    rooms.next_step("play/generate.py", project, "Generate")
