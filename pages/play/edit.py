"""Edit: what a model wrote, beside the hand that makes it a person's own text; opened from a text with ?output=."""

import streamlit as st

from lib.ui.generate import rewrite
from lib.ui.shell import navigation
from lib.ui.shell.page import begin

project = begin("Edit")
output = rewrite.find(project)

st.title("Edit and keep", anchor=False)
rewrite.standing(project, output)
rewrite.editor(project, output)
rewrite.among_datapoints(project, output)

navigation.next_step("play/generate.py", project, "Write more", run=output.provenance().get("run", ""))
