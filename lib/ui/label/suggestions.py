"""Label, suggestions: a machine proposes only when somebody asks, and a person decides. Read `suggest`."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import streamlit as st

from lib import jobs, label
from lib.errors import UserError
from lib.label import Suggestion
from lib.media import eyes, likeness
from lib.project import Project, items, labels, vectors
from lib.ui.http import addresses
from lib.ui.widgets import picture_grid, show, task_bar
from lib.ui.widgets.picture_grid import Action, Event, Picture

NEIGHBOURS, MODEL = "label.suggest_from_neighbours", "label.suggest_with_ollama"
_FIELDS = {"Classes": "class_name", "Tags": "tags", "Captions": "caption"}
_PAGE = 24
_ACCEPT = Action("accept", "Accept", key="a")
_DECLINE = Action("decline", "Decline", key="d")
_SURE = 0.8
_ACCEPTED = "label.accepted"  # what was accepted in this session, each with the name under which it is undone


def suggest(project: Project, which: Mapping) -> None:
    """Ask, look, accept or decline; and how much of the words is whose."""
    st.markdown(
        "Nothing is suggested unless you ask. A suggestion stays a machine's, and is in no dataset, until a person accepts it."
    )
    name = st.segmented_control("Suggest", list(_FIELDS), default="Classes", required=True, key="suggest.field")
    field = _FIELDS[name]
    with show.errors():
        _ask(project, field, which.get("kind") or "image")
        _waiting(project, field)
    _shares(project, field)


def _ask(project: Project, field: str, kind: str) -> None:
    task = max(filter(None, (task_bar.newest(project, name) for name in (NEIGHBOURS, MODEL))), key=lambda task: task.id, default=None)
    if task_bar.is_under_way(task):
        task_bar.watch(task, "Looking at every datapoint")
        return
    if task and task.state in ("failed", "lost"):
        show.error(task.error or UserError("The search broke off.", "Its process has ended.", "Ask again."))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Ask my own labels", icon=":material/search:", key="ask-neighbours", on_click=jobs.background,
            args=(project, NEIGHBOURS), kwargs={"field": field, "kind": kind},
            help="Looks which labelled datapoints are most like an unlabelled one, and proposes what most of them have.",
        )  # fmt: skip
        if field != "class_name":
            _ask_model(project, field)
    if vectors.seen_by(kind) == likeness.BOTH:
        st.markdown(f":small[{eyes.ABOUT}]")


def _ask_model(project: Project, field: str) -> None:
    models = _models()
    if not models:
        st.markdown(":small[A model that looks at pictures can be asked too, once Ollama runs on this computer with one, such as moondream.]")
        return
    model = st.selectbox("Model", models, key="suggest.model", label_visibility="collapsed", width=220)
    st.button(f"Ask {model}", icon=":material/visibility:", key="ask-model", on_click=jobs.background, args=(project, MODEL),
              kwargs={"model": model, "field": field})  # fmt: skip


@st.cache_data(ttl=30, show_spinner=False)
def _models() -> list[str]:
    return label.vision_models(seconds=0.3)


def _waiting(project: Project, field: str) -> None:
    """The surest first, page by page, each with two buttons; those in sight that are nearly certain can be accepted together."""
    waiting = label.suggestions(project, field)
    _offer_undo(project)
    if not waiting:
        return
    st.subheader(f"{show.several(len(waiting), 'suggestion')} to decide", anchor=False)
    together, below = st.container(horizontal=True, vertical_alignment="center"), st.container()
    pages = -(-len(waiting) // _PAGE)
    page = min(st.pagination(pages, key=f"suggest.page.{field}"), pages) if pages > 1 else 1
    shown = waiting[(page - 1) * _PAGE : page * _PAGE]
    sure = [suggestion for suggestion in shown if suggestion.score >= _SURE]
    with together:
        if sure:
            st.button(
                f"Accept {'this one' if len(sure) == 1 else f'these {len(sure)}'} of {_SURE:.0%} and more", key="accept-sure",
                on_click=_accept, args=(project, sure),
                help="Those in sight where at least four of the five that are most like it have the same.",
            )  # fmt: skip
        st.button("Decline all", type="tertiary", key="decline-all", on_click=label.decline_all, args=(project, field))
    with below:
        picture_grid.grid(
            cells(project, shown), key=f"suggest.{field}", actions=[_ACCEPT, _DECLINE], size=168, fit="words",
            heard=functools.partial(_decide, project, field),
        )  # fmt: skip


def _accept(project: Project, chosen: list[Suggestion]) -> None:
    batch = labels.new_batch()
    if label.accept(project, chosen, batch=batch):
        st.session_state[_ACCEPTED] = [*st.session_state.get(_ACCEPTED, []), (batch, chosen)]


def _offer_undo(project: Project) -> None:
    """Only after something was accepted here."""
    if accepted := st.session_state.get(_ACCEPTED):
        _, chosen = accepted[-1]
        about = f"number {chosen[0].number}" if len(chosen) == 1 else f"the last {len(chosen)}"
        st.button(f"Undo {about}", icon=":material/undo:", type="tertiary", key="suggest.undo", on_click=_undo, args=(project,))


def _undo(project: Project) -> None:
    """Takes back what was accepted last; it waits for a decision again."""
    batch, chosen = st.session_state[_ACCEPTED].pop()
    with show.errors():
        if label.undo(project, batch=batch):
            for suggestion in chosen:
                label.keep_suggestions(project, [(suggestion.item, suggestion.field, suggestion.value, suggestion.score)], suggestion.made_by)


def cells(project: Project, waiting: list[Suggestion]) -> list[Picture]:
    there = {item.id: item for item in items.find(project, ids=[suggestion.item for suggestion in waiting], limit=len(waiting))}
    return [
        Picture(
            suggestion.item, addresses.thumbnail(project, there[suggestion.item]), f"Number {suggestion.number}: {words(suggestion)}",
            label=f"{suggestion.number} · {words(suggestion)}", large=addresses.thumbnail(project, there[suggestion.item], 1024),
        )  # fmt: skip
        for suggestion in waiting if suggestion.item in there
    ]


def words(suggestion: Suggestion) -> str:
    """"tulip? (4 of 5 like it)"."""
    value = ", ".join(suggestion.value) if isinstance(suggestion.value, list) else str(suggestion.value)
    by_votes = suggestion.made_by == label.NEIGHBOURS and suggestion.field != "caption"
    return f"{value}? ({round(suggestion.score * 5)} of 5 like it)" if by_votes else f"{value}?"


def _decide(project: Project, field: str, event: Event) -> None:
    chosen = label.suggestions(project, field, [event.id])
    if event.action == _ACCEPT.name:
        _accept(project, chosen)
    elif event.action == _DECLINE.name:
        label.decline(project, chosen)


def _shares(project: Project, field: str) -> None:
    """Whose words these are, as a bar and in words."""
    counted = label.shares(project, field)
    total = counted["person"] + counted["machine"]
    if not total:
        return
    name = {"class_name": "classes", "tags": "tags", "caption": "words in captions"}[field]
    human = counted["person"] / total
    rest = (
        f"; the rest was proposed by a machine and accepted by a person ({show.several(counted['accepted'], 'datapoint')} as it "
        f"was proposed, {counted['changed']:,} changed)" if counted["machine"] else ""
    )  # fmt: skip
    st.progress(human, text=f"{human:.0%} of the {name} are a person's own ({counted['person']:,} of {total:,}){rest}.")
