"""The entry script of the workbench: who may come in, the frame, and the page that was asked for.

serve.py runs it, with the addresses beside it that the pages speak with. The first page itself is pages/home/welcome.py.
"""

import streamlit as st

from lib.ui.http import host_guard, served
from lib.ui.http.addresses import asset
from lib.ui.shell import frame, navigation

st.set_page_config(page_title="Handmade", page_icon=asset("icon.svg"), layout="wide")
frame.style()
st.logo(asset("logo.svg"), size="large")

host_guard.check()
if not served.by_us:
    st.title("Start it with start.py", anchor=False)
    st.markdown("Streamlit alone shows the pages and leaves out the pictures. Stop it (Ctrl C), then:")
    st.code("python3 start.py", language="bash")
    st.stop()

navigation.navigation().run()
