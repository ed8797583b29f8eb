"""A map of all passages, where those about the same lie near each other: made with the index, and a part of it. Read `write`, `read`.

A vector has hundreds of numbers; the map shows the two directions in which those of a project differ most. It lies in the folder of
the index (map.npz), so that whatever takes a passage out of the index takes it off the map.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lib.chat.passages import Passage
from lib.media import likeness
from lib.media.files import read_json

FILE = "map.npz"


@dataclass(frozen=True)
class SenseMap:
    """places: float32 (n, 2), each from 0 to 1, of the passages that were embedded.   spans: int64 (n, 3), of each the number of its
    document, where it begins and where it ends.   documents: {id: title}, in the order of their numbers.
    """

    places: np.ndarray
    spans: np.ndarray
    documents: dict[str, str]
    plane: likeness.Plane

    def numbers(self, passages: Iterable[Mapping[str, Any]]) -> list[int | None]:
        """The number of each passage (with "document", "start", "end") on the map; None for one that is not there."""
        of = {name: number for number, name in enumerate(self.documents)}
        known = {tuple(span): number for number, span in enumerate(self.spans.tolist())}
        return [known.get((of.get(one["document"], -1), one["start"], one["end"])) for one in passages]

    def place(self, sense: str) -> list[float] | None:
        """Where a question lies, as `packed` has it; None where it was found by its words alone, or by another embedder."""
        row = np.frombuffer(base64.b64decode(sense), np.float16).astype(np.float32)
        return self.plane.places(row[None])[0].tolist() if len(row) == len(self.plane.mean) else None


def packed(vector: np.ndarray | None) -> str:
    """A vector as a conversation keeps it."""
    return "" if vector is None else base64.b64encode(vector.astype(np.float16).tobytes()).decode()


def write(folder: Path, passages: Sequence[Passage], documents: Iterable[str], vectors: np.ndarray, rows: np.ndarray) -> None:
    """rows: numbers of the passages that were embedded."""
    of = {name: number for number, name in enumerate(documents)}
    some = [passages[row] for row in rows]
    spans = np.array([[of[passage.document], passage.start, passage.end] for passage in some], np.int64).reshape(-1, 3)
    if len(rows):
        plane = likeness.plane(vectors[rows])
        np.savez(folder / FILE, places=plane.places(vectors[rows]), spans=spans, **plane._asdict())


def read(folder: Path) -> SenseMap | None:
    """None where nothing was embedded yet. Raises OSError or ValueError for a folder that is half."""
    if not (folder / FILE).exists():
        return None
    documents = {name: facts["title"] for name, facts in read_json(folder / "index.json")["documents"].items()}
    with np.load(folder / FILE, allow_pickle=False) as kept:
        return SenseMap(kept["places"], kept["spans"], documents, likeness.Plane(*(kept[name] for name in likeness.Plane._fields)))
