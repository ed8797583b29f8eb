"""Home: what Handmade is, a way to begin, and the projects that are here."""

import streamlit as st

from lib.project import Project
from lib.project.folder import workspace
from lib.ui.home import cards
from lib.ui.shell import navigation
from lib.ui.widgets import show

st.title("Small datasets, made by hand", anchor=False)
st.markdown(cards.WHAT)

with st.container(key="ways-to-begin"):     # on a phone the sample stands first (shell/frame.css)
    own, sample = st.columns([2, 3], gap="large")
with own.form("new", border=False):
    st.header("Start a project", anchor=False)
    name = st.text_input("What is it called?", placeholder="Portraits at the pool hall", max_chars=80)
    if st.form_submit_button("Start a project", type="primary"):
        with show.errors():
            navigation.go("make/collect.py", Project.create(name))
with sample:
    st.header("Try it with a sample", anchor=False)
    cards.samples()

cards.projects()
st.header("The way", anchor=False)
cards.way()
st.markdown(f":small[Projects are plain folders in {show.plain(str(workspace()))}: open, move and back them up as you like.]")
cards.foot()
