"""What was removed: a word about the last one with its undo, and the page of all that lie aside. Read `all_of_them`."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from lib import collect, jobs
from lib.errors import UserError
from lib.jobs import Task
from lib.project import Project, items
from lib.ui.collect import grid
from lib.ui.shell import navigation
from lib.ui.widgets import picture_grid, show

VIEW = "removed"  # ?view=removed
_INLINE = 96  # more than these are deleted by a task in the background
_EVERYTHING = "all"
_FEW = 5  # names in a sentence
_QUESTION, _TROUBLE = "removed.question", "removed.trouble"
_UNDER_WAY = ("queued", "running")
_ACTIONS = [picture_grid.Action("back", "Bring back"), picture_grid.Action("delete", "Delete…")]


def just_gone(project: Project) -> None:
    """Right after removing (?gone=): what happened, and the way back."""
    gone = st.query_params.get("gone")
    if not gone:
        return
    try:
        item = project.item(gone)
    except UserError:
        item = None
    if item is None or not item.removed:
        del st.query_params["gone"]
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"**Number {item.number} is removed.** Its file still lies here:", width="content")
        link(project, key="just-removed")
        if st.button("Undo", icon=":material/undo:", key="undo-removal"):
            with show.errors():
                collect.bring_back(project, item.id)
                del st.query_params["gone"]
                st.rerun()


def link(project: Project, key: str = "to-removed") -> None:
    """A button and no link: Streamlit draws a link to the page that one is on as if it were pressed."""
    count = items.count(project, removed=True)
    if count and st.button(f"Removed ({count:,})", type="tertiary", icon=":material/delete:", key=key):
        navigation.go("make/collect.py", project, view=VIEW)


def all_of_them(project: Project) -> None:
    """The whole view: look, bring back, delete for good."""
    if st.button("Back to what is in", type="tertiary", icon=":material/arrow_back:", key="from-removed"):
        navigation.go("make/collect.py", project)
    count = items.count(project, removed=True)
    _deleting(project)
    if trouble := st.session_state.pop(_TROUBLE, None):
        show.error(trouble)
    if not count:
        st.markdown("Nothing lies aside. What you remove waits here until you bring it back or delete it for good.")
        return
    st.markdown(f"{show.several(count, 'datapoint')}, in no list and in no dataset made from now on. The files are still here.")
    asked = st.query_params.get("delete")
    if asked:
        _ask_again(project, asked)
    with st.container(horizontal=True):
        if st.button("Bring all back", icon=":material/undo:", key="all-back"):
            with show.errors():
                collect.bring_back(project, items.ids(project, removed=True))
                st.rerun()
        if st.button("Delete all for good…", icon=":material/delete_forever:", key="all-gone"):
            st.query_params["delete"] = _EVERYTHING
            st.rerun()
    _grid(project, count)


def _grid(project: Project, count: int) -> None:
    pages = -(-count // grid.PAGE)
    slot = st.container()
    page = st.pagination(pages, key="removed.page") if pages > 1 else 1
    offset = (page - 1) * grid.PAGE
    datapoints = items.find(project, limit=grid.PAGE, offset=offset, newest_first=True, removed=True)
    with slot:
        picture_grid.grid(
            grid.cells(project, datapoints), key="removed.grid", actions=_ACTIONS, heard=lambda event: hear(project, event)
        )


def hear(project: Project, event: picture_grid.Event) -> None:
    """Does what was clicked before the page is drawn anew, so that of quick clicks none is lost."""
    if event.action == "delete":
        st.query_params["delete"] = event.id
    if event.action == "back":
        try:
            collect.bring_back(project, event.id)
        except UserError as error:
            st.session_state[_TROUBLE] = error


# ---- deleting for good, asked twice ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Question:
    """ids: which would go. held: what was made from them."""

    project: str
    ids: list[str]
    held: collect.removal.Deleted


def _ask_again(project: Project, asked: str) -> None:
    """The second question, with what it means."""
    with show.errors():
        chosen = _chosen(project, asked)
        if not chosen:  # brought back meanwhile
            _forget_question()
        question = _question(project, chosen)
        with st.container(border=True, key="delete-for-good"):
            what = f"all {len(chosen):,}" if asked == _EVERYTHING else f"number {project.item(asked).number}"
            st.subheader(f"Delete {what} for good?", anchor=False)
            st.markdown(held_words(question.held))
            with st.container(horizontal=True):
                # The key: an answer to a question about others, as another tab changed the list, is no answer to this one.
                if st.button("Delete for good", type="primary", key=f"gone-for-good.{hash(tuple(chosen))}"):
                    _delete(project, question.ids)
                    _forget_question()
                if st.button("Keep", key="keep"):
                    _forget_question()


def _chosen(project: Project, asked: str) -> list[str]:
    """The ids that the question is about, of those that lie aside."""
    if asked == _EVERYTHING:
        return items.ids(project, removed=True)
    item = project.item(asked)
    return [item.id] if item.removed else []


def _question(project: Project, chosen: list[str]) -> _Question:
    """Who holds them is looked up once for each question: it looks through all datasets, runs and outputs."""
    known = st.session_state.get(_QUESTION)
    if known is None or (known.project, known.ids) != (str(project.path), chosen):
        known = st.session_state[_QUESTION] = _Question(str(project.path), chosen, collect.held_by(project, chosen))
    return known


def held_words(held: collect.removal.Deleted) -> str:
    """What is lost, what shrinks, and what is used no more afterwards, in words."""
    is_one = held.count == 1
    it = "it" if is_one else "them"
    paragraphs = [
        f"What was collected goes: the {'file, its caption and its record' if is_one else 'files, their captions and their records'} of consent, "
        f"and whatever was made from {it} to look at or to learn from. This cannot be undone."
    ]
    if held.datasets:
        shrink = "shrinks" if len(held.datasets) == 1 else "shrink"
        paragraphs.append(f"**{_named('dataset', held.datasets)} {shrink}**: the prepared copies go.")
    if held.runs:
        outputs = f" with {show.several(len(held.outputs), 'output')}" if held.outputs else ""
        paragraphs.append(
            f"**{_named('model', held.runs)}{outputs} {'is' if len(held.runs) == 1 else 'are'} used no more**: a model cannot unlearn {it}. "
            f"A training under way on {it} stops. On its page you can train the same again without {it}."
        )
    return "\n\n".join(paragraphs)


def _named(what: str, names: list[str]) -> str:
    """"2 datasets (a, b)"."""
    few, more = ", ".join(map(show.plain, names[:_FEW])), len(names) - _FEW
    return f"{show.several(len(names), what)} ({few}{f' and {more:,} more' if more > 0 else ''})"


def _delete(project: Project, chosen: list[str]) -> None:
    if len(chosen) <= _INLINE:
        collect.delete_removed(project, chosen, confirm=True, pass_over=True)
    else:
        collect.delete_later(project, chosen)


def _forget_question() -> None:
    st.query_params.pop("delete", None)
    st.session_state.pop(_QUESTION, None)
    st.rerun()


# ---- deleting in the background --------------------------------------------------------------------------------------


def _deleting(project: Project) -> None:
    """How far the last deletion is; one that failed, was lost or stopped says so until somebody has seen it."""
    task = collect.deletion(project)
    if task is None or task.state == "finished":
        return
    if task.state in _UNDER_WAY:
        st.fragment(_progress, run_every=1.0)(task)
    else:
        _not_done(task)


def _progress(task: Task) -> None:
    if task.state not in _UNDER_WAY:
        st.rerun(scope="app")
    done, total = task.status.get("step") or 0, task.status.get("total") or 0
    st.progress(min(1.0, done / total) if total else 0.0, text=progress_words(done, total))


def progress_words(done: int, total: int) -> str:
    return f"Deleting for good: {done:,} of {total:,}" if total else "Deleting for good: getting ready"


def _not_done(task: Task) -> None:
    show.error(task.error or UserError(
        "Deleting for good did not come to its end.",
        "The program that did it has ended, perhaps as this computer was switched off." if task.state == "lost" else "It was stopped.",
        "Try again; it deletes what is left.",
    ))  # fmt: skip
    with st.container(horizontal=True):
        if st.button("Try again", icon=":material/refresh:", key=f"again.{task.id}"):
            with show.errors():
                jobs.resume(task)
                st.rerun()
        if st.button("Dismiss", type="tertiary", key=f"away.{task.id}"):
            with show.errors():
                jobs.forget(task)
                st.rerun()
