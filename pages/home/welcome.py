"""Home: what Handmade is, a way to begin, and the projects that are here."""

import streamlit as st

from lib.project import Project
from lib.project.folder import workspace
from lib.ui.home import cards, samples
from lib.ui.shell import navigation
from lib.ui.widgets import show

st.title("Small datasets, made by hand", anchor=False)
st.markdown(cards.WHAT)

with st.container(key="ways-to-begin"):     # on a phone the sample stands first (shell/frame.css)
    own, sample = st.columns(2, gap="large")
with own.form("new", border=False):
    st.header("Start a project", anchor=False)
    name = st.text_input("What is it called?", placeholder="Portraits at the pool hall", max_chars=80)
    if st.form_submit_button("Start a project", type="primary"):
        with show.errors():
            navigation.go("make/collect.py", Project.create(name))
with sample:
    st.header("Try it with a sample", anchor=False)
    st.markdown("Two hundred paper-cut tulips, free for everybody, with a dataset that is ready to train on.")
    if st.button("Try a sample", icon=":material/local_florist:"):
        with show.errors(), st.spinner("Laying out the tulips"):
            navigation.go("train/train.py", samples.tulips())
    st.markdown("Or twelve snails with captions: teach a model that makes pictures of words what a snail is.")
    if st.button("Try twelve snails", icon=":material/cyclone:"):
        with show.errors(), st.spinner("Laying out the snails"):
            navigation.go("train/train.py", samples.snails(), model="lora")
    st.markdown("Or five hundred names of flowers: a GPT that you can look into learns them in seconds, and invents new ones.")
    if st.button("Try names of flowers", icon=":material/spa:"):
        with show.errors(), st.spinner("Laying out the names"):
            navigation.go("train/train.py", samples.flowers(), model="microgpt")

cards.projects()
st.header("The way", anchor=False)
cards.way()
st.markdown(f":small[Projects are plain folders in {show.plain(str(workspace()))}: open, move and back them up as you like.]")
cards.foot()
