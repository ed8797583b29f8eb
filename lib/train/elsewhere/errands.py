"""Errands: what was given out to be trained on other computers, one file each in the project's folder errands/. Read `send_out`.

The file is the request of the run that shall come of it, as it lies in the zip: what comes home has to bring the very same. It holds
ids and no data. Where somebody in the data withdraws, nothing but the name is left of it, so that a result is refused in plain words.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lib import jobs, models
from lib.errors import UserError
from lib.media.files import read_json, write_json
from lib.project import consent, people, runs
from lib.project.dataset_folder import SPLITS
from lib.project.folder import RUNS
from lib.train.starting import asked

if TYPE_CHECKING:
    from lib.project import Project
    from lib.project.datasets import Dataset

ERRANDS, GONE = "errands", ".withdrawn"


@dataclass(frozen=True)
class Errand:
    """path: its file. id: the name that the run will have."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.stem

    @property
    def request(self) -> dict:
        return read_json(self.path)

    @property
    def learned_from(self) -> list[str]:
        """The ids of all items that are in it."""
        request = self.request
        return list(dict.fromkeys([*request["dataset"]["items"], *request["ancestors"]["items"]]))


def send_out(project: Project, model: str, dataset: object, *, preset: str = "quick", seed: int = 0, **settings: object) -> Errand:
    """Asks for a training that another computer shall do; `pack` makes the zip for it. Nothing is trained here.

    The arguments are those of `train.start`. Raises UserError as that does, and where something of it lies on this computer alone.
    """
    _refuse_what_stays(model)
    found, request = asked(project, model, dataset, "No zip is made of", preset, seed, "auto", settings, here=False)
    models.belongings(model, models.validate(model, request["settings"]))
    _refuse_unfinished(project, request["ancestors"]["run"])
    folder = project.path / ERRANDS
    folder.mkdir(exist_ok=True)
    errand = Errand(folder / f"{_free_name(project, jobs.name_of_run(model, found.name))}.json")
    write_json(errand.path, jobs.signed(project, {**request, "expected_seconds": None, "errand": errand.id}))
    return errand


def stays_here(model: str) -> bool:
    """True of a model that is made of the data itself: what comes home holds no data, so nothing would be left of it."""
    return models.is_known(model) and models.card(model).lets_go


def _refuse_what_stays(model: str) -> None:
    if stays_here(model):
        raise UserError(
            f"{models.card(model).title} is not given out.",
            "It is made of the files of the dataset themselves, and a result that comes home holds none of them.",
            "Train it here: it is quick.",
        )


def _refuse_unfinished(project: Project, earlier: str | None) -> None:
    if earlier and project.run(earlier).result is None:
        raise UserError(
            f"{earlier} does not go along.", "It has not finished, and only a finished model goes out.", "Let it train to its end, or start from another one."
        )


def _free_name(project: Project, name: str) -> str:
    """One that no run has, no removed one, and no other errand."""
    places = [project.path / RUNS, project.path / RUNS / runs.REMOVED, project.path / ERRANDS]
    taken = {path.name.removesuffix(".json").removesuffix(GONE) for place in places if place.is_dir() for path in place.iterdir()}
    return next(free for number in range(1, len(taken) + 2) if (free := name if number == 1 else f"{name}-{number}") not in taken)


def errands(project: Project) -> list[Errand]:
    """Those that have not come home yet, newest first."""
    return [Errand(path) for path in sorted((project.path / ERRANDS).glob("*.json"), reverse=True)]


def find_errand(project: Project, errand_id: str) -> Errand:
    """Raises UserError if there is none of that name (any more)."""
    there = {errand.id: errand for errand in errands(project)}
    if errand_id not in there:
        raise UserError(f"There is no training {errand_id!r} that was given out.", "It came home, or was called back.", "Look at the list on Runs again.")
    return there[errand_id]


def forget_errand(project: Project, errand_id: str) -> None:
    """Calls one back: what comes of it is not taken in any more. The zip that is out there stays where it is."""
    find_errand(project, errand_id).path.unlink(missing_ok=True)


def require(project: Project, errand: Errand, what: str) -> None:
    """Raises UserError where somebody in its data does not allow training today. what: the sentence that says what does not happen."""
    consent.require(project, errand.learned_from, "train", what)


def in_it(project: Project, dataset: Dataset) -> list[tuple[str, int]]:
    """Whose data a dataset holds: (name, how many files), most first; "" where nobody is named. For whoever gives it out."""
    names = {person.id: person.name for person in people.everyone(project)}
    rows = [row for split in SPLITS for row in dataset.rows(split)]
    counts = Counter(names.get(person, "") for row in rows for person in {row.get("person", ""), row.get("source_person") or row.get("person", "")})
    return sorted(counts.items(), key=lambda entry: (not entry[0], -entry[1], entry[0]))


# ---- what a withdrawal must reach ------------------------------------------------------------------------------------


def touched(project: Project, gone: Iterable) -> list[Errand]:
    """Those whose zip holds one of these items."""
    ids = {item.id for item in gone}
    return [errand for errand in errands(project) if ids.intersection(errand.learned_from)]


def forget(project: Project, gone: Iterable) -> None:
    """Nothing but the name stays, so that what comes home is refused for what it is."""
    for errand in touched(project, gone):
        errand.path.with_suffix(GONE).touch()
        errand.path.unlink(missing_ok=True)


def was_withdrawn(project: Project, errand_id: str) -> bool:
    return (project.path / ERRANDS / f"{os.path.basename(errand_id)}{GONE}").exists()
