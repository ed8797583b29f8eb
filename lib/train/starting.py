"""Starting, stopping and resuming a run. Read `start`: it checks everything that can be checked before the queue."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from lib import jobs
from lib.errors import UserError
from lib.project import Project, arguments, consent, datasets, outputs
from lib.project.datasets import Dataset
from lib.project.runs import Run
from lib.train import estimates
from lib.train.resolve_settings import check_device, earlier, settle


def start(
    project: Project,
    model: str,
    dataset: object,
    *,
    preset: str = "quick",
    seed: int = 0,
    device: str = "auto",
    **settings: object,
) -> Run:
    """Puts a training in the queue and returns at once.

    model: a name from lib.models.MODELS. dataset: a Dataset, its folder or name. preset: quick, good or best.
    device: "auto" (a graphics card if there is one), "cpu" or "cuda". Every other keyword is a setting of the model.
    Raises UserError for an unknown setting or a value out of bounds, for a dataset that the model cannot learn from,
    and if the consent for training of anything in it does not hold today.
    """
    found, request = asked(project, model, dataset, "Nothing is trained on", preset, seed, device, settings)
    return jobs.submit_run(project, found.name, request)


def asked(project: Project, model: str, dataset: object, what: str, preset: str, seed: object, device: str, settings: dict, here: bool = True) -> tuple[Dataset, dict]:
    """The dataset, and what a run of it is asked for, checked. what: how the sentence begins that says what does not happen,
    where somebody says no: "Nothing is trained on". here: False for another computer. Raises UserError as `start` does."""
    found = datasets.get(project, dataset)
    check_device(device)
    number = arguments.whole("seed", seed, 0, 2**63 - 1)
    chosen = settle(project, model, found, preset, settings, device, here)
    consent.require(project, found.items, "train", f"{what} {found.path.name}.")
    return found, {
        "model": model,
        "preset": preset,
        "settings": chosen.model_dump(),
        "changed": sorted(settings),
        "dataset": {
            "name": found.path.name,
            "folder": found.path.relative_to(project.path.resolve()).as_posix(),
            "hash": found.hash,
            "items": found.items,
        },
        "ancestors": _ancestors(project, settings.get("transfer_from")),
        "seed": number,
        "device": device,
        "expected_seconds": estimates.known_seconds(project, model, found, chosen, device),
        "versions": _versions(),
    }


def stop(run: Run) -> None:
    """Asks a run to save a checkpoint and end; `run.wait()` tells when it has. Resume it whenever you like."""
    _as_run(run).ask_to_stop()


def resume(run: Run) -> Run:
    """Puts a run that is stopped, failed or lost back in the queue; it goes on from its last checkpoint.

    Raises UserError if it is finished or goes on already, or if somebody in its data does not allow training today.
    """
    project = Project.open(_as_run(run).project_path)
    consent.require_run(project, run, f"{run.id} is not resumed.")
    jobs.resume(run)
    return run


def _as_run(run: object) -> Run:
    if not isinstance(run, Run):
        raise UserError(f"{run!r} is not a run.", "An id alone does not say in which project.", "Write project.run(the id).")
    return run


def _ancestors(project: Project, which: object) -> dict:
    """The run that this one starts from, with all items and people that are in it."""
    if not which:
        return {"run": None, "items": [], "people": []}
    run = earlier(project, which)
    people = {*outputs.people_in(datasets.get(project, run.dataset_path)), *run.request["ancestors"]["people"]}
    return {"run": run.id, "items": run.learned_from, "people": sorted(people)}


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "system": platform.platform()}
    for package in ("torch", "numpy", "pillow"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return versions
