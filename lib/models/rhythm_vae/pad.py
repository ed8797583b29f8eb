"""What the rhythm pad of a browser needs to know of a run: its bars, so that they can be shown as places on the plane. Imports no torch. Read `bars`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from lib.models.rhythm_vae import bars as bars_
from lib.models.rhythm_vae.bars import DRUMS, PLACES
from lib.project.dataset_folder import METADATA, DatasetFolder

REACH = 2.0         # how far the plane is shown, to each side (generate.py)
SIDE = 30           # places of it across and up that are coloured
GRID = DRUMS, PLACES
BEATS = bars_.BEATS


@lru_cache(maxsize=8)
def _bars(dataset: Path, _edition: float, tempo: float, first_is_one: bool) -> tuple[list[list[float]], ...]:
    data = DatasetFolder(dataset)
    found = bars_.of_dataset(data.files("train"), data.rows("train"), tempo, first_is_one)
    return tuple(
        [[int(drum), int(place), round(float(found.velocity[number, drum, place]), 4), round(float(found.timing[number, drum, place]), 4)]
         for drum, place in np.argwhere(found.hit[number] > 0.5)]
        for number in range(len(found))
    )  # fmt: skip


def bars(dataset: Path, settings: dict) -> tuple[list[list[float]], ...]:
    """Each bar that a run with these settings learned from: its hits, [drum, place, velocity, timing] each. Recordings are listened to once."""
    metadata = dataset / "train" / METADATA
    return _bars(dataset, metadata.stat().st_mtime, float(settings.get("tempo", 0.0)), bool(settings.get("first", True)))
