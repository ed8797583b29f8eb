"""The ways in: files, films, the camera. Read `ways` first.

Each way ends in one lib call: a batch that is handed over (lib/collect/batches.py) and added in the background, or, for a
picture of the camera, added at once.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lib import collect
from lib.project import Consent, Project
from lib.ui import collect_consent, show

_FILMS = ["mp4", "mov", "m4v", "webm", "mkv", "avi", "gif", "mpg", "mpeg", "ts", "wmv", "flv", "ogv"]
_ROUND = "collect.round"  # counts what was handed over, so that the next uploader is an empty one
_LAST = "collect.last"  # what became of the last picture of the camera
_RATES = {"1 a second": 1.0, "10 a second": 10.0}
_OTHER = "another number"
_COPIED = "They are copied into the project's folder, and sent nowhere else."


def ways(project: Project) -> bool:
    """The choice of a way, and the way itself; True once files are chosen."""
    ways_in = {"Files": _files, "Folder": _folder, "Film": _films, "Camera": _camera}
    way = st.segmented_control(
        "How do they come in?", list(ways_in), default="Files", required=True, key="collect.way", label_visibility="collapsed"
    )
    return bool(ways_in[way](project))


def _round() -> int:
    return st.session_state.get(_ROUND, 0)


def _next_round() -> None:
    st.session_state[_ROUND] = _round() + 1


def _let_go(files: Sequence) -> None:
    """Frees uploads that were taken over. Streamlit would keep them in the server's memory until the tab is closed."""
    here = get_script_run_ctx()
    if here and isinstance(here.uploaded_file_mgr, MemoryUploadedFileManager):
        for file in files:
            here.uploaded_file_mgr.remove_file(session_id=here.session_id, file_id=file.file_id)


def _files(project: Project) -> Sequence:
    files = st.file_uploader(
        f"Choose pictures, sounds, texts or a zip, or drop them here. {_COPIED}", accept_multiple_files=True,
        key=f"collect.files.{_round()}",
    )  # fmt: skip
    return _offer(project, files)


def _folder(project: Project) -> Sequence:
    files = st.file_uploader(
        f"Choose a folder, or drop it here: all that is in it and its inner folders. {_COPIED}", accept_multiple_files="directory",
        key=f"collect.folder.{_round()}",
    )  # fmt: skip
    return _offer(project, files)


def _offer(project: Project, files: Sequence) -> Sequence:
    if files:
        answer = collect_consent.ask(project, key=f"collect.files.{_round()}")
        _button(project, files, answer, show.several(len(files), "file"))
    return files


def _films(project: Project) -> Sequence:
    films = st.file_uploader(
        "Choose films, or drop them here. Still pictures of them are put into the project's folder on this computer.", type=_FILMS,
        accept_multiple_files=True, key=f"collect.films.{_round()}",
    )  # fmt: skip
    if not films:
        return films
    rate = _rate()
    keep = st.checkbox("Keep the film too", key="collect.keep", help="It lies beside the still pictures, without its place and device.")
    answer = collect_consent.ask(project, key=f"collect.films.{_round()}")
    _button(project, films, answer, show.several(len(films), "film"), way="film", fps=rate, keep_film=keep)
    return films


def _rate() -> float:
    """Still pictures for each second."""
    chosen = st.segmented_control(
        "How many still pictures?", [*_RATES, _OTHER], default="1 a second", required=True, key="collect.rate"
    )
    st.markdown(":small[1 a second is for a first look; 10 a second is for detail, and ten times as many.]")
    if chosen != _OTHER:
        return _RATES[chosen]
    return st.number_input("Still pictures for each second of film", 0.01, 60.0, 2.0, step=0.5, key="collect.fps")


def _button(project: Project, files: Sequence, answer: collect_consent.Answer, what: str, **more: object) -> None:
    """The one primary button. It waits until the question is answered, and says so."""
    if collect_consent.button(f"Add {what}", answer, key="collect.add"):
        with show.errors(), st.spinner("Taking them over"):
            collect.hand_over(project, [(file.name, file) for file in files], answer.consent, **more)
            _let_go(files)
            _next_round()
            st.rerun()


# ---- camera --------------------------------------------------------------------------------------------------------


def _camera(project: Project) -> None:
    st.markdown(
        ":small[One picture after the other: each goes in as soon as it is taken. A browser opens a camera only at localhost "
        "or an https address; anywhere else, choose Files and upload pictures from the phone or camera.]"
    )
    answer = collect_consent.ask(project, key="collect.camera")
    if answer.missing:
        st.markdown(f":small[{answer.missing}]")
    shot = st.camera_input("Take a picture", disabled=answer.consent is None, key=f"collect.shot.{_round()}")
    if shot and answer.consent:
        with show.errors():
            _take(project, shot, answer.consent)
    last = st.session_state.get(_LAST)
    if last:
        _tell_last(project, last)


def _take(project: Project, shot, consent: Consent) -> None:
    report = collect.add_one(project, f"camera {datetime.datetime.now():%Y-%m-%d %H-%M-%S}.jpg", shot, consent)
    number = report.added[0].number if report.added else report.duplicates[0][1] if report.duplicates else None
    item = report.added[0].id if report.added else None
    st.session_state[_LAST] = {"item": item, "number": number, "refused": report.refusals}
    _let_go([shot])
    _next_round()
    st.rerun()


def _tell_last(project: Project, last: dict) -> None:
    """What became of the last picture, and the way to take it out again."""
    if last["refused"]:
        st.markdown(f"**{show.plain(last['refused'][0]['what'])}** {show.plain(last['refused'][0]['fix'])}")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Number {last['number']} is in." if last["item"] else f"This is number {last['number']}; it was here already.")
        if last["item"] and st.button("Delete the last one", icon=":material/undo:", key="collect.delete-last"):
            with show.errors():
                collect.remove(project, last["item"])
                del st.session_state[_LAST]
                st.query_params["gone"] = last["item"]
                st.rerun()
