"""A MIDI file becomes the notes of a model that is played by notes: read, and written into their field. Read `offer`."""

from __future__ import annotations

import streamlit as st

from lib import models
from lib.errors import UserError
from lib.media import melody, midi
from lib.media.source import naming
from lib.ui.widgets import show


def offer(model: str, way: str, key: str) -> None:
    """Nothing where what it follows is not notes. Stands before their field is drawn, which then shows what was read.

    way: the field of its CONTROLS that it follows.   key: of the form that the field stands in.
    """
    if way != "notes" or models.inputs(model).get(way) != "lines":
        return
    with st.expander("A MIDI file as its notes", icon=":material/piano:"):
        st.markdown(":small[Its highest voice becomes the notes below, where you can change them.]")
        given = st.file_uploader("MIDI file", ["mid", "midi"], key="melody-file", label_visibility="collapsed")
        if given is None or st.session_state.get("melody-taken") == given.file_id:
            return
        st.session_state["melody-taken"] = given.file_id
        with show.errors(), naming(given.name):
            song = midi.read(given.getvalue())
            notes = melody.of_song(song)
            if not notes:
                raise UserError(f"{given.name} has no melody.", "Only drums are in it, or nothing at all.", "Choose another MIDI file.")
            st.session_state[f"{key}.{way}"] = melody.as_words(notes)
            st.markdown(f":small[:material/check: {show.several(len(notes), 'note')}, at {song.tempo:.0f} beats a minute: set that below, if you like it so.]")
