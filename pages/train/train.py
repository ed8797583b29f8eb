"""Train."""

import streamlit as st

from lib.ui.begin import begin

project = begin("Train")
st.title("Train", anchor=False)
