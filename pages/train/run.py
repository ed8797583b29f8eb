"""Run: one training while it goes, and what came out of it. It is watched here; it lives on without this page."""

import streamlit as st

from lib import train
from lib.project.runs import OVER
from lib.ui.generate import live as draw_live
from lib.ui.runs import live, other_programs, words
from lib.ui.shell import navigation
from lib.ui.shell.page import begin
from lib.ui.widgets import direction

project = begin("Run")
run = live.find(project)

st.title(words.title(run), anchor=False)
going = run.state not in OVER
st.fragment(live.live, run_every=live.LOOK_EVERY if going else None)(project, run, going)

navigation.link("train/runs.py", project, "All runs", icon=":material/list_alt:")
if (run.result or run.checkpoints()) and not train.refusal(project, run):
    direction.show_run(project, run)
    draw_live.offer(project, run)
    other_programs.offer(project, run)
    navigation.next_step("play/generate.py", project, "Generate", run=run.id)
