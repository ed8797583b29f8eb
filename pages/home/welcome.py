"""Home: what Handmade is, a way to begin, and the projects that are here."""

import streamlit as st

from lib.project import Project
from lib.project.folder import workspace
from lib.ui import home, rooms, samples, shelf, show
from lib.ui.begin import ASSETS

home.side_bar()
st.title("Small datasets, made by hand", anchor=False)
st.markdown(home.WHAT)
home.way()

left, right = st.columns(2, gap="large")
with left.form("new", border=False):
    st.subheader("Start a project", anchor=False)
    name = st.text_input("What is it called?", placeholder="Portraits at the pool hall")
    if st.form_submit_button("Start a project", type="primary"):
        with show.errors():
            rooms.go("make/collect.py", Project.create(name))
with right:
    st.subheader("Or try a sample first", anchor=False)
    st.markdown("Two hundred paper-cut tulips, free for everybody, with a dataset that is ready to train on.")
    if st.button("Try a sample", icon=":material/local_florist:"):
        with show.errors(), st.spinner("Laying out the tulips"):
            rooms.go("train/train.py", samples.tulips())
    home.sample_picture(ASSETS)

projects = shelf.projects()
if projects:
    st.header("Your projects", anchor=False)
    for entry in home.page_of(projects):
        home.card(entry)
st.caption(f"Projects are plain folders in {show.plain(str(workspace()))}: open, move and back them up as you like.")
