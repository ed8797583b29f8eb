"""The steps of a recipe on Augment: a line each, with its name and what was chosen; the one that is open shows its fields. Read `steps`.

The fields of a folded step are on the page too, only not shown (shell/frame.css), so nothing that stands in them is lost.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import streamlit as st

from lib import augment
from lib.augment import Plan, Step
from lib.errors import UserError
from lib.ui.augment import background_models, menu
from lib.ui.augment import recipe as augment_recipe
from lib.ui.widgets import form, show

if TYPE_CHECKING:
    from lib.project import Project

_EMPTY = {
    "image": "No step yet: your pictures would stay as they are. Add a step, such as Square crop.",
    "sound": "No step yet: your sounds would stay as they are. Add a step, such as one that trims the silence.",
    "text": "No step yet: your texts would stay as they are. Add a step, such as one that cleans them.",
}


# What is odd about a recipe, by the kind of its datapoints.
_PUZZLING = {"image": lambda project, recipe: augment.doubts(recipe), "sound": augment.sound_doubts}


def steps(project: Project, plan: Plan) -> None:
    """All steps. A changed value is kept, and the page drawn anew with it."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header("Recipe", anchor=False, width="content")
        with st.container(width="content"):
            menu.menu(plan.kind, functools.partial(augment_recipe.add, project, plan.kind))
    if not plan.recipe.steps:
        st.markdown(_EMPTY[plan.kind])
    puzzling = _PUZZLING.get(plan.kind, lambda *_: [])(project, plan.recipe)
    augment_recipe.offer_undo(project, plan)
    _say(puzzling, None)
    changed, wrong = plan, False
    with st.container(gap=None):
        for place, step in enumerate(plan.recipe.steps):
            with st.container(key=f"foldable.{place}", gap=None):
                _line(project, plan, place, step)
                try:
                    changed = _open_or_folded(changed, place, step)
                except UserError as error:
                    wrong = True
                    show.error(error)
                _say(puzzling, place)
    if any(step.group == "background" for step in plan.recipe.steps):
        background_models.offer(project)
    augment_recipe.say_what_is_wrong()
    if changed != plan and not wrong:
        augment_recipe.keep(project, changed)
        st.rerun()


def _line(project: Project, plan: Plan, place: int, step: Step) -> None:
    """Its number, its name and what was chosen, which opens and folds it, and the buttons that move it and take it out."""
    last, is_open = len(plan.recipe.steps) - 1, augment_recipe.opened() == place
    with st.container(horizontal=True, vertical_alignment="center", gap=None):
        st.button(
            line(place, step), key=f"fold.{place}", type="tertiary", width="stretch",
            icon=":material/keyboard_arrow_down:" if is_open else ":material/keyboard_arrow_right:",
            on_click=augment_recipe.open_step, args=(None if is_open else place,),
        )  # fmt: skip
        for name, icon, by in (("Up", "arrow_upward", -1), ("Down", "arrow_downward", 1)):
            st.button(
                name, icon=f":material/{icon}:", key=f"{name}.{place}", type="tertiary", disabled=place == (0 if by < 0 else last),
                on_click=augment_recipe.move, args=(project, plan, place, by),
            )  # fmt: skip
        st.button("Remove", icon=":material/close:", key=f"Remove.{place}", type="tertiary",
                  on_click=augment_recipe.take_out, args=(project, plan, place))    # fmt: skip


def line(place: int, step: Step) -> str:
    """"**2  Resize** · 64 px"."""
    chosen = summary(step)
    return f"**{place + 1}  {step.title}**" + (f" · {show.plain(chosen)}" if chosen else "")


def summary(step: Step) -> str:
    """What was chosen, in a few words: "64 px", "by up to 10°, 1 copy"; "" where there is nothing to choose."""
    if not type(step).model_fields or step.words == step.title:
        return ""
    first, _, rest = step.words.partition(" ")
    words = step.words.removeprefix(step.title)
    if words == step.words and rest and first == step.title.split()[0]:     # "Turn by up to 10°" of "Turn a little"
        words = rest
    return words.strip(" ,").removeprefix("to ")


def _open_or_folded(plan: Plan, place: int, step: Step) -> Plan:
    """What it does, who does it, and its fields. Returns and raises as `_take_values`."""
    state = "open" if augment_recipe.opened() == place else "folded"
    with st.container(key=f"fields-{state}.{place}", gap="xsmall"):
        st.markdown(f":small[{step.says} Done by {step.library}.]")
        return _take_values(plan, place, step)


def _take_values(plan: Plan, place: int, step: Step) -> Plan:
    """The plan with what the step's controls say. Raises UserError where a value does not fit; the plan stays then."""
    key = f"step.{augment_recipe.fresh()}.{place}.{type(step).__name__}"
    augment_recipe.hold(key, lambda plan: _with_standing(plan, place, type(step), key))
    values = form.fields(type(step), step.model_dump(), key=key, level="basic")
    if any(_level(field) == "expert" for field in type(step).model_fields.values()):
        with st.expander("For experts"):
            values |= form.fields(type(step), step.model_dump(), key=key, level="expert")
    chosen = type(step)(**values)
    return plan if chosen == step else plan.change(place, chosen)


def _with_standing(plan: Plan, place: int, kind: type, key: str) -> Plan:
    """The plan with what stands in the widgets of the step at that place, if it is of this kind still."""
    step = dict(enumerate(plan.recipe.steps)).get(place)
    if step is None or type(step) is not kind:
        return plan
    values = step.model_dump()
    return plan.change(place, kind(**{**values, **form.standing(kind, values, key)}))


def _level(field) -> str:
    return (field.json_schema_extra or {}).get("level", "basic")


def _say(puzzling: list, place: int | None) -> None:
    for doubt in puzzling:
        if doubt.place == place:
            st.warning(doubt.words, icon=":material/help:")
