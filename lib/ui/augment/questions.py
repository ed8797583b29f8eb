"""The questions that Augment asks and never answers itself: may it be mirrored, and does something stay out? Read `mirror`."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from lib import augment, jobs
from lib.augment import Plan, Prospect
from lib.errors import UserError
from lib.project import items
from lib.ui.augment import recipe, strip
from lib.ui.http import addresses
from lib.ui.widgets import picture_grid, show, task_bar
from lib.ui.widgets.picture_grid import Action, Event, Picture

if TYPE_CHECKING:
    from lib.project import Project

FIND = "augment.find_outliers"
_YES, _NO = "Yes, it means the same", "No, leave them as they are"
_KEEP, _CHOOSE = "Keep all", "Choose which to leave out"
_LEAVE_OUT = Action("aside", "Leave out", key="x", toggles=True)


def mirror(project: Project, plan: Plan, prospect: Prospect) -> None:
    """Asked with one of the person's own pictures; nothing is chosen beforehand."""
    st.subheader("May they be mirrored?", anchor=False)
    st.markdown(
        "Mirrored copies give the model twice as much to learn from. Does it still mean the same the other way round? "
        "Letters, asymmetrical faces, hands: no."
    )
    with show.errors():
        picture_grid.grid(pair(project, prospect), key="mirror-pair", size=100)
    answers = {_YES: True, _NO: False}
    index, key = None if plan.mirrored is None else [True, False].index(plan.mirrored), f"mirror.{recipe.fresh()}"
    st.radio("May they be mirrored?", answers, index, key=key, label_visibility="collapsed",
             on_change=lambda: recipe.alter(project, plan.kind, lambda plan: plan.answer_mirror(answers[st.session_state[key]])))


def pair(project: Project, prospect: Prospect) -> list[Picture]:
    """The first datapoint and the same mirrored."""
    [item] = items.find(project, limit=1, ids=prospect.items[:1])
    made = augment.preview(project, item, augment.Recipe(augment.Mirror()))
    return [
        Picture("as-it-is", addresses.thumbnail(project, item), f"Number {item.number} as it is", label="as it is"),
        Picture("mirrored", strip.carried(made[1].webp), f"Number {item.number} mirrored", label="mirrored"),
    ]


def outliers(project: Project, plan: Plan, allowed: tuple[str, ...]) -> None:
    """Shows the odd ones if a person wants to see them. allowed: the ids of all who may be trained on."""
    st.subheader("Do some differ from the rest?", anchor=False)
    if len(allowed) < augment.LEAST_TO_TELL:
        st.markdown(f"{show.several(len(allowed), 'picture')} {'is' if len(allowed) == 1 else 'are'} too few to tell: "
                    f"from {augment.LEAST_TO_TELL} on it can be said what is usual.")    # fmt: skip
        return
    odd = augment.known_outliers(project, allowed)
    task = task_bar.newest(project, FIND)
    if odd is None and task_bar.is_under_way(task):
        task_bar.watch(task, "Looking at every picture")
    elif odd is None:
        st.markdown("One may have slipped in by mistake, or be the best of all. They are yours to keep.")
        _offer_to_look(project, task)
    elif not odd:
        st.markdown("No picture stands far apart from the rest.")
    else:
        _ask(project, plan, odd)


def _offer_to_look(project: Project, task) -> None:
    if task and task.state in ("failed", "lost"):
        show.error(task.error or UserError("The search broke off.", "Its process has ended.", "Look again."))
    st.button("Look for them", icon=":material/search:", on_click=jobs.background, args=(project, FIND))


def _ask(project: Project, plan: Plan, odd: list[dict]) -> None:
    st.markdown(
        f"{show.several(len(odd), 'picture differs', 'pictures differ')} from the rest. They are yours to keep: "
        "what is odd may be what matters."
    )
    what, why = f"odd.{recipe.fresh()}", f"why.{recipe.fresh()}"
    recipe.hold("odd", functools.partial(_as_answered, what=what, why=why))
    choosing = st.radio("What differs", [_KEEP, _CHOOSE], 1 if plan.aside else 0, key=what, label_visibility="collapsed") == _CHOOSE
    picture_grid.grid(odd_pictures(project, plan, odd), key="odd", size=100, actions=[_LEAVE_OUT] if choosing else [],
                  heard=functools.partial(_leave_out, project))
    if choosing:
        st.text_input("Why do they stay out?", plan.reason, key=why, max_chars=200,
                      help="One line. It is kept with the dataset, for whoever opens it later.")
    changed = _as_answered(plan, what, why)
    if changed != plan:
        recipe.keep(project, changed)
        st.rerun()


def _as_answered(plan: Plan, what: str, why: str) -> Plan:
    """The plan with what stands in the two fields. what, why: their keys."""
    if st.session_state.get(what) == _KEEP:
        return replace(plan, aside=())
    return replace(plan, reason=" ".join(st.session_state.get(why, plan.reason).split()))


def _leave_out(project: Project, event: Event) -> None:
    """Out, or back in."""
    plan = augment.read_plan(project)
    if (event.id in plan.aside) != event.on:
        recipe.keep(project, replace(plan, aside=toggled(plan.aside, event.id)))


def odd_pictures(project: Project, plan: Plan, odd: list[dict]) -> list[Picture]:
    """Those that differ, with why; what stays out is shown faded."""
    there = {item.id: item for item in items.find(project, limit=len(odd), ids=[entry["item"] for entry in odd])}
    return [
        Picture(
            entry["item"], addresses.thumbnail(project, there[entry["item"]]), f"Number {entry['number']}, {entry['why']}",
            label=entry["why"].removeprefix("much ").removesuffix(" than the rest"),
            large=addresses.thumbnail(project, there[entry["item"]], 1024),
            mark=_LEAVE_OUT.name if entry["item"] in plan.aside else "", dim=entry["item"] in plan.aside,
        )
        for entry in odd if entry["item"] in there
    ]  # fmt: skip


def toggled(aside: tuple[str, ...], item: str) -> tuple[str, ...]:
    return tuple(other for other in aside if other != item) if item in aside else (*aside, item)


def open_question(plan: Plan) -> UserError | None:
    """What must be answered before anything is frozen; None where all is."""
    if plan.mirrored is None:
        return UserError(
            "One question is open: may your pictures be mirrored?",
            "Nobody but you can know whether they mean the same the other way round.",
            "Answer it under “May they be mirrored?”, then freeze.",
        )
    if plan.aside and not plan.reason:
        return UserError(
            "One line is missing: why do these pictures stay out?",
            "It is kept with the dataset, for whoever opens it later.",
            "Write it under “Why do they stay out?”, or keep them all.",
        )
    return None
