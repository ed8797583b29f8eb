"""What a model that learns from texts will see of them, before it begins: its documents as it reads them, what is held back, its alphabet; and what
one that learns from sounds will hear of them: the pitch line. Read `show_seen`, `show_heard`."""

from __future__ import annotations

import base64
import functools
import io
import math
from typing import Any

import streamlit as st

from lib.media import sound_picture
from lib.ui.widgets import picture_grid, show

_LONGEST = 240      # letters of a document that are shown
_HELD = 6           # documents
_MARK, _SPACE, _BREAK = "▪", "·\u200b", "↵"      # after a space a line may break, as after a real one


def show_seen(before: Any) -> None:
    """before: as lib.models.microgpt.before.Before."""
    with st.expander("What the model sees", icon=":material/visibility:"):
        st.markdown(f":small[{_MARK} stands before and after each document, {_SPACE} is a space, {_BREAK} a line break. What is grey does not fit in at once.]")
        st.markdown("\n".join(f"- {document_words(seen)}" for seen in before.documents) or "There is nothing to learn from.")
        if before.held:
            st.markdown("**Held back**, and never learned from:")
            st.markdown("\n".join(f"- {show.plain(document.text[:_LONGEST].replace(chr(10), ' / '))}" for document in before.held[:_HELD]))
            if len(before.held) > _HELD:
                st.markdown(f":small[and {len(before.held) - _HELD:,} more]")
        if before.letters:
            st.markdown(f"**Its alphabet**  \n{' '.join(letter_words(letter) for letter in before.letters)}")


def show_heard(before: Any) -> None:
    """before: as lib.models.ddsp.before.Before."""
    if not any(math.isfinite(note) for note in before.notes):
        return
    with st.expander("What the model hears", icon=":material/hearing:"):
        st.markdown(":small[How high the voice is at each moment that was listened to; where there is no dot, it hears noise or silence.]")
        picture_grid.one(_drawn(tuple(before.notes), before.every), "The pitch of the sounds over time", key="heard-before")


@functools.lru_cache(maxsize=8)
def _drawn(notes: tuple[float, ...], every: float) -> str:
    content = io.BytesIO()
    sound_picture.pitch_line(notes, every).save(content, "WEBP", quality=85)
    return f"data:image/webp;base64,{base64.b64encode(content.getvalue()).decode()}"


def document_words(seen: Any) -> str:
    """A document as the model reads it, for st.markdown."""
    at_once, later = "".join(map(_piece, seen.pieces[: seen.first])), "".join(map(_piece, seen.pieces[seen.first :]))
    more = f" :gray[{show.plain(later[:_LONGEST])}{' …' if len(later) > _LONGEST else ''}]" if later else ""
    return f"{show.plain(at_once[:_LONGEST])}{' …' if len(at_once) > _LONGEST else ''}{more}"


def _piece(piece: str) -> str:
    return piece.replace(" ", _SPACE).replace("\n", _BREAK) or _MARK


def letter_words(letter: str) -> str:
    return show.plain(_piece(letter)) if letter.isprintable() or letter == "\n" else f"U+{ord(letter):04X}"
