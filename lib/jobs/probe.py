"""A trial of a training, to tell how long it will take: `python -m lib.jobs.probe`, order on stdin, answer on stdout.

It runs the model's own `train` with a `run` that keeps nothing and stops it after some seconds. Nothing is cached in the
process that asks: torch is imported here, and gone with it.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from lib import models
from lib.errors import UserError
from lib.jobs.reporter import seed_everything

_PATIENCE = 40.0    # seconds, after which a second step is enough


class Trial:
    """What a trainer sees of the outside, keeping only the times."""

    def __init__(self, path: Path, device: str, seconds: float):
        self.path, self.device, self.seed = path, device, 0
        self._seconds, self._began = seconds, time.monotonic()
        self._marks: list[float] = []  # when each step ended
        self._sample_seconds = 0.0
        self._stepped: float | None = None
        self._kept: tempfile.TemporaryDirectory | None = None

    def step(self, n: int, total: int, **numbers: float) -> None:
        self._marks.append(time.monotonic() - self._sample_seconds)

    def sample_due(self) -> bool:
        if len(self._marks) != 2:
            return False
        self._stepped = time.monotonic()
        return True

    def sample(self, things, caption: str = "", step: int | None = None, made_of=()) -> None:
        if self._stepped is not None:
            self._sample_seconds = time.monotonic() - self._stepped
            self._stepped = None

    def should_stop(self) -> bool:
        is_slow = len(self._marks) == 2 and time.monotonic() - self._began >= _PATIENCE
        return is_slow or (len(self._marks) >= 3 and self._marks[-1] - self._marks[0] >= self._seconds)

    def times(self) -> dict[str, float]:
        """Seconds: until the first step was done, a step (the median), and a sample."""
        steps = [after - before for before, after in zip(self._marks, self._marks[1:], strict=False)]
        first = self._marks[0] - self._began if self._marks else 0.0
        return {
            "start": round(first, 3),
            "step": median(steps) if steps else first,
            "sample": round(self._sample_seconds, 4),
        }

    def checkpoint_due(self, n: int, total: int) -> bool:
        return False

    def checkpoint(self, state: dict) -> None: ...

    def restore(self) -> None: ...

    def show_inside(self, weights: dict, surprises: Sequence[Sequence], **facts: object) -> None: ...

    def keep(self, items: str | Sequence[str], name: str) -> Path:
        """In a folder that goes with the trial."""
        self._kept = self._kept or tempfile.TemporaryDirectory(prefix="handmade-trial-")
        folder = Path(self._kept.name) / "+".join([items] if isinstance(items, str) else items)
        folder.mkdir(exist_ok=True)
        return folder / name

    @contextlib.contextmanager
    def workroom(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="handmade-trial-") as folder:
            yield Path(folder)

    def folder(self, name: str) -> Path:
        return self.keep("-", name).parent

    def note(self, sentence: str) -> None: ...

    def result(self, weights: dict, files: Mapping[str, Path] | None = None, **facts: object) -> None: ...

    def machine(self, key: str, probe):
        return probe()


def measure(order: dict) -> dict[str, float]:
    """order: model, settings, dataset (folder), lane, seconds."""
    began = time.monotonic()
    trainer = models.trainer(order["model"])  # imports torch
    seed_everything(0)
    imported = time.monotonic() - began
    trial = Trial(Path(order["dataset"]), order["lane"].partition(":")[0], order["seconds"])
    trainer(Path(order["dataset"]), trial, models.settings_class(order["model"])(**order["settings"]))
    times = trial.times()
    return {**times, "start": times["start"] + imported}


if __name__ == "__main__":
    try:
        print(json.dumps(measure(json.load(sys.stdin))))
    except UserError as error:
        print(json.dumps({"error": error.as_dict()}))
