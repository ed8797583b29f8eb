""""Whose are they?": the one question about every datapoint, in plain words. Read `ask` first.

A yes is never ticked beforehand, and "not decided yet" is an answer too: it keeps datapoints out of datasets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from lib.project import Consent, Project
from lib.project.consent import LICENCES, Decision, licence_key
from lib.ui.collect import uploader
from lib.ui.widgets import show

MINE, GIVEN, LICENCE, NO, OPEN = (
    "Mine", "Given by somebody", "Under an open licence", "They say no", "Not decided yet",
)  # fmt: skip

# (purpose, the words beside its box)
ALLOWED = [
    ("train", "train models on them"),
    ("retrieve", "let a chat quote them in its answers"),
    ("show", "show them"),
    ("publish", "publish them and the models"),
    ("print", "print them"),
    ("teach", "teach with them"),
]
_WORDS = {
    "train": "train", "retrieve": "quote in a chat", "show": "show", "publish_model": "publish the model", "publish_data": "publish the data",
    "print": "print", "teach": "teach", "train_others": "train for others",
}  # fmt: skip
_LICENCES = [
    "CC0 1.0", "Public domain", "CC BY 4.0", "CC BY-SA 4.0", "CC BY-NC 4.0", "CC BY-NC-SA 4.0", "CC BY-ND 4.0",
    "CC BY-NC-ND 4.0",
]  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """consent: what was said, or None while something is missing; missing: then what, in a sentence."""

    consent: Consent | None
    missing: str = ""


def ask(
    project: Project, *, key: str, question: str = "Whose are they?", choices: tuple[str, ...] = (MINE, GIVEN, LICENCE, OPEN),
    who: Callable[[], str | None] | None = None, is_kept: bool = False,
) -> Answer:  # fmt: skip
    """Shows the question and what belongs to the answer. key: changes when a new batch is asked about.

    who: asks in place of “Who?”, and returns a person's id or name, or None while one is missing.
    is_kept: the answer is offered again at every way in that asks so, until it is changed; a yes of somebody only until
    these were taken over. At first nothing is chosen.
    """
    if is_kept:
        _offer_again(project, key)
    answer = _ask(project, key, question, choices, who)
    if is_kept:
        _keep(project, key)
    return answer


_NEW = "somebody new"
_ANYBODYS = ("whose", "licence", "source")
_SOMEBODYS = ("who", "name", "note", "until", *(purpose for purpose, _ in ALLOWED))


def _offer_again(project: Project, key: str) -> None:
    """Only where nothing stands yet: what was chosen here last stays."""
    round_of, kept = st.session_state.get(f"consent.kept.{project.path}", (None, {}))
    if f"{key}.whose" in st.session_state:
        return
    for part in (*_ANYBODYS, *(_SOMEBODYS if round_of == uploader.current_round() else ())):
        if kept.get(part) is not None:
            st.session_state[f"{key}.{part}"] = kept[part]


def _keep(project: Project, key: str) -> None:
    name, now = f"consent.kept.{project.path}", uploader.current_round()
    round_of, kept = st.session_state.get(name, (None, {}))
    kept = {part: value for part, value in kept.items() if round_of == now or part in _ANYBODYS}
    answers = {part: st.session_state.get(f"{key}.{part}") for part in (*_ANYBODYS, *_SOMEBODYS)}
    st.session_state[name] = now, kept | {part: value for part, value in answers.items() if value is not None}


def _ask(project: Project, key: str, question: str, choices: tuple[str, ...], who: Callable[[], str | None] | None) -> Answer:
    whose = st.radio(question, choices, index=None, horizontal=True, key=f"{key}.whose")
    if whose is None:
        return Answer(None, f"First answer: {question}")
    if whose == MINE:
        all_of_it = ", ".join(words for _, words in ALLOWED)
        st.markdown(f":small[You made them, so all of this is allowed: {all_of_it}. You can change that later.]")
        return Answer(Consent(state="given", purposes=[purpose for purpose, _ in ALLOWED]))
    if whose == LICENCE:
        return _ask_licence(key)
    if whose == NO:
        return _ask_who_refuses(project, key)
    if whose == OPEN:
        st.markdown(":small[They come in, but stay out of datasets until somebody decides. You can do that here, later.]")
        return Answer(Consent())
    return _ask_person(project, key, who)


def button(label: str, answer: Answer, key: str) -> bool:
    """The button below the question. It waits until there is an answer, and says what is missing."""
    ready = answer.consent is not None
    pressed = st.button(label, type="primary" if ready else "secondary", disabled=not ready, key=key)
    if answer.missing:
        st.markdown(f":small[{answer.missing}]")
    return pressed


def _ask_person(project: Project, key: str, ask_who: Callable[[], str | None] | None = None) -> Answer:
    who = ask_who() if ask_who else _who(project, key)
    st.markdown("What do they allow?")
    with st.container(horizontal=True, gap="medium"):
        purposes = [purpose for purpose, words in ALLOWED if st.checkbox(words, key=f"{key}.{purpose}")]
    left, right = st.columns([2, 1])
    note = left.text_input("Note (optional)", placeholder="asked in person", key=f"{key}.note")
    until = right.date_input("Only until (optional)", value=None, key=f"{key}.until", min_value="today")
    if not who:
        return Answer(None, "First say who gave them; initials will do.")
    if not purposes:
        return Answer(None, "First tick what they allow, or choose “Not decided yet”.")
    return Answer(Consent(state="given", purposes=purposes, person=who, note=note or "", until=until))


def _ask_who_refuses(project: Project, key: str) -> Answer:
    who = _who(project, key)
    note = st.text_input("Note (optional)", placeholder="asked in person", key=f"{key}.note")
    st.markdown(
        ":small[Written down, it keeps them from being used or shown: trainings under way that learn from them are asked to stop, models "
        "that have learned from them are no longer played or shown, and they stay out of new datasets. The files stay here, and a yes "
        "brings all of it back. Deleting for good is a step of its own.]"
    )
    return Answer(Consent(state="refused", person=who, note=note or ""))


def _who(project: Project, key: str) -> str | None:
    """A person's id, or a new name."""
    people = {person.id: person.name for person in project.people()}
    names = list(people.values())
    shown = {who: name if names.count(name) == 1 else f"{name} ({who[1:5]})" for who, name in people.items()}
    if not shown:
        return _name("Who?", key)
    who = st.selectbox(
        "Who?", [*shown, _NEW], index=None, format_func=lambda option: shown.get(option, option), placeholder="Choose somebody",
        key=f"{key}.who",
    )  # fmt: skip
    return _name("What is the name?", key) if who == _NEW else who


def _name(label: str, key: str) -> str | None:
    """Plain text, which is kept however one leaves the field: a list would forget a name that is not in it."""
    return st.text_input(label, placeholder="A name or initials; it stays in this project", key=f"{key}.name").strip() or None


def _ask_licence(key: str) -> Answer:
    left, right = st.columns(2)
    licence = left.selectbox("Which licence?", _LICENCES, index=None, placeholder="Choose one", key=f"{key}.licence")
    source = right.text_input("Where are they from?", placeholder="an address, a book, a museum", key=f"{key}.source")
    if licence is None:
        return Answer(None, "First choose the licence. If it is not in the list, choose “Not decided yet” and ask.")
    if "train" not in LICENCES[licence_key(licence)]:
        st.markdown(f":small[{licence} allows no changed versions, so they stay out of datasets. You can look at them and teach with them.]")
    if not (source or "").strip() and licence not in _LICENCES[:2]:
        return Answer(None, "First say where they are from: this licence asks to name it.")
    return Answer(Consent(state="given", basis="licence", licence=licence, source=(source or "").strip()))


# ---- the same in words ---------------------------------------------------------------------------------------------


def allowed_words(purposes: list[str]) -> str:
    """"train, show, print"; "nothing"."""
    named = [_WORDS[purpose] for purpose in purposes if purpose in _WORDS]
    if "publish the model" in named and "publish the data" in named:
        named[named.index("publish the model")] = "publish"
        named.remove("publish the data")
    return ", ".join(named) or "nothing"


def standing_words(item) -> str:
    """What holds today for a datapoint: "May be used to: train, show."."""
    standing = item.consent
    if standing.purposes and standing.state in ("given", "limited", "unknown"):
        return f"may be used to {allowed_words(standing.purposes)}"
    return {
        "unknown": "not decided yet, so it stays out of datasets",
        "asked": "asked, no answer yet, so it stays out of datasets",
        "refused": "refused: nothing learns from it",
        "withdrawn": "withdrawn: nothing learns from it",
        "expired": "run out, so it stays out of datasets",
    }.get(standing.state, "allows nothing")


def decision_words(decision: Decision, names: dict[str, str]) -> str:
    """One line of the record, as markdown. names: of people, by id."""
    who = names.get(decision.person or "", "")
    state_words = {
        "given": f"{_giver(decision, who)}: {allowed_words(decision.purposes)}",
        "limited": f"{_giver(decision, who)}, with limits: {allowed_words(decision.purposes)}",
        "unknown": "not decided",
        "asked": f"asked {who}".strip(),
        "refused": f"refused{f' by {who}' if who else ''}",
        "withdrawn": f"withdrawn{f' by {who}' if who else ''}",
        "expired": "run out",
    }[decision.state]
    more = [f"until {decision.until}" if decision.until else "", decision.source, decision.note]
    by = f"written down by {decision.recorded_by}" if decision.recorded_by != "me" else ""
    line = "; ".join(part for part in (state_words, *more, by) if part)
    return f"{show.when(decision.recorded)} · {show.plain(line)}"


def _giver(decision: Decision, who: str) -> str:
    if decision.basis == "licence":
        return decision.licence or "an open licence"
    return f"given by {who}" if who else "mine"
