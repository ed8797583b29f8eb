"""Uploads on Collect: an uploader that is empty again once its files were taken over. Read `let_go`.

Whoever looks at another way in finds what they had chosen again: `keep_earlier` before an uploader, `with_earlier` after it.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lib.project import Project
from lib.ui.widgets import show

_WAYS = ("files", "folder", "text")     # those whose uploads wait for an answer; films and scans go into an inbox at once
_ROUND = "collect.round"  # counts what was handed over, so that the next uploader is an empty one


def current_round() -> int:
    """Part of an uploader's key."""
    return st.session_state.get(_ROUND, 0)


def next_round() -> None:
    st.session_state[_ROUND] = current_round() + 1
    for key in [key for key in st.session_state if str(key).startswith("collect.chosen.")]:
        del st.session_state[key]


def let_go(files: Sequence) -> None:
    """Frees uploads that were taken over. Streamlit would keep them in the server's memory until the tab is closed."""
    here = get_script_run_ctx()
    if here and isinstance(here.uploaded_file_mgr, MemoryUploadedFileManager):
        for file in files:
            here.uploaded_file_mgr.remove_file(session_id=here.session_id, file_id=file.file_id)


# ---- what was chosen before one looked at another way ------------------------------------------------------------------


def keep_earlier(project: Project, way: str) -> None:
    """Before the uploader `collect.<way>.<round>`: what was in it when it was last on the page, and is in it no more."""
    kept = _kept(project, way)
    if f"collect.{way}.{current_round()}" not in st.session_state:
        kept["earlier"], kept["now"] = [*kept["earlier"], *kept["now"]], []


def with_earlier(project: Project, way: str, chosen: Sequence) -> list:
    """After the uploader: what was chosen earlier, which is told and can be left out, and what is chosen now."""
    kept = _kept(project, way)
    kept["now"] = list(chosen)
    if kept["earlier"]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(earlier_words([file.name for file in kept["earlier"]]), width="content")
            st.button("Leave these out", type="tertiary", key=f"collect.earlier.{way}", on_click=_leave_out, args=(project, way))
    return [*kept["earlier"], *kept["now"]]


def is_chosen(project: Project) -> bool:
    """Whether files wait at one of the ways in, chosen now or before a look at another way."""
    return any(st.session_state.get(f"collect.{way}.{current_round()}") or any(_kept(project, way).values()) for way in _WAYS)


def earlier_words(names: Sequence[str]) -> str:
    """"**3 files** that you chose before are still here: a.png, b.png and 1 more."""
    more = f" and {len(names) - 2:,} more" if len(names) > 2 else ""
    is_are = "is" if len(names) == 1 else "are"
    return f"**{show.several(len(names), 'file')}** that you chose before {is_are} still here: {show.plain(', '.join(names[:2]))}{more}."


def _leave_out(project: Project, way: str) -> None:
    let_go(_kept(project, way)["earlier"])
    _kept(project, way)["earlier"] = []


def _kept(project: Project, way: str) -> dict[str, list]:
    """Once the files were taken over (a new round), nothing is kept."""
    return st.session_state.setdefault(f"collect.chosen.{project.path}.{way}.{current_round()}", {"earlier": [], "now": []})
