"""Datapoint."""

import streamlit as st

from lib.ui.begin import begin

project = begin("Datapoint")
st.title("Datapoint", anchor=False)
