"""Runs."""

import streamlit as st

from lib.ui.begin import begin

project = begin("Runs")
st.title("Runs", anchor=False)
