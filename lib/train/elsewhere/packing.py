"""The zip of a training that another computer shall do: everything that it needs, and nothing else. Read `contents`.

    <name>/README.md  train_here.py  requirements.txt  pins.txt
           lib/ …                                       the part that trains, as it is here
           assets/ …                                    what the model brings along, such as the tiny base
           project/datasets/<dataset>/ …                as it was frozen, without its contact sheet
           project/runs/<name>/request.json             what is asked for
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lib import models
from lib.errors import UserError
from lib.jobs import ROOT
from lib.media.files import plainly, write_text, writing
from lib.models import Belongings
from lib.project import arguments, datasets
from lib.project.dataset_folder import MANIFEST, METADATA, SPLITS, files_of
from lib.project.folder import DATASETS, RUNS
from lib.project.runs import REQUEST
from lib.train.elsewhere import needed
from lib.train.elsewhere.errands import Errand, require

if TYPE_CHECKING:
    from lib.project import Project
    from lib.project.datasets import Dataset

SCRIPT, README, WANTED, PINS = "train_here.py", "README.md", "requirements.txt", "pins.txt"


def pack(project: Project, errand: Errand, to: object) -> Path:
    """Writes the zip into the folder `to`, which is made if need be, and returns it.

    Raises UserError where somebody in its data does not allow training today, and where there is no room.
    """
    folder = arguments.path("to", to)
    with plainly(folder), tempfile.TemporaryDirectory() as scratch:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{errand.id}.zip"
        with writing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            for name, file in contents(project, errand, Path(scratch)):
                archive.write(file, name)
    return path


def contents(project: Project, errand: Errand, scratch: Path) -> Iterator[tuple[str, Path]]:
    """(name in the zip, file) of all that goes out. scratch: a folder for what is written for it. Raises UserError as `pack` does."""
    require(project, errand, f"{errand.id} does not go out.")
    request = errand.request
    dataset = datasets.get(project, request["dataset"]["name"])
    if dataset.hash != request["dataset"]["hash"]:
        raise UserError(f"{dataset.path.name} is another dataset now.", "Its folder was replaced.", "Ask for the training anew.")
    more = models.belongings(request["model"], models.validate(request["model"], request["settings"]))
    at = errand.id
    for name, words in _written(errand.id, request, dataset, more).items():
        write_text(scratch / name, words, durable=False)
        yield f"{at}/{name}", scratch / name
    yield f"{at}/{SCRIPT}", Path(__file__).with_name(SCRIPT)
    yield f"{at}/project/{RUNS}/{errand.id}/{REQUEST}", errand.path
    for file in (*needed.look(models.MODELS[request["model"]]).files, *_whole(more)):
        yield f"{at}/{file.relative_to(ROOT).as_posix()}", file
    for inside in _of_dataset(dataset):
        yield f"{at}/project/{DATASETS}/{dataset.path.name}/{inside}", dataset.path / inside
    if earlier := request["ancestors"]["run"]:
        for file in sorted((project.path / RUNS / earlier / "result").glob("model.*")):
            yield f"{at}/project/{RUNS}/{earlier}/result/{file.name}", file


def _whole(more: Belongings) -> Iterator[Path]:
    for path in more.files:
        yield from sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _of_dataset(dataset: Dataset) -> Iterator[str]:
    yield MANIFEST
    for split in SPLITS:
        if (dataset.path / split / METADATA).exists():
            yield f"{split}/{METADATA}"
        yield from (f"{split}/{name}" for row in dataset.rows(split) for name, _ in files_of(row))


def _written(errand_id: str, request: dict, dataset: Dataset, more: Belongings) -> dict[str, str]:
    wanted = needed.pinned(needed.look(models.MODELS[request["model"]]).packages, more.packages)
    return {
        README: _readme(errand_id, request, dataset, more),
        WANTED: "\n".join([f"-c {PINS}", *wanted]) + "\n",
        PINS: "\n".join(f"{name}=={version}" for name, version in sorted(needed.lock().items())) + "\n",
    }


def _readme(errand_id: str, request: dict, dataset: Dataset, more: Belongings) -> str:
    credits = sorted({row["credit"] for split in SPLITS for row in dataset.rows(split) if row.get("credit")})
    thanks = f" by {', '.join(credits)}" if credits else ""
    fetch = ["", "Once, to fetch what it begins with:", "", "```", *more.fetch, "```"] if more.fetch else []
    lines = [
        f"# {errand_id}",
        "",
        f"A training of {models.card(request['model']).title} on {len(dataset.items)} datapoints{thanks}, asked for with Handmade.",
        "It runs on any computer with Python 3.11 (3.12 mostly does as well), with or without a graphics card of NVIDIA.",
        "",
        "```",
        f"pip install -r {WANTED}",
        f"python {SCRIPT}",
        "```",
        *fetch,
        "",
        f"In a notebook: unpack it, `cd` into the folder, and put an exclamation mark before each line. `python {SCRIPT} --by \"Your name\"",
        "--where \"a rented A100\"` writes down who trained it and on what. Stopped (Ctrl+C), it saves first; started again, it goes on.",
        "",
        f"At the end `result-{errand_id}.zip` lies here: the model, its samples, its numbers, and no picture of the dataset. Give it back to",
        "whoever asked for it, who brings it in on the page Runs; nothing is sent by itself.",
        "",
        "**These are people's data.** They said yes to this training and to nothing else: look at nothing, keep nothing, and delete this",
        "folder and its zip once the result has arrived.",
    ]
    return "\n".join(lines) + "\n"
