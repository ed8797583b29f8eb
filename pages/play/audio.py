"""Audio: sounds that a model makes. What it follows on the left (a sound, lines drawn by hand, nothing), what comes out on the right."""

import streamlit as st

from lib import generate
from lib.ui.audio import controls, first, pad, results
from lib.ui.generate import controls as generate_controls
from lib.ui.generate import first as generate_first
from lib.ui.generate import live, story
from lib.ui.shell import navigation
from lib.ui.shell.page import begin

project = begin("Audio")
st.title("Audio", anchor=False)

runs = [run for run in generate.playable(project) if generate.makes(run.model, "sound")]
bases = [base for base in generate.bases() if generate.makes(base.model, "sound")]
played = generate_controls.picked(runs, bases)
st.markdown(first.title_line(project, runs))
generate_first.about(project)
if not played:
    first.look(project)
    st.stop()

generate.ensure_player(project.home)
generate_controls.defaults(project)
left, right = st.columns([5, 7], gap="medium")
with left:
    generate_controls.which(project, runs, bases, played)
    if played.run:
        live.offer(project, played.run)
        pad.offer(project, played.run)
    controls.things(project, played, runs)
    if played.run:
        navigation.link("train/run.py", project, "How this training went", icon=":material/show_chart:", run=played.id)
with right:
    results.look(project)
    results.downloads(project)

story.open_if_asked(project)
navigation.next_step("train/train.py", project, "Train longer, or with changes")
