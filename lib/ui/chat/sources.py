"""Where an answer stands: the paper opened at the place, the passages that were found, and what the model was given. Read `panel`.

A paper whose name was pressed on the left opens here too.
"""

from __future__ import annotations

import streamlit as st

from lib.chat import documents, orders
from lib.chat.conversations import WITHDRAWN, Conversation, Turn
from lib.chat.documents import Document
from lib.errors import UserError
from lib.project import Project, papers
from lib.project.items import Item
from lib.ui.chat.pressed import CLICKED, OPENED
from lib.ui.widgets import leaf, show
from lib.ui.widgets.component import component, packed

_AROUND = 900   # letters before and after the place


def panel(project: Project, spoken_in: Conversation | None) -> None:
    st.subheader("Where it stands", anchor=False)
    if opened := st.session_state.get(OPENED):
        _whole(project, opened)
        return
    turn, sentence = _chosen(spoken_in)
    if turn is None or not turn.passages:
        st.markdown(":small[Press an underlined sentence: the paper that it comes from opens here, at its place.]")
        return
    if sentence is not None:
        said = turn.said[sentence]
        place = said.get("partly") or said
        if place["source"]:
            _open(project, turn.passages[place["passage"]], place["source"])
    _passages(turn)
    _given(turn)


def _chosen(spoken_in: Conversation | None) -> tuple[Turn | None, int | None]:
    """The turn and sentence that were pressed; else the last turn."""
    turns = [turn for turn in spoken_in.turns if turn.state != WITHDRAWN] if spoken_in else []
    which, sentence = st.session_state.get(CLICKED, ("", None))
    turn = next((turn for turn in turns if turn.id == which), turns[-1] if turns else None)
    is_there = turn is not None and turn.id == which and sentence is not None and sentence < len(turn.said)
    return turn, sentence if is_there else None


def _whole(project: Project, document: str) -> None:
    """A paper from its beginning, whoever asks."""
    st.button("Close the paper", type="tertiary", icon=":material/close:", on_click=st.session_state.pop, args=(OPENED, None))
    try:
        paper = documents.get(project, document)
    except UserError as error:
        show.error(error)
        return
    st.markdown(f"**{show.plain(paper.title)}**")
    _leaf(project, paper)


def _leaf(project: Project, paper: Document, start: int = 0, end: int = 0) -> None:
    """The paper to leaf through, open where the letters from start to end stand."""
    item = project.item(paper.item)
    leaf.show(project, item, "chat.leaf", start, end)
    if item.facts.get("document") == "pdf" and not papers.kept(project, item):
        st.markdown(":small[Its pages were not kept when it came in. Add the same PDF again to see them here.]")
    if paper.by_machine:
        _correcting(project, item, paper)


def _correcting(project: Project, item: Item, paper: Document) -> None:
    """What a machine read on one of its pages, to be put right."""
    with st.expander("Correct what a machine read"):
        number = st.selectbox("Page", paper.by_machine, key=f"chat.correct.{item.id}")
        read = papers.read_pages(project, item)[number]
        st.markdown(f":small[{'Corrected by hand.' if read.corrected else f'Read by {read.by}; nobody has gone over it yet.'}]")
        words = st.text_area("Its words", read.words, height=220, key=f"chat.correct.{item.id}.{number}", help="Line by line, as on the page.")
        if st.button("Keep", key=f"chat.corrected.{item.id}"):
            with show.errors():
                papers.correct(project, item, number, words)
                st.rerun()


def _open(project: Project, passage: dict, source: list[int]) -> None:
    """The paper around the sentence, with the sentence marked."""
    page = f", page {passage['page']}" if passage["page"] else ""
    st.markdown(f"**{show.plain(passage['title'])}{page}**")
    try:
        paper = documents.get(project, passage["document"])
    except UserError as error:
        show.error(error)
        return
    start, end = source
    if paper.kind == documents.TEXT:
        _leaf(project, paper, start, end)
        return
    words = paper.text
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
    if unread := turn.answer.get("unread"):
        st.markdown(f":small[{show.several(unread, 'sentence')} of these passages {'was' if unread == 1 else 'were'} not handed to it: there was no room, or an order stands there.]")
    with st.expander("What the model was given"):
        for role, words in turn.prompt:
            st.markdown(f":small[**{'Rules' if role == 'system' else 'Passages and question'}**]")
            st.code(words, language=None, wrap_lines=True)
