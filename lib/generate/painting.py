"""Painting what was asked for, in a process that may hold torch: the part that process.py and the player share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from types import ModuleType

from PIL import Image

from lib.generate.requests import WALK, Request
from lib.jobs import devices
from lib.media import locks


def paint(player: ModuleType, model: object, request: Request, start: int = 0) -> Iterator[Image.Image]:
    """The pictures of a request, from number `start` on. player: the model's generate.py; model: what its `load` returned."""
    if request.kind == WALK:
        frames = player.walk(model, request.seed, request.to_seed, frames=request.count, **request.controls)
        yield from itertools.islice(frames, start, None)
    else:
        yield from player.generate(model, count=request.count - start, seed=request.seed + start, **request.controls)


def free_device() -> str:
    """A graphics card where no training holds one, else the processor."""
    for device in devices.available():
        if device != devices.CPU and not is_taken(device):
            return device
    return devices.CPU


def is_taken(device: str) -> bool:
    """True while a training holds this graphics card."""
    return device != devices.CPU and locks.is_held(devices.lock_path(device))
