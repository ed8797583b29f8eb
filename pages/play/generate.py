"""Generate: moving through what a model has learned. The controls on the left, what comes out on the right."""

import streamlit as st

from lib import generate
from lib.ui.generate import before, cells, first, learned, live, made, melody_file, now, story, table, through
from lib.ui.generate import controls as generate_controls
from lib.ui.shell import navigation
from lib.ui.shell.page import begin

project = begin("Generate")
st.title("Generate", anchor=False)

runs, bases = generate.playable(project), generate.bases()
played = generate_controls.picked(runs, bases)
st.markdown(first.title_line(project, runs))
first.about(project)
if not played:
    first.look(project, bases)
    st.stop()

generate.ensure_player(project.home)
generate_controls.defaults(project)
cells.take_ends_of_walk()
left, right = st.columns([4, 9], gap="medium")
with left:
    generate_controls.which(project, runs, bases, played)
    if played.run:
        live.offer(project, played.run)
    melody_file.offer(played)
    chosen = generate_controls.things(project, played, runs)
    before.ask(project, played, chosen)
    generate_controls.walk(project, played, chosen)
    rows = table.ask(project, played, chosen)
    if generate.can_be_counted(played.model):
        navigation.link("play/who.py", project, "Who is in the picture?", icon=":material/groups:", run=played.id)
    if played.run and through.takes_pictures(played.run):
        through.many(project, played.run)
        through.film(project, played.run)
    if played.run:
        navigation.link("train/run.py", project, "How this training went", icon=":material/show_chart:", run=played.id)
with right:
    before.look(project, played)
    table.look(project, played, *rows)
    now.newest(project)
    made.everything(project, played)
    learned.before_the_first(project, played)

story.open_if_asked(project)
if played.run:
    st.markdown(":small[Training longer or with changes makes a new model; this one stays as it is.]", text_alignment="right")
    navigation.next_step("train/train.py", project, "Train longer, or with changes")
else:
    navigation.next_step("train/train.py", project, "Train a model of your own")
