"""Tiny datasets, and a run that a test can train in: the real reporter over a folder, without queue or process."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import models
from lib.jobs.reporter import Reporter
from lib.media.files import write_json, write_text
from lib.media.sound import Sound
from lib.project.runs import Run


class Trainee(Reporter):
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
    """train(model, dataset, "run name", seed=, stop_after=, **settings) trains and returns the Trainee."""

    def start(model: str, dataset: Path, name: str = "run", *, seed: int = 0, stop_after: int | None = None, **settings) -> Trainee:
        trainee = Trainee(tmp_path / "runs" / name, seed, stop_after)
        models.trainer(model)(dataset, trainee, models.validate(model, settings))
        trainee.close()
        return trainee

    return start


@pytest.fixture
def pictures(tmp_path):
    """pictures(size, count) makes a dataset folder of coloured discs and returns it; `draw` may draw something else."""

    def make(size: int = 32, count: int = 10, draw=None, name: str = "discs") -> Path:
        folder = tmp_path / "datasets" / f"{name}-{size}-{count}"
        luck = np.random.default_rng(0)
        contents = [as_png((draw or disc)(luck, size)) for _ in range(count)]
        return frozen(folder, "image", ".png", contents, size=[size, size], channels=3)

    return make


@pytest.fixture
def datasets_of(tmp_path, pictures):
    """datasets_of[kind]() makes a tiny dataset folder of that kind, and returns it."""

    def pairs() -> Path:
        luck, folder = np.random.default_rng(0), tmp_path / "datasets" / "pairs"
        sources = [disc(luck, 64) for _ in range(4)]
        for side, pictures in (("source", sources), ("target", [255 - pixels for pixels in sources])):
            (folder / "train" / side).mkdir(parents=True)
            for number, pixels in enumerate(pictures, 1):
                (folder / "train" / side / f"{number:06d}.png").write_bytes(as_png(pixels))
        rows = [{f"{side}_{what}": f"{side}/{number:06d}.png" if what == "file_name" else "" for side in ("source", "target")
                 for what in ("file_name", "sha256")} | {"item": f"i{number}", "number": number} for number in range(1, 5)]  # fmt: skip
        return written_down(folder, "pairs", rows, size=[64, 64], channels=3)

    def texts() -> Path:
        lines = [f"On day {number} it rained, and I wrote it down.\n" for number in range(6)]
        return frozen(tmp_path / "datasets" / "texts", "text", ".txt", [line.encode() for line in lines])

    def sounds() -> Path:
        time = np.arange(4000, dtype=np.float32) / 8000
        tones = [Sound((0.5 * np.sin(2 * np.pi * pitch * time))[:, None].astype(np.float32), 8000) for pitch in (220, 330, 440)]
        return frozen(tmp_path / "datasets" / "sounds", "sound", ".wav", [tone.as_file() for tone in tones])

    return {"image": pictures, "pairs": pairs, "text": texts, "sound": sounds}


def frozen(folder: Path, kind: str, suffix: str, contents: list[bytes], **more) -> Path:
    """A dataset folder with these files."""
    (folder / "train").mkdir(parents=True)
    for number, content in enumerate(contents, 1):
        (folder / "train" / f"{number:06d}{suffix}").write_bytes(content)
    rows = [{"file_name": f"{number:06d}{suffix}", "item": f"i{number}", "number": number, "sha256": ""} for number in range(1, len(contents) + 1)]
    return written_down(folder, kind, rows, **more)


def written_down(folder: Path, kind: str, rows: list[dict], **more) -> Path:
    write_text(folder / "train" / "metadata.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    counts = {"train": len(rows), "test": 0}
    write_json(folder / "dataset.json", {"schema": 1, "name": folder.name, "version": 1, "kind": kind, "counts": counts, "hash": "", **more})
    return folder


def as_png(pixels: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def disc(luck: np.random.Generator, size: int) -> np.ndarray:
    """uint8 (size, size, 3): a disc of one colour on a ground of another."""
    y, x = np.mgrid[:size, :size] / size
    inside = (x - luck.uniform(0.4, 0.6)) ** 2 + (y - luck.uniform(0.4, 0.6)) ** 2 < luck.uniform(0.04, 0.09)
    return np.where(inside[..., None], luck.integers(0, 256, 3), luck.integers(0, 256, 3)).astype(np.uint8)
