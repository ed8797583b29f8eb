"""A film through a model that takes a picture: asked for on Generate, made as a task. Read `way`."""

from __future__ import annotations

import secrets
from pathlib import Path

import streamlit as st

from lib import jobs, models
from lib.media.files import write_bytes
from lib.media.sniff import FILM_NAMES
from lib.models.playing import MAKE
from lib.project import Project
from lib.project.folder import CACHE
from lib.project.runs import Run
from lib.ui.widgets import show, task_bar

_FUNCTION = "generate.film"


def takes_pictures(run: Run) -> bool:
    """True where what goes in and what comes out are pictures."""
    card = models.card(run.model)
    return card.makes == "image" and MAKE in card.ways and "picture" in models.inputs(run.model).values()


def way(project: Project, run: Run) -> None:
    if not takes_pictures(run):
        return
    task = task_bar.newest(project, _FUNCTION)
    with st.expander("A film through it", icon=":material/movie:", expanded=task_bar.is_under_way(task)):
        st.markdown(":small[Every frame of your film becomes another picture; its sound stays. It goes on when you leave this page.]")
        if task_bar.is_under_way(task):
            task_bar.watch(task, "Translating the film")
            return
        if task and task.state in ("failed", "lost") and task.error:
            show.error(task.error)
        given = st.file_uploader("Film", [name.removeprefix(".") for name in sorted(FILM_NAMES)], key="film-given", label_visibility="collapsed")
        ready = st.checkbox("Its pictures are sources already", key="film-ready")
        if st.button("Translate this film", width="stretch", disabled=given is None, help=None if given else "Choose a film first."):
            with show.errors():
                jobs.background(project, _FUNCTION, run=run.id, film=str(_kept(project, given)), prepare=not ready, discard=True)
                st.rerun()


def _kept(project: Project, given) -> Path:
    """A copy for the task, which deletes it."""
    path = project.path / CACHE / "given-films" / f"{secrets.token_hex(8)}{Path(given.name).suffix.lower()}"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, given.getbuffer())
    return path
