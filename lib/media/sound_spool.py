"""A sound that comes in pieces, gathered without filling the memory: from some minutes on it lies in a temporary file. Read `SoundSpool`."""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np

from lib.media.sound import Sound

IN_MEMORY = 1 << 26     # bytes: three minutes of stereo at 48 kHz


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
