"""Drum MIDI as a sound: played once on our own drums, with its hits kept to the tick. Read `clean`."""

from __future__ import annotations

from pathlib import Path

from lib.media import drums, midi, sound
from lib.media.sound import Sound
from lib.media.source import Refusal, opened

_LONGEST = 1800.0       # seconds
_RINGS = 0.5            # seconds after the last hit


def clean(source: Path, stem: Path) -> tuple[Path, dict]:
    """Writes a FLAC of it. Returns its path and facts: those of a sound, and "rhythm": {"tempo", "hits": [[beat, drum, velocity], …]}.

    Notes of the drum channel count; where it has none, all that lie on a drum of General MIDI. Raises Refusal.
    """
    with opened(source) as file:
        song = midi.read(file.read())
    notes = [note for note in song.notes if note.channel == midi.DRUMS] or song.notes
    hits = [(round(note.at, 5), drum, round(note.velocity / 127, 3)) for note in notes if (drum := drums.voice_of(note.pitch)) is not None]
    if not hits:
        raise Refusal("is a score (MIDI) without drums", "Only drums can be heard here.", "Choose a MIDI file with a drum track, or a recording of it.")
    seconds = max(beat for beat, _, _ in hits) * 60 / song.tempo + _RINGS
    if seconds > _LONGEST:
        raise Refusal("is longer than half an hour", "That is more than a rhythm can be.", "Cut it into shorter pieces and add those.")
    target = Path(f"{stem}.flac")
    samples = drums.play([(beat * 60 / song.tempo, drum, velocity) for beat, drum, velocity in hits], seconds)
    target.write_bytes(Sound(samples[:, None], drums.RATE).as_file("FLAC"))
    return target, sound.verify(target) | {"rhythm": {"tempo": round(song.tempo, 3), "hits": [[*hit] for hit in hits]}}
