"""What is being made now, and what was made just now. Read `newest`.

It looks again every second, but only while the player wakes up or an order is open; all it shows it reads from the disk,
so a reload or a second tab shows the same.
"""

from __future__ import annotations

import base64

import streamlit as st

from lib import generate, models
from lib.errors import UserError
from lib.media.kinds import Kind, kind_of
from lib.player.order_store import Order, Piece
from lib.project import Project
from lib.ui.generate import cells, learned
from lib.ui.http import addresses
from lib.ui.widgets import picture_grid, show

_LOOK_EVERY = 1.0  # seconds
_SIZES = {1: 420, 4: 240}  # pictures -> px of one; the grid makes use of the whole line


def newest(project: Project) -> None:
    waits = is_waiting(project)
    st.fragment(_look, run_every=_LOOK_EVERY if waits else None)(project, waits)


def line(project: Project, way: str) -> None:
    """How far the oldest open order of this way is: one short line, right below the button that asks for it."""
    waits = bool(_of_way(project, way))
    st.fragment(_look_at_line, run_every=_LOOK_EVERY if waits else None)(project, way)


def _look_at_line(project: Project, way: str) -> None:
    for order in _of_way(project, way)[:1]:
        st.markdown(f":small[:material/hourglass_top: {progress_words(project, order)}]")


def _of_way(project: Project, way: str) -> list[Order]:
    return [order for order in generate.open_orders(project) if order.request.way == way]


def is_waiting(project: Project) -> bool:
    return bool(generate.open_orders(project)) or generate.player_state(project.home).state == "starting"


def _look(project: Project, waited: bool) -> None:
    orders = generate.open_orders(project)
    if waited and not is_waiting(project):
        st.rerun(scope="app")   # it is over: the whole page once, and then no more looking
    if orders:
        generate.ensure_player(project.home)    # if it was killed, another one goes on
    waking(project)
    for order in orders:
        progress(project, order)
    newest = generate.newest_order(project)
    if newest:
        _made(project, newest)
    elif not orders:
        st.markdown("**Make** shows what this model has learned. What it makes appears here, one by one.")


def waking(project: Project) -> None:
    state = generate.player_state(project.home)
    if state.state == "broken":
        show.error(UserError("The player does not start.", state.doing, "Press a button to try again; its log is in .handmade/player."))
    if state.state == "starting":
        st.progress(min(0.97, state.seconds / state.expected), text=waking_words(state))


def waking_words(state) -> str:
    left = round(state.expected - state.seconds)
    rest = f"about {show.several(left, 'second')} more" if left > 1 else "a moment more"
    return f"The player wakes up: {rest}. You can choose already; it starts as soon as the player is awake."


def progress(project: Project, order: Order) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        forming = forming_of(generate.pieces(project, order), order.done)
        share = (order.done + sum(piece.done for piece in forming.values())) / order.request.count
        st.progress(min(1.0, share), text=progress_words(project, order), width="stretch")
        if st.button("Stop", icon=":material/stop:", key=f"stop.{order.id}", help="What is made so far stays."):
            generate.stop_order(project, order)
    if forming:
        cells_of = [picture_grid.Picture(str(number), _as_address(piece), f"Picture of seed {order.request.seed + number}, while it forms",
                                         label=f"seed {order.request.seed + number}, {piece.done:.0%}") for number, piece in forming.items()]  # fmt: skip
        picture_grid.grid(cells_of, key=f"forming.{order.id}", size=size_for(order), click="")
    written = "".join(piece.text for piece in generate.pieces(project, order) if piece.number == order.done)
    if written:
        with st.container(border=True):
            st.markdown(f"{show.lines(written)} ▍")


def forming_of(pieces: list[Piece], done: int) -> dict[int, Piece]:
    """How the pictures that are not whole yet look by now, by their numbers. done: how many things are whole."""
    return {piece.number: piece for piece in pieces if piece.file and piece.done and piece.number >= done and piece.file.exists()}


def _as_address(piece: Piece) -> str:
    """The picture itself: it is small, and gone in a moment."""
    content = piece.file.read_bytes() if piece.file else b""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def progress_words(project: Project, order: Order) -> str:
    """How far an order is, in a few words."""
    frames, kind = order.request.is_film, kind_made(project, order)
    if order.state == "saving":
        return "Writing the film and the GIF …"
    if order.state == "painting":
        return f"{order.done} of {kind.count(order.request.count)} {'of the film made' if frames else 'made'}"
    if order.state == "loading":
        return "Loading the model …"
    ahead = generate.before(project, order)
    if ahead:
        return f"Waits: {show.several(ahead, 'order')} for the same model {'comes' if ahead == 1 else 'come'} first"
    return f"{kind.count(order.request.count)} {'of a film are' if frames else 'is' if order.request.count == 1 else 'are'} next"


def kind_made(project: Project, order: Order) -> Kind:
    """What comes of an order: pictures, texts or sounds."""
    model = order.request.model
    try:
        return kind_of(models.card(model if model in models.BASES else project.run(model).model).makes)
    except UserError:
        return kind_of("image")


def _made(project: Project, order: Order) -> None:
    st.subheader("The latest" if order.is_over else "Being made", anchor=False)
    if order.state == "failed":
        show.error(UserError(**(order.error or {})))
    elif order.state == "stopped":
        st.markdown(f":small[Stopped after {order.done} of {order.request.count}.]")
    listed = cells.listed_of(project, generate.outputs_of(project, order))
    beside = len(listed) == 1 and listed[0].base in learned.bases()
    left, right = st.columns([3, 4], gap="medium") if beside else (st.container(), None)
    with left:
        if listed:
            cells.grid(project, listed, key="newest", size=size_for(order))
    if right:
        with right:
            learned.nearest_to(listed[0], listed[0].base, "newest")
    if len(listed) == 1 and (remark := generate.outputs_of(project, order)[0].provenance().get("remark")):
        st.info(show.plain(remark), icon=":material/compare:")
    if listed and order.is_over:
        names = [output.path.name for output in listed]
        st.link_button("Download these", addresses.outputs_zip(project, names[:100]), icon=":material/download:", type="tertiary")


def size_for(order: Order) -> int:
    """px of one picture, so that a batch fills the place that it has."""
    if order.request.is_film:
        return _SIZES[4]
    return next((size for most, size in _SIZES.items() if order.request.count <= most), 165)
