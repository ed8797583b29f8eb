"""Generate."""

import streamlit as st

from lib.ui.begin import begin

project = begin("Generate")
st.title("Generate", anchor=False)
