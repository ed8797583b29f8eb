"""The head of a run's page: its state, how far it is, and what a person can do now. Read `show_head`."""

from __future__ import annotations

import streamlit as st

from lib import jobs, models, train
from lib.errors import UserError
from lib.media.kinds import kind_of
from lib.project import Project
from lib.project.runs import OVER, Run
from lib.ui.runs import words as runs_words
from lib.ui.shell import navigation
from lib.ui.widgets import show

_AGAIN = "A new training with the settings of this one, for you to change first."
_FROM_IT = "A new training that begins with what this one has learned, which saves time."
_WITHOUT = "The same training once more, with the same settings and seed, on the dataset without whoever said no."
_HARMLESS = "Stopping is harmless: it saves first, and can go on from there whenever you like."


def show_head(project: Project, run: Run, state: str, refused: UserError | None) -> None:
    """refused: why it may not be shown, continued or played today, if that is so."""
    st.markdown(f"{show.state(state)}&ensp;{runs_words.facts(run)}")
    if told := runs_words.elsewhere(run):
        st.markdown(f":material/luggage: {told}")
    if state == "queued":
        st.markdown(runs_words.waiting(jobs.queue_place(run)))
    elif state == "running":
        st.progress(runs_words.part_done(run), text=runs_words.progress(run))
        if sentence := runs_words.how_it_goes(run):
            st.markdown(sentence)
    elif words := runs_words.over(run):
        st.markdown(words)
    if state == "failed" and run.error:
        show.error(run.error, runs_words.report(run))
    if refused:
        not_allowed(project, run, refused)
    elif state == "finished":
        st.markdown(f"Finished after {runs_words.steps(run)}.")
    with st.container(horizontal=True):
        _actions(project, run, state, refused)
    if state == "finished" and not refused:
        lines = [f"**Train again with changes**: {_AGAIN[0].lower()}{_AGAIN[1:]}"]
        lines += [f"**Start a new one from it**: {_FROM_IT[0].lower()}{_FROM_IT[1:]}"] if _can_begin_another(run) else []
        st.markdown(f":small[{' '.join(lines)}]")


def _actions(project: Project, run: Run, state: str, refused: UserError | None) -> None:
    """What can be done now, the likeliest first."""
    if state == "queued":
        st.button("Take it out of the queue", on_click=_stop, args=(run,), disabled=run.is_stopping, help=_HARMLESS)
        return
    if state == "running":
        _while_running(run)
        return
    if not refused:
        _after(project, run, state)
    if st.button("Train again with changes", icon=":material/tune:", help=_AGAIN):
        navigation.go("train/train.py", project, again=run.id)
    if not refused and _can_begin_another(run):
        if st.button("Start a new one from it", icon=":material/fork_right:", help=_FROM_IT):
            navigation.go("train/train.py", project, transfer=run.id)


def _can_begin_another(run: Run) -> bool:
    return bool(run.result) and "transfer_from" in run.settings


def _while_running(run: Run) -> None:
    asked, stopping = run.sample_is_asked_for, run.is_stopping
    label = "A sample is coming" if asked else "Sample now"
    # One that cannot be pressed is drawn with a border: the colour of the first button fades to nothing.
    st.button(label, type="secondary" if asked or stopping else "primary", icon=":material/photo_camera:", on_click=_sample, args=(run,), disabled=asked or stopping,
              help="Paints what it can do at this moment.", key="sample_now")  # fmt: skip
    st.button("Stopping" if stopping else "Stop", icon=":material/stop:", on_click=_stop, args=(run,), disabled=stopping,
              help=_HARMLESS, key="stop")  # fmt: skip


def _after(project: Project, run: Run, state: str) -> None:
    if state == "finished":
        if st.button(f"Generate {kind_of(models.card(run.model).makes).many}", type="primary", icon=":material/auto_awesome_mosaic:"):
            navigation.go("play/audio.py" if models.card(run.model).makes == "sound" else "play/generate.py", project, run=run.id)
        return
    help_ = "It goes on from where it was saved last." if run.checkpoints() else "It begins again."
    if st.button("Continue", type="primary", icon=":material/play_arrow:", help=help_):
        with show.errors():
            train.resume(run)
            st.rerun(scope="app")


def not_allowed(project: Project, run: Run, refused: UserError) -> None:
    """Why nothing of it is shown, and the way out."""
    count = len(run.withdrawn["items"]) if run.withdrawn else 0
    why = (f"{runs_words.things(count, run)} that it learned from {'was' if count == 1 else 'were'} withdrawn." if count
           else f"{show.plain(refused.what)} {show.plain(refused.why)}")  # fmt: skip
    st.warning(
        f"{why} A model cannot unlearn, so it is neither shown nor played nor continued.",
        icon=":material/block:",
    )
    if run.state in OVER and st.button("Train again without them", type="primary", icon=":material/refresh:", help=_WITHOUT, key="again-without"):
        with show.errors():
            navigation.go("train/run.py", project, run=train.again_without(project, run).id)


def _stop(run: Run) -> None:
    with show.errors():
        train.stop(run)


def _sample(run: Run) -> None:
    with show.errors():
        run.ask_for_sample()
