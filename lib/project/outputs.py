"""Outputs: what a model made, each with the way back to the run, the dataset and the people whose data made it.

The file carries its provenance inside (a PNG text chunk) and beside it (a sidecar .json), so that it survives being
sent around, and can be read without this program.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lib.media.files import read_json, write_json, writing
from lib.project import datasets, people, runs
from lib.project.dataset_folder import SPLITS
from lib.project.folder import OUTPUTS, now
from lib.project.runs import Run

SCHEMA = 1
CHUNK = "handmade"  # the name of the PNG text chunk
SUFFIXES = (".png", ".txt")


@dataclass(frozen=True)
class Output:
    """path: its file. text: its words, for a text."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8") if self.path.suffix == ".txt" else ""

    def provenance(self) -> dict:
        """How it came to be: run, model, dataset, seed, controls, people (id and the credit they chose), made."""
        return read_json(self.path.with_suffix(".json"))


def save_picture(project, run: Run, dataset, picture: Image.Image, seed: int, controls: dict) -> Output:
    """Keeps a picture that `run` made from `seed`, with its provenance."""
    story = _provenance(project, run, dataset, seed, controls)
    path = project.path / OUTPUTS / f"{run.id}_{seed}_{secrets.token_hex(3)}.png"
    chunk = PngInfo()
    chunk.add_itxt(CHUNK, json.dumps(story, ensure_ascii=False))
    # The sidecar comes first: an output without its story must never be seen.
    write_json(path.with_suffix(".json"), story)
    with writing(path) as temporary:
        picture.save(temporary, "PNG", pnginfo=chunk)
    return Output(path)


def every(project, withdrawn: bool = False) -> list[Output]:
    """All outputs, oldest first; those whose ground was withdrawn only if asked for. A file without a story is no output."""
    stories = [path for path in (project.path / OUTPUTS).glob("[!.]*.json")]
    files = [file for story in stories if (file := _file_of(story))]
    found = [Output(file) for file in sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.name))]
    return [output for output in found if withdrawn or "withdrawn" not in output.provenance()]


def _file_of(story: Path) -> Path | None:
    """The output that a sidecar belongs to; None where a crash came between the two, or it was deleted by hand."""
    return next((path for suffix in SUFFIXES if (path := story.with_suffix(suffix)).exists()), None)


def people_in(dataset) -> set[str]:
    """The ids of the people whose data is in a dataset."""
    return {row["person"] for split in SPLITS for row in dataset.rows(split) if row["person"]}


def _provenance(project, run: Run, dataset, seed: int, controls: dict) -> dict:
    credits = {person.id: person.credit for person in people.everyone(project)}
    ids = sorted({*people_in(dataset), *run.request.get("ancestors", {}).get("people", [])})
    return {
        "schema": SCHEMA,
        "run": run.id,
        "model": run.model,
        "dataset": dataset.path.name,
        "dataset_hash": dataset.hash,
        "seed": seed,
        "controls": controls,
        "people": [{"id": person, "credit": credits.get(person, "")} for person in ids],
        "made": now(),
    }


# ---- holding: what withdrawal must reach ---------------------------------------------------------------------------


def touched(project, gone: Iterable) -> list[Output]:
    """The outputs that stand on one of these items: by their run, or by their dataset where the run was deleted by hand."""
    gone = list(gone)
    runs_touched = {run.id for run in runs.touched(project, gone)}
    datasets_touched = {dataset.path.name for dataset in datasets.touched(project, gone)}
    return [
        output
        for output in every(project, withdrawn=True)
        if (story := output.provenance())["run"] in runs_touched or story["dataset"] in datasets_touched
    ]


def forget(project, gone: Iterable) -> None:
    """Marks these outputs: their story says that the ground they stand on was withdrawn, and they are no longer listed."""
    for output in touched(project, gone):
        write_json(output.path.with_suffix(".json"), {**output.provenance(), "withdrawn": now()})
