"""Generate: moving through what a model has learned. The controls on the left, what comes out on the right."""

import streamlit as st

from lib import generate
from lib.ui.generate import cells, first, live, made, now, story, through
from lib.ui.generate import controls as generate_controls
from lib.ui.shell import navigation
from lib.ui.shell.page import begin

project = begin("Generate")
st.title("Generate", anchor=False)

runs = generate.playable(project)
run = generate_controls.chosen(runs)
st.markdown(first.title_line(project, runs))
first.about(project)
if not runs:
    first.look(project)
    st.stop()

generate.ensure_player(project.home)
generate_controls.defaults(project)
cells.take_ends_of_walk()
left, right = st.columns([4, 9], gap="medium")
with left:
    run = generate_controls.which(runs, run)
    live.offer(project, run)
    controls = generate_controls.things(project, run)
    generate_controls.walk(project, run, controls)
    if through.takes_pictures(run):
        through.many(project, run)
        through.film(project, run)
    navigation.link("train/run.py", project, "How this training went", icon=":material/show_chart:", run=run.id)
with right:
    now.newest(project)
    made.everything(project, run)

story.open_if_asked(project)
st.markdown(":small[Training longer or with changes makes a new model; this one stays as it is.]", text_alignment="right")
navigation.next_step("train/train.py", project, "Train longer, or with changes")
