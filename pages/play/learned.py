"""What a base learned from: every picture, with its caption; searched by words, and each word counted."""

import streamlit as st

from lib.ui.generate import learned
from lib.ui.shell import navigation
from lib.ui.shell.page import begin

project = begin("What it learned from")
st.title("What it learned from", anchor=False)

base = learned.chosen()
learned.title_line(base)
left, right = st.columns([4, 9], gap="medium")
with left:
    words = learned.wanted(base)
with right:
    learned.found(base, words)

navigation.next_step("play/generate.py", project, "Play it", run=base)
