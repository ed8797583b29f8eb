"""The conversation: questions, and answers whose sentences can be clicked. Read `show`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Any

import streamlit as st

from lib import player
from lib.chat import answering, conversations, finding, notebook, service, speakers
from lib.chat.conversations import Conversation, Turn
from lib.errors import UserError
from lib.project import Project
from lib.ui.chat import picture
from lib.ui.chat.papers import Library
from lib.ui.chat.pressed import CLICKED, OPENED
from lib.ui.widgets import show as shown
from lib.ui.widgets.component import component, packed

_LOOK_EVERY = 0.5   # seconds
_NEW = "A new one"
_TALK, _PICTURE = "Conversation", "How it works"
_WOKEN = "chat.woken"       # (project, speaker) that the player was told to load

# While nothing is written yet: what is waited for, where it begins and ends on the bar, and how long it takes about, in seconds.
_STAGES = {
    "player": ("The player wakes up", 0.0, 0.2, 8.0),
    answering.LOOKING: ("Looking in your papers", 0.2, 0.4, 3.0),
    answering.WAKING: ("Waking the small model, for the first question", 0.4, 0.65, 8.0),
    answering.READING: ("Reading", 0.65, 1.0, 3.0),
}


def wake(project: Project, speaker: str) -> None:
    """Lets the player load what an answer takes while the question is still being thought of: once, and again where it had gone to sleep."""
    woken = (project.path.name, speaker)
    if st.session_state.get(_WOKEN) != woken or player.player_state(project.home).state == "off":
        st.session_state[_WOKEN] = woken
        with contextlib.suppress(UserError):    # what is wrong is said once somebody asks
            service.wake(project, speaker)


def show(project: Project, library: Library, how: dict[str, Any]) -> Conversation | None:
    """All that was said, the answer that is being written, and the line to ask in; or the same as a picture."""
    spoken_in = _chosen(project)
    view = st.segmented_control("Show", [_TALK, _PICTURE], default=_TALK, required=True, key="chat.view", label_visibility="collapsed")
    talk = st.container(height=560, border=False, autoscroll=True, key="chat-talk") if view == _TALK else st.container(key="chat-picture")
    question = st.chat_input("Ask your papers", key="chat.question", max_chars=2000)
    if question:
        with shown.errors():
            where, turn = service.order(project, question, spoken_in.id if spoken_in else None, **how)
            st.query_params["conversation"] = where
            st.session_state[CLICKED] = (turn, None)
            st.rerun()
    with talk:
        if view == _PICTURE:
            _as_picture(project, library, spoken_in)
            return spoken_in
        if spoken_in is None:
            st.markdown("Ask something that stands in your papers. Who said it, and where, appears on the right.")
            return None
        for together in _groups(spoken_in.turns):
            _turns(project, spoken_in, together, how)
    _below(project, spoken_in)
    return spoken_in


def _chosen(project: Project) -> Conversation | None:
    """The one that the address names."""
    every = conversations.every(project)
    known = {conversation.id: conversation for conversation in every}
    asked = st.query_params.get("conversation", "")
    if not known:
        return None
    options = ["", *known]
    st.session_state["chat.which"] = asked if asked in known else ""
    st.selectbox(
        "Conversation", options, format_func=lambda which: known[which].title if which else _NEW, key="chat.which",
        label_visibility="collapsed", on_change=_open,
    )  # fmt: skip
    return service.look_after(project, known[asked]) if asked in known else None


def _open() -> None:
    if which := st.session_state["chat.which"]:
        st.query_params["conversation"] = which
    else:
        st.query_params.pop("conversation", None)
    st.session_state.pop(CLICKED, None)


def _as_picture(project: Project, library: Library, spoken_in: Conversation | None) -> None:
    """The question whose answer was pressed last, else the last one."""
    turns = spoken_in.turns if spoken_in else ()
    which, _ = st.session_state.get(CLICKED, ("", None))
    turn = next((turn for turn in turns if turn.id == which), turns[-1] if turns else None)
    picture.show(project, library, turn)
    if spoken_in and turn and turn.state == conversations.ASKED:
        st.fragment(_being_written, run_every=_LOOK_EVERY)(project, spoken_in.id, turn)


def _groups(turns: Sequence[Turn]) -> list[list[Turn]]:
    """Each question with those that ask it again, to compare."""
    groups: dict[str, list[Turn]] = {}
    for turn in turns:
        first = turn.beside if turn.beside in groups else turn.id
        groups.setdefault(first, []).append(turn)
    return list(groups.values())


def _turns(project: Project, spoken_in: Conversation, together: list[Turn], how: dict[str, Any]) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown(shown.lines(together[0].question))
    for row in range(0, len(together), 2):
        pair = together[row : row + 2]
        for place, turn in zip(st.columns(len(pair), gap="small"), pair, strict=True):
            with place, st.chat_message("assistant", avatar=":material/menu_book:"):
                _turn(project, spoken_in, turn, is_alone=len(together) == 1)
    if all(turn.state != conversations.ASKED for turn in together):
        st.button(
            "Ask the same again, to compare", type="tertiary", icon=":material/compare:", key=f"chat.again.{together[0].id}",
            help="With what is chosen on the left now: another speaker, no documents, another size of passages.",
            on_click=_ask_again, args=(project, spoken_in.id, together[0], how),
        )  # fmt: skip


def _ask_again(project: Project, conversation_id: str, turn: Turn, how: dict[str, Any]) -> None:
    with shown.errors():
        _, asked = service.order(project, turn.question, conversation_id, beside=turn.id, **how)
        _choose(asked, None)


def _turn(project: Project, spoken_in: Conversation, turn: Turn, is_alone: bool) -> None:
    if not is_alone:
        st.markdown(f":small[**{shown.plain(_asked_with(turn))}**]")
    if turn.state == conversations.ASKED:
        st.fragment(_being_written, run_every=_LOOK_EVERY)(project, spoken_in.id, turn)
    elif turn.state == conversations.WITHDRAWN:
        st.markdown("*This answer was withdrawn, since somebody whom it quoted said no.*")
    elif turn.state == conversations.FAILED and turn.error:
        shown.error(UserError(**turn.error))
    else:
        _answer(turn)


def _asked_with(turn: Turn) -> str:
    """"SmolLM2, Librarian, 5 passages"."""
    title = speakers.find(turn.how.get("speaker")).title
    if not turn.how.get("with_documents", True):
        return f"{title}, without documents"
    return ", ".join([title, *([turn.how["persona"]] if "persona" in turn.how else []), shown.several(turn.how.get("top_k", finding.TOP), "passage")])


def _being_written(project: Project, conversation_id: str, turn: Turn) -> None:
    spoken_in = service.look_after(project, conversations.get(project, conversation_id))
    now = next((each for each in spoken_in.turns if each.id == turn.id), None)
    if now is None or now.state != conversations.ASKED:
        st.rerun(scope="app")
        return
    written = service.so_far(project, now.order) if now.order else ""
    if written:
        st.markdown(f"{shown.lines(written)} ▍")
    else:
        part, words = _how_far(project, now)
        st.progress(part, text=f":small[{words}]")
    if st.button("Stop", icon=":material/stop:", key=f"chat.stop.{turn.id}"):
        service.stop(project, conversation_id, now)
        st.rerun(scope="app")


def _how_far(project: Project, turn: Turn) -> tuple[float, str]:
    """(part of the bar, what it waits for), until the first word comes."""
    state, name = player.player_state(project.home), turn.stage.get("name", answering.LOOKING)
    since, tokens = turn.stage.get("since", time.time()), turn.stage.get("tokens", 0)
    if state.state == "starting":
        name, since = "player", time.time() - state.seconds
    words, begin, end, takes = _STAGES[name]
    near = min(0.95, max(0.0, time.time() - since) / (state.expected if name == "player" else takes))
    found = f"{shown.several(len(turn.passages), 'passage')} found. " if turn.passages else ""
    who = speakers.find(turn.how.get("speaker")).title
    return begin + near * (end - begin), f"{found}{shown.plain(who)} reads {tokens:,} tokens" if name == answering.READING else f"{found}{words}"


def _answer(turn: Turn) -> None:
    """Its sentences: those that stand in a paper, as a whole or in part, can be pressed; the others are marked."""
    if turn.sentences:
        _sentences(turn, turn.sentences, 0)
    else:
        st.markdown(shown.lines(turn.answer.get("text", "")) or ":small[Nothing was written.]")
    if turn.answer.get("half"):
        st.markdown(f":small[:material/pause: {shown.plain(turn.answer['half'])}]")
    left_out = turn.answer.get("left_out") or []
    if left_out:
        with st.expander(f"{shown.several(len(left_out), 'sentence')} left out: not found in your documents as {'it is' if len(left_out) == 1 else 'they are'}"):
            _sentences(turn, turn.answer.get("aside") or [{"text": words, "passage": None} for words in left_out], len(turn.sentences))
    for note in turn.answer.get("notes") or []:
        st.markdown(f":small[:material/info: {shown.plain(note)}]")
    if turn.passages and not turn.answer.get("refused"):
        st.button("Where this stands", type="tertiary", key=f"chat.where.{turn.id}", on_click=_choose, args=(turn.id, None))


def _sentences(turn: Turn, some: Sequence[dict[str, Any]], first: int) -> None:
    """first: the place of the first of them in what the turn said."""
    sentences = [
        {"text": one["text"], "passage": one["passage"], "partly": partly and {**partly, "said": conversations.in_part(one)}}
        for one in some for partly in (one.get("partly"),)
    ]  # fmt: skip
    key = f"chat.answer.{turn.id}" + (f".{first}" if first else "")
    component(__file__, "answer")(key=key, data=packed({"sentences": sentences}), on_clicked_change=lambda: _clicked(key, turn.id, first))


def _clicked(key: str, turn: str, first: int) -> None:
    clicked = st.session_state[key].get("clicked")
    if clicked is not None:
        _choose(turn, first + clicked["sentence"])


def _choose(turn: str, sentence: int | None) -> None:
    st.session_state[CLICKED] = (turn, sentence)
    st.session_state.pop(OPENED, None)


def _below(project: Project, spoken_in: Conversation) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Save as Markdown", conversations.as_markdown(spoken_in), file_name=f"{spoken_in.id}.md", mime="text/markdown", type="tertiary",
            icon=":material/download:",
        )  # fmt: skip
        last = spoken_in.turns[-1] if spoken_in.turns else None
        if last:
            st.download_button(
                "As a notebook", notebook.as_notebook(str(project.home), project.path.name, last.question, last.how), file_name="chat.ipynb",
                mime="application/x-ipynb+json", type="tertiary", icon=":material/code:", help="The way of the last question, step by step, to run by oneself.",
            )  # fmt: skip
        with st.popover("Delete", icon=":material/delete:", type="tertiary"):
            st.markdown("This conversation goes for good. Your papers stay.")
            if st.button("Delete it", type="primary", key="chat.delete"):
                conversations.delete(project, spoken_in.id)
                st.query_params.pop("conversation", None)
                st.rerun()
