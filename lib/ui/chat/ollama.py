"""Ollama on the page: whether it is here, which models it has, and fetching another. Read `panel`."""

from __future__ import annotations

import streamlit as st

from lib import jobs
from lib.chat import ollama as chat_ollama
from lib.errors import UserError
from lib.media import ollama_server
from lib.media.ollama_server import Model
from lib.project import Project
from lib.ui.widgets import show, task_bar

_PULL = "chat.pull"
_FOUND, _SEEN = "chat.ollama", "chat.ollama.seen"   # what it told when it was looked for; the last fetch that was noticed


def speaking() -> list[Model]:
    """Its models that can answer, as it told when it was last looked for."""
    return [model for model in _known() or () if not model.can or "completion" in model.can]


def embedding() -> list[Model]:
    """Its models that know what sentences are about."""
    return [model for model in _known() or () if "embedding" in model.can]


def size(model: Model) -> str:
    return f"{model.size / 1e9:,.1f} GB"


def _known() -> list[Model] | None:
    """None where there is no Ollama. It is looked for once a session, and whenever somebody asks."""
    if _FOUND not in st.session_state:
        _look()
    return st.session_state[_FOUND]


def _look() -> None:
    st.session_state[_FOUND] = ollama_server.listed() if ollama_server.is_there() else None


def panel(project: Project) -> None:
    """Whether it is here, what it has, what can be fetched."""
    with st.expander("Ollama", key="chat.ollama.open", on_change="rerun") as opened:
        if not opened.open:
            return
        found = _known()
        if found is None:
            _not_here()
            return
        st.markdown(":small[:material/done: Ollama is here. Its models run on this computer, and what you ask stays on it.]")
        st.markdown("\n".join(f"- {show.plain(model.name)} :small[{size(model)}, {_good_for(model)}]" for model in found) or "It has no models yet.")
        _fetching(project, {model.name for model in found})
        st.button("Look again", type="tertiary", icon=":material/refresh:", on_click=_look)


def _not_here() -> None:
    try:
        ollama_server.address()
        st.markdown(
            ":small[Ollama is a free program that runs larger language models on this computer, in many languages. It is not running here: "
            "install it from ollama.com, start it, then look again.]"
        )
    except UserError as error:
        show.error(error)
    st.button("Look again", type="tertiary", icon=":material/refresh:", on_click=_look)


def _good_for(model: Model) -> str:
    return "finds passages" if "embedding" in model.can and "completion" not in model.can else "answers"


def _fetching(project: Project, here: set[str]) -> None:
    """A model is fetched when somebody says so, with a bar and a way to stop; what has come is kept by Ollama."""
    task = task_bar.newest(project, _PULL)
    if task_bar.is_under_way(task):
        task_bar.watch(task, "Fetching", in_bytes=True)
        return
    if task and st.session_state.get(_SEEN) != task.id and task.state == "finished":
        st.session_state[_SEEN] = task.id
        _look()
        st.rerun()
    if task and task.state in ("failed", "lost"):
        show.error(task.error or UserError("Fetching broke off.", "Its process has ended.", "Fetch it again: it goes on where it was."))
    others = [name for name in chat_ollama.SUGGESTED if name not in here and f"{name}:latest" not in here]
    name = st.selectbox("Fetch a model", others, accept_new_options=True, key="chat.ollama.name", help="Any name of ollama.com/library will do. Models of 3b or 4b run on most laptops.")
    if st.button("Fetch", icon=":material/download:", disabled=not name, help="Ollama downloads it from its own website. Nothing of your papers goes there."):
        with show.errors():
            jobs.background(project, _PULL, model=name)
            st.rerun()
