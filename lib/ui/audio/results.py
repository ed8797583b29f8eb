"""What sounds were made: the newest beside what it follows, all others below; each with its choices, its story, and "mine or a copy?". Read `look`."""

from __future__ import annotations

from functools import partial

import streamlit as st

from lib import generate, models
from lib.errors import UserError
from lib.jobs import Task
from lib.media.kinds import SOUND
from lib.models.playing import LIVE
from lib.player import Order
from lib.project import Project, outputs
from lib.project.outputs import KEPT, REJECTED, Listed, Output
from lib.ui.audio import copies
from lib.ui.generate import cells, now
from lib.ui.http import addresses
from lib.ui.widgets import picture_grid, show, sound_pair, sound_player

PAGE = 8        # sounds
_LOOK_EVERY = 1.0   # seconds, while something is being made
_SHOWS = {"": "All", KEPT: "Kept", REJECTED: "Rejected"}


def sounds(project: Project) -> list[Listed]:
    """All that may be heard, the newest first."""
    return [output for output in outputs.listed(project) if output.path.suffix == SOUND.suffix]


def look(project: Project) -> None:
    waits = now.is_waiting(project)
    st.fragment(_now, run_every=_LOOK_EVERY if waits else None)(project, waits)
    cells.say_what_went_wrong()
    there = sounds(project)
    if not there:
        st.markdown("What it makes appears here: to hear, to see, to compare with what it follows, and to keep as WAV or FLAC.")
        return
    (first, *others), tasks = there, copies.asked(project)
    _one(project, first, tasks, large=True)
    if others:
        _others(project, others, tasks)


def _now(project: Project, waited: bool) -> None:
    """How far what was asked for is."""
    orders = generate.open_orders(project)
    if waited and not now.is_waiting(project):
        st.rerun(scope="app")   # it is over: the whole page once, and then no more looking
    if orders:
        generate.ensure_player(project.home)    # if it was killed, another one goes on
    now.waking(project)
    for order in orders:
        now.progress(project, order)
    _how_the_last_ended(generate.newest_order(project))


def _how_the_last_ended(order: Order | None) -> None:
    if order and order.state == "failed":
        show.error(UserError(**(order.error or {})))


def _others(project: Project, others: list[Listed], tasks: dict[str, Task]) -> None:
    st.subheader("Made before", anchor=False)
    counts = {mark: sum(not mark or output.marked == mark for output in others) for mark in _SHOWS}
    mark = st.segmented_control("Which", list(_SHOWS), default="", required=True, key="audio.show", format_func=lambda which: f"{_SHOWS[which]} {counts[which]:,}",
                                label_visibility="collapsed")  # fmt: skip
    shown = [output for output in others if not mark or output.marked == mark]
    pages = -(-len(shown) // PAGE)
    slot = st.container()
    page = min(pages, st.pagination(pages, key="audio.page")) if pages > 1 else 1
    with slot:
        for output in shown[(page - 1) * PAGE : page * PAGE]:
            _one(project, output, tasks)


def _one(project: Project, listed: Listed, tasks: dict[str, Task], large: bool = False) -> None:
    """tasks: copies.asked."""
    output, key = Output(listed.path), f"sound.{listed.path.stem}"
    story = output.provenance()
    with st.container(border=True):
        sound_player.hear(sound_player.of_output(project, output), key=key)
        if remark := story.get("remark"):
            st.info(show.plain(remark), icon=":material/compare:")
        st.markdown(f":small[{label(story, listed)}]")
        with st.container(horizontal=True, vertical_alignment="center"):
            for action in cells.ACTIONS:
                if not action.only_large:
                    event = picture_grid.Event(action.name, listed.path.name, listed.marked != action.name)
                    st.button(action.label, key=f"{key}.{action.name}", type="primary" if listed.marked == action.name else "tertiary",
                              on_click=partial(cells.act, project, {listed.path.name: listed.seed}, event))  # fmt: skip
        _beside(project, output, key, large)
        copies.offer(project, listed, tasks.get(listed.path.name), key)


def label(story: dict, listed: Listed) -> str:
    """Which model made it, from what: "Mosaic, seed 3"; of the rhythm pad, where on its plane."""
    title = models.card(story["model"]).title if models.is_known(story["model"]) else "A model that is not here any more"
    if story.get("way") == LIVE:
        return f"{title}, played by hand" + (f" at {story['at'][0]:g} across and {story['at'][1]:g} up" if len(story.get("at", ())) == 2 else "")
    return f"{title}, {cells.label(listed)}"


def _beside(project: Project, output: Output, key: str, opened: bool) -> None:
    """What it follows and what it became, heard in turns."""
    source = sound_player.of_source(project, output)
    if source:
        with st.expander("Beside what it follows", icon=":material/compare_arrows:", expanded=opened):
            sound_pair.compare(source, sound_player.of_output(project, output), key=f"{key}.pair", names=("what was given", "what it made"))


def downloads(project: Project) -> None:
    """All that are not rejected, each with its story."""
    names = [output.path.name for output in sounds(project) if output.marked != REJECTED]
    if names:
        what = f"all {len(names):,} sounds" if len(names) > 1 else "the sound"
        st.link_button(f"Download {what} (zip)", addresses.outputs_zip(project, names[:200]), icon=":material/download:", help="WAV, each with its story.")
