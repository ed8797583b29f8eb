"""Scans at Collect: many small drawings on one sheet, found, shown with numbers, and cut apart. Read `way`.

    choose sheets → pieces are looked for (a task) → the sheet with numbered boxes, each to be switched off → add
"""

from __future__ import annotations

import functools
from typing import cast

import streamlit as st

from lib import collect, jobs
from lib.collect import inbox as boxes
from lib.collect.scans import Box, Sheet
from lib.errors import UserError
from lib.media import scan
from lib.project import Project
from lib.ui.collect import consent, pending, uploader
from lib.ui.http import addresses
from lib.ui.widgets import event_queue, form, show
from lib.ui.widgets.component import component, packed

FIND = "collect.find_pieces"
_TYPES = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "heic", "heif", "bmp", "gif"]


def way(project: Project) -> bool:
    """The sheets that somebody chooses pieces from, or the way to bring some; True once there are."""
    inbox = boxes.pending(project, "scan")
    if inbox is None:
        return _choose(project)
    with show.errors():
        all_sheets = collect.sheets(project, inbox)
        if all_sheets is None:
            _looking(project, inbox)
        else:
            _show(project, inbox, all_sheets)
    return True


def _choose(project: Project) -> bool:
    chosen = st.file_uploader(
        "Choose scans or photographs of sheets with many small drawings, or drop them here. Each drawing is found and cut out.",
        type=_TYPES, accept_multiple_files=True, key=f"collect.scans.{uploader.current_round()}",
    )  # fmt: skip
    st.markdown(":small[Best: plain paper, a hand's width of space around each drawing, even light, the whole sheet in the picture.]")
    if chosen:
        pending.lay_down(project, chosen, "scan", FIND)
    return bool(chosen)


def _looking(project: Project, inbox: str) -> None:
    if not pending.watch(project, FIND, inbox, "Looking for the separate pieces"):
        with st.container(horizontal=True):
            st.button("Look again", key="scan.again", on_click=jobs.background, args=(project, FIND), kwargs={"inbox": inbox})
            pending.put_away(project, inbox, "them", "scan.away")


def _show(project: Project, inbox: str, all_sheets: list[Sheet]) -> None:
    good, what = [sheet for sheet in all_sheets if not sheet.refused], "this sheet" if len(all_sheets) == 1 else "these sheets"
    for sheet in all_sheets:
        if sheet.refused:
            show.error(UserError(**sheet.refused))
    if good:
        sheet = good[0] if len(good) == 1 else _ask_which(good, inbox)
        _say_what(sheet)
        left, right = st.columns([3, 2], gap="large")
        with right:
            _ask_joining(project, inbox, sheet)
            _add(project, inbox, good)
            pending.put_away(project, inbox, what, "scan.away")
        with left:
            _show_pieces(project, inbox, sheet)
    else:
        pending.put_away(project, inbox, what, "scan.away")


def _ask_which(good: list[Sheet], inbox: str) -> Sheet:
    by_number = {sheet.number: sheet for sheet in good}
    chosen = st.segmented_control(
        "Which sheet?", list(by_number), default=good[0].number, required=True, key=f"scan.sheet.{inbox}",
        format_func=lambda number: f"{show.plain(by_number[number].name)} · {len(by_number[number].kept)}",
    )  # fmt: skip
    return by_number[chosen]


def _say_what(sheet: Sheet) -> None:
    out = len(sheet.pieces) - len(sheet.kept)
    st.markdown(
        f"**{show.several(len(sheet.pieces), 'piece')}** on {show.plain(sheet.name)}"
        + (f", {out:,} switched off." if out else ". A click on a piece switches it off.")
    )


def _ask_joining(project: Project, inbox: str, sheet: Sheet) -> None:
    key = f"scan.{inbox}.{sheet.number}"
    form.kept(f"{key}.gap", round(sheet.gap * 100, 1))
    st.slider(
        "What lies so close together is one piece", 0.0, scan.GAP * 100, step=0.1, key=f"{key}.gap", format="%.1f %%",
        help="Of the sheet's longer side. To the left pieces come apart, to the right they join.",
        on_change=lambda: collect.set_sheet(project, inbox, sheet.number, gap=st.session_state[f"{key}.gap"] / 100),
    )  # fmt: skip
    form.kept(f"{key}.margin", round(sheet.margin * 100))
    st.slider(
        "Paper around each piece", 0, 50, step=1, key=f"{key}.margin", format="%d %%", help="Of the piece's longer side.",
        on_change=lambda: collect.set_sheet(project, inbox, sheet.number, margin=st.session_state[f"{key}.margin"] / 100),
    )  # fmt: skip
    form.kept(f"{key}.straight", sheet.straighten)
    st.checkbox(
        "Turn crooked rectangles upright", key=f"{key}.straight", help="For photographs and cards on a scanner. Drawings stay as they lie.",
        on_change=lambda: collect.set_sheet(project, inbox, sheet.number, straighten=st.session_state[f"{key}.straight"]),
    )  # fmt: skip


def _show_pieces(project: Project, inbox: str, sheet: Sheet) -> None:
    key = f"scan.pieces.{inbox}.{sheet.number}"
    data = {
        "source": addresses.waiting(project, inbox, sheet.picture), "alt": f"The sheet {sheet.name}",
        "width": sheet.width, "height": sheet.height, "pieces": pieces(sheet), "heard": event_queue.heard_of(key),
    }  # fmt: skip
    do = functools.partial(_switch, project, inbox, sheet)
    component(__file__, event_queue.NAME, "scan")(key=key, data=packed(data), on_event_change=functools.partial(event_queue.hear, key, do))


def pieces(sheet: Sheet) -> list[dict]:
    """As the component draws them: with their margins, and whether they are taken."""
    return [
        {"id": _id_of(piece), "n": number, "box": list(scan.widened(piece, sheet.margin, sheet.width, sheet.height)), "on": piece not in sheet.off}
        for number, piece in enumerate(sheet.pieces, start=1)
    ]


def _id_of(piece: Box) -> str:
    return ",".join(map(str, piece))


def _switch(project: Project, inbox: str, sheet: Sheet, event: dict) -> None:
    try:
        collect.switch_piece(project, inbox, sheet.number, cast(Box, tuple(map(int, event["id"].split(",")))), bool(event["on"]))
    except UserError:
        pass    # the pieces were joined otherwise meanwhile


def _add(project: Project, inbox: str, good: list[Sheet]) -> None:
    count = sum(len(sheet.kept) for sheet in good)
    answer = consent.ask(project, key=f"scan.{inbox}", is_kept=True)
    keep = st.checkbox("Add the whole sheet too" if len(good) == 1 else "Add the whole sheets too", key="scan.keep")
    if not count:
        answer = consent.Answer(None, "Every piece is switched off. Switch on at least one.")
    if consent.button(f"Add {show.several(count, 'piece')}", answer, key="collect.add"):
        with show.errors():
            collect.hand_on(project, inbox, answer.consent, way="pieces", keep_sheet=keep)
            st.rerun()
