"""Which files of a project may leave it today: what the server's addresses, zips and exports ask first. Read `item`, then `withheld`.

- A datapoint, large or small: not where somebody said no to its being here. (One about which nobody has decided is seen by those
  who are to decide.)
- The pages of a PDF: not where somebody said no to any of its pieces.
- A prepared copy: where all that it was made from may be trained on. A contact sheet, a run's samples and model: where all of
  their data may.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.project import consent, datasets, films, items, outputs, papers, runs
from lib.project.dataset_folder import SPLITS, files_of, items_of
from lib.project.folder import ITEMS, OUTPUTS
from lib.project.runs import CHECKPOINTS, KEPT, LIVE, RESULT, SAMPLES

if TYPE_CHECKING:
    from lib.project.project import Project


def item(project: Project, item_id: str) -> bool:
    """False also for one that is not there."""
    return not consent.survey(project).says_no(item_id)


def pages(project: Project, datapoint: items.Item) -> bool:
    """The pages of the PDF that a text came from: not where somebody said no to any piece of it."""
    survey = consent.survey(project)
    others = papers.sharing(project, datapoint.facts[papers.FACT]) if datapoint.facts.get(papers.FACT) else []
    return not any(survey.says_no(each) for each in {datapoint.id, *others})


def run(project: Project, of: runs.Run) -> bool:
    """Its samples, its model, and what it kept of its data."""
    return consent.survey(project).of(of).whole


def sheet(project: Project, dataset: datasets.Dataset) -> bool:
    return consent.survey(project).of(dataset).whole


def prepared(project: Project, dataset: datasets.Dataset, name: str) -> bool:
    """One file of a dataset, "train/000012.png". False for one that it does not have."""
    survey = consent.survey(project)
    made_from = survey.remember(("prepared", dataset.path, dataset.edition), lambda: _made_from(dataset))
    return name in made_from and not any(survey.why_not(item_id, "train") for item_id in made_from[name])


def _made_from(dataset: datasets.Dataset) -> dict[str, list[str]]:
    """The items behind each file of a dataset."""
    rows = ((split, row) for split in SPLITS for row in dataset.rows(split))
    return {f"{split}/{name}": items_of(row) for split, row in rows for name, _ in files_of(row)}


def withheld(project: Project) -> set[Path]:
    """The files and folders of a project that do not leave it, in a zip of the whole."""
    survey = consent.survey(project)
    refused = [datapoint for datapoint in items.find(project, removed=None) if survey.says_no(datapoint.id)]
    out = {project.path / ITEMS / datapoint.file for datapoint in refused} | {*papers.touched(project, refused), *films.touched(project, refused)}
    for dataset in datasets.every(project):
        out |= set(_of_dataset(project, dataset))
    for each_run in runs.every(project, removed=True):
        if not run(project, each_run):
            out |= {each_run.path / part for part in (SAMPLES, RESULT, CHECKPOINTS, KEPT, LIVE)}
    shown = {output.path for output in outputs.listed(project)}
    for output in outputs.listed(project, withdrawn=True):
        if output.path not in shown:
            out |= {output.path, output.path.with_suffix(".json")}
    given = (project.path / OUTPUTS / outputs.INPUTS).glob("[!-]*")
    return out | {folder for folder in given if survey.why_not(folder.name, "train")}


def _of_dataset(project: Project, dataset: datasets.Dataset) -> Iterable[Path]:
    with contextlib.suppress(UserError, OSError, ValueError, KeyError):
        if sheet(project, dataset):
            return
        yield dataset.path / datasets.SHEET
        for name in _made_from(dataset):
            if not prepared(project, dataset, name):
                yield dataset.path / name
