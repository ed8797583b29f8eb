"""Generate: moving through what a model has learned. The controls on the left, what comes out on the right."""

import streamlit as st

from lib import generate
from lib.ui import generate_cells, generate_controls, generate_first, generate_made, generate_now, generate_story, rooms
from lib.ui.begin import begin

project = begin("Generate")
st.title("Generate", anchor=False)

runs = generate.playable(project)
run = generate_controls.chosen(runs)
st.markdown(generate_first.title_line(project, runs))
generate_first.about(project)
if not runs:
    generate_first.look(project)
    st.stop()

generate.ensure_player(project.home)
generate_controls.defaults(project)
generate_cells.take_ends_of_walk()
left, right = st.columns([4, 9], gap="medium")
with left:
    run = generate_controls.which(runs, run)
    controls = generate_controls.pictures(project, run)
    generate_controls.walk(project, run, controls)
    rooms.link("train/run.py", project, "How this training went", icon=":material/show_chart:", run=run.id)
with right:
    generate_now.newest(project)
    generate_made.everything(project, run)

generate_story.open_if_asked(project)
st.markdown(":small[Training longer or with changes makes a new model; this one stays as it is.]", text_alignment="right")
rooms.next_step("train/train.py", project, "Train longer, or with changes")
