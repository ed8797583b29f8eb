"""A sound of any length, a block at a time, at the rate and with the channels that somebody wants. Read `SoundStream`, then `blocks`.

Hours go through in the memory of a few seconds. What goes above full scale is made quieter as a whole, and channels become one
so that nothing in opposite phase is lost, as where a sound is opened whole (sound.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lib.media import phase, sound
from lib.media.source import broken, naming

if TYPE_CHECKING:
    import numpy as np

_BLOCK = 1 << 17    # samples of all channels that are held in memory
_PARTS = 600        # blocks whose phases are looked at one by one; from then on they are summed up


@dataclass(frozen=True, eq=False)
class SoundStream:
    """A sound that lies on the disk.

    frames, rate (Hz), channels: of its file, counted by the decoder.   gain: that it is multiplied by, below 1 where it goes above full
    scale.   weights: how its channels become one, (channels,); None where it is their mean.
    """

    path: Path
    frames: int
    rate: int
    channels: int
    gain: float = 1.0
    weights: np.ndarray | None = None

    @property
    def seconds(self) -> float:
        return self.frames / self.rate

    def mono(self, block: np.ndarray) -> np.ndarray:
        """A block of all its channels as one, float32 (frames,), so that nothing in opposite phase is lost."""
        import numpy as np

        return block.mean(axis=1) if self.weights is None or block.shape[1] != self.channels else (block @ self.weights).astype(np.float32)

    def frames_at(self, rate: int) -> int:
        """How many frames the same sound has at another rate."""
        return round(self.frames * rate / self.rate)


def seconds_of(path: Path) -> float:
    """How long a sound that was verified before is, by its header."""
    import soundfile

    return float(soundfile.info(Path(path)).duration)


def look(path: Path) -> SoundStream:
    """Hears a sound once from beginning to end. Raises UserError where it cannot be decoded, or holds no numbers."""
    import numpy as np
    import soundfile

    path = Path(path)
    with naming(path.name):
        try:
            with soundfile.SoundFile(path) as file:
                frames, top, cells = 0, 0.0, []
                for block in _read(file):
                    sound.check_samples(block)
                    frames, top = frames + len(block), max(top, sound.top_of(block))
                    if file.channels > 1:
                        cells.append(phase.powers(block, file.samplerate))
                        if len(cells) > _PARTS:
                            cells = [np.concatenate(cells).sum(axis=0, keepdims=True)]
                weights = phase.weights(np.concatenate(cells)) if cells else None
                return SoundStream(path, frames, file.samplerate, file.channels, sound.gain_of(top), weights)
        except soundfile.LibsndfileError as error:
            raise broken("Its sound cannot be decoded to the end.") from error


def blocks(stream: SoundStream, rate: int, channels: int = 1) -> Iterator[np.ndarray]:
    """The sound, float32 of shape (frames, channels), piece by piece: `stream.frames_at(rate)` frames in all.

    rate: Hz.   channels: 1, or 2; of more than two channels both are the same. Raises UserError where the file is gone or damaged.
    """
    yield from _exactly(stream.frames_at(rate), _at_rate(_as_channels(stream, channels), stream.rate, rate, channels), channels)


def _as_channels(stream: SoundStream, channels: int) -> Iterator[np.ndarray]:
    import numpy as np
    import soundfile

    with naming(stream.path.name):
        try:
            with soundfile.SoundFile(stream.path) as file:
                for block in _read(file):
                    block = block * np.float32(stream.gain)
                    if channels == 1 or stream.channels != channels:
                        block = np.repeat(stream.mono(block)[:, None], channels, axis=1)
                    yield block
        except soundfile.LibsndfileError as error:
            raise broken("Its sound cannot be decoded to the end.") from error


def _at_rate(pieces: Iterable[np.ndarray], before: int, rate: int, channels: int) -> Iterator[np.ndarray]:
    import numpy as np

    if before == rate:
        yield from pieces
        return
    import soxr

    resampler = soxr.ResampleStream(before, rate, channels, dtype="float32", quality="HQ")
    for piece in pieces:
        yield resampler.resample_chunk(np.ascontiguousarray(piece))
    yield resampler.resample_chunk(np.zeros((0, channels), np.float32), last=True)


def _exactly(frames: int, pieces: Iterable[np.ndarray], channels: int) -> Iterator[np.ndarray]:
    """So many frames: a resampler may give one more or less at the end."""
    import numpy as np

    for piece in pieces:
        piece = piece[:frames]
        frames -= len(piece)
        if len(piece):
            yield piece
    if frames:
        yield np.zeros((frames, channels), np.float32)


def _read(file) -> Iterator[np.ndarray]:
    while len(block := file.read(max(_BLOCK // file.channels, 1), dtype="float32", always_2d=True)):
        yield block
