"""Texts that do not say how they are written: which of the likely readings is right is asked, with a line of each. Read `ask`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import streamlit as st

from lib.errors import UserError
from lib.media import text
from lib.media.sniff import TEXT_NAMES
from lib.media.source import naming
from lib.media.text import Reading
from lib.ui.widgets import show

_LOOKED_AT = 2_000_000  # bytes of a text that is looked at here; of a longer one the best reading is taken, and told
_ASKED = 12  # texts that are asked about, so that a folder of a thousand does not become a form


def ask(files: Sequence, key: str) -> dict[str, str]:
    """{name of a text: how it is written} for those that leave it open; the likeliest reading is chosen until somebody says more."""
    open_ones = [(file.name, readings) for file in files if (readings := _readings_of(file))][:_ASKED]
    if not open_ones:
        return {}
    is_one = len(open_ones) == 1
    st.markdown(
        f"{show.several(len(open_ones), 'text')} {'does' if is_one else 'do'} not say how {'its' if is_one else 'their'} letters are written. Which line reads right?"
    )
    return {
        name: _choice(name, readings, f"{key}.reading.{number}") for number, (name, readings) in enumerate(open_ones)
    }


def _choice(name: str, readings: Sequence[Reading], key: str) -> str:
    lines = {reading.encoding: f"{show.plain(reading.line)} :small[({reading.says})]" for reading in readings}
    return st.radio(show.plain(name), list(lines), format_func=lines.__getitem__, key=key)


def _readings_of(file) -> tuple[Reading, ...]:
    if PurePosixPath(file.name).suffix.lower() not in TEXT_NAMES or file.size > _LOOKED_AT:
        return ()
    return _readings(file.getvalue())


@st.cache_data(max_entries=64, show_spinner=False)
def _readings(content: bytes) -> tuple[Reading, ...]:
    """Those that a person is asked about; none for what is clear, and for what will be refused with its reason."""
    try:
        with naming("This text"):
            return text.decode(content).readings
    except UserError:
        return ()
