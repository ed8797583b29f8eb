"""What it is played by, moment by moment: another sound, lines drawn by hand, notes, or a little melody by chance. Read `of_sound`, `of_curves`, `of_notes`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lib.errors import UserError
from lib.media import sound_measures
from lib.media.curves import Curves
from lib.media.midi import Note
from lib.models.ddsp import hearing
from lib.models.ddsp.hearing import Heard
from lib.models.ddsp.units import HOP, RATE

_A_SECOND = RATE / HOP  # moments
_INK = 0.25             # of the way from paper to black, from which on a point of a drawing is part of a line
_SOFTEST = -30.0        # dB of the thinnest stroke beside the thickest
_DEPTH = 45.0           # dB under the loudest of a sound that is followed, below which it is silent
_WIDEST = 1.5           # by so much the differences in loudness of another sound may be spread
_GLIDE, _SWELL, _FADE = 0.03, 0.04, 0.09        # seconds in which a note reaches its pitch, its loudness, and silence
_APART = 0.025          # seconds before its end that a note is let go of, so that the next one begins anew
_SINKS = 3.0            # dB a second that a held note gets quieter
_SILENT = sound_measures.LOWEST
_WAVERS = 5.5           # times a second (vibrato)
_FIFTH_STEPS = (0, 2, 4, 7, 9)      # semitones of a pentatonic scale


@dataclass(frozen=True)
class Range:
    """What the model learned from: pitch (MIDI) and loudness (dB A), each low, middle and high."""

    pitch: tuple[float, float, float]
    loudness: tuple[float, float, float]

    def level(self, share: float) -> float:
        """dB. share: 0 is its quietest, 1 its loudest."""
        return self.loudness[0] + share * (self.loudness[2] - self.loudness[0])


def of_sound(path: Path, own: Range, fit: bool, follow: float) -> Heard:
    """Another sound: its melody and how loud it gets. fit: moved by whole octaves to where the model is at home.

    follow: how far its loudness is brought to that of the model's own sounds, 0 to 1. Raises UserError for a silent one.
    """
    heard = hearing.hear(hearing.pieces(path))
    loudest = float(np.percentile(heard.loudness, 95)) if len(heard) else _SILENT
    loud = heard.loudness > max(loudest - _DEPTH, sound_measures.HEARD)
    if not loud.any():
        raise UserError("The sound to follow is silent.", "Nothing in it is louder than -70 dB.", "Record it again nearer to the microphone, or choose another one.")
    sung = heard.hertz[(heard.sings > 0.5) & loud]
    hertz = heard.hertz * 2.0 ** (octaves_to(notes_of(sung), own.pitch[1]) if fit and len(sung) else 0)
    low, middle, high = hearing.three(heard.loudness[loud])
    wider = min((own.loudness[2] - own.loudness[0]) / max(high - low, 1.0), _WIDEST)
    adapted = own.loudness[1] + (heard.loudness - middle) * wider
    loudness = np.where(loud, heard.loudness + follow * (adapted - heard.loudness), np.minimum(heard.loudness, own.loudness[0] - 20))
    return Heard(hertz.astype(np.float32), loudness.astype(np.float32), heard.sings)


def octaves_to(notes: np.ndarray, middle: float) -> int:
    """How many octaves up (or, negative, down) bring these notes nearest to the middle."""
    return int(np.rint((middle - float(np.median(notes))) / 12))


def notes_of(hertz: np.ndarray) -> np.ndarray:
    return 69 + 12 * np.log2(hertz / 440)


def hertz_of(notes: np.ndarray) -> np.ndarray:
    return 440 * 2 ** ((notes - 69) / 12)


def of_curves(drawn: Curves, own: Range) -> Heard:
    """Lines drawn by hand: "pitch" in Hz is what sounds, where there is none it is silent; "loudness" is dB under the model's loudest.

    Raises UserError where no pitch is drawn.
    """
    times = np.arange(1 + round(drawn.seconds * _A_SECOND)) / _A_SECOND
    hertz = drawn.at("pitch", times).astype(np.float64)
    there = np.isfinite(hertz)
    if not there.any():
        raise UserError("No line is drawn that could be followed.", "Only where there is a pitch something is heard.", "Draw the line of the pitch from left to right.")
    return _of_strokes(notes_of(np.where(there, hertz, 1.0)), own.loudness[2] + np.nan_to_num(drawn.at("loudness", times)), there)


def of_line(picture: Image.Image, seconds: float, own: Range) -> Heard:
    """A line from left to right: its height is pitch within the model's range, its thickness loudness; where there is none, silence.

    Raises UserError where there is no line in the picture.
    """
    grey = np.asarray(picture.convert("L"), np.float32) / 255
    ink = np.median(grey) - grey > _INK if np.median(grey) > 0.5 else grey - np.median(grey) > _INK     # (H, W); also chalk on a board
    if not ink.any():
        raise UserError("There is no line in this picture.", "Everything in it is nearly as bright as its paper.", "Draw a dark line from left to right.")
    moments = 1 + round(seconds * _A_SECOND)
    columns = np.minimum((np.arange(moments) + 0.5) / moments * ink.shape[1], ink.shape[1] - 1).astype(int)
    thick = ink.sum(axis=0)
    height = 1 - (ink * np.arange(len(ink))[:, None]).sum(axis=0) / np.maximum(thick, 1) / max(len(ink) - 1, 1)
    there = thick[columns] > 0
    notes = own.pitch[0] + height[columns] * (own.pitch[2] - own.pitch[0])
    level = np.maximum(20 * np.log10(np.maximum(thick, 1) / thick.max()), _SOFTEST) / -_SOFTEST + 1     # 0 to 1
    return _of_strokes(notes, own.loudness[0] + level[columns] * (own.loudness[2] - own.loudness[0]), there)


def _of_strokes(notes: np.ndarray, loudness: np.ndarray, there: np.ndarray) -> Heard:
    """It glides from stroke to stroke, and is silent between them. notes: MIDI, loudness: dB (A), both (T,); there: where something is drawn."""
    return Heard(hertz_of(_smooth(_over_gaps(notes, there))).astype(np.float32), _faded(loudness, there), np.ones(len(notes), np.float32))


def of_notes(notes: Sequence[Note], tempo: float, own: Range, fit: bool, vibrato: float) -> Heard:
    """Notes one after the other. tempo: beats a minute.   vibrato: semitones that a held note wavers by, to each side."""
    if not notes:
        raise UserError("There is no note in this melody.", "It holds nothing but silence.", "Write for example: C4 D4 E4:2 - F#4 G4.")
    moved = 12 * octaves_to(np.array([note.pitch for note in notes], float), own.pitch[1]) if fit else 0
    end = max(note.at + note.beats for note in notes) * 60 / tempo
    moments = 1 + round((end + 4 * _FADE) * _A_SECOND)
    time, pitch, loudness = np.arange(moments) / _A_SECOND, np.full(moments, np.nan), np.full(moments, _SILENT)
    for note in notes:
        begins, ends = note.at * 60 / tempo, (note.at + note.beats) * 60 / tempo
        during = (time >= begins) & (time < ends)
        since = time[during] - begins
        pitch[during] = note.pitch + moved + vibrato * np.sin(2 * np.pi * _WAVERS * since) * np.clip(since / 0.3 - 0.5, 0, 1)
        sounds = during & (time < max(ends - _APART, begins + _APART))
        loudness[sounds] = np.minimum(own.level(note.velocity / 127) - _SINKS * (time[sounds] - begins), own.loudness[2] + 3)
    there = np.isfinite(pitch)
    return Heard(hertz_of(_smooth(_over_gaps(pitch, there))).astype(np.float32), _faded(loudness, loudness > _SILENT), np.ones(moments, np.float32))


def by_chance(seed: int, own: Range) -> list[Note]:
    """A phrase of eight notes within the model's range, on a pentatonic scale, that ends where it began."""
    luck = np.random.default_rng(seed)
    low, middle, high = own.pitch
    scale = [root + 12 * octave + step for root in (round(middle),) for octave in range(-3, 4) for step in _FIFTH_STEPS]
    scale = [note for note in scale if low - 1 <= note <= high + 1] or [round(middle)]
    place = home = min(range(len(scale)), key=lambda at: abs(scale[at] - middle))
    notes, at = [], 0.0
    for number in range(8):
        beats = float(luck.choice([0.5, 1, 1, 1.5])) if number < 7 else 2.0
        place = home if number == 7 else int(np.clip(place + luck.integers(-2, 3), 0, len(scale) - 1))
        notes.append(Note(at, int(np.clip(scale[place], 0, 127)), int(luck.integers(70, 116)), 0, beats))
        at += beats
    return notes


def _over_gaps(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Where there is none, the one before it; at the beginning, the first."""
    places = np.maximum.accumulate(np.where(there, np.arange(len(values)), -1))
    return values[np.where(places < 0, int(there.argmax()), places)]


def _smooth(values: np.ndarray) -> np.ndarray:
    """Glides instead of steps: the mean over `_GLIDE`."""
    width = max(round(_GLIDE * _A_SECOND), 1) | 1
    return np.convolve(np.pad(values, width // 2, mode="edge"), np.full(width, 1 / width), "valid")


def _faded(loudness: np.ndarray, there: np.ndarray) -> np.ndarray:
    """It swells from silence and fades into it, float32: each moment at most so much louder or quieter than the one before."""
    out, level = np.empty(len(loudness), np.float32), _SILENT
    up, down = 60 / _SWELL / _A_SECOND, 60 / _FADE / _A_SECOND     # dB a moment
    for moment, wanted in enumerate(np.where(there, loudness, _SILENT).tolist()):
        level = min(max(wanted, level - down), max(level, wanted - 60) + up)
        out[moment] = level
    return out
