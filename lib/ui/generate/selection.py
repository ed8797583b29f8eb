"""The kept texts of a project in their order, and what is made of them: a booklet, and a reading. Read `texts`, then `made_of_it`."""

from __future__ import annotations

import streamlit as st

from lib import generate
from lib.generate import Chosen, Selection
from lib.project import Project, outputs
from lib.project.outputs import KEPT
from lib.ui.generate import cells
from lib.ui.http import addresses
from lib.ui.shell import navigation
from lib.ui.widgets import show

_FORMS = {"pdf": ("PDF, A5", "application/pdf"), "txt": (".txt", "text/plain"), "md": (".md", "text/markdown")}
PAGE = 10   # texts
_LOOK = "Look at the pages"


def offer(project: Project) -> None:
    """The way there, where texts are kept. """
    if kept := sum(output.path.suffix == ".txt" for output in outputs.listed(project, mark=KEPT)):
        navigation.link("play/kept.py", project, f"The {show.several(kept, 'kept text')}: order, booklet, reading", icon=":material/auto_stories:")


def title_line(chosen: Selection) -> str:
    left_out = len(chosen.texts) - len(chosen.chosen)
    return f"**{show.several(len(chosen.chosen), 'text')}**" + (f" · {left_out:,} left out" if left_out else "")


def nothing_yet(project: Project) -> None:
    st.markdown("Nothing is kept yet. Let a model write, press **Keep** at what you like, or **Edit** and keep it as your own.")
    navigation.next_step("play/generate.py", project, "Write")


def texts(project: Project, chosen: Selection) -> None:
    """Each with its title, its place, and the way out of the selection; a page at a time."""
    slot, pages = st.container(), -(-len(chosen.chosen) // PAGE)
    page = min(pages, st.pagination(pages, key="page", bind="query-params")) if pages > 1 else 1
    with slot:
        for number, text in list(enumerate(chosen.chosen))[(page - 1) * PAGE : page * PAGE]:
            with st.container(border=True):
                _text(project, text, number, len(chosen.chosen))
    out = [text for text in chosen.texts if not text.is_in]
    if out:
        with st.expander(f"{show.several(len(out), 'text')} left out"):
            for text in out:
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.markdown(show.plain(text.first_line[:80]), width="stretch")
                    st.button("Take in again", key=f"in.{text.output.path.name}", on_click=generate.leave_out, args=(project, text.output.path.name, False))


def _text(project: Project, text: Chosen, number: int, of: int) -> None:
    name = text.output.path.name
    key = f"title.{name}"
    st.session_state.setdefault(key, text.title)
    st.text_input(
        f"Title of text {number + 1}", key=key, placeholder="No title", label_visibility="collapsed", max_chars=120,
        on_change=lambda: generate.arrange(project, titles={name: st.session_state[key].strip()}),
    )  # fmt: skip
    st.markdown(show.lines(text.output.text.strip("\n")))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":small[{number + 1} of {of}, {cells.label(text.output)}]", width="stretch")
        for label, icon, by, off in (("Up", ":material/arrow_upward:", -1, number == 0), ("Down", ":material/arrow_downward:", 1, number == of - 1)):
            st.button(label, icon=icon, key=f"{label}.{name}", type="tertiary", disabled=off, on_click=generate.move, args=(project, name, by))
        st.button("Leave out", key=f"out.{name}", type="tertiary", on_click=generate.leave_out, args=(project, name))
        navigation.link("play/edit.py", project, "Edit", output=name)


def made_of_it(project: Project, chosen: Selection) -> None:
    """What it is called, and what comes out."""
    st.subheader("A booklet", anchor=False)
    title = st.text_input("Its title", chosen.title, max_chars=120)
    by = st.text_input("Below the title", chosen.by, max_chars=120, placeholder="by Ana, with a small machine")
    if (title.strip() or project.name, by.strip()) != (chosen.title, chosen.by):
        chosen = generate.arrange(project, title=title.strip() or project.name, by=by.strip())
    st.markdown(":small[With a title page, contents, and an honest account at the end: which model, whose words, what the hand changed.]")
    with st.container(horizontal=True):
        for form, (label, kind) in _FORMS.items():
            st.download_button(
                label, lambda form=form: generate.booklet(project, form), f"{project.path.name}.{form}", kind, key=f"booklet.{form}", on_click="ignore",
                icon=":material/download:", disabled=not chosen.chosen, type="primary" if form == "pdf" else "secondary",
            )  # fmt: skip
    with st.expander(_LOOK, icon=":material/visibility:"):
        if st.checkbox("Draw them", key="booklet.look", help="It takes a moment."):
            with show.errors():
                _pages(generate.booklet(project, "pdf", chosen) if chosen.chosen else b"")


def _pages(pdf: bytes) -> None:
    if not pdf:
        return
    pages = generate.look_at_booklet(pdf)
    for at in range(0, len(pages), 2):
        for column, page in zip(st.columns(2, gap="small"), pages[at : at + 2]):
            column.image(page, width="stretch")


def reading(project: Project) -> None:
    """The way to the reading: a page of its own, to be shown on a wall."""
    st.subheader("A reading", anchor=False)
    st.markdown(":small[Full screen, letter by letter, without a control: for a wall or a monitor. **F** is full screen, **+** and **−** change the pace, "
                "**D** light or dark, **Esc** comes back.]")  # fmt: skip
    left, right = st.columns(2)
    pace = left.slider("Letters a second", 2, 60, 14, key="reading.pace")
    breath = right.slider("Seconds between two", 1, 60, 7, key="reading.breath")
    how = f"?pace={pace}&breath={breath}"
    st.link_button("Read the kept texts", addresses.reading(project) + how, icon=":material/slideshow:", width="stretch")
    if runs := generate.writers(project):
        st.link_button("Let the model write as it reads", addresses.reading(project, runs[0]) + how, icon=":material/edit_note:", width="stretch",
                       help="New texts without end, from the newest model that writes. Nothing of them is kept. Where it falls silent, the kept texts are read.")  # fmt: skip
