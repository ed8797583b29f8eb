"""The ways in: files, folders, films, scans, the camera, and what is made here. Read `ways` first.

Each way ends in one lib call: a batch that is handed over (lib/collect/batches.py) and added in the background, or, for what
is made here (a picture of the camera, a drawing, a take), added at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lib import collect
from lib.collect import inbox as boxes
from lib.project import Project
from lib.ui import (
    collect_beside,
    collect_camera,
    collect_consent,
    collect_draw,
    collect_film,
    collect_more,
    collect_reading,
    collect_scan,
    collect_sound,
    collect_text,
    collect_uploads,
    collect_web,
    collect_whose,
    show,
)

_COPIED = "They are copied into the project's folder, and sent nowhere else."
_ON_DESK = {"Film": "film", "Scan": "scan"}


def ways(project: Project, is_first: bool = False) -> bool:
    """The choice of a way, and the way itself; True once files are chosen.

    is_first: nothing stands in the project yet, so the ways are open; else they fold to one line, "Add more".
    """
    ways_in = {
        "Files": _files, "Folder": _folder, "Film": collect_film.way, "Scan": collect_scan.way, "Camera": collect_camera.booth,
        "Draw": collect_draw.paper, "Microphone": collect_sound.takes, "Text": collect_text.way, "Web": collect_web.way,
    }  # fmt: skip
    is_open = collect_more.is_open(project, waits(project)) or is_first
    if not is_first:
        collect_more.line(project, is_open)
    is_choosing = bool(ways_in[_which(project, list(ways_in), is_open)](project))
    if not is_first:
        collect_more.end()
    return is_choosing


def waits(project: Project) -> bool:
    """Whether something was begun here and not handed over yet: chosen files, written words, a film, a sheet, a look at the web."""
    on_desk = any(boxes.on_desk(project, desk) for desk in _ON_DESK.values())
    return bool(on_desk or collect_uploads.is_chosen(project) or collect_text.is_written() or collect_web.newest_look(project))


def _which(project: Project, ways_in: Sequence[str], is_open: bool) -> str:
    """The way that was chosen; it stands in the address, for a reload, unless it is folded or the one that is open at first."""
    first, said = _first(project), st.query_params.get("way")
    way = st.segmented_control(
        "How do they come in?", ways_in, default=said if said in ways_in else first, required=True, label_visibility="collapsed",
        key=f"collect.way.{project.path.name}", persist_state="session", on_change=_choose, args=(project,),
    )  # fmt: skip
    if way == first or not is_open:
        st.query_params.pop("way", None)
    elif way != said:
        st.query_params["way"] = way
    return way


def _choose(project: Project) -> None:
    """Another way was chosen: there the answer may become another one, and it is open."""
    collect_whose.forget()
    collect_more.open_or_fold(project, True)


def _first(project: Project) -> str:
    """The way that is open at first: the one where something lies on the desk and waits for a choice."""
    otherwise = "Web" if collect_web.newest_look(project) else "Files"
    return next((way for way, desk in _ON_DESK.items() if boxes.on_desk(project, desk)), otherwise)


def _files(project: Project) -> Sequence:
    collect_uploads.keep_earlier(project, "files")
    files = st.file_uploader(
        f"Choose pictures, sounds, texts or a zip, or drop them here. {_COPIED}", accept_multiple_files=True,
        key=f"collect.files.{collect_uploads.current_round()}",
    )  # fmt: skip
    return _offer(project, "files", files)


def _folder(project: Project) -> Sequence:
    collect_uploads.keep_earlier(project, "folder")
    files = st.file_uploader(
        f"Choose a folder, or drop it here: all that is in it and its inner folders. {_COPIED}", accept_multiple_files="directory",
        key=f"collect.folder.{collect_uploads.current_round()}",
    )  # fmt: skip
    return _offer(project, "folder", files)


def _offer(project: Project, way: str, chosen: Sequence) -> Sequence:
    files = collect_uploads.with_earlier(project, way, chosen)
    if files:
        key = f"collect.{way}.{collect_uploads.current_round()}"
        encodings = collect_reading.ask(files, key)
        answer = collect_consent.ask(project, key=key, is_kept=True)
        answer, words = collect_beside.ask(project, files, key, answer)
        _button(project, files, answer, show.several(len(files), "file"), encodings=encodings, **words)
    return files


def _button(project: Project, files: Sequence, answer: collect_consent.Answer, what: str, **more: object) -> None:
    """The one primary button. It waits until the question is answered, and says so."""
    if collect_consent.button(f"Add {what}", answer, key="collect.add"):
        with show.errors(), st.spinner("Taking them over"):
            collect.hand_over(project, [(file.name, file) for file in files], answer.consent, **more)
            collect_uploads.let_go(files)
            collect_uploads.next_round()
            st.rerun()
