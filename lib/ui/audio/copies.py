"""Mine or a copy? The chunk of what a model learned from that is most like a sound which it made, heard beside it. Read `offer`."""

from __future__ import annotations

import streamlit as st

from lib import audio, jobs
from lib.errors import UserError
from lib.jobs import Task
from lib.project import Project, handing_out
from lib.project.outputs import Listed, Output
from lib.ui.widgets import show, sound_pair, sound_player, task_bar

TASK = "audio.nearest"
TITLE = "Mine or a copy?"


def asked(project: Project) -> dict[str, Task]:
    """The file name of an output -> what was asked of it last. Read once for a page."""
    return {task.summary.get("arguments", {}).get("output", ""): task for task in reversed(jobs.tasks(project, TASK))}


def offer(project: Project, listed: Listed, task: Task | None, key: str) -> None:
    """The button; while it is looked for, the bar; then both chunks. Nothing for a sound of no run of this project. task: as `asked` has it."""
    if not listed.run:
        return
    if task_bar.is_under_way(task):
        task_bar.watch(task, "Comparing it with what it learned from")
        return
    if task is None or not _may_be_told(project, task):
        if st.button(TITLE, key=f"{key}.copy", type="tertiary", icon=":material/plagiarism:", help="The moment in what it learned from that is most like this sound."):
            with show.errors():
                jobs.background(project, TASK, output=listed.path.name)
                st.rerun()
        return
    with st.expander(TITLE, icon=":material/plagiarism:", expanded=True), show.errors():
        _found(project, listed, task, key)


def _may_be_told(project: Project, task: Task) -> bool:
    """False where the datapoint that came nearest may not be used any more: then it is not named either, and may be looked for anew."""
    if task.state != "finished":
        return True
    try:
        near = task.result()
        may = handing_out.prepared(project, project.dataset(near["dataset"]), near["file"])
    except UserError:
        may = False
    if not may:
        jobs.forget(task)
    return may


def _found(project: Project, listed: Listed, task: Task, key: str) -> None:
    told = task.result()        # raises what went wrong
    near = audio.Nearest(**told)
    st.markdown(in_words(near))
    made, output = sound_player.of_output(project, Output(listed.path)), Output(listed.path)
    learned = sound_player.of_prepared(project, project.dataset(near.dataset).path, near.file, f"Sound number {near.number}, which it learned from")
    sound_pair.compare(
        sound_player.with_mark(made, near.at, near.at + near.seconds), sound_player.with_mark(learned, near.there, near.there + near.seconds),
        key=f"{key}.near", names=("what it made", f"number {near.number}"),
    )  # fmt: skip
    if listened := listed_exactly(output):
        st.markdown(f":small[{listened}]")


def listed_exactly(output: Output) -> str:
    """A model that puts recordings together copies by its nature; its story says exactly what."""
    return "It is put together from recordings: its story says exactly who is heard when." if "heard" in output.provenance() else ""


def in_words(near: audio.Nearest) -> str:
    """What was found, held against how far its data is from itself."""
    by = f", by {show.plain(near.credit)}" if near.credit else ""
    where = f"At {near.at:.1f} s it is most like number {near.number}{by}, at {near.there:.1f} s: {_decibels(near.decibels)} apart."
    if not near.usual:
        return f"**Nothing to hold it against.** {where} There is only one sound in its data, too short to be compared with itself."
    usual = f"Two of the sounds that it learned from are {_decibels(near.usual)} apart where they are most alike."
    if near.decibels <= min(near.closest, near.usual / 2):
        verdict = "**A copy, or nearly.**"
    elif near.decibels < near.usual:
        verdict = "**Near.** Nearer than its own data is to itself."
    else:
        verdict = "**Its own.** No nearer than two of its sounds are to each other."
    share = f" {near.share:.0%} of it is that near." if near.decibels <= near.closest and near.share else ""
    return f"{verdict} {where} {usual}{share}"


def _decibels(value: float) -> str:
    return f"{value:.1f} dB"
