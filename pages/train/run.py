"""Run: one training while it goes, and what came out of it. It is watched here; it lives on without this page."""

import streamlit as st

from lib import train
from lib.project.runs import OVER
from lib.ui import rooms, run_live, run_words
from lib.ui.begin import begin

project = begin("Run")
run = run_live.find(project)

st.title(run_words.title(run), anchor=False)
going = run.state not in OVER
st.fragment(run_live.live, run_every=run_live.LOOK_EVERY if going else None)(project, run, going)

rooms.link("train/runs.py", project, "All runs", icon=":material/list_alt:")
if (run.result or run.checkpoints()) and not train.refusal(project, run):
    rooms.next_step("play/generate.py", project, "Generate", run=run.id)
