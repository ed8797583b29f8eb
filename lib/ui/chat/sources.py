"""Where an answer stands: the paper opened at the place, the passages that were found, and what the model was given. Read `panel`."""

from __future__ import annotations

import streamlit as st

from lib.chat import documents, orders
from lib.chat.conversations import WITHDRAWN, Conversation, Turn
from lib.errors import UserError
from lib.project import Project
from lib.ui.chat.conversation import CLICKED
from lib.ui.widgets import show
from lib.ui.widgets.component import component, packed

_AROUND = 900   # letters before and after the place


def panel(project: Project, spoken_in: Conversation | None) -> None:
    st.subheader("Where it stands", anchor=False)
    turn, sentence = _chosen(spoken_in)
    if turn is None or not turn.passages:
        st.markdown(":small[Press an underlined sentence: the paper that it comes from opens here, at its place.]")
        return
    if sentence is not None and (source := turn.sentences[sentence]["source"]):
        _open(project, turn.passages[turn.sentences[sentence]["passage"]], source)
    _passages(turn)
    _given(turn)


def _chosen(spoken_in: Conversation | None) -> tuple[Turn | None, int | None]:
    """The turn and sentence that were pressed; else the last turn."""
    turns = [turn for turn in spoken_in.turns if turn.state != WITHDRAWN] if spoken_in else []
    which, sentence = st.session_state.get(CLICKED, ("", None))
    turn = next((turn for turn in turns if turn.id == which), turns[-1] if turns else None)
    is_there = turn is not None and turn.id == which and sentence is not None and sentence < len(turn.sentences)
    return turn, sentence if is_there else None


def _open(project: Project, passage: dict, source: list[int]) -> None:
    """The paper around the sentence, with the sentence marked."""
    page = f", page {passage['page']}" if passage["page"] else ""
    st.markdown(f"**{show.plain(passage['title'])}{page}**")
    try:
        words = documents.get(project, passage["document"]).text
    except UserError as error:
        show.error(error)
        return
    start, end = source
    begin, stop = _line_start(words, max(0, start - _AROUND)), min(len(words), end + _AROUND)
    data = {"before": words[begin:start], "marked": words[start:end], "after": words[end:stop], "cut": [begin > 0, stop < len(words)]}
    component(__file__, "paper")(key="chat.paper", data=packed(data))


def _line_start(words: str, place: int) -> int:
    return place and (words.find("\n", place) + 1 or place)


def _passages(turn: Turn) -> None:
    st.markdown(f"**{show.several(len(turn.passages), 'passage')} found**")
    for number, passage in enumerate(turn.passages, start=1):
        page = f", page {passage['page']}" if passage["page"] else ""
        with st.expander(f"[{number}] {show.plain(passage['title'])}{page}"):
            st.progress(min(1.0, max(0.0, passage["score"])), text=f":small[fits {passage['score']:.2f} · {_ranks(passage)}]")
            st.markdown(show.lines(passage["text"]))
            if orders.gives_orders(passage["text"]):
                st.markdown(":small[:material/warning: Something here gives orders to a model. It is never handed to one.]")


def _ranks(passage: dict) -> str:
    by_words = f"number {passage['by_words']} by words" if passage["by_words"] else "not by words"
    by_meaning = f"number {passage['by_meaning']} by meaning" if passage["by_meaning"] else "not by meaning"
    return f"{by_words}, {by_meaning}"


def _given(turn: Turn) -> None:
    """A meter of what the model can take in, and the very words that it was given."""
    if not turn.prompt:
        return
    st.progress(min(1.0, turn.used / max(turn.room, 1)), text=f":small[The model was given {turn.used:,} of {turn.room:,} tokens]")
    with st.expander("What the model was given"):
        for role, words in turn.prompt:
            st.markdown(f":small[**{'Rules' if role == 'system' else 'Passages and question'}**]")
            st.code(words, language=None, wrap_lines=True)
