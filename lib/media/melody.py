"""A melody, one note at a time: typed in letters, or the highest voice of a MIDI file. Read `of_words` and `of_song`.

"C4 D4 E4:2 - F#4:0.5" are five places: a letter, # or b where it is raised or lowered, its octave (4 is that of middle C; that of the note
before where none stands), and after a colon how many beats it lasts; - is silence. Notes as MIDI counts them: A4 is 69 and has 440 Hz.
"""

from __future__ import annotations

import re

from lib.errors import UserError
from lib.media.midi import DRUMS, Note, Song

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11, "H": 11}
_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_PLACE = re.compile(r"(?:([A-Ha-h])([#b♯♭]?)(-?\d)?|-)(?::(\d+(?:\.\d+)?|\.\d+))?")
_LOUD = 96              # velocity of a typed note
_LEAST = 1e-3           # beats
_MOST = 4000            # notes


def of_words(words: str) -> list[Note]:
    """Raises UserError at the first thing that is no note."""
    notes: list[Note] = []
    at, octave = 0.0, 4
    for word in words.replace("|", " ").replace(",", " ").split():
        found = _PLACE.fullmatch(word)
        beats = float(found[4]) if found and found[4] else 1.0
        if not found or not beats or len(notes) >= _MOST:
            raise UserError(f"{word[:20]!r} is no note.", "A note is a letter from A to G, with # or b and an octave where you like, and :2 for two beats; - is silence.",
                            "Write for example: C4 D4 E4:2 - F#4 G4.")  # fmt: skip
        if found[1]:
            octave = int(found[3]) if found[3] else octave
            raised = {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(found[2], 0)
            notes.append(Note(at, min(max(12 * (octave + 1) + _STEPS[found[1].upper()] + raised, 0), 127), _LOUD, 0, beats))
        at += beats
    return notes


def of_song(song: Song) -> list[Note]:
    """One voice of a MIDI file: where several notes sound, the highest; each ends where the next begins. Drums are left out."""
    notes: list[Note] = []
    for note in sorted((one for one in song.notes if one.channel != DRUMS), key=lambda one: (one.at, -one.pitch)):
        if notes and note.at - notes[-1].at < _LEAST:
            continue        # of a chord the highest came first
        if notes and note.at < notes[-1].at + notes[-1].beats - _LEAST:
            if note.pitch < notes[-1].pitch:
                continue    # it lies below what still sounds
            last = notes[-1]
            notes[-1] = Note(last.at, last.pitch, last.velocity, 0, note.at - last.at)
        notes.append(Note(note.at, note.pitch, note.velocity, 0, note.beats))
    return notes[:_MOST]


def as_words(notes: list[Note]) -> str:
    """As `of_words` reads it, from the first note on; how hard each was struck is not told."""
    words, at = [], notes[0].at if notes else 0.0
    for note in notes:
        if note.at - at > 0.01:
            words.append(f"-{_beats(note.at - at)}")
        words.append(f"{_NAMES[note.pitch % 12]}{note.pitch // 12 - 1}{_beats(note.beats)}")
        at = note.at + note.beats
    return " ".join(words)


def _beats(beats: float) -> str:
    return "" if abs(beats - 1) < 0.005 else f":{max(round(beats, 2), 0.01):g}"
