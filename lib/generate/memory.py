"""Memory check: what of a text that a model wrote stands word for word in what it learned from, where, and by whom. Read `remembered`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.media.files import edition
from lib.media.wording import Passage, Sources, Wording, line_of
from lib.player.playable import find
from lib.project import datasets
from lib.project.dataset_folder import METADATA, DatasetFolder
from lib.project.outputs import Output

if TYPE_CHECKING:
    from lib.project import Project


@dataclass(frozen=True)
class Origin:
    """Where a passage comes from. number: of the datapoint. line: in its text as it was frozen. credit: of its maker, "" where nobody is named."""

    item: str
    number: int
    line: int
    credit: str


@dataclass(frozen=True)
class Memory:
    """wording: shares and passages. origins: of each passage, in the same order. longest: where the longest shared passage comes from."""

    text: str
    wording: Wording
    origins: tuple[Origin, ...]
    longest: Origin | None


def remembered(project: Project, output: Output) -> Memory | None:
    """None where it is no text, where its model learned from none, or where its data cannot be asked any more.

    Raises UserError where its data may not be used today.
    """
    story = output.provenance()
    if output.path.suffix != ".txt" or not story.get("run"):
        return None
    try:
        dataset = datasets.get(project, story["dataset"])
    except (UserError, KeyError):
        return None
    if dataset.kind != "text":
        return None
    find(project, story["run"])
    return _remembered(output.path, edition(output.path), dataset.path, edition(dataset.path / "train" / METADATA))


@functools.lru_cache(maxsize=256)
def _remembered(text: Path, _text: tuple, dataset: Path, its_edition: tuple) -> Memory:
    sources, rows, texts = _sources(dataset, its_edition)
    written = text.read_text(encoding="utf-8")
    wording = sources.compare(written)

    def origin(passage: Passage) -> Origin:
        row = rows[passage.source]
        return Origin(row["item"], row["number"], line_of(texts[passage.source], passage.at), row.get("credit") or "")

    longest = origin(wording.longest) if wording.longest else None
    return Memory(written, wording, tuple(map(origin, wording.passages)), longest)


@functools.lru_cache(maxsize=4)
def _sources(dataset: Path, _edition: tuple) -> tuple[Sources, list[dict], list[str]]:
    """What it learned from: not what was held back."""
    folder = DatasetFolder(dataset)
    texts = folder.texts("train")
    return Sources(texts), folder.rows("train"), texts
