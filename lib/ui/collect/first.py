"""Collect while it is empty: one picture, and what happens next. Read `look`."""

from __future__ import annotations

import streamlit as st

from lib.ui.widgets import empty

_NEXT = """
1. **Bring a first handful.** Twenty drawings, photos of one thing, a minute of film: anything that you or people you
   know have made.
2. **Say whose they are**, once for each batch. Nothing is trained on without somebody's yes.
3. **They appear here** in a grid. Open one to give it words, or to take it out again.
4. Then Augment cuts them to one size, and a model can learn from them. A hundred or more make a good start.
"""


def look() -> None:
    with empty.beside_picture("collect.svg", "Four drawings of tulips in a loose pile"):
        st.header("Nothing is here yet", anchor=False)
        st.markdown(_NEXT)
