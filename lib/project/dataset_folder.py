"""A frozen dataset as a folder: all that a trainer knows of the data. No database, no project, no network.

data = DatasetFolder("datasets/tulips-64-v1")
pictures = data.pictures("train")               # uint8 (N, H, W, 3); of texts and sounds: data.texts("train"), data.sounds("train")
data = DatasetFolder("datasets/edges-64-v1")    # of pairs: the source and the target of each, in the same order
sources, targets = data.pictures("train", "source"), data.pictures("train", "target")
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from lib.errors import UserError
from lib.media.files import read_json, read_json_lines, sha256

if TYPE_CHECKING:
    from lib.media.sound import Sound

MANIFEST, METADATA, TOMBSTONES = "dataset.json", "metadata.jsonl", "withdrawn.jsonl"
SPLITS = ("train", "test")
SIDES = ("source", "target")  # of a pair: what the model is given, and what it learns to make of it
MASK = "mask"  # in a row: where the thing is, as somebody drew it
SCHEMA = 1


class DatasetFolder:
    """Raises UserError if the folder is not a dataset, or is one of a newer Handmade."""

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        if not (self.path / MANIFEST).is_file():
            raise UserError(
                f"{self.path.name} is not a dataset.", f"It has no {MANIFEST}.", "Choose a folder from datasets/."
            )
        self.manifest = read_json(self.path / MANIFEST)
        if self.manifest["schema"] > SCHEMA:
            raise UserError(
                f"{self.path.name} was frozen by a newer Handmade.", "", "Update Handmade, then open it again."
            )

    @property
    def kind(self) -> str:
        return self.manifest["kind"]

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width) in px that all pictures share, or None where they differ."""
        return tuple(self.manifest["size"]) if self.manifest.get("size") else None

    def has_step(self, name: str) -> bool:
        """True if its recipe has a step of that name, such as "Mirror"."""
        return any(step.get("step") == name for step in self.manifest.get("recipe", []))

    @cached_property
    def _rows(self) -> dict[str, list[dict]]:
        return {split: read_json_lines(self.path / split / METADATA) for split in SPLITS}

    def rows(self, split: str = "train") -> list[dict]:
        """One dict a file: file_name, item, number, caption, tags, class_name, person, credit, made_by, sha256.

        Of a sound, transcript too: what was written down of it, "" where nothing; and rhythm, where it was drum MIDI (lib/media/score.py). Of a pair, source_file_name and target_file_name with source_sha256 and target_sha256; where the source is a
        datapoint of its own, source_item, source_person and source_credit too. Of a picture on which the thing was drawn over or framed
        on Label, mask: a small black and white PNG as a data address, which lies over the picture as it was prepared (`opened_mask`).
        """
        return self._rows[split]

    def files(self, split: str = "train", side: str = "target") -> list[Path]:
        """The files of a split. side: of pairs, the "source" or the "target" files."""
        return [self.path / split / dict(zip(SIDES, names)).get(side, names[-1]) for names in self._names(split)]

    def _names(self, split: str) -> list[list[str]]:
        return [[name for name, _ in files_of(row)] for row in self.rows(split)]

    def pictures(self, split: str = "train", side: str = "target") -> np.ndarray:
        """All pictures of a split, decoded: uint8 (N, H, W, 3). side: of pairs, the "source" or the "target" pictures.

        Raises UserError if they are not all of one size, or a file is missing.
        """
        if self.size is None:
            raise UserError(
                f"The pictures of {self.path.name} have different sizes.",
                "This model needs one size.",
                "Add the step Resize to the recipe and freeze again.",
            )
        files = self.files(split, side)
        stack = np.empty((len(files), *self.size, 3), np.uint8)  # (N, H, W, 3)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for index, pixels in enumerate(pool.map(_decode, files)):
                stack[index] = pixels
        return stack

    def texts(self, split: str = "train") -> list[str]:
        """All texts of a split, whole. Raises UserError if a file is missing."""
        with _naming_missing():
            return [path.read_text(encoding="utf-8") for path in self.files(split)]

    def sounds(self, split: str = "train") -> Iterator[Sound]:
        """The sounds of a split, one after the other, decoded: float32 (frames, channels), each at its own rate.

        Raises UserError if a file is missing or damaged.
        """
        from lib.media.sound import open_sound

        for path in self.files(split):
            with _naming_missing():
                yield open_sound(path)

    def verify(self) -> list[str]:
        """The files that are missing or not as they were frozen, as 'train/000001.png'; empty if all is well."""
        rows = [(split, row) for split in SPLITS for row in self._rows[split]]
        frozen = [(f"{split}/{name}", digest) for split, row in rows for name, digest in files_of(row)]
        wrong = [name for name, digest in frozen if _hash_or_none(self.path / name) != digest]
        gone = [stone["sha256"] for stone in read_json_lines(self.path / TOMBSTONES)]
        if overall_hash([*(digest for _, digest in frozen), *gone]) != self.manifest["hash"]:
            wrong.append(MANIFEST)
        return wrong


def opened_mask(drawn: str, size: tuple[int, int]) -> Image.Image:
    """The mask of a row, as large as its picture: mode L, white where the thing is."""
    with Image.open(io.BytesIO(base64.b64decode(drawn.partition(",")[2])), formats=["PNG"]) as mask:
        return mask.convert("L").resize(size, Image.Resampling.BILINEAR)


def files_of(row: dict) -> list[tuple[str, str]]:
    """The (name, hash) of each file that a row of metadata.jsonl speaks of: one, or the source and the target of a pair."""
    if "file_name" in row:
        return [(row["file_name"], row["sha256"])]
    return [(row[f"{side}_file_name"], row[f"{side}_sha256"]) for side in SIDES]


def items_of(row: dict) -> list[str]:
    """The ids of the datapoints that a row was made from: one, or the two halves of a pair."""
    return list(dict.fromkeys(filter(None, (row["item"], row.get("source_item")))))


def overall_hash(digests: Iterable[str]) -> str:
    """One hash for a dataset: over the hashes of its files. A withdrawn file keeps its hash (and nothing else) here."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()


def _decode(path: Path) -> np.ndarray:
    with _naming_missing(), Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


@contextlib.contextmanager
def _naming_missing() -> Iterator[None]:
    """Says in words which file is not there."""
    try:
        yield
    except FileNotFoundError as error:
        path = Path(error.filename)
        raise UserError(
            f"{path.name} is missing from {path.parent.parent.name}.",
            "The folder was changed by hand.",
            "Freeze the dataset again.",
        ) from error


def _hash_or_none(path: Path) -> str | None:
    try:
        return sha256(path)
    except OSError:
        return None
