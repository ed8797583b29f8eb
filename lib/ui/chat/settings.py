"""Who answers, from which papers, how strictly; and how papers are read. Read `panel`."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import streamlit as st

from lib.chat import chain, embedding, finding, index, passages, personas, speakers
from lib.chat.passages import Passage
from lib.project import Project
from lib.ui.chat import ollama, papers
from lib.ui.chat.papers import Library
from lib.ui.widgets import show
from lib.ui.widgets.component import component, packed

_PREVIEWED = 20_000     # letters of a paper that are cut to show what the sliders do
_SHOWN = 12     # passages of it


def panel(project: Project, library: Library) -> dict[str, Any]:
    """Returns what a question is asked with, as `chat.stream` has it."""
    st.subheader("Who answers", anchor=False)
    who = _speaker(project)
    how: dict[str, Any] = {"speaker": who.id}
    if who.is_model:
        how["documents_only"] = st.toggle("Documents only", value=True, key="chat.only", help="Sentences that stand in none of your papers are left out.")
    with st.expander("More"):
        how |= _more(project, library, who)
    ollama.panel(project)
    with st.expander("How papers are read", key="chat.reading", on_change="rerun") as opened:
        if opened.open:
            _reading(project, library)
    return how


def _speaker(project: Project) -> speakers.Speaker:
    models = {f"{speakers.OLLAMA}{model.name}": model for model in ollama.speaking()}
    choices = {speaker.id: speaker for speaker in speakers.every([model.name for model in models.values()])}
    title = lambda which: f"{choices[which].title} ({ollama.size(models[which])})" if which in models else choices[which].title
    chosen = st.radio("Who answers", list(choices), format_func=title, key="chat.speaker", label_visibility="collapsed")
    st.markdown(f":small[{choices[chosen].whose}]")
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


def _reading(project: Project, library: Library) -> None:
    """How papers are cut, with what it does to one of them in sight; and who reads them. Either reads all of them anew."""
    now = index.settings(project)
    st.markdown(":small[A paper is cut into passages of whole sentences; a question finds passages, and a model is given some of them.]")
    size = st.slider("Letters of a passage", passages.SMALLEST, 2000, now.size, 50, key="chat.size", help="Short ones are found more exactly; long ones tell more around it.")
    overlap = st.slider("Overlap", 0, size // 2, min(now.overlap, size // 2), 10, key="chat.overlap", help="Letters that the next passage repeats, so that nothing is torn from what explains it.")
    preview = st.container()
    embedder = _embedder(now.embedder)
    with preview:
        _preview(library, size, overlap, embedder)
    if (size, overlap, embedder) == (now.size, now.overlap, now.embedder):
        return
    why = "The numbers of two embedders cannot be compared. " if embedder != now.embedder else ""
    st.markdown(f":small[{why}All {show.several(len(library.documents), 'paper')} are read again; meanwhile they are found by their words.]")
    if st.button("Read all papers anew", type="primary"):
        with show.errors():
            index.choose(project, size, overlap, embedder)
            st.rerun()


def _preview(library: Library, size: int, overlap: int, embedder: str) -> None:
    """The beginning of a paper in passages, as a model would see them; none is longer than the carried embedder reads."""
    texts = {document.id: document for document in library.documents if len(document.text) > 200} or {one.id: one for one in library.documents}
    which = st.selectbox("Shown with", list(texts), format_func=lambda name: texts[name].title, key="chat.shown-with") if len(texts) > 1 else next(iter(texts))
    paper = replace(texts[which], text=texts[which].text[:_PREVIEWED])
    cut = passages.cut(paper, size, overlap, embedding.carried_reads if embedder == embedding.CARRIED else None)
    begins = "The beginning of this paper" if len(texts[which].text) > _PREVIEWED else "This paper"
    repeats = " What a passage repeats of the one before is marked." if any(second.start < first.end for first, second in pairwise(cut)) else ""
    st.markdown(f":small[{begins} becomes **{show.several(len(cut), 'passage')}**, each as a model sees it.{repeats}]")
    shown = [_as_seen(passage, before) for before, passage in zip([None, *cut], cut[:_SHOWN], strict=False)]
    component(__file__, "cuts")(key="chat.cuts", data=packed({"passages": shown, "most": size}))


def _as_seen(passage: Passage, before: Passage | None) -> dict[str, Any]:
    again = [at for at, span in enumerate(passage.sentences) if before and span.start < before.end]
    fresh = [at for at in range(len(passage.sentences)) if at not in again]
    return {"again": chain.as_seen(passage, again), "words": chain.as_seen(passage, fresh), "letters": passage.end - passage.start}


def _embedder(now: str) -> str:
    """Who turns passages into numbers."""
    titles = {embedding.CARRIED: "all-MiniLM-L6-v2 (carried)"}
    titles |= {f"ollama:{model.name}": f"{model.name}, by Ollama ({ollama.size(model)})" for model in ollama.embedding()}
    titles.setdefault(now, f"{now.removeprefix('ollama:')}, by Ollama (not here now)")
    return st.selectbox(
        "Who knows what passages are about", list(titles), index=list(titles).index(now), format_func=titles.__getitem__, key="chat.embedder",
        help="An embedder turns a passage into numbers: what means the same lies near each other. The carried one knows English; Ollama has some that know other languages, such as bge-m3.",
    )  # fmt: skip
