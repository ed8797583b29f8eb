"""Collect."""

import streamlit as st

from lib.ui.begin import begin

project = begin("Collect")
st.title("Collect", anchor=False)
