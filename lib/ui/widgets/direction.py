"""From what to what, as a picture: a pair of a dataset, its source beside its target. Read `show`; every page that plays pairs has it."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path

from lib.errors import UserError
from lib.media.kinds import PAIRS
from lib.project import Project, datasets, handing_out
from lib.project.dataset_folder import SIDES, SPLITS, DatasetFolder
from lib.project.datasets import Dataset
from lib.project.runs import Run
from lib.ui.http import addresses
from lib.ui.widgets import picture_grid


def show(project: Project, dataset: Dataset | None, key: str, is_reversed: bool = False) -> None:
    """Nothing for a dataset that is not of pairs, or of which nothing may be shown today."""
    for pair in addresses_of(project, dataset, 1, is_reversed):
        cells = [picture_grid.Picture(side, address, f"The {side} of a pair", label=words)
                 for side, address, words in zip(_sides(is_reversed), pair, ("given", "→ made of it"))]    # fmt: skip
        picture_grid.grid(cells, key=f"direction.{key}", columns=2, size=132)


def show_run(project: Project, run: Run) -> None:
    show(project, of_run(project, run), run.id, run.is_reversed)


def of_run(project: Project, run: Run) -> Dataset | None:
    try:
        return datasets.get(project, run.dataset_path)
    except UserError:
        return None


def addresses_of(project: Project, dataset: Dataset | None, most: int, is_reversed: bool = False) -> list[tuple[str, str]]:
    """(what is given, what is made of it) of some pairs, those first that are held back for testing."""
    if dataset is None or dataset.kind != PAIRS.name:
        return []
    allowed = (pair for pair in _names(dataset.path, dataset.edition) if all(handing_out.prepared(project, dataset, name) for name in pair))
    pairs = [(_address(project, dataset, source), _address(project, dataset, target)) for source, target in itertools.islice(allowed, most)]
    return [(target, source) for source, target in pairs] if is_reversed else pairs


def _sides(is_reversed: bool) -> tuple[str, ...]:
    return SIDES[::-1] if is_reversed else SIDES


def _address(project: Project, dataset: Dataset, name: str) -> str:
    return addresses.prepared(project, dataset.path, name)


@functools.lru_cache(maxsize=16)
def _names(path: Path, _edition: tuple) -> list[tuple[str, ...]]:
    """(source, target) as in "train/source/000001.png": of thousands nobody reads all at each look."""
    folder = DatasetFolder(path)
    return [tuple(f"{split}/{row[f'{side}_file_name']}" for side in SIDES) for split in SPLITS[::-1] for row in folder.rows(split)]
