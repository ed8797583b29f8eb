"""Small things that every page shows in the same way: an error, a count, a state, a person's own words.

`plain` is for words that come from people: shown as they are, never as a link, a picture or a command of markdown.
"""

from __future__ import annotations

import contextlib
import re
import traceback
from collections.abc import Iterator

import streamlit as st

from lib.errors import UserError

# The same words everywhere. (state of a run) -> (word, icon, colour of the badge); the word alone would do.
STATES = {
    "queued": ("waiting", ":material/hourglass_empty:", "gray"),
    "running": ("running", ":material/play_arrow:", "blue"),
    "finished": ("finished", ":material/check:", "green"),
    "stopped": ("stopped", ":material/stop:", "gray"),
    "failed": ("failed", ":material/error:", "red"),
    "lost": ("lost", ":material/link_off:", "orange"),
}


def plain(words: str) -> str:
    """Words of a person (a name, a caption) for st.markdown: every mark that could mean something is escaped."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(str(words).split()))


def lines(words: str) -> str:
    """A text of several lines, each shown as it stands."""
    return "  \n".join(plain(line) or "&nbsp;" for line in words.splitlines())


def error(error: UserError, detail: str = "") -> None:
    """Three short lines where the thing is: what happened, why, what to do. detail: folded away, to be copied."""
    lines = [f"**{plain(error.what)}**", plain(error.why), plain(error.fix)]
    st.error("  \n".join(line for line in lines if line), icon=":material/error:")
    if detail:
        with st.expander("Report for whoever helps you"):
            st.code(detail, language=None, wrap_lines=True)


@contextlib.contextmanager
def errors() -> Iterator[None]:
    """Whatever goes wrong inside is shown here as an error in three lines; the rest of the page goes on."""
    try:
        yield
    except UserError as wrong:
        error(wrong)
    except OSError as wrong:
        user_error = UserError("A file could not be read or written.", f"{wrong.strerror or wrong}.", "Try again; if it stays, copy the report.")
        error(user_error, "".join(traceback.format_exception(wrong)))


def state(state: str) -> str:
    """The state of a run as a badge for st.markdown."""
    word, icon, colour = STATES[state]
    return f":{colour}-badge[{icon} {word}]"


def several(count: int, noun: str, more: str | None = None) -> str:
    """1 -> "1 picture", 1200 -> "1,200 pictures"."""
    return f"{count:,} {noun if count == 1 else more or noun + 's'}"


def when(moment: str) -> str:
    """A moment as it stands on disk (UTC) in the words of this computer's clock: "21 November 2026, 14:03"."""
    import datetime

    try:
        there = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone()
    except ValueError:
        return moment
    return f"{there.day} {there:%B %Y, %H:%M}"
