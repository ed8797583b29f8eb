"""A melody typed in letters or taken from MIDI: what it says, and one voice of many."""

from __future__ import annotations

import pytest

from lib.errors import UserError
from lib.media import melody, midi
from lib.media.midi import Note


def test_letters_octaves_lengths_and_silence_are_read():
    notes = melody.of_words("C4 D:2 - F#5:0.5 | Bb H3")
    assert [(note.pitch, note.at, note.beats) for note in notes] == [(60, 0, 1), (62, 1, 2), (78, 4, 0.5), (82, 4.5, 1), (59, 5.5, 1)]
    assert melody.of_words("A4")[0].pitch == 69 and melody.of_words("  ") == []


@pytest.mark.parametrize("words", ["C4 hello", "X", "C4:0", "C4:x", "4C"])
def test_what_is_no_note_is_named(words):
    with pytest.raises(UserError, match="is no note"):
        melody.of_words(words)


def test_of_many_voices_the_highest_is_taken_without_drums():
    notes = [Note(0, 60, 90, 0, 2), Note(0, 64, 90, 0, 1), Note(1, 67, 90, 0, 1), Note(1.5, 55, 90, 0, 2), Note(0, 38, 90, midi.DRUMS, 1)]
    song = midi.read(midi.write(notes, 100))
    taken = melody.of_song(song)
    assert [(note.pitch, note.at, round(note.beats, 2)) for note in taken] == [(64, 0, 1), (67, 1, 1)]
    assert melody.as_words(taken) == "E4 G4"


def test_written_down_and_read_again_it_is_the_same():
    notes = melody.of_words("C4 D4:2 - F#4:0.5 G#2")
    assert melody.of_words(melody.as_words(notes)) == notes
