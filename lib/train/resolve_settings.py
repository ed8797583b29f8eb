"""What a training will be: the settings of a model for a dataset, checked before anything starts. Read `settle`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib import models
from lib.errors import UserError
from lib.jobs import devices
from lib.media.kinds import kind_of
from lib.project import consent
from lib.project.runs import Run
from lib.train.bases import suited_settings

if TYPE_CHECKING:
    from lib.project import Project


def check_device(device: object) -> None:
    """Raises UserError for a device that no machine has."""
    known = ("auto", devices.CPU, "cuda", *devices.available())
    if device not in known:
        raise UserError(f"There is no device {device!r}.", "", f"Choose one of: {', '.join(dict.fromkeys(known))}.")


def settle(project: Project, model: str, dataset, preset: str, settings: dict, device: str = "auto", here: bool = True):
    """The model's settings for this dataset: the preset's, above them what suits the base that it starts from, above them what the person chose.

    Raises UserError, also where the model is not ready for them on this computer; here: False for another one.
    """
    count = check_fit(model, dataset)
    if settings.get("transfer_from"):
        settings = {**settings, "transfer_from": earlier(project, settings["transfer_from"]).id}
    chosen = models.validate(model, {**_of_the_base(model, settings, device, here), **settings}, preset=preset, size=dataset.size[0] if dataset.size else None, count=count)
    if here:
        models.check(model, chosen)
    models.check_data(model, dataset, chosen)
    return chosen


def _of_the_base(model: str, settings: dict, device: str, here: bool) -> dict:
    """What suits the base, for whatever the person has not chosen: the same as stands on the page Train at first."""
    if not (field := models.base_field(model)):
        return {}
    base = str(settings.get(field, models.settings_class(model).model_fields[field].default))
    return suited_settings(model, base, device, here) or {}


def check_fit(model: str, dataset) -> int:
    """How many rows there are to train on. Raises UserError if this model cannot learn from this dataset."""
    card = models.card(model)
    if card.learns != dataset.kind:
        raise UserError(
            f"A {card.title} cannot learn from {dataset.path.name}.",
            f"It needs {kind_of(card.learns).many}; this dataset holds {kind_of(dataset.kind).many}.",
            "Choose another dataset or another model.",
        )
    amount = models.measure(model, dataset)
    if amount < card.least:
        raise UserError(
            f"{dataset.path.name} is too small for a {card.title}.",
            f"It has {card.amount(amount)} to train on; the least is {card.least:,}.",
            "Collect some more, then freeze the next version.",
        )
    return dataset.counts["train"]


def earlier(project: Project, which: object) -> Run:
    """The run to start from: one that has learned something, from data that may be trained on today."""
    run = project.run(which)
    consent.require_run(project, run, f"{run.id} is not started from.")
    if run.result is None and not run.checkpoints():
        raise UserError(
            f"{run.id} is not started from.",
            "It has learned nothing yet.",
            "Let it train first, or choose another run.",
        )
    return run
