"""The left side of Augment: the recipe, step by step, kept in the project at each change. Read `current`, then `steps`.

Widgets hold their own values while a person is at them, and the project holds the plan. Where the plan was changed
elsewhere (another tab, an earlier recipe taken again), the widgets get new keys, and so begin with what the project says.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from lib import augment
from lib.augment import Plan, Recipe
from lib.errors import UserError
from lib.ui import form, show

_KEPT, _FRESH, _WRONG = "augment.kept", "augment.fresh", "augment.wrong"
_ASKED = ("Mirror",)    # not in the menu, since it is asked as a question (augment_questions.py)

WHAT_IS_WHAT = """
- **Preparing** changes every picture in the same way: it is cut and made smaller, so that all have one size.
- **Augmenting** adds variants of your own pictures, so that a small dataset teaches more; what is held back for testing gets none.
- **Transfer** begins with a model that has learned already, yours or another's, and goes on with your pictures: quicker, and something of the old one stays.
- **Training from scratch** begins with noise, so that everything the model knows comes from your pictures: slower, and all yours.

Preparing and augmenting are chosen here; from scratch or transfer is chosen when you train.
"""


def current(project) -> Plan:
    """The plan as the project holds it."""
    plan = augment.read_plan(project)
    if st.session_state.get(_KEPT) != _mark(project, plan):
        begin_anew()
        st.session_state[_KEPT] = _mark(project, plan)
    return plan


def keep(project, plan: Plan) -> None:
    """Writes the plan into the project; the widgets that changed it stay as they are."""
    augment.keep_plan(project, plan)
    st.session_state[_KEPT] = _mark(project, plan)


def change(project, drawn: str, to: Callable[[Plan], Plan]) -> None:
    """What a button does. drawn: the digest of the plan that the person saw; if it is another by now, nothing happens."""
    plan = augment.read_plan(project)
    if plan.digest() != drawn:
        return
    try:
        keep(project, to(plan))
    except UserError as wrong:
        st.session_state[_WRONG] = wrong
    begin_anew()


def begin_anew() -> None:
    """All widgets take their values from the plan again."""
    st.session_state[_FRESH] = fresh() + 1


def fresh() -> int:
    """Part of the key of every widget whose value is in the plan."""
    return st.session_state.get(_FRESH, 0)


def steps(project, plan: Plan) -> None:
    """The steps with their few controls. A changed value is kept, and the page drawn anew with it."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header("Recipe", anchor=False, width="content")
        _add(project, plan)
    puzzling = augment.doubts(plan.recipe)
    changed, wrong = plan, False
    for place, step in enumerate(plan.recipe.steps):
        with st.container(gap="xsmall"):
            _head(project, plan, place, step)
            try:
                changed = _take_values(changed, place, step)
            except UserError as error:
                wrong = True
                show.error(error)
            _say(puzzling, place)
    _say(puzzling, None)
    if error := st.session_state.pop(_WRONG, None):
        show.error(error)
    if changed != plan and not wrong:
        keep(project, changed)
        st.rerun()


def _head(project, plan: Plan, place: int, step) -> None:
    """Its number and name, the buttons that move it, and what it does."""
    last, drawn = len(plan.recipe.steps) - 1, plan.digest()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.markdown(f"**{place + 1}  {step.title}**", width="content")
        with st.container(horizontal=True, gap="xsmall", width="content"):
            for name, by in (("Up", -1), ("Down", 1)):
                st.button(
                    f":small[{name}]", key=f"{name}.{place}", type="tertiary", disabled=place == (0 if by < 0 else last),
                    on_click=change, args=(project, drawn, lambda plan, place=place, by=by: plan.move(place, by)),
                )  # fmt: skip
            st.button(
                ":small[Remove]", key=f"Remove.{place}", type="tertiary",
                on_click=change, args=(project, drawn, lambda plan, place=place: plan.remove(place)),
            )  # fmt: skip
    st.markdown(f":small[{step.says}]")


def _take_values(plan: Plan, place: int, step) -> Plan:
    """The plan with what the step's controls say. Raises UserError where a value does not fit; the plan stays then."""
    key = f"step.{fresh()}.{place}.{type(step).__name__}"
    values = form.fields(type(step), step.model_dump(), key=key, level="basic")
    if any(_level(field) == "expert" for field in type(step).model_fields.values()):
        with st.expander("For experts"):
            values |= form.fields(type(step), step.model_dump(), key=key, level="expert")
    chosen = type(step)(**values)
    return plan if chosen == step else plan.change(place, chosen)


def _level(field) -> str:
    return (field.json_schema_extra or {}).get("level", "basic")


def _say(puzzling: list, place: int | None) -> None:
    for doubt in puzzling:
        if doubt.place == place:
            st.warning(doubt.words, icon=":material/help:")


def _add(project, plan: Plan) -> None:
    """The menu of steps, with a sentence for each."""
    with st.popover("Add a step", icon=":material/add:", type="tertiary", key=f"add.{fresh()}"):
        for name, step in augment.STEPS.items():
            if name not in _ASKED:
                with st.container(gap="xxsmall"):
                    st.button(step.title, key=f"add.{name}", on_click=change, type="tertiary", icon=":material/add:",
                              args=(project, plan.digest(), lambda plan, step=step: plan.add(step())))
                    st.markdown(f":small[{step.says}]")


def take_recipe(project, plan: Plan, recipe: Recipe) -> None:
    """What "Use this recipe" does."""
    change(project, plan.digest(), lambda plan: plan.take(recipe))


def _mark(project, plan: Plan) -> tuple[str, str]:
    return project.path.name, plan.digest()
