"""The head of a run's page: its state, how far it is, and what a person can do now. Read `show_head`."""

from __future__ import annotations

import streamlit as st

from lib import jobs, train
from lib.project import Project
from lib.project.runs import Run
from lib.ui import rooms, run_words, show

_HARMLESS = "Stopping is harmless: it saves first, and can go on from there whenever you like."


def show_head(project: Project, run: Run, state: str) -> None:
    st.markdown(f"{show.state(state)}&ensp;{run_words.facts(run)}")
    if state == "queued":
        st.markdown(run_words.waiting(jobs.queue_place(run)))
    elif state == "running":
        st.progress(run_words.part_done(run), text=run_words.progress(run))
        st.markdown(run_words.going(run))
    elif words := run_words.over(run):
        st.markdown(words)
    if state == "failed" and run.error:
        show.error(run.error, run_words.report(run))
    if run.withdrawn:
        withdrawn(project, run)
    elif state == "finished":
        st.markdown(f"Finished after {run_words.steps(run)}.")
    with st.container(horizontal=True):
        _doors(project, run, state)


def _doors(project: Project, run: Run, state: str) -> None:
    """What can be done now, the likeliest first."""
    if state == "queued":
        st.button("Take it out of the queue", on_click=_stop, args=(run,), disabled=run.is_stopping, help=_HARMLESS)
        return
    if state == "running":
        _while_running(run)
        return
    if not run.withdrawn:
        _after(project, run, state)
    if st.button("Train again with changes", icon=":material/tune:", help="The same settings, for you to change."):
        rooms.go("train/train.py", project, again=run.id)
    if run.result and not run.withdrawn and "transfer_from" in run.settings:
        if st.button("Start a new one from it", icon=":material/fork_right:", help="Its model is the beginning of the new one, which saves time."):
            rooms.go("train/train.py", project, transfer=run.id)


def _while_running(run: Run) -> None:
    asked, stopping = run.sample_is_asked_for, run.is_stopping
    label = "A sample is coming" if asked else "Sample now"
    st.button(label, type="primary", icon=":material/photo_camera:", on_click=_sample, args=(run,), disabled=asked or stopping,
              help="Paints what it can do at this moment.", key="sample_now")  # fmt: skip
    st.button("Stopping" if stopping else "Stop", icon=":material/pause:", on_click=_stop, args=(run,), disabled=stopping,
              help=_HARMLESS, key="stop")  # fmt: skip


def _after(project: Project, run: Run, state: str) -> None:
    if state == "finished":
        if st.button("Generate pictures" if _paints(run) else "Generate", type="primary", icon=":material/auto_awesome_mosaic:"):
            rooms.go("play/generate.py", project, run=run.id)
        return
    help_ = "It goes on from where it was saved last." if run.checkpoints() else "It begins again."
    if st.button("Continue", type="primary", icon=":material/play_arrow:", help=help_):
        with show.errors():
            train.resume(run)
            st.rerun(scope="app")


def _paints(run: Run) -> bool:
    from lib import models

    return models.card(run.model).makes == "image"


def withdrawn(project: Project, run: Run) -> None:
    count = len(run.withdrawn["items"])
    st.warning(
        f"{show.several(count, 'datapoint')} that it learned from {'was' if count == 1 else 'were'} withdrawn. A model cannot "
        "unlearn, so it is neither shown nor played nor continued.  \nFreeze the next version of the dataset, which leaves "
        "them out, and train on that.",
        icon=":material/block:",
    )
    rooms.link("make/augment.py", project, "Freeze the next version", icon=":material/arrow_forward:")


def _stop(run: Run) -> None:
    with show.errors():
        train.stop(run)


def _sample(run: Run) -> None:
    with show.errors():
        run.ask_for_sample()
