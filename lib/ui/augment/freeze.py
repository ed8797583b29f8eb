"""Freezing a dataset from the page: how many pictures it makes, its name, the one button, and what came of it. Read `freeze`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from lib import augment, jobs, train
from lib.augment import Plan, Prospect, Recipe
from lib.errors import UserError
from lib.jobs import Task
from lib.media.kinds import kind_of
from lib.project import datasets, items
from lib.project.datasets import Version
from lib.ui.augment import consent_status, questions
from lib.ui.augment import recipe as augment_recipe
from lib.ui.http import addresses
from lib.ui.shell import navigation
from lib.ui.train import model
from lib.ui.widgets import picture_grid, show, task_bar

if TYPE_CHECKING:
    from lib.project import Project

_ASKED = "augment.freeze"
_OUT = {  # as it stands in datasets that an earlier Handmade froze: as it is said today (lib/project/consent/rule.py)
    "consent is unknown": "nobody has been asked",
    "consent is asked": "asked, but not answered yet",
    "consent is refused": "consent was refused",
    "consent is withdrawn": "consent was withdrawn",
    "consent is expired": "consent has run out",
    "consent is limited, but not for training": "consent is given, but not for training",
}


@dataclass(frozen=True)
class Order:
    """What a click on the button would freeze. function: of the task. question: what is still open, in words; "" where nothing is.

    ready: False while the button cannot be used at all. refusal: what a click says where a question is open.
    """

    function: str
    arguments: dict
    name: str
    number: int
    question: str = ""
    ready: bool = True
    refusal: UserError | None = None


def freeze(project: Project, plan: Plan, prospect: Prospect, versions: list[Version]) -> None:
    """The button, or how far the last click on it has come."""
    st.subheader("Freeze", anchor=False)
    st.markdown(
        f":small[Freezing writes the prepared {kind_of(plan.kind).many} into a folder that never changes again, so that you always know what a "
        "model has learned from.]"
    )
    unsure = " Those that a step cannot prepare stay out too, and are counted afterwards." if any(step.looks or step.needs_marks for step in plan.recipe.steps) else ""
    st.markdown(f":small[{makes(prospect, plan.recipe.multiplies, kind_of(plan.kind).one, stays_out(project, plan, prospect), cuts(plan.recipe))}{unsure}]")
    say_who_learns(plan.kind)
    if any(why in _OUT for why in prospect.out):
        navigation.link("make/collect.py", project, "Decide on Collect", icon=":material/arrow_back:")
    task_bar.arriving(project)
    button_or_bar(project, task_bar.BUILD, lambda: _order(project, plan), versions)


def say_who_learns(kind: str) -> None:
    """kind: of the dataset. Nothing where some kind of model learns from it."""
    if waits := model.waits(kind):
        st.markdown(f":material/hourglass_empty: {waits}")


def button_or_bar(project: Project, function: str, order: Callable[[], Order | None], versions: list[Version]) -> None:
    """The name and the button of an order, or the bar of a task of that function that is under way."""
    task = task_bar.newest(project, function)
    spot = st.empty()
    if not task_bar.is_under_way(task):
        with spot.container(gap="xsmall"):
            task = _offer(project, order(), versions, task)
    if task_bar.is_under_way(task):
        spot.empty()    # what was drawn gives way to the bar
        task_bar.watch(task, f"Freezing {show.plain(plan_of(task).get('name', ''))}")


def _order(project: Project, plan: Plan) -> Order | None:
    """What would be frozen of this plan; None where its name cannot be one, which is said."""
    try:
        name, number = _name(project, plan)
    except UserError as error:
        show.error(error)
        return None
    open_one = questions.open_question(plan)
    question = "" if not open_one else "Answer the question about mirroring first." if plan.mirrored is None else "Write first why some stay out."
    return Order(task_bar.BUILD, _asked(plan, name), name, number, question, plan.mirrored is not None, open_one)


def _offer(project: Project, order: Order | None, versions: list[Version], task: Task | None) -> Task | None:
    """The button, and what the last task has left. Returns the task that a click has begun, or the last one."""
    if order is None:
        return task
    made = just_made(order, task, versions)
    again, whole = "again " if made else "", made is not None and train.standing(project, made).whole
    st.button(f"Freeze {again}as {order.name} v{order.number}", type="secondary" if whole or order.question else "primary",
              width="stretch", on_click=st.session_state.update, args=({_ASKED: True},), disabled=not order.ready)    # fmt: skip
    # Noted first and done here, after everything else has been kept: an answer that was just given counts.
    if st.session_state.pop(_ASKED, False):
        return start(project, order) or task
    if order.question:
        st.markdown(f":small[{order.question}]")
    if made:
        _show(project, made)
    else:
        _say_how_it_ended(task, order)
    return task


def _say_how_it_ended(task: Task | None, order: Order) -> None:
    if task and task.state in ("failed", "lost"):
        show.error(task.error or UserError("Freezing broke off.", "Its process has ended.", "Freeze again."))
    elif task and task.state == "stopped" and plan_of(task) == order.arguments:
        st.markdown("It was stopped, and nothing was kept.")


def stays_out(project: Project, plan: Plan, prospect: Prospect) -> str:
    """What is known from the pictures of the sheet: "8 of the first 11 stay out: no face found"; "" where none does."""
    if plan.kind != "image" or not any(step.looks or step.needs_marks for step in plan.recipe.steps):
        return ""
    try:
        drawn = augment.preview_sheet(project, items.find(project, limit=64, ids=prospect.items[:64]), plan.recipe, seconds=0.0)
    except (UserError, OSError):     # said where they are shown
        return ""
    if not drawn or not drawn.why:
        return ""
    out = sum(drawn.why.values())
    return f"{out:,} of the first {drawn.seen:,} {'stays' if out == 1 else 'stay'} out: {out_in_words(drawn.why)}"


def cuts(recipe: Recipe) -> bool:
    """True where a step cuts pieces: nobody knows how many there will be before they are cut."""
    return any(hasattr(step, "pieces") for step in recipe.steps)


def makes(prospect: Prospect, times: int, noun: str = "picture", known: str = "", in_pieces: bool = False) -> str:
    """"Makes 229 pictures from 229 of yours; 20 are held back for testing; 3 stay out: not decided yet."

    known: who stays out as far as anybody has seen, so that the number is the most that it can be. in_pieces: a step cuts
    pieces, and how many shows when they are cut.
    """
    count = show.several(len(prospect.items), noun) if in_pieces else show.several(prospect.pictures, noun)
    parts = [
        f"Makes pieces of {'at most ' if known else ''}**{count}** of yours; how many there will be is known when they are cut" if in_pieces
        else f"Makes {'at most ' if known else ''}**{count}** from {len(prospect.items):,} of yours"
    ]  # fmt: skip
    if times > 1:
        parts[0] += f", {times} of each {'piece ' if in_pieces else ''}to learn from"
    if prospect.test:
        parts.append(f"{f'the pieces of {prospect.test:,}' if in_pieces else f'{prospect.test:,}'} are held back for testing")
    if prospect.out:
        out = sum(prospect.out.values())
        parts.append(f"{out:,} {'stays' if out == 1 else 'stay'} out: {out_in_words(prospect.out)}")
    if known:
        parts.append(known)
    return "; ".join(parts) + "."


def out_in_words(out: dict[str, int]) -> str:
    """{"consent is unknown": 3} -> "not decided yet"; with their numbers where there are several reasons.

    Those that a person left out are counted together: "2 left out by hand (1: a mistake)".
    """
    grouped = _by_hand_together(out)
    if len(grouped) == 1:
        return show.plain(next(iter(grouped)))
    return ", ".join(f"{count:,}{'' if why.startswith(_BY_HAND) else ':'} {show.plain(why)}" for why, count in grouped.items())


def _by_hand_together(out: dict[str, int]) -> dict[str, int]:
    """The same in plain words, and all that a person left out as one entry, with what was said about them."""
    by_hand = {why: count for why, count in out.items() if why.partition(": ")[0] == datasets.EXCLUDED}
    rest = {plainly(why): count for why, count in out.items() if why not in by_hand}
    if not by_hand:
        return rest
    reasons = {why.partition(": ")[2]: count for why, count in by_hand.items() if ": " in why}
    alone = len(by_hand) == 1
    notes = "; ".join(why if alone else f"{count:,}: {why}" for why, count in reasons.items())
    return {f"{_BY_HAND} ({notes})" if notes else _BY_HAND: sum(by_hand.values()), **rest}


_BY_HAND = "left out by hand"


def plainly(why: str) -> str:
    return _OUT.get(why, why)


def _name(project: Project, plan: Plan) -> tuple[str, int]:
    """What it will be called, and its number. Raises UserError if it cannot be a name."""
    suggested = plan.name_for(project)
    key = f"name.{plan.kind}.{augment_recipe.fresh()}.{plan.name or suggested}"
    augment_recipe.hold("name", lambda plan: _with_name(project, plan, key, suggested))
    st.text_input("Name", suggested, key=key, max_chars=48, help="Each freeze of this name gets the next number; none is ever changed.")
    named = _with_name(project, plan, key, suggested)
    if named != plan:
        augment_recipe.keep(project, named)
        st.rerun()
    return datasets.short_name(suggested), datasets.next_version(project, suggested)


def _with_name(project: Project, plan: Plan, key: str, suggested: str) -> Plan:
    """The plan with the name that stands in the field of that key. suggested: what was in it at first. What the dataset
    would be called anyway is no name of its own."""
    written = st.session_state.get(key, suggested).strip()
    if written == suggested:
        return plan
    return replace(plan, name="" if written == replace(plan, name="").name_for(project) else written)


def start(project: Project, order: Order) -> Task | None:
    """Freezes in the background, if all questions are answered; else says what is missing."""
    if order.refusal:
        show.error(order.refusal)
        return None
    with show.errors():
        return jobs.background(project, order.function, **order.arguments)


def _asked(plan: Plan, name: str) -> dict:
    kind = {} if plan.kind == "image" else {"kind": plan.kind}
    return {"recipe": plan.recipe.as_plain(), "name": name, "set_aside": plan.set_aside, **kind}


def plan_of(task: Task) -> dict:
    """What a task was asked to freeze; {} where its folder is damaged."""
    try:
        return task.request["arguments"]
    except UserError:
        return {}


def just_made(order: Order, task: Task | None, versions: list[Version]) -> Version | None:
    """The version that the last task has made of exactly this order, if it is there."""
    if task is None or task.state != "finished" or plan_of(task) != order.arguments:
        return None
    try:
        folder = task.result()["dataset"]
    except (UserError, KeyError, TypeError):
        return None
    return next((version for version in versions if version.path.name == folder), None)


def _show(project: Project, made: Version) -> None:
    """What came out, and the way on."""
    title, allowance = f"{made.name} v{made.version}", train.standing(project, made)
    if allowance.whole:
        st.success(f"{title} is frozen. It is a folder that never changes again.", icon=":material/check:")
    else:
        why, them = consent_status.words(allowance), consent_status.them(allowance)
        st.warning(f"{title} is frozen. {why} Freeze again: the next version leaves {them} out.", icon=":material/block:")
    if model.waits(made.kind):
        say_who_learns(made.kind)
    elif allowance.whole and st.button(f"Train on {title}", type="primary", icon=":material/arrow_forward:", width="stretch"):
        navigation.go("train/train.py", project, dataset=made.path.name)
    if made.left_out:
        out = sum(made.left_out.values())
        st.markdown(f":small[{out:,} stayed out: {out_in_words(made.left_out)}.]")
    if (made.path / datasets.SHEET).exists():
        picture_grid.one(addresses.sheet(project, made), f"Contact sheet of {title}", key=f"made.{made.path.name}")
