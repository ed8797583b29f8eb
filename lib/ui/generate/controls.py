"""The left side of Generate: which run or base, what it is given, from which seed, how many, and the walk. Read `things`."""

from __future__ import annotations

import secrets
from collections import Counter
from pathlib import Path

import streamlit as st

from lib import generate, models
from lib.media.kinds import kind_of
from lib.media.setting import extra_of, shape_of
from lib.models.playing import MAKE, WALK, WRITE
from lib.player import Playable, companions, mixing
from lib.player.playable import of_run
from lib.project import Project
from lib.project.runs import Run
from lib.ui.generate import now
from lib.ui.shell import navigation
from lib.ui.widgets import direction, form, given_file, show

COUNTS = {"image": (1, 4, 9, 16, 25), "text": (1, 2, 3, 5), "sound": (1, 2, 4, 8)}
_FIRST_COUNT = {"image": 16}    # where it is not one
_FARTHEST = 999_999  # seeds that the dice throws
_LARGEST = 2**53 - 1  # that a browser can count to
_SECONDS = (2, 4, 8, 12)
_NO_OTHER = ("No other one stands on the same base", "No other one goes with it")
SEED_MADE = "seed-made"  # the first of those that were asked for last, for the box to show


def chosen(runs: list[Run]) -> Run | None:
    """The run that the address names (?run=), else the newest that has finished, else the newest."""
    asked = st.query_params.get("run", "")
    finished = next((run for run in runs if run.result), runs[0] if runs else None)
    return next((run for run in runs if run.id == asked), finished)


def picked(runs: list[Run], bases: list[Playable]) -> Playable | None:
    """What is played: the base that the address names (?run=), else the run that is chosen."""
    asked, run = st.query_params.get("run", ""), chosen(runs)
    return next((base for base in bases if base.id == asked), of_run(run) if run else None)


def which(project: Project, runs: list[Run], bases: list[Playable], played: Playable) -> None:
    """The choice of a run or a base; it stands in the address."""
    names = names_of(runs) | {base.id: base.card.title for base in bases}
    choice = st.selectbox(
        "Model", names, index=list(names).index(played.id), format_func=names.__getitem__, key=f"run.{played.id}",
        help="Each training is a model of its own. The newest comes first; a finished one is chosen for you. What comes with Handmade stands last.",
    )  # fmt: skip
    if choice != played.id:
        st.query_params["run"] = choice
        st.rerun()
    if played.run:
        _how_far(played.run)
    elif origin := played.card.base:
        st.markdown(f":small[It has learned nothing of yours. {origin.data}]")
        if models.learned(played.model):
            navigation.link("play/learned.py", project, "All pictures that it learned from", icon=":material/grid_view:", base=played.id)


def _how_far(run: Run) -> None:
    """Says so where a run has not come to its end."""
    if run.state in ("running", "queued"):
        st.markdown(f":small[It is still learning. You play what it had learned at its last checkpoint, step {checkpoint_of(run):,}.]")
    elif not run.result:
        st.markdown(f":small[It has not finished. You play it as it was at step {checkpoint_of(run):,}.]")


def name_of(run: Run) -> str:
    """"GAN on tulips-64-v1, 3,200 steps, 21 Nov 14:03": what tells two of them apart."""
    asked = run.summary
    day, _, hour = show.when(asked.get("asked", "")).rpartition(", ")
    number, month, *_ = [*day.split(), ""]
    steps = show.several(run.status.get("step", 0) if run.result else checkpoint_of(run), "step")
    return f"{models.card(run.model).title} on {asked['dataset']['name']}, {steps}, {number} {month[:3]} {hour}"


def names_of(runs: list[Run]) -> dict[str, str]:
    """id -> `name_of`; those of the same name are numbered, since a list tells its entries apart by what stands in it."""
    names = {run.id: name_of(run) for run in runs}
    same = {name: sorted(one for one, other in names.items() if other == name) for name, count in Counter(names.values()).items() if count > 1}
    return {one: f"{name} ({same[name].index(one) + 1})" if name in same else name for one, name in names.items()}


def checkpoint_of(run: Run) -> int:
    return int(run.checkpoints()[-1].stem.removeprefix("step_")) if run.checkpoints() else 0


def things(project: Project, played: Playable, runs: list[Run]) -> dict:
    """What the model is given, the seed, its own controls, how many, and the button. Returns all that was chosen, by name.

    runs: that may be played.
    """
    card, controls_form, given = played.card, models.controls_class(played.model), models.inputs(played.model)
    if played.run:
        direction.show_run(project, played.run)
    mixes = tuple(name for name, shape in given.items() if shape == "mix")
    expert = (*mixes, *(name for name, field in controls_form.model_fields.items() if extra_of(field).get("level") == "expert"))
    chosen = form.fields(controls_form, {}, key=f"given.{played.model}", skip=(*(set(controls_form.model_fields) - set(given)), *expert), project=project)
    if "seed" in card.takes:
        seed = seed_box(kind_of(card.makes).one)
    else:
        seed = 0
    drawn = given_file.drawn(given, f"given.{played.model}")
    switched = {name: True for name, field in controls_form.model_fields.items() if shape_of(field) == "switch" and extra_of(field).get("of") in drawn}
    first = ".".join(f"{name}={value}" for name, value in played.first.items())
    chosen |= form.fields(controls_form, {**played.first, **switched}, key=f"controls.{played.model}.{first}{'.'.join(drawn)}", skip=(*given, *expert))
    for name in mixes:
        chosen[name] = mixed_with(played, name, runs)
    if more := expert[len(mixes) :]:
        titles = [controls_form.model_fields[name].title or "" for name in more]
        with st.expander(f"More: {', '.join(title[:1].lower() + title[1:] for title in titles)}"):
            chosen |= form.fields(controls_form, {}, key=f"given.{played.model}", level="expert")
    st.markdown(f":small[{what_they_do(played.model)}]")
    count = how_many(card)
    way = _way(played)
    missing = form.missing(controls_form, chosen)
    if st.button(f"Make {count}", type="primary", width="stretch", icon=":material/auto_awesome_mosaic:", disabled=bool(missing), help=missing or None):
        with show.errors():
            order = generate.order(project, played.id, count=count, seed=seed, way=way, fresh=True, **chosen)
            st.session_state[SEED_MADE] = order.request.seed
            st.rerun()
    now.line(project, way)
    return chosen


def _way(played: Playable) -> str:
    """Whether it ends where it ends by itself, or writes on, where it can do both."""
    if played.run is None or WRITE not in played.card.ways:
        return MAKE
    goes_on = st.toggle("Write on", key=f"write.{played.model}", help="Where it ends by itself, it begins the next one, until the longest is reached.")
    return WRITE if goes_on else MAKE


def mixed_with(played: Playable, name: str, runs: list[Run]) -> dict[object, float]:
    """Which others play along, each with its strength: a slider for each."""
    field, key = models.controls_class(played.model).model_fields[name], f"mix.{played.id}.{name}"
    names = names_of(runs)
    there = {run.id: names[run.id] for run in companions(played, name, runs)}
    with st.expander(field.title or "", icon=":material/tune:"):
        st.markdown(f":small[{field.description}]")
        picked = st.multiselect(
            "Trained here", there, format_func=there.__getitem__, key=f"{key}.runs", max_selections=mixing.MOST,
            disabled=not there, placeholder="Choose some" if there else _NO_OTHER[played.card.base is None],
        )  # fmt: skip
        chosen: dict[object, float] = {run: _strength(there[run], f"{key}.{run}") for run in picked}
        if played.card.base is None:    # files are additions to a base
            return chosen
        brought = st.file_uploader("Files", [mixing.SUFFIX.removeprefix(".")], accept_multiple_files=True, key=f"{key}.files", label_visibility="collapsed")
        for one in brought:
            path = given_file.keep(f"{key}.{one.file_id}", Path(one.name).name, one.getvalue())
            chosen[path] = _strength(path.name, f"{key}.{one.file_id}")
    return chosen


def _strength(name: str, key: str) -> float:
    return st.slider(f"Strength of {show.plain(name)}", 0.0, mixing.STRONGEST, 0.7, step=0.05, key=key)


def how_many(card: models.Card) -> int:
    """One, where nothing is left to chance: all would be the same."""
    if "seed" not in card.takes:
        return 1
    counts = COUNTS[card.makes]
    first = _FIRST_COUNT.get(card.makes, counts[0])
    return st.segmented_control("How many", counts, default=first, required=True, key=f"count.{card.makes}")


def seed_box(thing: str) -> int:
    """thing: what is made, in a word."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input(
            "Seed", 0, _LARGEST, key="seed", step=1, width="stretch",
            help=f"The number that a {thing} begins with: the same seed makes the same {thing} again. The next {thing} has the next seed.",
        )  # fmt: skip
        st.button("Dice", icon=":material/casino:", on_click=_throw, help="Another seed, by chance")
    return int(seed or 0)


def what_they_do(model: str, idle: tuple[str, ...] = ()) -> str:
    """One plain sentence for each number that stands in the open. idle: the names of those that do not stand there just now."""
    card, fields = models.card(model), models.controls_class(model).model_fields
    thing = kind_of(card.makes).one
    seed = f"The same seed always makes the same {thing}; pressed again, it goes on with the next ones." if "seed" in card.takes else ""
    knobs = [f"{field.title}: {field.description}" for name, field in fields.items()
             if name not in idle and shape_of(field) in ("number", "switch", "choice") and extra_of(field).get("level") != "expert"]  # fmt: skip
    return " ".join([seed, *knobs]).strip()


def _throw() -> None:
    st.session_state["seed"] = secrets.randbelow(_FARTHEST)


def walk(project: Project, played: Playable, chosen: dict) -> None:
    """From one seed to another, as a film. chosen: as `things` returned it."""
    if WALK not in played.card.ways:
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
            given = models.inputs(played.model)
            generate.order_walk(project, played.id, a, b, seconds=seconds, **{name: value for name, value in chosen.items() if name not in given})
            st.rerun()
    now.line(project, WALK)


def defaults(project: Project) -> None:
    """Where the numbers stand when somebody comes: the seed, where it stood when pictures were made last."""
    if "seed" not in st.session_state:
        latest = generate.newest_order(project)
        st.session_state["seed"] = latest.request.seed if latest and latest.request.way in (MAKE, WRITE) else 0
    for name, value in {"walk-a": 0, "walk-b": 1}.items():
        st.session_state.setdefault(name, value)
    if SEED_MADE in st.session_state:
        st.session_state["seed"] = st.session_state.pop(SEED_MADE)
