"""A sound that comes in pieces, gathered without filling the memory: from some minutes on it lies in a temporary file. Read `SoundSpool`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from lib.media.sound import Sound
from lib.media.source import broken, naming

IN_MEMORY = 1 << 26     # bytes: three minutes of stereo at 48 kHz
_READ_BACK, _BLOCK = 1 << 22, 1 << 16      # bytes that are held of a file that lies there already; frames


class SoundSpool:
    """Pieces of the same rate and channels go in, one sound comes out."""

    def __init__(self, in_memory: int = IN_MEMORY):
        self._file: Any = tempfile.SpooledTemporaryFile(max_size=in_memory, prefix="handmade-sound-")
        self._rate, self._channels, self._frames = 0, 1, 0

    def add(self, piece: Sound) -> None:
        self._rate, self._channels = piece.rate, piece.channels
        self._frames += len(piece.samples)
        self._file.write(np.ascontiguousarray(piece.samples, dtype=np.float32).data)

    def whole(self) -> Sound:
        """All that was added. Where it lies in a file, its samples are read as they are looked at, and the file goes with them."""
        shape = self._frames, self._channels
        if not self._file._rolled or not self._frames:
            self._file.seek(0)
            return Sound(np.frombuffer(self._file.read(), np.float32).reshape(shape), self._rate)
        self._file.flush()
        samples: Any = np.memmap(self._file, np.float32, "r", shape=shape)
        samples.file = self._file       # it lives as long as they do
        return Sound(samples, self._rate)


def open_long(path: Path) -> Sound:
    """The same as `sound.open_sound` for a file that was made here (nothing in it goes above full scale), in constant memory. Raises UserError."""
    import soundfile

    spool = SoundSpool(_READ_BACK)
    with naming(Path(path).name):
        try:
            with soundfile.SoundFile(path) as file:
                while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
                    spool.add(Sound(block, file.samplerate))
        except soundfile.LibsndfileError as error:
            raise broken("Its sound cannot be decoded to the end.") from error
    return spool.whole()
