"""The entry script of the workbench: the door, the rooms, and the page that was asked for.

Started by serve.py; `streamlit run Home.py` works as well. The first page itself is pages/home/welcome.py.
"""

import streamlit as st

from lib.ui import door, pictures, rooms
from lib.ui.addresses import ASSETS

st.set_page_config(page_title="Handmade", page_icon=str(ASSETS / "icon.svg"), layout="wide")
st.html(pictures.FRAME)
st.logo(str(ASSETS / "logo.svg"), size="large")

door.check()

rooms.navigation().run()
