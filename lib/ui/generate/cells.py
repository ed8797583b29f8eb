"""Outputs as pictures of a grid, and what can be done at each: keep, reject, its story, and the ends of a walk."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import streamlit as st

from lib.errors import UserError
from lib.media.kinds import TEXT
from lib.project import Project, outputs
from lib.project.outputs import Listed, Output
from lib.ui.generate import remembered
from lib.ui.http import addresses
from lib.ui.shell import navigation
from lib.ui.widgets import media_player, picture_grid, show

STORY = "story"
_BESIDE = 3     # texts or sounds in a line
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
            output.path.name, addresses.output(project, output), alt=alt(output), label=label(output), mark=output.marked,
            film=output.path.suffix == ".mp4", dim=output.marked == outputs.REJECTED,
        )  # fmt: skip
        for output in listed
    ]


def label(output: Listed) -> str:
    if output.to_seed is None:
        return f"seed {output.seed}{', changed by hand' if output.by_hand else ''}"
    return f"{output.seed} to {output.to_seed}, {output.path.suffix[1:].upper()}"


def alt(output: Listed) -> str:
    """What a person who cannot see it is told."""
    what = f"Picture of seed {output.seed}" if output.to_seed is None else f"Walk from seed {output.seed} to seed {output.to_seed}"
    what += f", of the words “{output.words}”" if output.words else ""
    return what + (f", {output.marked}" if output.marked else "")


def grid(project: Project, listed: list[Listed], *, key: str, size: int) -> None:
    """Shows them (pictures side by side, texts and sounds three in a line), and does what somebody chose at one, before anything is drawn anew."""
    seeds = {output.path.name: output.seed for output in listed}
    pictures = [output for output in listed if not media_player.can_play(output.path)]
    beside = [output for output in listed if output not in pictures]
    for start in range(0, len(beside), _BESIDE):
        row = beside[start : start + _BESIDE]
        for column, output in zip(st.columns(min(_BESIDE, len(beside))) if len(beside) > 1 else [st.container()], row):
            with column:
                _played(project, output, f"{key}.{output.path.name}", seeds)
    if pictures or not listed:
        if picture_grid.grid(cells(project, pictures), key=key, size=size, actions=ACTIONS, heard=partial(act, project, seeds)):
            st.rerun(scope="app")


def _played(project: Project, output: Listed, key: str, seeds: dict[str, int]) -> None:
    """A text to read or a sound to hear, with the same choices below it."""
    with st.container(border=True):
        remembered.play(project, output, key)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":small[{label(output)}]", width="stretch")
            for action in ACTIONS:
                if action.only_large:
                    continue
                is_on = output.marked == action.name
                event = picture_grid.Event(action.name, output.path.name, not is_on)
                st.button(action.label, key=f"{key}.{action.name}", type="primary" if is_on else "tertiary", on_click=act, args=(project, seeds, event))
            if output.path.suffix == TEXT.suffix:
                navigation.link("play/edit.py", project, "Edit", output=output.path.name)


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
    known = {output.path.name: output for output in outputs.listed(project)}
    return [known[output.path.name] for output in made if output.path.name in known]
