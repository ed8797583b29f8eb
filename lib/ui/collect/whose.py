"""Whose it is that is made here, asked once and folded into one line, so that the paper or the camera comes higher. Read `ask`.

Folded, the answer lies in the session: it goes with all that is made until it is changed, or another way in is looked at.
"""

from __future__ import annotations

import streamlit as st

from lib.project import Project
from lib.ui.collect import consent as collect_consent
from lib.ui.widgets import show

_FOLDED, _OPENED = "whose.folded", "whose.opened"
_AT_ONCE = (collect_consent.MINE, collect_consent.OPEN)  # nothing more is asked after these


def ask(project: Project, key: str, note: str) -> collect_consent.Answer:
    """The question, or the line that says what was answered. note: what the answer goes with, in a sentence."""
    about = (str(project.path), key)
    where, answer = st.session_state.get(_FOLDED, (None, None))
    slot, line = st.empty(), st.container(horizontal=True, vertical_alignment="center")
    if where != about:
        is_new = f"{key}.whose" not in st.session_state
        with slot.container():
            answer = _ask(project, about, note)
        if not _folds(about, answer, is_new):
            return answer
        slot.empty()
        st.session_state[_FOLDED] = about, answer
    with line:
        st.markdown(f"**Whose:** {words(project, answer)}", width="content", help=note)
        st.button("Change", type="tertiary", key=f"{key}.change", help="Asks again whose they are.", on_click=_unfold, args=(about,))
    return answer


def _ask(project: Project, about: tuple[str, str], note: str) -> collect_consent.Answer:
    key = about[1]
    answer = collect_consent.ask(project, key=key, is_kept=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":small[{note}]", width="content")
        if answer.consent is not None:
            st.button("That is the answer", icon=":material/check:", key=f"{key}.fold", on_click=_fold, args=(about,))
    return answer


def _folds(about: tuple[str, str], answer: collect_consent.Answer, is_new: bool) -> bool:
    """Where several things are asked, only when somebody says so, or comes back to an answer that is whole."""
    if answer.consent is None or st.session_state.get(_OPENED) == about:
        return False
    return is_new or st.session_state.get(f"{about[1]}.whose") in _AT_ONCE or st.session_state.pop(f"{about[1]}.said", False)


def _unfold(about: tuple[str, str]) -> None:
    st.session_state.pop(_FOLDED, None)
    st.session_state[_OPENED] = about


def _fold(about: tuple[str, str]) -> None:
    st.session_state.pop(_OPENED, None)
    st.session_state[f"{about[1]}.said"] = True


def forget() -> None:
    """Another way in was chosen: there the answer may become another one."""
    for name in (_FOLDED, _OPENED):
        st.session_state.pop(name, None)


def words(project: Project, answer: collect_consent.Answer) -> str:
    """"mine"; "given by Baba Stana: train, show"; "CC BY 4.0"; "not decided yet"."""
    consent = answer.consent
    assert consent is not None
    if consent.licence:
        return show.plain(consent.licence)
    if consent.person:
        names = {person.id: person.name for person in project.people()}
        return f"given by {show.plain(names.get(consent.person, consent.person))}: {collect_consent.allowed_words(list(consent.purposes))}"
    return "mine" if consent.state == "given" else "not decided yet"
