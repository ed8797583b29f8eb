"""The entry script of the workbench and its first page: what Handmade is, what is here, what is coming.

Started by start.py; `streamlit run Home.py` works as well.
"""

import streamlit as st

from lib.project.folder import workspace
from lib.ui import shelf, words
from lib.ui.begin import ASSETS, begin

begin()

st.title("Small datasets, made by hand", anchor=False)
st.space("small")
st.image(str(ASSETS / "way.svg"), width="stretch")
st.space("small")
st.markdown(words.WHAT)

st.header("Your projects", anchor=False)
projects = shelf.projects()
for project in projects:
    st.markdown(f"**{words.plain(project.name)}** · {words.plain(project.content)}")
if not projects:
    st.markdown("There are none yet. The ten lines below make the first one.")
st.markdown(f"Projects are plain folders in `{workspace()}`: open, move and back them up as you like.")

tulips = shelf.sample_sheet()
if tulips:
    st.header("A first dataset", anchor=False)
    st.markdown("Two hundred paper-cut tulips come with Handmade, to try every step on.")
    st.image(tulips, width="stretch")

st.header("Ten lines", anchor=False)
st.markdown("The whole way already works from Python, from a folder of pictures to pictures by a model of your own. "
            "Run this in a notebook, or with the Python in `.venv`, from Handmade's folder.")
st.code(words.TEN_LINES, language=None)

st.header("What is coming", anchor=False)
st.markdown("The workbench is being built, one room after the other. Then there is nothing to type any more.")
st.markdown(words.COMING)
