"""Standard MIDI files, as far as rhythms need them: the notes of all tracks with their time in beats. Read `read` and `write`.

Source: The Complete MIDI 1.0 Detailed Specification, Standard MIDI Files 1.0 (1996). A file is read as what it is and never believed:
every length is held against what is there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from lib.media.source import Refusal, broken

DRUMS = 9               # the channel of percussion, counted from 0 (General MIDI)
_BEAT = 480             # ticks of a beat in the files that are written
_MOST_NOTES = 200_000
_LONGEST = 1 << 24      # bytes


@dataclass(frozen=True)
class Note:
    """at, beats: where it begins and how long it lasts, in quarter notes.   pitch, velocity: 0 to 127.   channel: 0 to 15."""

    at: float
    pitch: int
    velocity: int
    channel: int = DRUMS
    beats: float = 0.25


@dataclass(frozen=True)
class Song:
    """notes: by their beginning.   tempo: beats a minute at the beginning; 120 where the file does not say."""

    notes: list[Note]
    tempo: float = 120.0


def read(content: bytes) -> Song:
    """Raises Refusal for what is no MIDI file, is cut off, or counts time in film frames."""
    if content[:4] != b"MThd" or len(content) < 14 or len(content) > _LONGEST:
        raise Refusal("is no MIDI file", "It does not begin as one.", "Export it again as a standard MIDI file.")
    length, _form, _tracks, division = struct.unpack(">IHHH", content[4:14])
    if division & 0x8000 or not division:
        raise Refusal("counts its time in film frames", "Only beats can be read here.", "Export it with beats (ticks per quarter note).")
    notes: list[Note] = []
    tempos: list[tuple[int, float]] = []
    at, tracks = 8 + length, 0
    while at + 8 <= len(content):
        name, size = struct.unpack(">4sI", content[at : at + 8])
        if at + 8 + size > len(content):
            raise broken("One of its tracks is cut off.")
        if name == b"MTrk":
            _read_track(content[at + 8 : at + 8 + size], division, notes, tempos)
            tracks += 1
        at += 8 + size
    if not tracks:
        raise broken("There is no track in it.")
    return Song(sorted(notes, key=lambda note: (note.at, note.pitch)), min(tempos)[1] if tempos else 120.0)


def _read_track(track: bytes, division: int, notes: list[Note], tempos: list[tuple[int, float]]) -> None:
    at, ticks, status = 0, 0, 0
    sounding: dict[tuple[int, int], tuple[int, int]] = {}
    try:
        while at < len(track):
            wait, at = _number(track, at)
            ticks += wait
            if track[at] & 0x80:
                status, at = track[at], at + 1
            if status == 0xFF:
                kind = track[at]
                size, at = _number(track, at + 1)
                if kind == 0x51 and size == 3 and (micros := int.from_bytes(track[at : at + 3], "big")):
                    tempos.append((ticks, 60_000_000 / micros))
                at += size
            elif status in (0xF0, 0xF7):
                size, at = _number(track, at)
                at += size
            elif status & 0xF0 in (0x80, 0x90):
                key, velocity = (status & 0x0F, track[at]), track[at + 1]
                at += 2
                if key in sounding:
                    begun, loud = sounding.pop(key)
                    notes.append(Note(begun / division, key[1] & 0x7F, loud, key[0], (ticks - begun) / division))
                if status & 0xF0 == 0x90 and velocity:
                    sounding[key] = ticks, velocity & 0x7F
                if len(notes) > _MOST_NOTES:
                    raise Refusal("has too many notes", f"More than {_MOST_NOTES:,} are no rhythm.", "Cut it into shorter pieces.")
            elif status & 0x80:
                at += 1 if status & 0xF0 in (0xC0, 0xD0) else 2
            else:
                raise broken("A note in it has no beginning.")
    except IndexError:
        raise broken("One of its tracks breaks off.") from None
    notes += [Note(begun / division, pitch & 0x7F, loud, channel) for (channel, pitch), (begun, loud) in sounding.items()]


def _number(track: bytes, at: int) -> tuple[int, int]:
    """(a number of variable length, where it ends)"""
    value = 0
    for place in range(at, at + 4):
        value = value << 7 | track[place] & 0x7F
        if not track[place] & 0x80:
            return value, place + 1
    raise broken("A length in it has no end.")


def write(notes: Iterable[Note], tempo: float) -> bytes:
    """A file of one track (format 0) that any other program opens. tempo: beats a minute."""
    events = []
    for note in notes:
        begin = round(note.at * _BEAT)
        end = max(round((note.at + note.beats) * _BEAT), begin + 1)
        events.append((begin, 1, bytes([0x90 | note.channel, note.pitch, max(1, min(note.velocity, 127))])))
        events.append((end, 0, bytes([0x80 | note.channel, note.pitch, 0])))
    track, now = b"\x00\xff\x51\x03" + round(60_000_000 / tempo).to_bytes(3, "big"), 0
    for at, _, event in sorted(events):
        track += _as_number(at - now) + event
        now = at
    track += b"\x00\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, _BEAT) + b"MTrk" + struct.pack(">I", len(track)) + track


def _as_number(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))
