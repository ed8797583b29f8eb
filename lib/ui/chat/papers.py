"""The papers that may be asked, and how far they are read. Read `library`, then `panel`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import streamlit as st

from lib import jobs
from lib.chat import documents, index, scans
from lib.chat.documents import Document
from lib.media import recognition
from lib.project import Project
from lib.ui.chat.pressed import OPENED
from lib.ui.shell import navigation
from lib.ui.widgets import show, task_bar

READ, READ_LETTERS = "chat.update", "chat.read_letters"
_SHOWN = 12     # papers that are listed before one asks for all


@dataclass(frozen=True)
class Library:
    """documents: what may be asked. passages, embedded: of its index. is_behind: something in it is not read yet.
    withheld: {why: how many texts}. scans: papers without a word so far. unread: pages whose letters a machine could read."""

    documents: list[Document]
    passages: int
    embedded: int
    is_behind: bool
    withheld: dict[str, int]
    scans: list[Document]
    unread: int


def library(project: Project) -> Library:
    found, known = documents.every(project), index.about(project)
    wordless = documents.scans(project)
    unread = len(scans.unread(project)) if wordless or any(document.wordless for document in found) else 0
    return Library(found, known.passages, known.embedded, index.is_behind(project, found), documents.withheld(project), wordless, unread)


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
    papers = [*(document for document in library.documents if document.kind == documents.TEXT), *library.scans]
    with st.container(gap=None):
        for document in papers[:_SHOWN]:
            _paper(document)
    if len(papers) > _SHOWN:
        with st.expander(f"{len(papers) - _SHOWN:,} more"):
            names = {document.id: document.title for document in papers[_SHOWN:]}
            st.selectbox("Open one", [None, *names], format_func=lambda which: names.get(which, "Open one"), key="chat.open", label_visibility="collapsed", on_change=_chosen)
    letters(project, library)
    for why, count in library.withheld.items():
        st.markdown(f":small[{show.several(count, 'text')} not asked: {show.plain(why)}.]")
    navigation.link("make/collect.py", project, "Add papers", icon=":material/note_add:")


def _paper(document: Document) -> None:
    """Its name opens it beside the conversation."""
    st.button(show.plain(document.title), type="tertiary", icon=":material/description:", key=f"chat.open.{document.id}", help="Open it", on_click=_open, args=(document.id,))
    if document.wordless or document.by_machine:
        st.markdown(_wordless(document))


def letters(project: Project, library: Library) -> None:
    """Offers to read the letters of scanned pages, and shows how far that is."""
    task = task_bar.newest(project, READ_LETTERS)
    if task_bar.is_under_way(task):
        task_bar.watch(task, "Reading letters")
        return
    if task and task.state == "failed" and task.error and library.unread:
        show.error(task.error)
    if library.unread and recognition.is_there():
        why = "A machine reads what is printed on scanned pages, on this computer: a few seconds a page. What is written by hand it reads badly. You can correct it."
        if st.button(f"Read the letters of {show.several(library.unread, 'page')}", icon=":material/document_scanner:", help=why):
            jobs.background(project, READ_LETTERS)
            st.rerun()


def _chosen() -> None:
    if which := st.session_state["chat.open"]:
        _open(which)


def _open(document: str) -> None:
    st.session_state[OPENED] = document


def _wordless(document: Document) -> str:
    """Scanned pages have no words, or those that a machine read: they are named."""
    says = []
    if document.wordless:
        says.append(f":material/image: no words on {_numbers(document.wordless)}: only a picture of them")
    if document.by_machine:
        says.append(f":material/document_scanner: a machine read {_numbers(document.by_machine)}")
    return "  \n".join(f":small[{one}]" for one in says)


def _numbers(pages: tuple[int, ...]) -> str:
    """"page 4", "pages 2, 3, 5 …"."""
    return f"{'page' if len(pages) == 1 else 'pages'} {', '.join(map(str, pages[:6]))}{' …' if len(pages) > 6 else ''}"


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
