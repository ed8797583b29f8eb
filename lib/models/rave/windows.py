"""A long sound, window by window: what is around each is seen too, so that no edge is heard. Read `Windows`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

CORE, AROUND = 1 << 17, 1 << 16     # samples of a window that are kept, and on either side of it: more than RAVE looks at
SEAM = 1 << 10                      # samples in which one window gives way to the next


@dataclass(frozen=True)
class Windows:
    """frames: of the whole, in samples. ratio: samples that a moment of latents lasts; all windows are multiples of it. reach: samples on either
    side of a window that are seen too; 0 for a model that remembers what came before, None for others."""

    frames: int
    ratio: int
    reach: int | None = None

    @property
    def core(self) -> int:
        return max(1, CORE // self.ratio) * self.ratio

    @property
    def around(self) -> int:
        return -(-(AROUND if self.reach is None else self.reach) // self.ratio) * self.ratio

    @property
    def count(self) -> int:
        return max(1, -(-self.frames // self.core))

    def cut(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """(n, channels) blocks of a sound -> (channels, around + core + around) for each window; silence where nothing is."""
        source, size, done = iter(blocks), self.core + 2 * self.around, False
        first = next(source, np.zeros((0, 1), np.float32))
        held = np.concatenate([np.zeros((self.around, first.shape[1]), np.float32), first])
        for _ in range(self.count):
            while not done and len(held) < size:
                block = next(source, None)
                done, held = block is None, held if block is None else np.concatenate([held, block])
            yield np.pad(held, ((0, max(0, size - len(held))), (0, 0)))[:size].T
            held = held[self.core :]

    def join(self, made: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """(channels, around + core + around) of each window -> (n, channels), `frames` in all."""
        rise = np.linspace(0, 1, SEAM, dtype=np.float32)[:, None]
        tail, left = None, self.frames
        for window in made:
            part = window[:, self.around : self.around + self.core + (SEAM if self.around else 0)].T.copy()
            if tail is not None and len(tail):
                part[:SEAM] = part[:SEAM] * rise + tail * (1 - rise)
            tail = part[self.core :]
            yield part[: min(self.core, left)]
            left -= self.core
