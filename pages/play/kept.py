"""Kept texts: put in order, titled or left out, and made a booklet or a reading."""

import streamlit as st

from lib import generate
from lib.ui.generate import selection
from lib.ui.shell import navigation
from lib.ui.shell.page import begin

project = begin("Kept texts")
st.title("Kept texts", anchor=False)

chosen = generate.selection(project)
st.markdown(selection.title_line(chosen))
if not chosen.texts:
    selection.nothing_yet(project)
    st.stop()

left, right = st.columns([3, 2], gap="large")
with left:
    selection.texts(project, chosen)
with right:
    selection.made_of_it(project, chosen)
    selection.reading(project)

navigation.next_step("play/generate.py", project, "Write more")
