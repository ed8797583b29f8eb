"""Tiny datasets, and a run that a test can train in: the real reporter over a folder, without queue or process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import models
from lib.jobs.reporter import Reporter
from lib.media.files import write_json, write_text
from lib.project.runs import Run


class Desk(Reporter):
    """The run as a trainer sees it; stops by itself after `stop_after` steps."""

    def __init__(self, folder: Path, seed: int = 0, stop_after: int | None = None):
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "request.json", {"model": "tiny", "seed": seed})
        write_json(folder / "status.json", {"state": "running"})
        super().__init__(Run(folder), "cpu")
        self.stop_after = stop_after

    def should_stop(self) -> bool:
        return super().should_stop() or (self.stop_after is not None and self._step >= self.stop_after)


@pytest.fixture
def train(tmp_path):
    """train(model, dataset, "run name", seed=, stop_after=, **settings) trains and returns the Desk."""

    def start(model: str, dataset: Path, name: str = "run", *, seed: int = 0, stop_after: int | None = None, **settings) -> Desk:
        desk = Desk(tmp_path / "runs" / name, seed, stop_after)
        models.trainer(model)(dataset, desk, models.validate(model, settings))
        desk.close()
        return desk

    return start


@pytest.fixture
def pictures(tmp_path):
    """pictures(size, count) makes a dataset folder of coloured discs and returns it; `draw` may draw something else."""

    def make(size: int = 32, count: int = 10, draw=None, name: str = "discs") -> Path:
        folder = tmp_path / "datasets" / f"{name}-{size}-{count}"
        luck = np.random.default_rng(0)
        lines = []
        for number in range(1, count + 1):
            pixels = (draw or disc)(luck, size)
            (folder / "train").mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / "train" / f"{number:06d}.png")
            lines.append(f'{{"file_name": "{number:06d}.png", "item": "i{number}", "number": {number}, "sha256": ""}}\n')
        write_text(folder / "train" / "metadata.jsonl", "".join(lines))
        write_json(folder / "dataset.json", {
            "schema": 1, "name": name, "version": 1, "kind": "image", "size": [size, size], "channels": 3,
            "counts": {"train": count, "test": 0}, "hash": "",
        })  # fmt: skip
        return folder

    return make


def disc(luck: np.random.Generator, size: int) -> np.ndarray:
    """uint8 (size, size, 3): a disc of one colour on a ground of another."""
    y, x = np.mgrid[:size, :size] / size
    inside = (x - luck.uniform(0.4, 0.6)) ** 2 + (y - luck.uniform(0.4, 0.6)) ** 2 < luck.uniform(0.04, 0.09)
    return np.where(inside[..., None], luck.integers(0, 256, 3), luck.integers(0, 256, 3)).astype(np.uint8)
