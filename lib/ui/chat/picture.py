"""How it works, as a picture: the question on the map of all passages, and the four steps to its answer. Read `show`."""

from __future__ import annotations

import streamlit as st

from lib.chat import documents, finding, index, speakers
from lib.chat.conversations import ASKED, WITHDRAWN, Turn
from lib.chat.sense_map import SenseMap
from lib.errors import UserError
from lib.project import Project
from lib.ui.chat.papers import Library
from lib.ui.widgets import show as shown
from lib.ui.widgets.component import component, packed

_KEY = "chat.map"
_HEIGHT = 360   # px


def show(project: Project, library: Library, turn: Turn | None) -> None:
    """turn: the question that is shown; None where none was asked yet."""
    drawn = index.map_of(project)
    if drawn is None:
        st.markdown(":small[Your papers are being read; the map is drawn as soon as the first passages are.]")
        return
    st.markdown(
        f":small[Each point is one of {len(drawn.places):,} passages. What is about the same lies near each other. Press a point to read it.]"
        if turn else ":small[Each point is a passage of your papers. What is about the same lies near each other. Ask something: your question appears among them.]"
    )  # fmt: skip
    on_map = _map(drawn, library, turn)
    _pressed(project, drawn, on_map, turn)
    if turn:
        _steps(turn, len(drawn.places))


def _map(drawn: SenseMap, library: Library, turn: Turn | None) -> list[int]:
    """Returns the numbers of the passages on it: only papers that may be quoted today."""
    may = {document.id for document in library.documents}
    titles = [title for name, title in drawn.documents.items() if name in may]
    number = {at: titles.index(title) for at, (name, title) in enumerate(drawn.documents.items()) if name in may}
    papers = drawn.spans[:, 0].tolist()
    on_map = [at for at, paper in enumerate(papers) if paper in number]
    places = (drawn.places[on_map] * 1000).astype(int).tolist()
    points = [value for at, (x, y) in zip(on_map, places, strict=True) for value in (x, y, number[papers[at]])]
    found = [(on_map.index(at), rank) for rank, at in enumerate(drawn.numbers(turn.passages), start=1) if at is not None and papers[at] in number] if turn else []
    data = {
        "places": points, "documents": titles, "question": drawn.place(turn.sense) if turn and turn.sense else None, "found": found,
        "turn": turn.id if turn else "", "height": _HEIGHT,
    }  # fmt: skip
    component(__file__, "sense_map")(key=_KEY, data=packed(data), on_chosen_change=lambda: None)
    return on_map


def _pressed(project: Project, drawn: SenseMap, on_map: list[int], turn: Turn | None) -> None:
    """The passage whose point was pressed."""
    chosen = (st.session_state.get(_KEY) or {}).get("chosen") or {}
    if chosen.get("turn") != (turn.id if turn else "") or not 0 <= chosen.get("passage", -1) < len(on_map):
        return
    number, start, end = drawn.spans[on_map[chosen["passage"]]].tolist()
    with st.container(border=True):
        try:
            document = documents.get(project, list(drawn.documents)[number])
        except UserError as error:
            shown.error(error)
            return
        page = document.page_at(start)
        st.markdown(f"**{shown.plain(document.title)}{f', page {page}' if page else ''}**  \n:small[{shown.lines(document.text[start:end])}]")


def _steps(turn: Turn, count: int) -> None:
    """From the question to the answer, each with the real thing."""
    if turn.state == WITHDRAWN:
        st.markdown("*This answer was withdrawn, since somebody whom it quoted said no.*")
        return
    for number, words in enumerate((_asked(turn, count), _found(turn), _given(turn), _answered(turn)), start=1):
        st.markdown(f"**{number}** &nbsp; {words}")
    if turn.prompt:
        with st.expander("The very words that the model was given"):
            for _, words in turn.prompt:
                st.code(words, language=None, wrap_lines=True)


def _asked(turn: Turn, count: int) -> str:
    words = f"**Your question**, “{shown.plain(turn.question)}”, "
    if turn.sense:
        return f"{words}became a row of numbers that says what it is about: a place among the {count:,} passages."
    return f"{words}was looked up by its words alone, so that it has no place on the map."


def _found(turn: Turn) -> str:
    if not turn.passages:
        return "**The nearest passages**: nothing was found." if turn.state != ASKED else "**The nearest passages** are being looked up."
    named = dict.fromkeys(f"{passage['title']}{', page ' + str(passage['page']) if passage['page'] else ''}" for passage in turn.passages)
    titles = ", ".join(map(shown.plain, list(named)[:4])) + (" …" if len(named) > 4 else "")
    return f"**The nearest {shown.several(len(turn.passages), 'passage')}**, by meaning and by words, came from {titles}. The best fits {turn.passages[0]['score']:.2f}."


def _given(turn: Turn) -> str:
    who = speakers.find(turn.how.get("speaker"))
    if not who.is_model:
        return "**No model was asked**: the sentences that fit best are quoted as they stand."
    if turn.answer.get("refused") and not turn.prompt:
        least = turn.how.get("threshold", finding.THRESHOLD)
        return f"**No model was asked**: the best passage must fit at least {least:.2f}."
    if not turn.prompt:
        return f"**{shown.plain(who.title)} is given** what there is room for."
    return f"**{shown.plain(who.title)} was given** the rules, what there was room for of these passages, and the question: {turn.used:,} of {turn.room:,} tokens."


def _answered(turn: Turn) -> str:
    if turn.state == ASKED:
        return "**The answer** is being written."
    if turn.answer.get("refused"):
        return "**The answer** is that it is not in your documents."
    tied = sum(one["passage"] is not None for one in turn.sentences)
    said = len(turn.sentences) + len(turn.answer.get("left_out") or [])
    words = shown.plain(turn.answer.get("text", ""))
    partly = sum(bool(one.get("partly")) for one in turn.said)
    and_partly = f", {partly} in part" if partly else ""
    return f"**The answer**, “{words}”: {tied} of {shown.several(said, 'sentence stands', 'sentences stand')} in the passages{and_partly}." if words else "**The answer**: nothing was written."
