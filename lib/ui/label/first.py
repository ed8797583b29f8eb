"""Label while there is nothing to label: one picture, and the way to Collect. Read `look`."""

from __future__ import annotations

import streamlit as st

from lib.project import Project
from lib.ui.shell import navigation
from lib.ui.widgets import empty


def look(project: Project) -> None:
    with empty.beside_picture("label.svg", "A drawing of a tulip with a word written below it"):
        st.header("Nothing is here yet", anchor=False)
        st.markdown(
            "Here you go through your datapoints one by one and say what each of them is: a caption, a class, a tag, a part "
            "that counts. Every key is answered at once, and everything you write is saved by itself. Collect some first."
        )
        if st.button("Go to Collect", type="primary", icon=":material/arrow_back:"):
            navigation.go("make/collect.py", project)
