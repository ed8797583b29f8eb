"""Who answers, from which papers, how strictly; and how papers are cut. Read `panel`."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lib.chat import finding, index, passages, personas, speakers
from lib.chat import ollama as chat_ollama
from lib.errors import UserError
from lib.project import Project
from lib.ui.chat import papers
from lib.ui.chat.papers import Library
from lib.ui.widgets import show


def panel(project: Project, library: Library) -> dict[str, Any]:
    """Returns what a question is asked with, as `chat.stream` has it."""
    st.subheader("Who answers", anchor=False)
    who = _speaker(project)
    how: dict[str, Any] = {"speaker": who.id}
    if who.is_model:
        how["documents_only"] = st.toggle("Documents only", value=True, key="chat.only", help="Sentences that stand in none of your papers are left out.")
    with st.expander("More"):
        how |= _more(project, library, who)
    with st.expander("How papers are cut"):
        _cutting(project)
    return how


def _speaker(project: Project) -> speakers.Speaker:
    names = st.session_state.get("chat.ollama") or []
    choices = {speaker.id: speaker for speaker in speakers.every(names)}
    chosen = st.radio("Who answers", list(choices), format_func=lambda which: choices[which].title, key="chat.speaker", label_visibility="collapsed")
    st.markdown(f":small[{choices[chosen].whose}]")
    if st.button("Look for Ollama", type="tertiary", icon=":material/search:", help="Ollama runs larger language models on this computer, where it is installed."):
        found = chat_ollama.speaking()
        st.session_state["chat.ollama"] = [model.name for model in found or []]
        st.session_state["chat.ollama.said"] = "There is no Ollama on this computer." if found is None else f"{show.several(len(found), 'model')} found."
        st.rerun()
    if said := st.session_state.get("chat.ollama.said"):
        st.markdown(f":small[{said}]")
    return choices[chosen]


def _more(project: Project, library: Library, who: speakers.Speaker) -> dict[str, Any]:
    how: dict[str, Any] = {}
    how["top_k"] = st.slider("Passages", 1, 10, finding.TOP, key="chat.top", help="How many are looked up for a question.")
    how["threshold"] = st.slider(
        "At least", 0.0, 1.0, finding.THRESHOLD, 0.01, key="chat.least",
        help="How well the best passage must fit; below that, the answer is that it is not in your documents.",
    )  # fmt: skip
    titles = papers.titles(library)
    chosen = st.multiselect("Only from", list(titles), format_func=titles.__getitem__, key="chat.from", placeholder="all papers")
    if chosen:
        how["documents"] = chosen
    people = {person.id: person.name for person in project.people()}
    makers = sorted({document.person or "" for document in library.documents})
    if len(makers) > 1:
        of = st.multiselect("Only of", makers, format_func=lambda maker: people.get(maker, "me"), key="chat.makers", placeholder="all makers")
        if of:
            how["makers"] = of
    if who.is_model:
        how["persona"] = _persona(project)
        how["with_documents"] = not st.toggle("Without documents", key="chat.without", help="Asks the model alone, to compare: what it says then is from what it learned elsewhere.")
    return how


def _persona(project: Project) -> str:
    known = {persona.name: persona for persona in personas.every(project)}
    name = st.selectbox("Persona", list(known), key="chat.persona", help="In whose manner the model answers.")
    with st.popover("A persona of your own"), st.form("chat.new-persona", border=False):
        title = st.text_input("Name", placeholder="Aunt Mila")
        words = st.text_area("Who it is", placeholder="You are a patient aunt who answers in simple words.")
        temperature = st.slider("Temperature", 0.0, 1.5, 0.2, 0.1, help="0 always takes the likeliest word; higher is freer, and more often wrong.")
        if st.form_submit_button("Keep"):
            with show.errors():
                personas.keep(project, title, words, temperature)
                st.rerun()
    return name


def _cutting(project: Project) -> None:
    """The size of passages, with what it does to one of them in sight."""
    now = index.settings(project)
    st.markdown(":small[A paper is cut into passages of whole sentences; a question finds passages, and a model is given some of them.]")
    size = st.slider("Letters of a passage", passages.SMALLEST, 2000, now.size, 50, key="chat.size")
    overlap = st.slider("Overlap", 0, size // 2, min(now.overlap, size // 2), 10, key="chat.overlap", help="Letters that the next passage repeats, so that nothing is torn from what explains it.")
    _preview(project, size, overlap)
    if (size, overlap) != (now.size, now.overlap) and st.button("Read all papers anew", type="primary"):
        try:
            index.choose(project, size, overlap)
            st.rerun()
        except UserError as error:
            show.error(error)


def _preview(project: Project, size: int, overlap: int) -> None:
    from lib.chat import documents

    texts = documents.every(project, (documents.TEXT,))
    if not texts:
        return
    cut = passages.cut(texts[0], size, overlap)
    st.markdown(f":small[“{show.plain(texts[0].title)}” becomes {show.several(len(cut), 'passage')}. The first:]")
    for passage in cut[:2]:
        with st.container(border=True):
            st.markdown(f":small[{show.lines(passage.text)}]")
