"""What the model hears of a sound: how high, how loud, and whether it sings, every 8 ms. Read `hear`; a training keeps it by `Kept`.

Pitch comes from CREPE (lib/media/pitch.py), which takes a minute and a half for ten minutes of sound, and is therefore kept under the
hash of the file.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.media import pitch, sound_measures, sound_stream
from lib.media.files import sha256, write_bytes
from lib.models.ddsp.units import HOP, RATE

SUFFIX = ".heard"
EDITION = 1             # of what is written here: raised, it is heard anew
_SOFT = -45.0           # dB under the loudest: below it is no singing, whatever hums there (mains have 50 Hz)


@dataclass(frozen=True, eq=False)
class Heard:
    """One number for each moment, float32 (T,): T is 1 + frames // HOP.

    hertz: everywhere; where it does not sing, on a line between what it sang before and after.   loudness: dB (A).   sings: 0 to 1.
    """

    hertz: np.ndarray
    loudness: np.ndarray
    sings: np.ndarray

    def __len__(self) -> int:
        return len(self.hertz)

    def part(self, first: int, last: int) -> Heard:
        return Heard(self.hertz[first:last], self.loudness[first:last], self.sings[first:last])

    def as_file(self) -> bytes:
        content = io.BytesIO()
        np.save(content, np.stack([self.hertz, self.loudness, self.sings]))
        return content.getvalue()

    @classmethod
    def of_file(cls, path: Path) -> Heard:
        return cls(*np.load(path, allow_pickle=False))


def read(path: Path) -> np.ndarray:
    """A sound as the model hears it: one channel at 16 kHz, float32 (frames,). Raises UserError."""
    return np.concatenate([*pieces(path), np.zeros(0, np.float32)])


def pieces(path: Path) -> Iterator[np.ndarray]:
    """The same in pieces, however long it is."""
    return (block[:, 0] for block in sound_stream.blocks(sound_stream.look(path), RATE))


def hear(pieces: Iterable[np.ndarray], device: str = "cpu", told: Callable[[int], None] | None = None) -> Heard:
    """What is heard of a sound of any length. pieces: float32 (frames,) at 16 kHz, one after the other.   told: how many moments are done."""
    listener, levels = pitch.Listener(device), []
    for windows in sound_measures.moments(pieces, HOP):
        listener.add(windows[::2])      # a voice glides little in 16 ms
        levels.append(sound_measures.loudness_of(windows, RATE))
        if told:
            told(sum(map(len, levels)))
    line, loudness = listener.line(), np.concatenate(levels)
    at, coarse = np.arange(len(loudness)) / 2, np.arange(len(line.hertz))
    likely = np.interp(at, coarse, line.likely)
    sings = (likely >= pitch.SINGS) & (loudness > max(float(np.percentile(loudness, 95)) + _SOFT, sound_measures.HEARD))
    return Heard(across(np.exp(np.interp(at, coarse, np.log(line.hertz))), sings), loudness, soft(sings))


def three(values: np.ndarray) -> list[float]:
    """A low, a middle and a high one of them: a twentieth lies below the first, and above the last."""
    return [float(np.percentile(values, share)) for share in (5, 50, 95)]


def across(hertz: np.ndarray, sings: np.ndarray) -> np.ndarray:
    """The pitch where it sings, and between that a straight line (of semitones), float32 (T,)."""
    there = np.flatnonzero(sings)
    if not len(there):
        return np.full(len(hertz), 220.0, np.float32)
    return np.exp(np.interp(np.arange(len(hertz)), there, np.log(hertz[there]))).astype(np.float32)


def soft(sings: np.ndarray) -> np.ndarray:
    """The mean over 24 ms: it begins and ends within three moments, float32 (T,)."""
    around = np.pad(sings.astype(np.float32), 1, mode="edge")
    return (around[:-2] + around[1:-1] + around[2:]) / np.float32(3)


def kept(path: Path, item: str, run) -> tuple[np.ndarray, Heard]:
    """The samples of a sound of a dataset, and what is heard of them: read from the run's own folder where it was heard before. Raises UserError."""
    samples, place = read(path), run.keep(item, f"{sha256(path)[:32]}.{EDITION}{SUFFIX}")
    if not place.exists():
        write_bytes(place, hear([samples], run.device).as_file(), durable=False)
    return samples, Heard.of_file(place)
