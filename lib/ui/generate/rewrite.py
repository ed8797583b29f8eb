"""Edit and keep, on a page of its own: what the model wrote beside the hand that changes it, and what comes of it. Read `editor`, then `standing`."""

from __future__ import annotations

import functools

import streamlit as st

from lib import collect, generate
from lib.errors import UserError
from lib.generate import Rewritten
from lib.media.changes import PUT, STAYED, Changes
from lib.project import Project, outputs
from lib.project.outputs import Output
from lib.project.project import LOCAL_ACTOR
from lib.ui.collect import consent as collect_consent
from lib.ui.shell import navigation
from lib.ui.widgets import event_queue, show
from lib.ui.widgets.component import component, packed

_KEPT, _WRONG = "rewrite.kept", "rewrite.wrong"


def find(project: Project) -> Output:
    """The text that the address names (?output=). Where there is none, says so with the way back, and the page ends."""
    if kept := st.session_state.pop(_KEPT, ""):
        st.query_params["output"] = kept
    try:
        found = outputs.get(project, st.query_params.get("output", ""))
        if found.path.suffix != ".txt":
            raise UserError(f"{found.path.name} is no text.", "Only texts are edited here.", "Choose a text.")
        return found
    except UserError as error:
        st.title("Edit", anchor=False)
        show.error(error)
        navigation.link("play/generate.py", project, "Back to Generate", icon=":material/arrow_back:")
        return st.stop()


def editor(project: Project, output: Output) -> None:
    """Both sides; what is kept is an output of its own, at which the page then stands."""
    if wrong := st.session_state.pop(_WRONG, None):
        show.error(wrong)
    told, key = generate.rewritten(output), "rewrite"
    written = told.written if told else output.text
    data = {"id": output.path.name, "written": written.strip("\n"), "begun": output.text.strip("\n"), "heard": event_queue.heard_of(key)}
    keep = functools.partial(_keep, project)
    component(__file__, event_queue.NAME, "rewrite")(key=key, data=packed(data), on_event_change=functools.partial(event_queue.hear, key, keep))


def _keep(project: Project, event: dict) -> None:
    try:
        st.session_state[_KEPT] = generate.rewrite(project, str(event["id"]), event["words"]).path.name
    except UserError as error:
        st.session_state[_WRONG] = error


def standing(project: Project, output: Output) -> None:
    """Of an own text: that it is kept, how much of the model stands in it, and the way back."""
    told = generate.rewritten(output)
    if told is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/check: **Kept as {whose(told.by)} own text.** {in_words(told.changes)}", width="stretch")
        if st.button("Undo", icon=":material/undo:", help="What stood there before comes back."):
            with show.errors():
                before = generate.undo_rewrite(project, output)
                st.query_params["output"] = before.path.name if before else ""
                st.rerun()


def among_datapoints(project: Project, output: Output) -> None:
    """The way of an own text among the texts of the project."""
    if generate.rewritten(output) is None:
        return
    if item := collect.in_items(project, output):
        navigation.link("make/datapoint.py", project, f"It is datapoint number {item.number}", icon=":material/text_snippet:", item=item.id)
        return
    with st.expander("Make it a datapoint too", icon=":material/add_notes:"):
        st.markdown(":small[Then your next model can learn from it. It remembers which model it was written with: where somebody in that model's data "
                    "says no, it goes into no dataset any more.]")  # fmt: skip
        answer = collect_consent.ask(project, key=f"own.{output.path.name}", question="Whose is it now?")
        if collect_consent.button("Add it to the texts", answer, key="own.add"):
            with show.errors():
                report = collect.add_own_text(project, output, answer.consent)
                for refused in report.refusals:
                    show.error(UserError(refused["what"], refused["why"], refused["fix"]))
                if not report.rejected:
                    st.rerun()


def whose(by: str) -> str:
    return "your" if by == LOCAL_ACTOR else f"{show.plain(by)}'s"


def who(by: str) -> str:
    return "you" if by == LOCAL_ACTOR else show.plain(by)


def in_words(changes: Changes) -> str:
    """"93% of the model's letters stand, 12% of the letters are new."."""
    return f"{changes.share_kept:.0%} of the model's letters stand, {changes.share_new:.0%} of the letters are new."


def story_line(told: Rewritten) -> str:
    return f"**Changed by hand** by {who(told.by)}, {show.when(told.at)}: {in_words(told.changes)}"


def marked(changes: Changes) -> str:
    """Both texts as one, for st.markdown."""
    return "".join(_as_markdown(piece.kind, piece.words) for piece in changes.pieces)


def _as_markdown(kind: str, words: str) -> str:
    return "  \n".join(_line(kind, line) for line in words.split("\n"))


def _line(kind: str, line: str) -> str:
    """The blanks stand outside the marks, since a mark that ends with one is none."""
    inner = line.strip()
    if not inner:
        return " " if line else ""
    before, after = " " * (line[0] == " "), " " * (line[-1] == " ")
    mark = "{}" if kind == STAYED else ":green-background[{}]" if kind == PUT else ":gray[~~{}~~]"
    return f"{before}{mark.format(show.plain(inner))}{after}"
