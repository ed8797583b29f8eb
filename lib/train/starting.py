"""Starting, stopping and resuming a run. Read `start`: it checks everything that can be checked before the queue."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from lib import jobs, models
from lib.errors import UserError
from lib.project import datasets, items
from lib.project.runs import Run

_NEEDS = {"image": "pictures", "pairs": "pairs of pictures", "text": "texts", "audio": "sounds"}


def start(
    project,
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
    dataset = datasets.get(project, dataset)
    chosen = settle(project, model, dataset, preset, settings)
    _check_consent(project, dataset)
    request = {
        "model": model,
        "preset": preset,
        "settings": chosen.model_dump(),
        "changed": sorted(settings),
        "dataset": {
            "name": dataset.path.name,
            "folder": dataset.path.relative_to(project.path).as_posix(),
            "hash": dataset.hash,
            "items": dataset.items,
        },
        "seed": int(seed),
        "device": device,
        "versions": _versions(),
    }
    return jobs.submit_run(project, dataset.name, request)


def stop(run: Run) -> None:
    """Asks a run to save a checkpoint and end; `run.wait()` tells when it has. Resume it whenever you like."""
    run.ask_to_stop()


def resume(run: Run) -> Run:
    """Puts a run that is stopped, failed or lost back in the queue; it goes on from its last checkpoint.

    Raises UserError if it is finished or goes on already.
    """
    jobs.resume(run)
    return run


def settle(project, model: str, dataset, preset: str, settings: dict):
    """The model's settings for this dataset: the preset's, with what the person chose on top. Raises UserError."""
    card = models.card(model)
    if card.needs != dataset.kind:
        raise UserError(
            f"A {card.title} cannot learn from {dataset.path.name}.",
            f"It needs {_NEEDS[card.needs]}; this dataset holds {_NEEDS.get(dataset.kind, dataset.kind)}.",
            "Choose another dataset or another model.",
        )
    count = dataset.counts["train"]
    if count < card.least:
        raise UserError(
            f"{dataset.path.name} is too small for a {card.title}.",
            f"It has {count} to train on; the least is {card.least}.",
            "Collect some more, then freeze the next version.",
        )
    if settings.get("transfer_from"):
        settings = {**settings, "transfer_from": str(_earlier(project, settings["transfer_from"]).path)}
    return models.validate(model, settings, preset=preset, size=dataset.size[0] if dataset.size else None, count=count)


def _earlier(project, which: object) -> Run:
    """The run to start from; one that has learned something, from data that was not withdrawn."""
    run = project.run(which)
    if run.withdrawn:
        raise UserError(
            f"{run.id} cannot be started from.",
            "Somebody in its data has withdrawn.",
            "Choose another run, or train from scratch.",
        )
    if run.result is None and not run.checkpoints():
        raise UserError(
            f"{run.id} cannot be started from.",
            "It has learned nothing yet.",
            "Let it train first, or choose another run.",
        )
    return run


def _check_consent(project, dataset) -> None:
    """Consent is asked for again at each start: what held when the dataset was frozen may have changed."""
    kept, out = datasets.may_train(items.find(project, ids=dataset.items))
    gone = len(dataset.items) - len(kept) - len(out)
    if not out and not gone:
        return
    why = [f"number {one['number']} ({one['reason']})" for one in out[:12]] + (["…"] if len(out) > 12 else [])
    why += [f"{gone} no longer in the project"] if gone else []
    raise UserError(
        f"{len(out) + gone} datapoints in {dataset.path.name} may not be used for training today.",
        f"These are: {', '.join(why)}.",
        "Freeze the next version of the dataset; it leaves them out.",
    )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "system": platform.platform()}
    for package in ("torch", "numpy", "pillow"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
