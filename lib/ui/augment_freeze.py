"""Freezing a dataset from the page: how many pictures it makes, its name, the one button, and what came of it. Read `freeze`."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from lib import jobs
from lib.augment import Plan, Prospect
from lib.errors import UserError
from lib.jobs import Task
from lib.project import datasets
from lib.project.datasets import Version
from lib.ui import addresses, augment_questions, augment_recipe, augment_task, pictures, rooms, show

_ASKED = "augment.freeze"
_OUT = {
    "consent is unknown": "not decided yet",
    "consent is asked": "asked, no answer yet",
    "consent is refused": "refused",
    "consent is withdrawn": "withdrawn",
    "consent is expired": "their consent has expired",
    "consent is given, but not for training": "not allowed for training",
    "consent is limited, but not for training": "not allowed for training",
}


def freeze(project, plan: Plan, prospect: Prospect, versions: list[Version]) -> None:
    """The button, or how far the last click on it has come."""
    st.subheader("Freeze", anchor=False)
    st.markdown(
        ":small[Freezing writes the prepared pictures into a folder that never changes again, so that you always know what a "
        "model has learned from.]"
    )
    st.markdown(f":small[{makes(prospect, plan.recipe.multiplies)}]")
    if any(why in _OUT for why in prospect.out):
        rooms.link("make/collect.py", project, "Decide on Collect", icon=":material/arrow_back:")
    task = augment_task.newest(project, augment_task.BUILD)
    spot = st.empty()
    if not augment_task.is_under_way(task):
        with spot.container(gap="xsmall"):
            task = _offer(project, plan, versions, task)
    if augment_task.is_under_way(task):
        spot.empty()    # what was drawn gives way to the bar
        augment_task.watch(task, f"Freezing {show.plain(plan_of(task).get('name', ''))}")


def _offer(project, plan: Plan, versions: list[Version], task: Task | None) -> Task | None:
    """The name and the button, and what the last task has left. Returns the task that a click has begun, or the last one."""
    try:
        name, number = _name(project, plan)
    except UserError as error:
        show.error(error)
        return task
    made = just_made(plan, name, task, versions)
    again, question = "again " if made else "", augment_questions.open_question(plan)
    st.button(f"Freeze {again}as {short(name)} v{number}", type="secondary" if made or question else "primary", width="stretch",
              on_click=st.session_state.update, args=({_ASKED: True},), disabled=plan.mirrored is None)
    # Noted first and done here, after everything else has been kept: an answer that was just given counts.
    if st.session_state.pop(_ASKED, False):
        return _start(project, plan, name) or task
    if question:
        first = "Answer the question about mirroring first." if plan.mirrored is None else "Write first why some stay out."
        st.markdown(f":small[{first}]")
    if made:
        _show(project, made)
    else:
        _say_how_it_ended(task, plan, name)
    return task


def _say_how_it_ended(task: Task | None, plan: Plan, name: str) -> None:
    if task and task.state in ("failed", "lost"):
        show.error(task.error or UserError("Freezing broke off.", "Its process has ended.", "Freeze again."))
    elif task and task.state == "stopped" and plan_of(task) == _asked(plan, name):
        st.markdown("It was stopped, and nothing was kept.")


def makes(prospect: Prospect, times: int) -> str:
    """"Makes 229 pictures from 229 of yours; 20 are held back for testing; 3 stay out: not decided yet." """
    said = [f"Makes **{show.several(prospect.pictures, 'picture')}** from {len(prospect.items):,} of yours"]
    if times > 1:
        said[0] += f", {times} of each to learn from"
    if prospect.test:
        said.append(f"{prospect.test:,} are held back for testing")
    if prospect.out:
        out = sum(prospect.out.values())
        said.append(f"{out:,} {'stays' if out == 1 else 'stay'} out: {out_in_words(prospect.out)}")
    return "; ".join(said) + "."


def short(name: str, most: int = 16) -> str:
    """A long name by its two ends, so that a button stays on one line: "my-class-p…es-64"."""
    return name if len(name) <= most else f"{name[: most - 6]}…{name[-5:]}"


def out_in_words(out: dict[str, int]) -> str:
    """{"consent is unknown": 3} -> "not decided yet"; with their numbers where there are several reasons."""
    if len(out) == 1:
        return show.plain(_in_words(next(iter(out))))
    return ", ".join(f"{count:,} {show.plain(_in_words(why))}" for why, count in out.items())


def _in_words(why: str) -> str:
    return _OUT.get(why, why)


def _name(project, plan: Plan) -> tuple[str, int]:
    """What it will be called, and its number. Raises UserError if it cannot be a name."""
    suggested = plan.name_for(project)
    key = f"name.{augment_recipe.fresh()}.{plan.name or suggested}"
    written = st.text_input("Name", suggested, key=key, max_chars=48, help="Each freeze of this name gets the next number; none is ever changed.")
    own = "" if written.strip() == replace(plan, name="").name_for(project) else written.strip()
    if own != plan.name:
        augment_recipe.keep(project, replace(plan, name=own))
        st.rerun()
    return datasets.short_name(suggested), datasets.next_version(project, suggested)


def _start(project, plan: Plan, name: str) -> Task | None:
    """Freezes in the background, if all questions are answered; else says what is missing."""
    if question := augment_questions.open_question(plan):
        show.error(question)
        return None
    with show.errors():
        return jobs.background(project, augment_task.BUILD, **_asked(plan, name))


def _asked(plan: Plan, name: str) -> dict:
    return {"recipe": plan.recipe.as_plain(), "name": name, "set_aside": plan.set_aside}


def plan_of(task: Task) -> dict:
    """What a task was asked to freeze; {} where its folder is damaged."""
    try:
        return task.request["arguments"]
    except UserError:
        return {}


def just_made(plan: Plan, name: str, task: Task | None, versions: list[Version]) -> Version | None:
    """The version that the last task has made of exactly this plan, if it is there."""
    if task is None or task.state != "finished" or plan_of(task) != _asked(plan, name):
        return None
    try:
        folder = task.result()["dataset"]
    except (UserError, KeyError, TypeError):
        return None
    return next((version for version in versions if version.path.name == folder), None)


def _show(project, made: Version) -> None:
    """What came out, and the way on."""
    title = f"{made.name} v{made.version}"
    brief = f"{short(made.name)} v{made.version}"
    st.success(f"{title} is frozen. It is a folder that never changes again.", icon=":material/check:")
    if st.button(f"Train on {brief}", type="primary", icon=":material/arrow_forward:", width="stretch"):
        rooms.go("train/train.py", project, dataset=made.path.name)
    pictures.one(addresses.sheet(project, made), f"Contact sheet of {title}", key=f"made.{made.path.name}")
