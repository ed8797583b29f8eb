"""Mine or a copy? The chunk of what a model learned from that is most like a sound which it made. Read `nearest`.

No number says by itself whether something is a copy: it is held against how far the sounds that it learned from are from each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lib.errors import UserError
from lib.media import sound_chunks
from lib.media.kinds import SOUND
from lib.media.sound_chunks import Chunks
from lib.player.playable import find, silent
from lib.project import arguments, datasets
from lib.project.dataset_folder import DatasetFolder
from lib.project.outputs import Output

if TYPE_CHECKING:
    from lib.project import Project

_EVERY = 4          # moments: of the made sound, a chunk every quarter of a second
_PROBES = 48        # chunks of the training sounds whose nearest ones say what is usual
_CLOSEST = 5        # per cent of them


@dataclass(frozen=True)
class Nearest:
    """The two chunks that are most alike.

    at, there: where they begin, in what was made and in what it learned from, seconds.   seconds: how long they are.
    item, number, credit: of the datapoint, and its maker, "" where nobody is named.   dataset, file: the prepared sound, "train/000003.flac".
    decibels: how far they are apart, on average over all bands and moments.   usual, closest: how far a chunk of its data is from the nearest one in
    another sound of its data, in the middle and among the nearest twentieth; 0 where there is too little to compare.
    share: of the made sound, 0 to 1, how much is as near to its data as `closest`.
    """

    at: float
    there: float
    seconds: float
    item: str
    number: int
    credit: str
    dataset: str
    file: str
    decibels: float
    usual: float
    closest: float
    share: float


def nearest(
    project: Project, output: object, *, progress: Callable[[int, int], object] | None = None, should_stop: Callable[[], bool] | None = None
) -> Nearest | None:
    """output: one that is a sound, or its file name. None where it was stopped.

    Raises UserError where it is no sound, made by no run of this project, silent, or where its data may not be used today.
    """
    from lib.project import outputs

    progress = arguments.call("progress", progress) or (lambda done, total: None)
    made = output if isinstance(output, Output) else outputs.get(project, str(output))
    dataset, closed = _learned_from(project, made)
    wanted = sound_chunks.chunks(made.path, _EVERY)
    if not len(wanted):
        raise UserError("Nothing is heard in this sound.", "It is silent from beginning to end.", "Choose another one.")
    there = [(path, row) for path, row in zip(dataset.files("train"), dataset.rows("train"), strict=True) if row["item"] not in closed]
    files, rows = [path for path, _ in there], [row for _, row in there]
    best, where, from_ = np.full(len(wanted), np.inf), np.zeros(len(wanted)), np.full(len(wanted), -1)
    seen: list[Chunks] = []
    for number, path in enumerate(files):
        if should_stop and should_stop():
            return None
        chunks = sound_chunks.chunks(path)
        which, far = sound_chunks.nearest(wanted, chunks)
        nearer = far < best
        best, from_ = np.where(nearer, far, best), np.where(nearer, number, from_)
        where = np.where(nearer, chunks.starts[which] if len(chunks) else 0.0, where)
        seen.append(_some(chunks, len(files)))
        progress(number + 1, 2 * len(files))
    if not np.isfinite(best).any():
        raise UserError("Nothing is heard in what it learned from.", "All of its sounds are silent.", "Compare it with a model that learned from others.")
    usual, closest = _usual(files, seen, lambda done: progress(len(files) + done, 2 * len(files)))
    first = int(best.argmin())
    row = rows[int(from_[first])]
    return Nearest(
        float(wanted.starts[first]), float(where[first]), sound_chunks.SECONDS, row["item"], int(row["number"]), row.get("credit") or "",
        dataset.path.name, f"train/{row['file_name']}", float(best[first]), usual, closest, float((best <= closest).mean()) if closest else 0.0,
    )  # fmt: skip


def _learned_from(project: Project, made: Output) -> tuple[DatasetFolder, set[str]]:
    """(the dataset of its run, the ids of datapoints in it that may not be used today, of a model that lets go of them)"""
    story = made.provenance()
    if made.path.suffix != SOUND.suffix or not story.get("run"):
        raise UserError(f"{made.path.name} cannot be compared.", "It is no sound that a model of this project made.", "Choose a sound of a model that was trained here.")
    playable = find(project, story["run"])      # asks whether its data may be used today
    return DatasetFolder(datasets.get(project, story["dataset"]).path), set(silent(project, playable))


def _some(there: Chunks, files: int) -> Chunks:
    """A few chunks of one sound, evenly spread, by which its data is held against itself."""
    count = max(1, -(-_PROBES // max(files, 1)))
    take = np.linspace(0, len(there) - 1, min(count, len(there))).round().astype(int)
    return Chunks(there.starts[take], there.numbers[take])


def _usual(files: list[Path], probes: list[Chunks], done: Callable[[int], object]) -> tuple[float, float]:
    """How far a chunk is from the nearest one in another sound (of one sound alone: from one that begins two chunks away): (middle, closest)."""
    far = [np.full(len(each), np.inf) for each in probes]
    for number, path in enumerate(files):
        there = sound_chunks.chunks(path, 2)
        for other, each in enumerate(probes):
            if other != number or len(files) == 1:
                far[other] = np.minimum(far[other], sound_chunks.nearest(each, there, 2 * sound_chunks.SECONDS if len(files) == 1 else 0.0)[1])
        done(number + 1)
    found = np.concatenate(far)
    found = found[np.isfinite(found)]
    return (float(np.median(found)), float(np.percentile(found, _CLOSEST))) if len(found) else (0.0, 0.0)
