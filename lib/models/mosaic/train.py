"""Making a mosaic's index: `train` reads from top to bottom. It learns by listening once; a step is a part of the sounds.

After each step all that was heard so far can be played. What it keeps of the sounds lies by datapoint (grains.py); beside it only the
families of moments, which are means.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch

from lib.errors import UserError
from lib.media.sound import Sound
from lib.models.mosaic import families, features, grains, rendering, targets
from lib.models.mosaic import generate as playing
from lib.models.mosaic.choosing import Weights
from lib.project.dataset_folder import DatasetFolder

SAMPLES = 2     # mosaics in a sample, of the same line and seeds each time


def train(dataset_folder: Path, run, settings) -> None:
    """Listens to the sounds of `dataset_folder`, reports to `run`, continues where `run` was stopped.

    Raises UserError where the dataset holds no sound, or one that cannot be read.
    """
    data = DatasetFolder(dataset_folder)
    files, rows = data.files("train"), data.rows("train")
    if not files:
        raise UserError("There is no sound in this dataset.", "Its training side is empty.", "Add sounds, and freeze the next version.")
    shape = grains.shape_for(files, settings.grain)
    names = [(row["item"], path.stem) for row, path in zip(rows, files, strict=True)]
    facts = {"rate": shape.rate, "channels": shape.channels, "hop": shape.hop}

    step, found = 0, np.zeros((0, 12), np.float32)
    if saved := run.restore():
        step, found = saved["step"], saved["index"]["families"].numpy()

    while step < settings.steps:
        step += 1
        listened = math.ceil(step / settings.steps * len(files))
        for (item, stem), path, row in zip(names[:listened], files, rows, strict=False):
            if not grains.is_kept(run.path, item, stem):
                grains.keep(path, row, shape, run.keep)
        there = grains.collection(run.path, shape, names[:listened])
        found, spread = families.learn(there.numbers, found, settings.families, run.seed * 1_000_003 + step)
        heard = there.numbers[:, features.LOUDNESS] > features.QUIET
        run.step(step, settings.steps, grains=len(there), seconds_of_sound=len(there) * shape.hop / shape.rate, heard=float(heard.mean()) if len(there) else 0.0,
                 families=len(found), spread=spread)  # fmt: skip

        if heard.any() and run.sample_due():
            run.sample(samples(there), "A line that rises from low to high, swells and fades.", made_of=sorted({sound.item for sound in there.sounds}))
        stop = run.should_stop()
        if stop or run.checkpoint_due(step, settings.steps):
            run.checkpoint({"step": step, "index": {"families": torch.from_numpy(found)}, "facts": facts})
        if stop:
            return

    if not (grains.collection(run.path, shape, names).numbers[:, features.LOUDNESS] > features.QUIET).any():
        run.note("All of these sounds are silent: nothing can be heard in a mosaic of them.")
    run.result({"index.families": torch.from_numpy(found)}, **facts)


def samples(there: grains.Collection) -> list[Sound]:
    target, scale = targets.rising(there), families.scales(there.numbers)
    made = []
    for seed in range(SAMPLES):
        pieces = playing.follow(there, target, Weights(), scale, seed)
        made.append(Sound(np.concatenate([*rendering.render(there, pieces, target.frames)]), there.shape.rate))
    return made
