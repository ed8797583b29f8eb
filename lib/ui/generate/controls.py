"""The left side of Generate: which run, what it is given, from which seed, how many, and the walk. Read `things`."""

from __future__ import annotations

import secrets

import streamlit as st

from lib import generate, models
from lib.media.kinds import kind_of
from lib.media.setting import extra_of, shape_of
from lib.models.playing import MAKE, WALK
from lib.project import Project
from lib.project.runs import Run
from lib.ui.generate import now
from lib.ui.widgets import direction, form, given_file, show

COUNTS = {"image": (1, 4, 9, 16, 25), "text": (1, 2, 3, 5), "sound": (1, 2, 4, 8)}
_FIRST_COUNT = {"image": 16}    # where it is not one
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
    by_id = {run.id: run for run in runs}
    picked = st.selectbox(
        "Model", by_id, index=list(by_id).index(run.id), format_func=lambda name: name_of(by_id[name]), key=f"run.{run.id}",
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


def things(project: Project, run: Run) -> dict:
    """What the model is given, the seed, its own controls, how many, and the button. Returns the controls, which a walk takes too."""
    card, controls_form, given = models.card(run.model), models.controls_class(run.model), models.inputs(run.model)
    direction.show(project, direction.of_run(project, run), key=run.id)
    chosen = form.fields(controls_form, {}, key=f"given.{run.model}", skip=tuple(set(controls_form.model_fields) - set(given)))
    if "seed" in card.takes:
        seed = _seed(kind_of(card.makes).one)
    else:
        seed = 0
    drawn = given_file.drawn(given, f"given.{run.model}")
    switched = {name: True for name, field in controls_form.model_fields.items() if shape_of(field) == "switch" and extra_of(field).get("of") in drawn}
    chosen |= form.fields(controls_form, switched, key=f"controls.{run.model}.{'.'.join(drawn)}", skip=tuple(given))
    st.markdown(f":small[{what_they_do(run.model)}]")
    count = _how_many(card)
    missing = form.missing(controls_form, chosen)
    if st.button(f"Make {count}", type="primary", width="stretch", icon=":material/auto_awesome_mosaic:", disabled=bool(missing), help=missing or None):
        with show.errors():
            order = generate.order(project, run, count=count, seed=seed, fresh=True, **chosen)
            st.session_state[_SEED] = order.request.seed
            st.rerun()
    now.line(project, MAKE)
    return {name: value for name, value in chosen.items() if name not in given}


def _how_many(card: models.Card) -> int:
    """One, where nothing is left to chance: all would be the same."""
    if "seed" not in card.takes:
        return 1
    counts = COUNTS[card.makes]
    first = _FIRST_COUNT.get(card.makes, counts[0])
    return st.segmented_control("How many", counts, default=first, required=True, key=f"count.{card.makes}")


def _seed(thing: str) -> int:
    """thing: what is made, in a word."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input(
            "Seed", 0, _LARGEST, key="seed", step=1, width="stretch",
            help=f"The number that a {thing} begins with: the same seed makes the same {thing} again. The next {thing} has the next seed.",
        )  # fmt: skip
        st.button("Dice", icon=":material/casino:", on_click=_throw, help="Another seed, by chance")
    return int(seed or 0)


def what_they_do(model: str) -> str:
    """One plain sentence for each number."""
    card, fields = models.card(model), models.controls_class(model).model_fields
    thing = kind_of(card.makes).one
    seed = f"The same seed always makes the same {thing}; pressed again, it goes on with the next ones." if "seed" in card.takes else ""
    knobs = [f"{field.title}: {field.description}" for field in fields.values() if shape_of(field) in ("number", "switch", "choice")]
    return " ".join([seed, *knobs]).strip()


def _throw() -> None:
    st.session_state["seed"] = secrets.randbelow(_FARTHEST)


def walk(project: Project, run: Run, controls: dict) -> None:
    """From one seed to another, as a film."""
    if WALK not in models.card(run.model).ways:
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
        st.session_state["seed"] = latest.request.seed if latest and latest.request.way == MAKE else 0
    for name, value in {"walk-a": 0, "walk-b": 1}.items():
        st.session_state.setdefault(name, value)
    if _SEED in st.session_state:
        st.session_state["seed"] = st.session_state.pop(_SEED)
