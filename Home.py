"""The entry script of the workbench: the door, the rooms, and the page that was asked for.

Started by serve.py; `streamlit run Home.py` works as well. The first page itself is pages/home/welcome.py.
"""

import streamlit as st

from lib.ui.http import host_guard
from lib.ui.http.addresses import ASSETS
from lib.ui.shell import frame, navigation

st.set_page_config(page_title="Handmade", page_icon=str(ASSETS / "icon.svg"), layout="wide")
frame.style()
st.logo(str(ASSETS / "logo.svg"), size="large")

host_guard.check()

navigation.navigation().run()
