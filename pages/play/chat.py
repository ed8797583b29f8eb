"""Chat: asking one's own papers. What may be asked on the left, the conversation in the middle, on the right where it stands."""

import streamlit as st

from lib import player
from lib.ui.chat import conversation, first, papers, questions, settings, sources
from lib.ui.shell.page import begin

project = begin("Chat")
st.title("Chat", anchor=False)

library = papers.library(project)
st.markdown(papers.title_line(library))
if not library.documents:
    first.look(project, library)
    st.stop()

with st.container(key="chat-columns"):
    left, middle, right = st.columns([3, 5, 4], gap="medium")
with left:
    papers.panel(project, library)
    how = settings.panel(project, library)
    with st.expander("My questions"):
        questions.panel(project, library)
conversation.wake(project, how["speaker"])
player.ensure_player(project.home)
with middle:
    spoken_in = conversation.show(project, library, how)
with right:
    sources.panel(project, spoken_in)
