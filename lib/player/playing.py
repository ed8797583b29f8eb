"""Playing what was asked for, in a process that may hold torch: the part that single.py and the player share. Read `play`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

from lib.jobs import devices
from lib.media import locks
from lib.models.playing import Medium, Request


def play(generator: ModuleType, model: object, request: Request, start: int = 0) -> Iterator[Medium]:
    """What comes out, from number `start` on. generator: the model's generate.py; model: what its `load` returned."""
    if request.is_film:     # its frames belong together
        yield from itertools.islice(generator.play(model, request), start, None)
    else:
        for medium in generator.play(model, request.after(start)):
            yield replace(medium, number=medium.number + start)


def free_device() -> str:
    """A graphics card where no training holds one, else the processor."""
    for device in devices.available():
        if device != devices.CPU and not is_taken(device):
            return device
    return devices.CPU


def is_taken(device: str) -> bool:
    """True while a training holds this graphics card."""
    return device != devices.CPU and locks.is_held(devices.lock_path(device))
