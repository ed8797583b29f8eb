"""A film, or many pictures, through a model that takes a picture: asked for on Generate, made as a task. Read `film` and `many`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lib import generate, jobs, models
from lib.errors import UserError
from lib.jobs import Task
from lib.media.setting import extra_of, shape_of
from lib.media.sniff import FILM_NAMES, PICTURE_NAMES
from lib.models.playing import MAKE
from lib.project import Project
from lib.project.runs import Run
from lib.ui.widgets import show, task_bar

_FILM, _MANY = "generate.film", "generate.translate_all"
_GIVEN = {_FILM: "film", _MANY: "pictures"}     # the argument that holds what was brought
_CUT_SHORT = UserError("It ended in the middle.", "Its process was ended, or the computer was switched off.", "Begin it again.")
_NAMED = 20     # pictures that will not do, by name


def takes_pictures(run: Run) -> bool:
    """True where what goes in and what comes out are pictures, and nothing comes out without one."""
    card, fields = models.card(run.model), models.controls_class(run.model).model_fields.values()
    return card.makes == "image" and MAKE in card.ways and any(shape_of(field) == "picture" and extra_of(field).get("needed") for field in fields)


def film(project: Project, run: Run) -> None:
    task = task_bar.newest(project, _FILM)
    with st.expander("A film through it", icon=":material/movie:", expanded=_is_open(task)):
        st.markdown(":small[Every frame of your film becomes another picture; its sound stays. It goes on when you leave this page.]")
        if _is_going(project, task, "Translating the film"):
            return
        if task and task.state == "finished" and (made := task.result()):
            st.markdown(f":small[:material/check: The last one is among the outputs: {show.plain(made['path'])}]")
        given = st.file_uploader("Film", _endings(FILM_NAMES), key="film-given", label_visibility="collapsed")
        ready = st.checkbox("Its pictures are sources already", key="film-ready")
        if st.button("Translate this film", width="stretch", disabled=given is None, help=None if given else "Choose a film first."):
            with show.errors():
                path = generate.given.keep(project, given.name, given.getbuffer())
                _begin(project, _FILM, run, film=str(path), prepare=not ready)


def many(project: Project, run: Run) -> None:
    task = task_bar.newest(project, _MANY)
    with st.expander("Many pictures through it", icon=":material/photo_library:", expanded=_is_open(task)):
        st.markdown(":small[Some pictures, a zip or a whole folder: each becomes another one, and is kept as soon as it is made.]")
        if _is_going(project, task, "Translating the pictures"):
            return
        if task and task.state in ("finished", "stopped"):
            _tell(task)
        folder = st.segmented_control("What", ["Files", "Folder"], default="Files", required=True, key="many-what", label_visibility="collapsed") == "Folder"
        names = _endings(PICTURE_NAMES) if folder else [*_endings(PICTURE_NAMES), "zip"]
        given = st.file_uploader("Pictures", names, "directory" if folder else True, key=f"many-given-{folder}", label_visibility="collapsed")
        ready = st.checkbox("They are sources already", key="many-ready")
        if st.button("Translate these", width="stretch", disabled=not given, help=None if given else "Choose some pictures first."):
            with show.errors():
                paths = [str(generate.given.keep(project, one.name, one.getbuffer())) for one in given]
                _begin(project, _MANY, run, pictures=paths, prepare=not ready)


def _begin(project: Project, function: str, run: Run, **arguments: object) -> None:
    jobs.background(project, function, run=run.id, discard=True, **arguments)
    st.rerun()


def _endings(names: frozenset[str]) -> list[str]:
    return [name.removeprefix(".") for name in sorted(names)]


def _is_open(task: Task | None) -> bool:
    return task_bar.is_under_way(task) or task_bar.has_failed(task)


def _is_going(project: Project, task: Task | None, doing: str) -> bool:
    """How far it is; or why the last one ended early, and the way to begin it again where what was brought is still there."""
    going = task_bar.is_going(task, doing, _CUT_SHORT)
    if task_bar.has_failed(task):
        asked = task.summary.get("arguments", {})
        if _is_there(asked.get(_GIVEN[task.summary["function"]])):
            goes_on = task.summary["function"] == _FILM
            st.markdown(f":small[What you brought is still here{', and what was made of it' if goes_on else ''}.]")
            if st.button("Go on with it" if goes_on else "Begin it again", icon=":material/replay:", key=f"again.{task.id}"):
                with show.errors():
                    jobs.background(project, task.summary["function"], **asked)
                    jobs.forget(task)
                    st.rerun()
    return going


def _is_there(given: object) -> bool:
    paths = given if isinstance(given, list) else [given]
    return all(isinstance(path, str) and Path(path).is_file() for path in paths)


def _tell(task: Task) -> None:
    """How many were made by the last task, and who made none."""
    done = task.result() or {}
    made, refused = len(done.get("outputs", [])), done.get("refused", [])
    st.markdown(f":small[:material/check: {show.several(made, 'picture')} of the last ones {'is' if made == 1 else 'are'} among the outputs.]")
    if refused:
        lines = [f"- **{show.plain(one['name'])}**: {show.plain(one['what'])} {show.plain(one['why'])}" for one in refused[:_NAMED]]
        more = len(refused) - _NAMED
        st.markdown("\n".join([f"{show.several(len(refused), 'picture')} could not be translated:", *lines, *([f"- and {more:,} more"] if more > 0 else [])]))
