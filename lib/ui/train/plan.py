"""What the page Train begins with: a dataset, a preset and settings, as the address asks for them. Read `plan_of`.

    ?dataset=tulips-64-v1     that dataset
    ?model=lora               that kind of model
    ?again=<run>              everything as in that run, to be changed
    ?transfer=<run>           start from that run's model, with its settings, so that it fits
"""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from lib import models
from lib.errors import UserError
from lib.project import Project
from lib.project.runs import Run, newest_first


@dataclass(frozen=True)
class Plan:
    """values: settings that differ from those of the preset. run: the earlier one that it was taken from. key: tells plans apart."""

    model: str
    dataset: str = ""
    preset: str = "quick"
    seed: int = 0
    values: dict = field(default_factory=dict)
    run: Run | None = None
    words: str = ""

    @property
    def key(self) -> str:
        return f"{self.dataset}.{self.run.id if self.run else ''}.{'from' if self.values.get('transfer_from') else ''}"


def plan_of(project: Project) -> Plan:
    """Raises UserError if the address names a run that is not there, or whose kind of model this Handmade does not know."""
    asked = st.query_params
    if again := asked.get("again"):
        return again_plan(project.run(again))
    if earlier := asked.get("transfer"):
        return transfer_plan(project.run(earlier))
    _known(model := asked.get("model", next(iter(models.MODELS))))
    return Plan(model, asked.get("dataset", ""))


def again_plan(run: Run) -> Plan:
    was = run.summary
    _known(was["model"])
    values = {name: value for name, value in was["settings"].items() if name in models.settings_class(was["model"]).model_fields}
    return Plan(was["model"], was["dataset"]["name"], was.get("preset", "quick"), was["seed"], values, run,
                "The settings are those of that run. Change what you like, then start.")  # fmt: skip


def transfer_plan(run: Run) -> Plan:
    plan = again_plan(run)
    values = {**fitting(run), "transfer_from": run.id}
    return Plan(plan.model, plan.dataset, plan.preset, plan.seed, values, run,
                "The new training begins with the model of that run, so it need not start from nothing.")  # fmt: skip


def fitting(run: Run) -> dict:
    """The settings of a run that one which starts from it takes over, so that its model fits."""
    fields = models.settings_class(run.model).model_fields
    return {name: value for name, value in run.settings.items() if name in fields and name not in ("steps", "transfer_from")}


def _known(model: str) -> None:
    if model not in models.MODELS:
        raise UserError(f"There is no kind of model called {model!r} here.", "The run is from another Handmade.", "Choose another run.")


def earlier_runs(project: Project, model: str, most: int = 20) -> list[Run]:
    """The newest runs that a new one may start from: of this kind, and with something learned."""
    runs = []
    for run in newest_first(project):
        if run.summary["model"] == model and not run.withdrawn and (run.result or run.checkpoints()):
            runs.append(run)
        if len(runs) == most:
            break
    return runs
