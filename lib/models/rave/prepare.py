"""Sounds as RAVE reads them: chunks of twice its window, in an LMDB. Read `survey` (what there is), then `write`. No torch in here.

The database is as `rave preprocess` would make it (AudioExample of udls, whole numbers of 16 bit, metadata.yaml), without ffmpeg and
ffprobe: libsndfile reads, soxr changes the rate. As there, what is left of a sound behind its last whole chunk is not learned from, and a
sound shorter than a chunk not at all; unless all are joined: then they are laid end to end, and the last chunk reaches back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.errors import UserError
from lib.media import sound_stream

FULL = 32_767
_SILENT = 10 ** (-60 / 20)      # of full scale
_LOOKS = 4                      # places of a sound that are listened to before a training begins


@dataclass(frozen=True)
class Survey:
    """What is known of the sounds before a training begins.

    seconds: of each.   rates: Hz, of each.   channels: of each.   silent: how many are silent wherever one listens.
    """

    seconds: tuple[float, ...]
    rates: tuple[int, ...]
    channels: tuple[int, ...]
    silent: int

    @property
    def minutes(self) -> float:
        return sum(self.seconds) / 60

    def short(self, chunk: float) -> int:
        """How many are shorter than a chunk of so many seconds."""
        return sum(length < chunk for length in self.seconds)

    def chunks(self, chunk: float, joined: bool) -> int:
        if joined:
            whole = sum(self.seconds) / chunk
            return int(whole) + (whole >= 1 and whole % 1 > 1e-6)
        return sum(int(length / chunk + 1e-9) for length in self.seconds)

    def dropped(self, chunk: float, joined: bool) -> float:
        """Seconds that nothing is learned from."""
        if joined:
            return 0.0 if self.chunks(chunk, joined) else sum(self.seconds)
        return sum(length - int(length / chunk + 1e-9) * chunk for length in self.seconds)


def survey(files: list[Path]) -> Survey:
    """From the files' headers, and from a few short listens. Raises UserError where one cannot be read."""
    import soundfile

    known, silent = [], 0
    for path in files:
        try:
            info = soundfile.info(path)
            silent += _seems_silent(path)
        except (OSError, soundfile.LibsndfileError) as error:
            raise UserError(f"{path.name} cannot be read.", str(error), "Freeze the dataset again.") from error
        known.append(info)
    return Survey(tuple(info.duration for info in known), tuple(info.samplerate for info in known), tuple(info.channels for info in known), silent)


def _seems_silent(path: Path) -> bool:
    import soundfile

    with soundfile.SoundFile(path) as file:
        length = min(file.samplerate // 4, file.frames)
        for place in np.linspace(0, file.frames - length, _LOOKS).astype(int):
            file.seek(int(place))
            if np.abs(file.read(length, dtype="float32")).max(initial=0.0) > _SILENT:
                return False
    return True


def chunks(files: list[Path], rate: int, channels: int, length: int, joined: bool) -> Iterator[np.ndarray]:
    """int16 (channels, length) each, at `rate` Hz. Hours go through in the memory of a few seconds. Raises UserError."""
    held = np.zeros((0, channels), np.float32)
    before = held           # the end of what was given out last, for the chunk that reaches back
    for number, path in enumerate(files):
        stream = sound_stream.look(path)
        for block in sound_stream.blocks(stream, rate, channels):
            held = np.concatenate([held, block])
            while len(held) >= length:
                yield _whole(held[:length])
                before, held = held[:length], held[length:]
        if not joined:
            held = held[:0]
        elif number == len(files) - 1 and len(held) and len(before):
            yield _whole(np.concatenate([before[len(held) :], held]))


def _whole(samples: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(samples.T, -1, 1) * FULL).astype("<i2")


def write(folder: Path, files: list[Path], rate: int, channels: int, length: int, joined: bool, progress: Callable[[int], object] = lambda done: None) -> int:
    """Writes the database, and returns how many chunks are in it. progress(chunks so far). Raises UserError."""
    import lmdb
    import yaml
    from udls.generated import AudioExample

    count = 0
    frames = sum(sound_stream.look(path).frames_at(rate) for path in files)
    environment = lmdb.open(str(folder), map_size=2 * frames * channels * 2 + (64 << 20), sync=False)
    with environment:
        for chunk in chunks(files, rate, channels, length, joined):
            buffer = AudioExample.AudioBuffer(shape=chunk.shape, sampling_rate=rate, data=chunk.tobytes(), precision=AudioExample.Precision.INT16)
            with environment.begin(write=True) as transaction:
                transaction.put(f"{count:08d}".encode(), AudioExample(buffers={"waveform": buffer}).SerializeToString())
            count += 1
            if count % 64 == 0:
                progress(count)
    told = {"lazy": False, "channels": channels, "n_seconds": count * length / rate, "sr": rate}
    (folder / "metadata.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    return count
