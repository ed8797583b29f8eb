"""Outputs as pictures of a grid, and what can be done at each: keep, reject, its story, and the ends of a walk."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import streamlit as st

from lib.errors import UserError
from lib.project import Project, outputs
from lib.project.outputs import Listed, Output
from lib.ui.http import addresses
from lib.ui.widgets import picture_grid, show

STORY = "story"
_FROM, _TO, _WRONG = "from", "to", "mark-went-wrong"
ACTIONS = (
    picture_grid.Action(outputs.KEPT, "Keep", key="k", toggles=True),
    picture_grid.Action(outputs.REJECTED, "Reject", key="x", toggles=True),
    picture_grid.Action(STORY, "Story"),
    picture_grid.Action(_FROM, "Walk from", only_large=True),
    picture_grid.Action(_TO, "Walk to", only_large=True),
)


def cells(project: Project, listed: Iterable[Listed]) -> list[picture_grid.Picture]:
    return [
        picture_grid.Picture(
            one.path.name, addresses.output(project, one), alt=alt(one), label=label(one), mark=one.marked,
            film=one.path.suffix == ".mp4", dim=one.marked == outputs.REJECTED,
        )  # fmt: skip
        for one in listed
    ]


def label(one: Listed) -> str:
    if one.to_seed is None:
        return f"seed {one.seed}"
    return f"{one.seed} to {one.to_seed}, {one.path.suffix[1:].upper()}"


def alt(one: Listed) -> str:
    """What a person who cannot see it is told."""
    what = f"Picture of seed {one.seed}" if one.to_seed is None else f"Walk from seed {one.seed} to seed {one.to_seed}"
    return what + (f", {one.marked}" if one.marked else "")


def grid(project: Project, listed: list[Listed], *, key: str, size: int) -> None:
    """Shows them, and does what somebody chose at one, before anything is drawn anew."""
    seeds = {one.path.name: one.seed for one in listed}
    if picture_grid.grid(cells(project, listed), key=key, size=size, actions=ACTIONS, heard=partial(act, project, seeds)):
        st.rerun(scope="app")


def act(project: Project, seeds: dict[str, int], event: picture_grid.Event) -> None:
    """seeds: by the file names of the outputs that are shown."""
    if event.id not in seeds:
        return
    if event.action == STORY:
        st.session_state[STORY] = event.id
    elif event.action in (_FROM, _TO):
        st.session_state["walk-next"] = {**st.session_state.get("walk-next", {}), event.action: seeds[event.id]}
    elif event.action in outputs.MARKS:
        try:
            outputs.mark(project, event.id, event.action if event.on else "")
        except UserError as error:
            st.session_state[_WRONG] = error


def say_what_went_wrong() -> None:
    """What could not be marked, and why; said where the page is drawn next."""
    if error := st.session_state.pop(_WRONG, None):
        show.error(error)


def take_ends_of_walk() -> None:
    """What was chosen at pictures goes into the two boxes; before they are drawn, since Streamlit allows it only then."""
    chosen = st.session_state.pop("walk-next", {})
    for action, box in ((_FROM, "walk-a"), (_TO, "walk-b")):
        if action in chosen:
            st.session_state[box] = chosen[action]
            st.session_state["walk-chosen"] = True      # the folded part opens


def listed_of(project: Project, made: Iterable[Output]) -> list[Listed]:
    """The same outputs with the facts that a grid shows, in their order."""
    known = {one.path.name: one for one in outputs.listed(project)}
    return [known[output.path.name] for output in made if output.path.name in known]
