"""The microphone: takes, looked at and heard before they go in. Read `takes`; what records is components/sound.js."""

from __future__ import annotations

import streamlit as st

from lib import collect
from lib.project import Project
from lib.ui import collect_consent, collect_sent


def takes(project: Project) -> None:
    answer = collect_consent.ask(project, key="collect.record", is_kept=True)
    st.markdown(":small[The answer goes with every take that you add from now on. Change it when somebody else is heard.]")
    collect_sent.component("sound", project, answer, longest=collect.LONGEST_TAKE)
