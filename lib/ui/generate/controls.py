"""The left side of Generate: which run, from which seed, how many, and the walk. Read `pictures`."""

from __future__ import annotations

import secrets

import streamlit as st

from lib import generate, models
from lib.generate.requests import PICTURES, WALK
from lib.project import Project
from lib.project.runs import Run
from lib.ui.generate import now
from lib.ui.widgets import form, show

COUNTS = (1, 4, 9, 16, 25)
_FARTHEST = 999_999  # seeds that the dice throws
_LARGEST = 2**53 - 1  # that a browser can count to
_SECONDS = (2, 4, 8, 12)
_SEED = "seed-made"  # the first of those that were asked for last, for the box to show


def chosen(runs: list[Run]) -> Run | None:
    """The run that the address names (?run=), else the newest that has finished, else the newest."""
    asked = st.query_params.get("run", "")
    finished = next((run for run in runs if run.result), runs[0] if runs else None)
    return next((run for run in runs if run.id == asked), finished)


def which(runs: list[Run], run: Run) -> Run:
    """The choice of a run; it stands in the address."""
    ids = [one.id for one in runs]
    by_id = dict(zip(ids, runs, strict=True))
    picked = st.selectbox(
        "Model", ids, index=ids.index(run.id), format_func=lambda one: name_of(by_id[one]), key=f"run.{run.id}",
        help="Each training is a model of its own. The newest comes first; a finished one is chosen for you.",
    )  # fmt: skip
    if picked != run.id:
        st.query_params["run"] = picked
        st.rerun()
    if run.state in ("running", "queued"):
        st.markdown(f":small[It is still learning. You play what it had learned at its last checkpoint, step {checkpoint_of(run):,}.]")
    elif not run.result:
        st.markdown(f":small[It has not finished. You play it as it was at step {checkpoint_of(run):,}.]")
    return run


def name_of(run: Run) -> str:
    """"GAN on tulips-64-v1, 3,200 steps, 21 Nov 14:03": what tells two of them apart."""
    asked = run.summary
    day, _, hour = show.when(asked.get("asked", "")).rpartition(", ")
    number, month, *_ = [*day.split(), ""]
    steps = show.several(run.status.get("step", 0) if run.result else checkpoint_of(run), "step")
    return f"{models.card(run.model).title} on {asked['dataset']['name']}, {steps}, {number} {month[:3]} {hour}"


def checkpoint_of(run: Run) -> int:
    return int(run.checkpoints()[-1].stem.removeprefix("step_")) if run.checkpoints() else 0


def pictures(project: Project, run: Run) -> dict:
    """Seed, the model's own controls, how many, and the button. Returns the controls, which a walk takes too."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input(
            "Seed", 0, _LARGEST, key="seed", step=1, width="stretch",
            help="The number that a picture begins with: the same seed makes the same picture again. The next picture has the next seed.",
        )  # fmt: skip
        st.button("Dice", icon=":material/casino:", on_click=_throw, help="Another seed, by chance")
    controls = form.fields(models.controls_class(run.model), {}, key=f"controls.{run.model}")
    st.markdown(f":small[{what_they_do(controls)}]")
    count = st.segmented_control("How many", COUNTS, default=16, required=True, key="count")
    if st.button(f"Make {count}", type="primary", width="stretch", icon=":material/auto_awesome_mosaic:"):
        with show.errors():
            order = generate.order(project, run, count=count, seed=generate.fresh_seed(project, run, seed, **controls), **controls)
            st.session_state[_SEED] = order.request.seed
            st.rerun()
    now.line(project, PICTURES)
    return controls


def what_they_do(controls: dict) -> str:
    """One plain sentence for each number."""
    seed = "The same seed always makes the same picture; pressed again, it goes on with the next ones."
    return f"{seed} Truncation 1 is the full range; lower is safer and more alike, higher is stranger." if "truncation" in controls else seed


def _throw() -> None:
    st.session_state["seed"] = secrets.randbelow(_FARTHEST)


def walk(project: Project, run: Run, controls: dict) -> None:
    """From one seed to another, as a film."""
    if not models.card(run.model).walks:
        return
    with st.expander("A walk between two pictures", icon=":material/movie:", expanded="walk-chosen" in st.session_state):
        st.markdown(":small[Every picture on the way, as a film. Type two seeds, or look at a picture full screen and press "
                    "**Walk from** or **Walk to**.]")  # fmt: skip
        a = st.number_input("From seed", 0, _LARGEST, key="walk-a", step=1)
        b = st.number_input("To seed", 0, _LARGEST, key="walk-b", step=1)
        seconds = st.segmented_control("Seconds", _SECONDS, default=4, required=True, key="walk-seconds")
        pressed = st.button("Make the film", width="stretch", disabled=a == b,
                            help="The two seeds are the same." if a == b else "An MP4 and a GIF of the same pictures.")  # fmt: skip
    if pressed:
        with show.errors():
            generate.order_walk(project, run, a, b, seconds=seconds, **controls)
            st.rerun()
    now.line(project, WALK)


def defaults(project: Project) -> None:
    """Where the numbers stand when somebody comes: the seed, where it stood when pictures were made last."""
    if "seed" not in st.session_state:
        latest = generate.newest_order(project)
        st.session_state["seed"] = latest.request.seed if latest and latest.request.kind == PICTURES else 0
    for name, value in {"walk-a": 0, "walk-b": 1}.items():
        st.session_state.setdefault(name, value)
    if _SEED in st.session_state:
        st.session_state["seed"] = st.session_state.pop(_SEED)
