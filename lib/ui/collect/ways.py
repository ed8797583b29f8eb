"""The ways in: files, folders, films, scans, the camera, and what is made here. Read `ways` first.

Each way ends in one lib call: a batch that is handed over (lib/collect/batches.py) and added in the background, or, for what
is made here (a picture of the camera, a drawing, a take), added at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lib import collect
from lib.collect import inbox as boxes
from lib.project import Project
from lib.ui.collect import (
    add_more,
    beside,
    camera,
    consent,
    drawing,
    film,
    microphone,
    scan,
    text,
    uploader,
    web,
    whose,
)
from lib.ui.collect import encodings as collect_encodings
from lib.ui.widgets import show

_COPIED = "They are copied into the project's folder, and sent nowhere else."
_PENDING = {"Film": "film", "Scan": "scan"}


def ways(project: Project, is_first: bool = False) -> bool:
    """The choice of a way, and the way itself; True once files are chosen.

    is_first: nothing stands in the project yet, so the ways are open; else they fold to one line, "Add more".
    """
    ways_in = {
        "Files": _files, "Folder": _folder, "Film": film.way, "Scan": scan.way, "Camera": camera.way,
        "Draw": drawing.way, "Microphone": microphone.way, "Text": text.way, "Web": web.way,
    }  # fmt: skip
    is_open = add_more.is_open(project, waits(project)) or is_first
    if not is_first:
        add_more.line(project, is_open)
    is_choosing = bool(ways_in[_which(project, list(ways_in), is_open)](project))
    if not is_first:
        add_more.end()
    return is_choosing


def waits(project: Project) -> bool:
    """Whether something was begun here and not handed over yet: chosen files, written words, a film, a sheet, a look at the web."""
    is_pending = any(boxes.pending(project, kind) for kind in _PENDING.values())
    return bool(is_pending or uploader.is_chosen(project) or text.is_written() or web.newest_look(project))


def _which(project: Project, ways_in: Sequence[str], is_open: bool) -> str:
    """The way that was chosen; it stands in the address, for a reload, unless it is folded or the one that is open at first."""
    first, wanted = _first(project), st.query_params.get("way")
    way = st.segmented_control(
        "How do they come in?", ways_in, default=wanted if wanted in ways_in else first, required=True, label_visibility="collapsed",
        key=f"collect.way.{project.path.name}", persist_state="session", on_change=_choose, args=(project,),
    )  # fmt: skip
    if way == first or not is_open:
        st.query_params.pop("way", None)
    elif way != wanted:
        st.query_params["way"] = way
    return way


def _choose(project: Project) -> None:
    """Another way was chosen: there the answer may become another one, and it is open."""
    whose.forget()
    add_more.open_or_fold(project, True)


def _first(project: Project) -> str:
    """The way that is open at first: the one where something waits for a choice."""
    otherwise = "Web" if web.newest_look(project) else "Files"
    return next((way for way, kind in _PENDING.items() if boxes.pending(project, kind)), otherwise)


def _files(project: Project) -> Sequence:
    uploader.keep_earlier(project, "files")
    files = st.file_uploader(
        f"Choose pictures, sounds, texts or a zip, or drop them here. {_COPIED}", accept_multiple_files=True,
        key=f"collect.files.{uploader.current_round()}",
    )  # fmt: skip
    return _offer(project, "files", files)


def _folder(project: Project) -> Sequence:
    uploader.keep_earlier(project, "folder")
    files = st.file_uploader(
        f"Choose a folder, or drop it here: all that is in it and its inner folders. {_COPIED}", accept_multiple_files="directory",
        key=f"collect.folder.{uploader.current_round()}",
    )  # fmt: skip
    return _offer(project, "folder", files)


def _offer(project: Project, way: str, chosen: Sequence) -> Sequence:
    files = uploader.with_earlier(project, way, chosen)
    if files:
        key = f"collect.{way}.{uploader.current_round()}"
        encodings = collect_encodings.ask(files, key)
        answer = consent.ask(project, key=key, is_kept=True)
        answer, words = beside.ask(project, files, key, answer)
        _button(project, files, answer, show.several(len(files), "file"), encodings=encodings, **words)
    return files


def _button(project: Project, files: Sequence, answer: consent.Answer, what: str, **more: Any) -> None:
    """The one primary button. It waits until the question is answered, and says so."""
    if consent.button(f"Add {what}", answer, key="collect.add"):
        with show.errors(), st.spinner("Taking them over"):
            collect.hand_over(project, [(file.name, file) for file in files], answer.consent, **more)
            uploader.let_go(files)
            uploader.next_round()
            st.rerun()
