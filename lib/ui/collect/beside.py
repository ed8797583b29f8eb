"""The question about words that come along: texts named after pictures, and a table of captions. Read `ask`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import streamlit as st

from lib.collect import beside
from lib.collect.beside import Foresight
from lib.project import Project
from lib.ui.collect import consent
from lib.ui.widgets import show

_YES, _NO = "Yes, captions", "No, texts of their own"


def ask(project: Project, files: Sequence, key: str, answer: consent.Answer) -> tuple[consent.Answer, dict]:
    """Asks once whether words among the chosen files are captions. Returns the answer, in which something is missing until
    that is said, and what `hand_over` takes."""
    seen = _foreseen(project, files)
    if not seen:
        return answer, {}
    st.markdown(question(seen))
    choice = st.segmented_control("Are they captions?", [_YES, _NO], default=st.session_state.get(f"{key}.said"), key=f"{key}.captions", label_visibility="collapsed")
    st.session_state[f"{key}.said"] = choice
    if seen.lost:
        st.markdown(f":small[{lost_words(seen)}]")
    if choice is None:
        return dataclasses.replace(answer, consent=None, missing=answer.missing or "First say whether the texts are captions."), {}
    is_yes = choice == _YES
    return answer, {"beside": is_yes, "known": is_yes, "captions": seen.table if is_yes else ""}


def question(seen: Foresight) -> str:
    """As a sentence: these 12 texts have the names of pictures or sounds, are they their captions?"""
    count = seen.texts + seen.known
    here = " in this project" if not seen.texts else ""
    texts = f"these {count:,} texts have the names of pictures or sounds{here}" if count > 1 else f"this text has the name of a picture or sound{here}"
    if not seen.table:
        return f"{texts[0].upper()}{texts[1:]}: {'are they their captions' if count > 1 else 'is it its caption'}?"
    also = f", and {texts}" if count else ""
    return f"{show.plain(seen.table)} has words for {show.several(seen.rows, 'file')}{also}: are they captions?"


def lost_words(seen: Foresight) -> str:
    name = "names" if seen.lost == 1 else "name"
    return f"{show.several(seen.lost, 'row')} of {show.plain(seen.table)} {name} no file here; you are told which, once the files are in."


def _foreseen(project: Project, files: Sequence) -> Foresight:
    """Looked up anew only when other files are chosen, or others have come in."""
    about = (str(project.path), project.count(), tuple(file.file_id for file in files))
    held = st.session_state.get("collect.beside")
    if held is None or held[0] != about:
        held = st.session_state["collect.beside"] = about, beside.foresee(project, [(file.name, file) for file in files])
    return held[1]
