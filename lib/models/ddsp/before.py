"""What to know of a person's sounds before this model learns from them, and what to do about it. Read `look`. No torch in here.

Pitch is found here by the autocorrelation of McLeod & Wyvill (2005), which takes a second or two; the training asks CREPE, which is surer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.errors import UserError
from lib.media import clear_pitch, sound_measures, sound_stream
from lib.models.ddsp.units import ADVISED, RATE
from lib.project.dataset_folder import DatasetFolder

_LOOKED_AT = 120.0      # seconds that are listened to, evenly chosen
_HOP = 1024             # frames between two moments
_SOFT = -40.0           # dB under the loudest, below which it is silence
_NAMES = ("C", "C sharp", "D", "D sharp", "E", "F", "F sharp", "G", "G sharp", "A", "A sharp", "B")
_SINGS, _PURE = 0.6, 0.9    # of the clearness of a pitch: a speaking voice, and one that stands alone
SINGS_LITTLE = 0.3      # share of what is heard, below which it is told that little of it sings
SINGS_MUCH, ALONE = 0.65, 0.5   # share of what is heard that sings, and of that what stands alone: much of the one and little of the other are several voices
ENOUGH_RANGE = 4.0      # semitones, below which it is told that it knows one tone only


@dataclass(frozen=True)
class Before:
    """What is told, in sentences. notes: the pitch line, in MIDI, NaN where it does not sing, at most some thousand moments; every: seconds between two of them."""

    in_words: list[str]
    notes: list[float]
    every: float
    texts: tuple = ()


def look(data: DatasetFolder) -> Before:
    """Raises UserError where a file is gone or damaged."""
    files = data.files("train")
    seconds = sum(sound_stream.look(path).seconds for path in files) if len(files) <= 400 else 0.0
    parts = [*_parts(files, min(1.0, _LOOKED_AT / max(seconds, 1.0)))]
    windows = np.concatenate([*parts, np.zeros((0, sound_measures.WINDOW), np.float32)])
    if not len(windows):
        raise UserError("There is no sound in this dataset.", "Its training side is empty.", "Add sounds, and freeze the next version.")
    loudness = sound_measures.loudness_of(windows, RATE)
    loud = loudness > max(float(np.percentile(loudness, 95)) + _SOFT, sound_measures.HEARD)
    hertz, clear = clear_pitch.find(windows, RATE)
    notes = np.where(loud & (clear >= _SINGS), 69 + 12 * np.log2(np.maximum(hertz, 1) / 440), np.nan)
    alone = float((clear[np.isfinite(notes)] >= _PURE).mean()) if np.isfinite(notes).any() else 1.0
    return Before(in_words(seconds, loud, notes, alone), [round(float(note), 2) for note in notes], _HOP / RATE)


def in_words(seconds: float, loud: np.ndarray, notes: np.ndarray, alone: float = 1.0) -> list[str]:
    """A few sentences, the weightiest first. seconds: of all.   loud: where something is heard.   notes: MIDI, NaN where nothing sings.

    alone: which share of these stands alone, without another tone beside it.
    """
    sung = notes[np.isfinite(notes)]
    if not loud.any():
        return ["Nothing is heard in these sounds: they are silent. Record again, nearer to the microphone."]
    share = len(sung) / int(loud.sum())
    told = [f"It learns from {length(seconds)} of sound, of which {loud.mean():.0%} is heard; {share:.0%} of that sings"
            + (f", from {name_of(np.percentile(sung, 5))} to {name_of(np.percentile(sung, 95))}." if len(sung) else ".")]  # fmt: skip
    if seconds * loud.mean() < ADVISED / 2:
        told.append("That is short: two minutes of sound without the silence are a good beginning, ten are better. With less it still learns, and knows less.")
    if share < SINGS_LITTLE:
        told.append("Little of it sings. Whispering, noise, drums, or several voices at once have no pitch that it could follow: it will learn them as noise. "
                    "Record one voice or one instrument alone, without music behind it.")  # fmt: skip
    elif share > SINGS_MUCH and alone < ALONE:
        told.append("Much of it sings, but hardly a moment one clear pitch alone: these may be several voices at once, or a room with a long echo. "
                    "It can follow only one; record one voice or one instrument by itself.")  # fmt: skip
    elif len(sung) and np.percentile(sung, 95) - np.percentile(sung, 5) < ENOUGH_RANGE:
        told.append("It stays on nearly one tone: played higher or lower it has to guess. Sing or play up and down, softly and loudly.")
    return told


def length(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.1f} minutes"


def name_of(note) -> str:
    """60 -> "C4"."""
    number = round(float(note))
    return f"{_NAMES[number % 12]}{'' if len(_NAMES[number % 12]) == 1 else ' '}{number // 12 - 1}"


def _parts(files: list[Path], share: float) -> Iterator[np.ndarray]:
    """Windows of each sound, (count, 1024): all of them, or this share of its stretches of ten seconds, evenly."""
    stretch = 10 * RATE
    for path in files:
        owed = 1.0
        for block in _stretches(path, stretch):
            if owed >= 1:
                owed -= 1
                yield from sound_measures.moments([block], _HOP)
            owed += share


def _stretches(path: Path, frames: int) -> Iterator[np.ndarray]:
    held = np.zeros(0, np.float32)
    for block in sound_stream.blocks(sound_stream.look(path), RATE):
        held = np.concatenate([held, block[:, 0]])
        while len(held) >= frames:
            yield held[:frames]
            held = held[frames:]
    if len(held):
        yield held
