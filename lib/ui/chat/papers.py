"""The papers that may be asked, and how far they are read. Read `library`, then `panel`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import streamlit as st

from lib import jobs
from lib.chat import documents, index
from lib.chat.documents import Document
from lib.project import Project
from lib.ui.shell import navigation
from lib.ui.widgets import show, task_bar

READ = "chat.update"
_SHOWN = 12     # papers that are listed before one asks for all


@dataclass(frozen=True)
class Library:
    """documents: what may be asked. passages, embedded: of its index. is_behind: something in it is not read yet.
    withheld: {why: how many texts}."""

    documents: list[Document]
    passages: int
    embedded: int
    is_behind: bool
    withheld: dict[str, int]


def library(project: Project) -> Library:
    found, known = documents.every(project), index.about(project)
    return Library(found, known.passages, known.embedded, index.is_behind(project, found), documents.withheld(project))


def title_line(library: Library) -> str:
    if not library.documents:
        return "Ask your own papers, and see where each sentence of the answer stands."
    return f"{_count(library)} that may be quoted. Every sentence of an answer is tied to the place where it stands, or marked."


def _count(library: Library) -> str:
    kinds = Counter(document.kind for document in library.documents)
    words = {"text": ("paper", None), "transcript": ("transcript", None), "caption": ("caption", None), "journal": ("journal entry", "journal entries")}
    return ", ".join(show.several(kinds[kind], *words[kind]) for kind in documents.KINDS if kinds[kind])


def panel(project: Project, library: Library) -> None:
    """What there is to ask, which of it is asked, and how far it is read."""
    st.subheader("Papers", anchor=False)
    _reading(project, library)
    papers = [document for document in library.documents if document.kind == documents.TEXT]
    lines = [f"- {show.plain(document.title)}{_wordless(document)}" for document in papers[:_SHOWN]]
    rest = len(papers) - len(lines)
    st.markdown("\n".join([*lines, *([f"- and {rest:,} more"] if rest > 0 else [])]))
    for why, count in library.withheld.items():
        st.markdown(f":small[{show.several(count, 'text')} not asked: {show.plain(why)}.]")
    navigation.link("make/collect.py", project, "Add papers", icon=":material/note_add:")


def _wordless(document: Document) -> str:
    """A scanned page has no words: it is named."""
    if not document.wordless:
        return ""
    pages = ", ".join(map(str, document.wordless[:6])) + (" …" if len(document.wordless) > 6 else "")
    return f"  \n  :small[:material/image: no words on {'page' if len(document.wordless) == 1 else 'pages'} {pages}: only a picture of them]"


def _reading(project: Project, library: Library) -> None:
    """Starts to read what is new, and shows how far that is."""
    task = task_bar.newest(project, READ)
    if not task_bar.is_under_way(task) and library.is_behind and not (task and task.state == "failed"):
        task = jobs.background(project, READ)
    if task_bar.is_under_way(task):
        task_bar.watch(task, "Reading")
        if library.passages:
            st.markdown(":small[You can ask already: until it is read, it is found by its words.]")
    elif task and task.state == "failed" and library.is_behind:
        with st.container(border=True):
            show.error(task.error) if task.error else None
            if st.button("Read again"):
                jobs.background(project, READ)
                st.rerun()
    else:
        st.markdown(f":small[:material/done: {show.several(library.passages, 'passage')}, all read]")


def titles(library: Library) -> dict[str, str]:
    """{id of a document: its title}, for choosing among them."""
    return {document.id: document.title for document in library.documents}


