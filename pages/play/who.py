"""Who is in the picture? One neutral prompt 64 times, laid out by likeness; people count, no machine guesses."""

import streamlit as st

from lib import generate
from lib.ui.generate import controls, who
from lib.ui.shell import navigation
from lib.ui.shell.page import begin

project = begin("Who is in the picture?")
st.title("Who is in the picture?", anchor=False)

runs = [run for run in generate.playable(project) if generate.can_be_counted(run.model)]
bases = [base for base in generate.bases() if generate.can_be_counted(base.model)]
played = controls.picked(runs, bases) or next(iter(bases), None)
st.markdown("What a model shows when nobody says what: its habits are those of its data. You count; no machine guesses what or whom a picture shows.")
if not played:
    st.markdown("There is no model yet that could be asked.")
    st.stop()

generate.ensure_player(project.home)
left, right = st.columns([4, 9], gap="medium")
with left:
    controls.which(project, runs, bases, played)
    asked = who.ask(project, played)
with right:
    who.look(project, played, asked)

navigation.next_step("play/generate.py", project, "Play it", run=played.id)
