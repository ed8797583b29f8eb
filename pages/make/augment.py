"""Augment."""

import streamlit as st

from lib.ui.begin import begin

project = begin("Augment")
st.title("Augment", anchor=False)
