"""The grains of a run as they lie on the disk, by datapoint: `keep` writes a sound, `Collection` reads them all.

kept/<item>/<file>.samples      the sound itself, int16 (frames, channels), at the rate of the run
kept/<item>/<file>.numbers.npy  float32 (hops, 15): what each of its moments is like (features.py)
kept/<item>/<file>.json         of which datapoint and person it is, its rate, channels and hop

A withdrawal deletes the folder of a datapoint, and with it every grain of it. Nothing is held open: a grain is read when it is heard.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from collections.abc import Collection as Ids
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.media import sound_stream
from lib.media.files import read_json, write_bytes, write_json, writing
from lib.models.mosaic import features
from lib.project.runs import KEPT

SAMPLES, NUMBERS, FACTS = ".samples", ".numbers.npy", ".json"
FASTEST = 48_000        # Hz: grains are kept at no higher rate
FULL = 32_767


@dataclass(frozen=True)
class Shape:
    """In what all grains of a run agree. rate: Hz.   channels: 1 or 2.   hop: frames, half a grain."""

    rate: int
    channels: int
    hop: int


def shape_for(files: list[Path], grain: int) -> Shape:
    """The highest rate that one of the sounds has (48 kHz at most), stereo where one of them is. grain: ms."""
    import soundfile

    known = [soundfile.info(path) for path in files]
    rate = min(max(info.samplerate for info in known), FASTEST)
    return Shape(rate, 2 if any(info.channels > 1 for info in known) else 1, max(round(grain * rate / 2000), 16))


def keep(path: Path, row: dict, shape: Shape, place: Callable[[str, str], Path]) -> None:
    """Listens to a sound once and writes its grains down. place(item, name): where that may be (`run.keep`). Raises UserError."""
    stream, item, numbers = sound_stream.look(path), row["item"], []
    target = place(item, path.stem + SAMPLES)
    with writing(target, durable=False) as temporary, open(temporary, "wb") as file:

        def mono():
            for block in sound_stream.blocks(stream, shape.rate, shape.channels):
                file.write(np.rint(np.clip(block, -1, 1) * FULL).astype("<i2").tobytes())
                yield stream.mono(block)

        numbers = list(features.describe(mono(), shape.hop, shape.rate))
    table = np.concatenate([*numbers, np.zeros((0, features.NUMBERS), np.float32)])
    write_bytes(place(item, path.stem + NUMBERS), _as_npy(table), durable=False)
    told = {"item": item, "person": row.get("person") or "", "rate": shape.rate, "channels": shape.channels, "hop": shape.hop}
    write_json(place(item, path.stem + FACTS), told, durable=False)     # last: what has it is whole


def _as_npy(table: np.ndarray) -> bytes:
    import io

    content = io.BytesIO()
    np.save(content, table)
    return content.getvalue()


@dataclass(frozen=True)
class Kept:
    """One sound. path: of its samples.   item, person: of whom it is.   start: the number of its first grain.   count: of its grains."""

    path: Path
    item: str
    person: str
    start: int
    count: int


@dataclass(frozen=True, eq=False)
class Collection:
    """All grains, one row for each: `numbers` (N, 15), `sound_of` (N,) the place in `sounds`."""

    shape: Shape
    sounds: list[Kept]
    numbers: np.ndarray
    sound_of: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def goes_on(self) -> np.ndarray:
        """(N,): True where the next grain is the next moment of the same sound."""
        return np.append(self.sound_of[1:] == self.sound_of[:-1], False) if len(self) else np.zeros(0, bool)

    def without(self, ids: Ids[str]) -> Collection:
        """The same without these datapoints."""
        if not any(sound.item in ids for sound in self.sounds):
            return self
        return assembled(self.shape, [(sound, self.numbers[sound.start : sound.start + sound.count]) for sound in self.sounds if sound.item not in ids])

    def read(self, sound: int, first: int, last: int) -> np.ndarray:
        """Frames `first` up to, and without, `last` of a sound, float32 (frames, channels); silence where there are none.

        Raises FileNotFoundError once its datapoint was deleted for good.
        """
        channels, path = self.shape.channels, self.sounds[sound].path
        start = max(first, 0)
        found = np.fromfile(path, "<i2", max(last - start, 0) * channels, offset=start * channels * 2).reshape(-1, channels)
        return np.pad(found.astype(np.float32) / FULL, ((start - first, last - start - len(found)), (0, 0)))


def assembled(shape: Shape, parts: list[tuple[Kept, np.ndarray]]) -> Collection:
    """parts: each sound with its numbers; where its grains begin is counted anew."""
    sounds, start = [], 0
    for sound, numbers in parts:
        sounds.append(Kept(sound.path, sound.item, sound.person, start, len(numbers)))
        start += len(numbers)
    tables = [numbers for _, numbers in parts]
    owners = np.repeat(np.arange(len(sounds), dtype=np.int32), [sound.count for sound in sounds])
    return Collection(shape, sounds, np.concatenate([*tables, np.zeros((0, features.NUMBERS), np.float32)]), owners)


def collection(run_folder: Path, shape: Shape, only: list[tuple[str, str]] | None = None) -> Collection:
    """What a run has kept so far, in a fixed order. only: (item, stem of the file) of those that are meant, in their order."""
    there = sorted((Path(run_folder) / KEPT).glob(f"*/*{FACTS}"))
    if only is not None:
        by_name = {(path.parent.name, path.name.removesuffix(FACTS)): path for path in there}
        there = [by_name[name] for name in only if name in by_name]
    parts = []
    for path in there:
        with contextlib.suppress(FileNotFoundError):    # withdrawn in this moment
            told, stem = read_json(path), path.name.removesuffix(FACTS)
            parts.append((Kept(path.with_name(stem + SAMPLES), told["item"], told["person"], 0, 0), np.load(path.with_name(stem + NUMBERS))))
    return assembled(shape, parts)


def is_kept(run_folder: Path, item: str, stem: str) -> bool:
    return (Path(run_folder) / KEPT / item / (stem + FACTS)).exists()
