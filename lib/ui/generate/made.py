"""Everything that was made so far, a page at a time, newest first: all, kept, rejected; downloads; taking away. Read `everything`."""

from __future__ import annotations

import streamlit as st

from lib import generate
from lib.player import Playable
from lib.project import Project, outputs
from lib.project.outputs import KEPT, MARKS, REJECTED, Listed
from lib.ui.generate import cells, selection
from lib.ui.http import addresses
from lib.ui.widgets import media_player, show

PAGE, TEXTS = 48, 15    # outputs; texts and sounds, each of which has its own buttons
_ALL, _THIS = "all", "run"
_SHOWS = {_ALL: "All", KEPT: "Kept", REJECTED: "Rejected", _THIS: "This model"}


def everything(project: Project, played: Playable) -> None:
    there = outputs.listed(project)
    selection.offer(project)
    cells.say_what_went_wrong()
    _just_removed(project)
    if not there:
        return
    if not _is_more_than_the_latest(project, there):
        _downloads(project, there, _ALL)
        _take_away(project, [output for output in there if output.marked == REJECTED])
        return
    st.divider()
    st.subheader("Everything made so far", anchor=False)
    which = _choose(there, played)
    shown = narrowed(there, which, played)
    if not shown:
        st.markdown("Nothing here is like that. Choose **All**.")
        return
    each = TEXTS if media_player.can_play(shown[0].path) else PAGE
    pages = -(-len(shown) // each)
    slot = st.container()
    page = min(pages, st.pagination(pages, key="page", bind="query-params")) if pages > 1 else 1
    with slot:
        cells.grid(project, shown[(page - 1) * each : page * each], key="everything", size=165)
    _downloads(project, there, which)
    _take_away(project, [output for output in there if output.marked == REJECTED])


def _is_more_than_the_latest(project: Project, there: list[Listed]) -> bool:
    """False while all that there is stands above already, as the latest order."""
    latest = generate.newest_order(project)
    above = {output.path for output in generate.outputs_of(project, latest)} if latest else set()
    return any(output.path not in above for output in there)


def narrowed(there: list[Listed], which: str, played: Playable) -> list[Listed]:
    if which == _THIS:
        return [output for output in there if (output.run or output.base) == played.id]
    return there if which == _ALL else [output for output in there if output.marked == which]


def _choose(there: list[Listed], played: Playable) -> str:
    counts = {which: len(narrowed(there, which, played)) for which in _SHOWS}
    return st.segmented_control(
        "Which", list(_SHOWS), default=_ALL, required=True, key="show", bind="query-params", on_change=_first_page,
        format_func=lambda which: f"{_SHOWS[which]} {counts[which]:,}", label_visibility="collapsed",
    )  # fmt: skip


def _first_page() -> None:
    if "page" in st.session_state:
        st.session_state["page"] = 1


def _downloads(project: Project, there: list[Listed], which: str) -> None:
    """All that are not rejected; the rejected ones only where somebody looks at them."""
    by_mark = {mark: [output.path.name for output in there if output.marked == mark] for mark in MARKS}
    rejected = len(by_mark[REJECTED])
    with st.container(horizontal=True):
        if rejected < len(there):
            hint = f"Each with its story. Without the {rejected:,} rejected." if rejected else "Each with its story."
            which_ones = f"the {len(there) - rejected:,} not rejected" if rejected else f"all {len(there):,}"
            _download(project, f"Download {which_ones} (zip)", hint)
        if by_mark[KEPT]:
            _download(project, f"Download the {len(by_mark[KEPT]):,} kept (zip)", "Each with its story.", KEPT)
        if which == REJECTED and rejected:
            _download(project, f"Download the {rejected:,} rejected (zip)", "Each with its story.", REJECTED)


def _download(project: Project, label: str, hint: str, mark: str = "") -> None:
    st.link_button(label, addresses.outputs_zip(project, mark=mark), icon=":material/download:", help=hint)


# ---- taking away -----------------------------------------------------------------------------------------------------


def _take_away(project: Project, rejected: list[Listed]) -> None:
    """Asked twice, and can be undone."""
    if not rejected:
        return
    what = show.several(len(rejected), "rejected output")
    if not st.session_state.get("take-away"):
        st.button(f"Remove {what}…", icon=":material/delete:", type="tertiary", on_click=_ask, args=(True,))
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"**Remove {what}?** They leave the list; you can bring them back.")
        if st.button("Remove", key="remove-rejected"):
            _ask(False)
            with show.errors():
                outputs.remove(project, rejected)
                st.rerun()
        st.button("Leave them", on_click=_ask, args=(False,))


def _ask(yes: bool) -> None:
    st.session_state["take-away"] = yes


def _just_removed(project: Project) -> None:
    """The way back, as long as there is something to bring back."""
    gone = outputs.removed(project)
    if gone:
        if st.button(f"Bring back the {show.several(len(gone), 'output')} that you removed last", icon=":material/undo:", type="tertiary"):
            with show.errors():
                outputs.bring_back(project)
                st.rerun()
