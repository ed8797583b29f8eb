"""What Chat shows where there is nothing to ask yet. Read `look`."""

from __future__ import annotations

import streamlit as st

from lib.project import Project
from lib.ui.chat import papers
from lib.ui.chat.papers import Library
from lib.ui.shell import navigation
from lib.ui.widgets import show

_HOW = """
1. **Add papers**: a diary, letters, an essay, a PDF. Say that a chat may quote them.
2. **Ask**: the passages that fit are looked up, on this computer.
3. **Check**: each sentence of the answer is underlined in the paper that it comes from, with the words marked that do not stand there, or it is *not found in your documents*.
"""


def look(project: Project, library: Library) -> None:
    st.markdown(_HOW)
    if library.scans:
        st.markdown(f":material/image: {show.several(len(library.scans), 'paper')} here {'is a scan' if len(library.scans) == 1 else 'are scans'}: pictures of words, which nobody has read yet.")
        papers.letters(project, library)
    for why, count in library.withheld.items():
        st.markdown(f":material/lock: {show.several(count, 'text')} in this project cannot be asked: {show.plain(why)}.")
    navigation.link("make/collect.py", project, "Add papers", icon=":material/note_add:")
    if library.withheld:
        st.markdown(":small[Whether a chat may quote a text is asked where it comes in, and can be changed at each datapoint.]")
