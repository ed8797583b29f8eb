"""The recipe on Augment, kept in the project at each change, and which of its steps is open. Read `current`; steps.py draws it.

Widgets hold their own values while a person is at them, and the project holds the plan. Where the plan was changed
elsewhere (another tab, an earlier recipe taken again), the widgets get new keys, and so begin with what the project says.
What somebody has typed just before is taken along (`hold`), though no look may have come to it yet.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from lib import augment
from lib.augment import Plan, Recipe
from lib.errors import UserError
from lib.ui.widgets import show

if TYPE_CHECKING:
    from lib.project import Project

_KEPT, _FRESH, _WRONG, _BEFORE, _HELD = "augment.kept", "augment.fresh", "augment.wrong", "augment.before", "augment.held"
_OPEN = "augment.open"      # the place of the step that is open


def current(project: Project, kind: str = "image") -> Plan:
    """The plan as the project holds it."""
    plan = augment.read_plan(project, kind)
    if st.session_state.get(_KEPT) != _mark(project, plan):
        begin_anew()
        open_step(None)
        st.session_state[_KEPT] = _mark(project, plan)
    return plan


def keep(project: Project, plan: Plan) -> None:
    """Writes the plan into the project; the widgets that changed it stay as they are."""
    augment.keep_plan(project, plan)
    st.session_state[_KEPT] = _mark(project, plan)


def change(project: Project, drawn: Plan, to: Callable[[Plan], Plan], description: str = "") -> bool:
    """What a button does. drawn: the plan that the person saw; if it has other steps by now, nothing happens, and it is False.

    description: what was done, for what a person may want to take back.
    """
    before = _as_typed(project, drawn.kind)
    if _outline(before) != _outline(drawn):     # then its places are others
        return False
    alter(project, drawn.kind, to)
    if description:
        st.session_state[_BEFORE] = (_mark(project, augment.read_plan(project, drawn.kind)), before, description)
    return True


def alter(project: Project, kind: str, to: Callable[[Plan], Plan]) -> None:
    """Changes the plan as it is now. What cannot be is said below the steps."""
    try:
        keep(project, to(_as_typed(project, kind)))
    except UserError as wrong:
        st.session_state[_WRONG] = wrong
    begin_anew()


def hold(name: str, take: Callable[[Plan], Plan]) -> None:
    """Notes how a widget changes the plan. take: of a plan, the plan with what stands in the widget just now."""
    st.session_state.setdefault(_HELD, {})[name] = take


def _as_typed(project: Project, kind: str) -> Plan:
    """The plan with what stands in all widgets, unless it was changed elsewhere: then they are still those of another plan."""
    plan = augment.read_plan(project, kind)
    if st.session_state.get(_KEPT) == _mark(project, plan):
        for take in st.session_state.get(_HELD, {}).values():
            with contextlib.suppress(UserError):
                plan = take(plan)
    return plan


def add(project: Project, kind: str, name: str) -> None:
    """Puts a step of that name where it usually belongs, and opens it; a person can move it."""
    if name not in augment.STEPS or augment.STEPS[name].kind != kind:
        return
    before = _as_typed(project, kind).recipe.steps
    alter(project, kind, lambda plan: plan.add(augment.STEPS[name]()))
    after = augment.read_plan(project, kind).recipe.steps
    if len(after) > len(before):
        open_step(next(place for place, step in enumerate(after) if place >= len(before) or before[place] != step))


def move(project: Project, drawn: Plan, place: int, by: int) -> None:
    """What Up (by: -1) and Down (1) do. The step that is open stays so, wherever it stands then."""
    if change(project, drawn, lambda plan: plan.move(place, by)):
        swapped: dict[int | None, int] = {place: place + by, place + by: place}
        open_step(swapped.get(opened(), opened()))


def take_out(project: Project, drawn: Plan, place: int) -> None:
    """What Remove does; it can be taken back."""
    description = f"{drawn.recipe.steps[place].title} was taken out."
    if change(project, drawn, lambda plan: plan.remove(place), description) and (at := opened()) is not None:
        open_step(None if at == place else at - (at > place))


def opened() -> int | None:
    """The place of the step that is open; None while all are folded."""
    return st.session_state.get(_OPEN)


def open_step(place: int | None) -> None:
    """Opens that step, and folds the others; None folds them all."""
    st.session_state[_OPEN] = place


def begin_anew() -> None:
    """All widgets take their values from the plan again."""
    st.session_state.pop(_HELD, None)
    st.session_state[_FRESH] = fresh() + 1


def fresh() -> int:
    """Part of the key of every widget whose value is in the plan."""
    return st.session_state.get(_FRESH, 0)


def _outline(plan: Plan) -> list[type]:
    """The kinds of its steps, without a Mirror at the end, which comes and goes with an answer."""
    kinds = [type(step) for step in plan.recipe.steps]
    return kinds[:-1] if kinds[-1:] == [augment.Mirror] else kinds


def offer_undo(project: Project, plan: Plan) -> None:
    """The way back from what took steps away, as long as nothing else was changed since."""
    after, _, description = st.session_state.get(_BEFORE, ("", plan, ""))
    if after == _mark(project, plan):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":small[{description}]", width="content")
            st.button(":small[Undo]", key="augment.undo", type="tertiary", on_click=_undo, args=(project, plan))


def _undo(project: Project, drawn: Plan) -> None:
    after, before, _ = st.session_state[_BEFORE]
    if change(project, drawn, lambda now: before if _mark(project, now) == after else now):
        open_step(None)


def say_what_is_wrong() -> None:
    """What could not be changed, once."""
    if error := st.session_state.pop(_WRONG, None):
        show.error(error)


def take_recipe(project: Project, plan: Plan, recipe: Recipe) -> None:
    """What "Use this recipe" does."""
    if change(project, plan, lambda plan: plan.take(recipe), "The recipe was replaced." if plan.recipe.steps else ""):
        open_step(None)


def _mark(project: Project, plan: Plan) -> tuple[str, str]:
    return project.path.name, plan.digest()
