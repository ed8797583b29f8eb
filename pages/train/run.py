"""Run."""

import streamlit as st

from lib.ui.begin import begin

project = begin("Run")
st.title("Run", anchor=False)
