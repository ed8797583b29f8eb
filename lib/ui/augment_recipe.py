"""The left side of Augment: the recipe, step by step, kept in the project at each change. Read `current`, then `steps`.

Widgets hold their own values while a person is at them, and the project holds the plan. Where the plan was changed
elsewhere (another tab, an earlier recipe taken again), the widgets get new keys, and so begin with what the project says.
What somebody has typed just before is taken along (`hold`), though no look may have come to it yet.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable

import streamlit as st

from lib import augment
from lib.augment import Plan, Recipe
from lib.errors import UserError
from lib.ui import augment_menu, augment_models, form, show

_KEPT, _FRESH, _WRONG, _BEFORE, _HELD = "augment.kept", "augment.fresh", "augment.wrong", "augment.before", "augment.held"
_EMPTY = {
    "image": "No step yet: your pictures would stay as they are. Add a step, such as Square crop.",
    "sound": "No step yet: your sounds would stay as they are. Add a step, such as one that trims the silence.",
    "text": "No step yet: your texts would stay as they are. Add a step, such as one that cleans them.",
}


def current(project, kind: str = "image") -> Plan:
    """The plan as the project holds it."""
    plan = augment.read_plan(project, kind)
    if st.session_state.get(_KEPT) != _mark(project, plan):
        begin_anew()
        st.session_state[_KEPT] = _mark(project, plan)
    return plan


def keep(project, plan: Plan) -> None:
    """Writes the plan into the project; the widgets that changed it stay as they are."""
    augment.keep_plan(project, plan)
    st.session_state[_KEPT] = _mark(project, plan)


def change(project, drawn: Plan, to: Callable[[Plan], Plan], said: str = "") -> None:
    """What a button does. drawn: the plan that the person saw; if it has other steps by now, nothing happens.

    said: what was done, for what a person may want to take back.
    """
    before = _as_typed(project, drawn.kind)
    if _outline(before) == _outline(drawn):     # then its places are the same
        alter(project, drawn.kind, to)
        if said:
            st.session_state[_BEFORE] = (_mark(project, augment.read_plan(project, drawn.kind)), before, said)


def alter(project, kind: str, to: Callable[[Plan], Plan]) -> None:
    """Changes the plan as it is now. What cannot be is said below the steps."""
    try:
        keep(project, to(_as_typed(project, kind)))
    except UserError as wrong:
        st.session_state[_WRONG] = wrong
    begin_anew()


def hold(name: str, take: Callable[[Plan], Plan]) -> None:
    """Notes how a widget changes the plan. take: of a plan, the plan with what stands in the widget just now."""
    st.session_state.setdefault(_HELD, {})[name] = take


def _as_typed(project, kind: str) -> Plan:
    """The plan with what stands in all widgets, unless it was changed elsewhere: then they are still those of another plan."""
    plan = augment.read_plan(project, kind)
    if st.session_state.get(_KEPT) == _mark(project, plan):
        for take in st.session_state.get(_HELD, {}).values():
            with contextlib.suppress(UserError):
                plan = take(plan)
    return plan


def add(project, kind: str, name: str) -> None:
    """Puts a step of that name where it usually belongs; a person can move it."""
    if name not in augment.STEPS or augment.STEPS[name].kind != kind:
        return
    alter(project, kind, lambda plan: plan.add(augment.STEPS[name]()))


def begin_anew() -> None:
    """All widgets take their values from the plan again."""
    st.session_state.pop(_HELD, None)
    st.session_state[_FRESH] = fresh() + 1


def fresh() -> int:
    """Part of the key of every widget whose value is in the plan."""
    return st.session_state.get(_FRESH, 0)


def steps(project, plan: Plan) -> None:
    """The steps with their few controls. A changed value is kept, and the page drawn anew with it."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header("Recipe", anchor=False, width="content")
        with st.container(width="content"):
            augment_menu.menu(plan.kind, functools.partial(add, project, plan.kind))
    if not plan.recipe.steps:
        st.markdown(_EMPTY[plan.kind])
    puzzling = {"image": augment.doubts, "sound": functools.partial(augment.sound_doubts, project)}.get(plan.kind, lambda _: [])(plan.recipe)
    _offer_undo(project, plan)
    _say(puzzling, None)
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
    if any(step.group == "background" for step in plan.recipe.steps):
        augment_models.offer(project)
    if error := st.session_state.pop(_WRONG, None):
        show.error(error)
    if changed != plan and not wrong:
        keep(project, changed)
        st.rerun()


def _head(project, plan: Plan, place: int, step) -> None:
    """Its number and name, the buttons that move it, what it does, and who does it."""
    last = len(plan.recipe.steps) - 1
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.markdown(f"**{place + 1}  {step.title}**", width="content")
        with st.container(horizontal=True, gap="xsmall", width="content"):
            for name, by in (("Up", -1), ("Down", 1)):
                st.button(
                    f":small[{name}]", key=f"{name}.{place}", type="tertiary", disabled=place == (0 if by < 0 else last),
                    on_click=change, args=(project, plan, lambda plan, place=place, by=by: plan.move(place, by)),
                )  # fmt: skip
            st.button(
                ":small[Remove]", key=f"Remove.{place}", type="tertiary",
                on_click=change, args=(project, plan, lambda plan, place=place: plan.remove(place), f"{step.title} was taken out."),
            )  # fmt: skip
    st.markdown(f":small[{step.says} Done by {step.library}.]")


def _take_values(plan: Plan, place: int, step) -> Plan:
    """The plan with what the step's controls say. Raises UserError where a value does not fit; the plan stays then."""
    key = f"step.{fresh()}.{place}.{type(step).__name__}"
    hold(key, lambda plan: _with_standing(plan, place, type(step), key))
    values = form.fields(type(step), step.model_dump(), key=key, level="basic")
    if any(_level(field) == "expert" for field in type(step).model_fields.values()):
        with st.expander("For experts"):
            values |= form.fields(type(step), step.model_dump(), key=key, level="expert")
    chosen = type(step)(**values)
    return plan if chosen == step else plan.change(place, chosen)


def _with_standing(plan: Plan, place: int, kind: type, key: str) -> Plan:
    """The plan with what stands in the widgets of the step at that place, if it is of this kind still."""
    step = dict(enumerate(plan.recipe.steps)).get(place)
    if type(step) is not kind:
        return plan
    values = step.model_dump()
    return plan.change(place, kind(**{**values, **form.standing(kind, values, key)}))


def _outline(plan: Plan) -> list[type]:
    """The kinds of its steps, without a Mirror at the end, which comes and goes with an answer."""
    kinds = [type(step) for step in plan.recipe.steps]
    return kinds[:-1] if kinds[-1:] == [augment.Mirror] else kinds


def _level(field) -> str:
    return (field.json_schema_extra or {}).get("level", "basic")


def _offer_undo(project, plan: Plan) -> None:
    """The way back from what took steps away, as long as nothing else was changed since."""
    after, before, said = st.session_state.get(_BEFORE, ("", plan, ""))
    if after == _mark(project, plan):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":small[{said}]", width="content")
            st.button(":small[Undo]", key="augment.undo", type="tertiary",
                      on_click=change, args=(project, plan, lambda now: before if _mark(project, now) == after else now))    # fmt: skip


def _say(puzzling: list, place: int | None) -> None:
    for doubt in puzzling:
        if doubt.place == place:
            st.warning(doubt.words, icon=":material/help:")


def take_recipe(project, plan: Plan, recipe: Recipe) -> None:
    """What "Use this recipe" does."""
    change(project, plan, lambda plan: plan.take(recipe), "The recipe was replaced." if plan.recipe.steps else "")


def _mark(project, plan: Plan) -> tuple[str, str]:
    return project.path.name, plan.digest()
