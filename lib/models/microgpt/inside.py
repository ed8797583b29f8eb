"""Looking into a model, also while it learns: what the trainer laid out beside the run (Reporter.show_inside). Read `facts`. No torch in here."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

from lib.media.files import GONE, edition, read_json
from lib.models.microgpt.before import name_of
from lib.models.texts import documents
from lib.project.dataset_folder import METADATA, SPLITS, DatasetFolder
from lib.project.runs import INSIDE, INSIDE_FACTS, LIVE, RESULT


@dataclass(frozen=True)
class Surprise:
    """A document and how much it surprises the model: bits for each byte. number: of its datapoint. credit: of its maker, "" where nobody is named."""

    text: str
    bits: float
    is_held: bool
    number: int
    line: int
    credit: str


def is_open(run_folder: Path) -> bool:
    """False before the first look."""
    return all(path.exists() for path in _files(run_folder))


def _files(run_folder: Path) -> tuple[Path, Path]:
    """Weights and facts: as they were laid out last; of a run that was trained on another computer, its result."""
    laid_out = run_folder / LIVE / INSIDE, run_folder / LIVE / INSIDE_FACTS
    return laid_out if laid_out[1].exists() else (run_folder / RESULT / "model.safetensors", run_folder / RESULT / "model.json")


def facts(run_folder: Path) -> dict[str, Any]:
    """step, tokens, context, width, heads, layers, documents: as the trainer wrote them."""
    return {name: value for name, value in _read(run_folder).items() if name != "surprises"}


def weights(run_folder: Path) -> Path:
    """float32, as safetensors."""
    return _files(run_folder)[0]


def _read(run_folder: Path) -> dict[str, Any]:
    path = _files(run_folder)[1]
    return _facts(path, edition(path))


@functools.lru_cache(maxsize=8)
def _facts(path: Path, _edition: tuple) -> dict[str, Any]:
    return read_json(path)


TWIN_MOST = 300_000     # numbers times letters: about four times the smallest


def twin_refusal(run_folder: Path) -> str:
    """Why this model is not computed by hand (twin.py), in a sentence; "" where it is."""
    told = facts(run_folder)
    numbers = told["width"] * (2 * len(_names(told)) + told["context"]) + told["layers"] * 12 * told["width"] ** 2
    if numbers * told["context"] <= TWIN_MOST:
        return ""
    minutes = numbers * told["context"] * 9e-6 / 60
    return (f"It has {numbers:,} numbers and sees {told['context']:,} letters at a time: one step by hand would take about "
            f"{f'{minutes:,.0f} minutes' if minutes >= 2 else 'a minute'}.")  # fmt: skip


def letter_map(run_folder: Path) -> list[tuple[str, float, float]]:
    """Each letter (or piece) and where it lies, 0 to 1 in both directions: near each other are those that the model takes for alike.

    The two directions in which the numbers that stand for the letters differ most (principal components, Pearson 1901).
    """
    path = weights(run_folder)
    return _map(path, edition(path), tuple(_names(facts(run_folder))))


@functools.lru_cache(maxsize=8)
def _map(path: Path, _edition: tuple, names: tuple[str, ...]) -> list[tuple[str, float, float]]:
    with safe_open(path, "np") as file:
        letters = file.get_tensor("letter.weight").astype(np.float64)   # (tokens, width)
    letters = letters[: len(names)] - letters[: len(names)].mean(0)
    ways, _, _ = np.linalg.svd(letters.T @ letters)
    flat = letters @ ways[:, :2]
    flat *= np.where(np.abs(flat).max(0) == flat.max(0), 1, -1)     # the sign is nobody's: always the same side
    low, high = flat.min(0), flat.max(0)
    places = (flat - low) / np.where(high > low, high - low, 1)
    return [(name, round(float(x), 3), round(float(y), 3)) for name, (x, y) in zip(names, places)]


def _names(facts: dict[str, Any]) -> list[str]:
    """What each token is called, the end mark last."""
    return [name_of(name) if len(name) < 2 else name for name in (*facts["tokens"]["letters"], *(a + b for a, b in facts["tokens"]["merges"]), "")]


def surprises(run_folder: Path, dataset_folder: Path) -> list[Surprise]:
    """How much each document surprises it, the most surprising first. Only of what is in the dataset today; nothing
    where it was trained on another computer. Raises UserError if that is gone."""
    told = _read(run_folder)
    editions = tuple(edition(dataset_folder / split / METADATA) for split in SPLITS)
    texts = _documents(dataset_folder, editions, told["documents"])
    there = ((texts.get((file, line)), bits, is_held) for file, line, bits, is_held in told.get("surprises", ()))
    found = [Surprise(document.text, bits, is_held, document.number, document.line, document.person) for document, bits, is_held in there if document]
    return sorted(found, key=lambda one: -one.bits)


@functools.lru_cache(maxsize=4)
def _documents(folder: Path, editions: tuple, how: str) -> dict[tuple[str, int], documents.Document]:
    data = DatasetFolder(folder)
    return {(document.file, document.line): document for split, there in zip(SPLITS, editions) if there != GONE for document in documents.of_dataset(data, split, how)}
