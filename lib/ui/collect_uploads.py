"""Uploads on Collect: an uploader that is empty again once its files were taken over. Read `let_go`."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

_ROUND = "collect.round"  # counts what was handed over, so that the next uploader is an empty one


def current_round() -> int:
    """Part of an uploader's key."""
    return st.session_state.get(_ROUND, 0)


def next_round() -> None:
    st.session_state[_ROUND] = current_round() + 1


def let_go(files: Sequence) -> None:
    """Frees uploads that were taken over. Streamlit would keep them in the server's memory until the tab is closed."""
    here = get_script_run_ctx()
    if here and isinstance(here.uploaded_file_mgr, MemoryUploadedFileManager):
        for file in files:
            here.uploaded_file_mgr.remove_file(session_id=here.session_id, file_id=file.file_id)
