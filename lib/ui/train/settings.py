"""The settings on the page Train: one dial, and folded away what is behind it. Read `Choice`, then `dial` and `details`."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from pydantic.fields import FieldInfo

from lib import models
from lib.media.setting import extra_of
from lib.project import Project
from lib.project.datasets import Dataset
from lib.project.runs import Run
from lib.ui.runs import words
from lib.ui.train.base import Base
from lib.ui.train.plan import Plan, earlier_runs, fitting
from lib.ui.widgets import direction, form, show

# preset -> its sentence
PRESETS = {
    "quick": "A first result in the shortest time. Begin here.",
    "good": "Finer and steadier. For an evening, or a graphics card.",
    "best": "The most it can do. For a graphics card and patience.",
}
_FROM = "transfer_from"     # the setting that names an earlier run, where a model has it
_REVERSE = "reverse"        # the setting that takes pairs the other way round, where a model has it
_MIRROR = "mirror"          # the setting that shows each picture mirrored too, where a model has it


@dataclass(frozen=True)
class Choice:
    """What train.start is to be called with. wrong: the labels of settings whose value will not do."""

    preset: str
    seed: int
    settings: dict
    wrong: list[str]


def dial(plan: Plan) -> str:
    preset = st.segmented_control("How far shall it go?", list(PRESETS), default=plan.preset, required=True,
                                  format_func=str.capitalize, key=f"preset.{plan.key}")  # fmt: skip
    st.markdown(PRESETS[preset])
    return preset


def details(project: Project, plan: Plan, model: str, dataset: Dataset, preset: str, base: Base) -> Choice:
    """From what to what, where it learns from pairs; and two folds: the few settings that matter, and those for people who know what they want."""
    settings, suited = models.settings_class(model), preset_values(model, dataset, preset)
    values = {**suited, **(base.suited or {}), **start_values(plan, preset), **base.values}
    turned = _direction(project, dataset, settings.model_fields[_REVERSE], values) if _REVERSE in settings.model_fields else {}
    with st.expander("Settings", expanded=bool(plan.run), icon=":material/tune:"):
        earlier = _start_from(project, plan, model, base) if _FROM in settings.model_fields else None
        values |= fitting(earlier) if earlier else {}
        key = f"{plan.key}.{model}.{dataset.path.name}.{preset}.{earlier.id if earlier else ''}.{base.name}"
        mirrored = _MIRROR in settings.model_fields and dataset.has_step("Mirror")
        elsewhere = (_FROM, _REVERSE, base.field, *((_MIRROR,) if mirrored else ()))
        chosen = form.fields(settings, values, key=f"set.{key}", level="basic", skip=elsewhere)
        if mirrored:
            st.markdown(":small[This dataset holds each picture mirrored already, so there is no setting for it here.]")
        seed = st.number_input("Seed", 0, 2**53 - 1, plan.seed, key=f"seed.{plan.key}",
                               help="The start of all that is random: the same seed and settings lead to the same model.")  # fmt: skip
    if any(extra_of(field).get("level") == "expert" for field in settings.model_fields.values()):
        with st.expander("Expert settings", icon=":material/science:"):
            st.markdown(":small[Each has a value that suits this dataset already.]")
            chosen |= form.fields(settings, values, key=f"set.{key}", level="expert", skip=(_FROM,))
    chosen |= turned | base.values
    wrong = [settings.model_fields[name].title for name, value in chosen.items() if form.complaint(settings, name, value)]
    changed = {name: value for name, value in chosen.items() if value != suited.get(name) or name in (base.suited or {})}
    if earlier:
        changed[_FROM] = earlier.id
    return Choice(preset, int(seed or 0), changed, wrong)


def _direction(project: Project, dataset: Dataset, field: FieldInfo, values: dict) -> dict:
    """From what to what, as a picture, and the way to turn it round."""
    shown = st.container()
    is_reversed = st.toggle(field.title, values[_REVERSE], key=f"reverse.{dataset.path.name}", help=field.description)
    with shown:
        direction.show(project, dataset, dataset.path.name, is_reversed)
    return {_REVERSE: is_reversed}


def preset_values(model: str, dataset: Dataset, preset: str) -> dict:
    """Every setting as this preset means it for this dataset."""
    size = dataset.size[0] if dataset.size else None
    return models.validate(model, preset=preset, size=size, count=dataset.counts["train"]).model_dump()


def start_values(plan: Plan, preset: str) -> dict:
    """Those of the earlier run, as long as its preset stays; another preset sets everything anew."""
    return {name: value for name, value in plan.values.items() if name != _FROM} if preset == plan.preset else {}


def _start_from(project: Project, plan: Plan, model: str, base: Base) -> Run | None:
    runs = [run for run in earlier_runs(project, model) if base.values.items() <= run.settings.items()]
    if not runs:
        return None
    there = {run.id: run for run in runs}
    first = list(there).index(plan.values[_FROM]) + 1 if plan.values.get(_FROM) in there else 0
    name = st.selectbox(
        "Start from", ["", *there], first, key=f"from.{plan.key}.{model}",
        format_func=lambda run_id: _run_line(there[run_id]) if run_id else "Nothing: it learns only from this dataset",
        help="Begins with the model of an earlier run, which saves time; it then carries the data of that run as well. "
             "The settings of that run are taken over, so that its model fits.",
    )  # fmt: skip
    return there.get(name)


def _run_line(run: Run) -> str:
    asked = run.summary
    return f"{asked['dataset']['name']}, {words.steps(run)}, {show.when(asked.get('asked', ''))}"
