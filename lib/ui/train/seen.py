"""What a model that learns from texts will see of them, before it begins: its documents as it reads them, what is held back, its alphabet. Read `show_seen`."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lib.ui.widgets import show

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


def document_words(seen: Any) -> str:
    """A document as the model reads it, for st.markdown."""
    at_once, later = "".join(map(_piece, seen.pieces[: seen.first])), "".join(map(_piece, seen.pieces[seen.first :]))
    more = f" :gray[{show.plain(later[:_LONGEST])}{' …' if len(later) > _LONGEST else ''}]" if later else ""
    return f"{show.plain(at_once[:_LONGEST])}{' …' if len(at_once) > _LONGEST else ''}{more}"


def _piece(piece: str) -> str:
    return piece.replace(" ", _SPACE).replace("\n", _BREAK) or _MARK


def letter_words(letter: str) -> str:
    return show.plain(_piece(letter)) if letter.isprintable() or letter == "\n" else f"U+{ord(letter):04X}"
