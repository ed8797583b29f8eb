"""How pages and notebooks come to the player: starting it, asking how it is, ordering. No torch in here.

Read `order` (writes down what a page asks for, and returns at once) and `play` (waits, and hands over what comes).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lib import jobs
from lib.errors import UserError, disk_full
from lib.jobs.supervisor import Supervisor
from lib.media import locks
from lib.media.files import plainly, read_json
from lib.models.playing import Request
from lib.player.folder import LOCK, LOG, TOOK, player_folder, read_card
from lib.player.order_store import FAILED, STOPPED, Order, OrderStore, Piece
from lib.player.services import END, SERVICES
from lib.project.folder import OUTPUTS
from lib.project.outputs import Output
from lib.project.runs import tail

if TYPE_CHECKING:
    from lib.project import Project

_FIRST_TIME = 15.0  # seconds that waking up takes, while nobody has measured
_LOOK_EVERY = 0.05  # seconds between two looks at an order that somebody waits for
_LEAST_ROOM = 1 << 16   # bytes of the disk that a player needs to write down where it is


@dataclass(frozen=True)
class PlayerState:
    """state: "off", "starting", "ready", or "broken" where it dies again and again while it wakes up.

    seconds: since it began to start. expected: how long that takes here. doing: "importing" while it starts; the last line
    of its log where it is broken.
    """

    state: str
    seconds: float = 0.0
    expected: float = 0.0
    doing: str = ""


# ---- the player itself ------------------------------------------------------------------------------------------------


def _start(workspace: Path) -> subprocess.Popen:
    folder = player_folder(workspace)
    with plainly(folder):
        log = open(folder / LOG, "ab")
    with log:
        return jobs.spawn(["lib.player.process", str(workspace), str(time.time())], log, dict(os.environ))


def _is_awake(workspace: Path, pid: int) -> bool:
    card = read_card(player_folder(workspace))
    return card.get("pid") == pid and card.get("doing") != "importing"


players = Supervisor(lambda workspace: _start(workspace), lambda workspace: locks.is_held(player_folder(workspace) / LOCK), _is_awake)


def ensure_player(workspace: Path) -> None:
    """Starts the player of a workspace if none is alive. Cheap enough to call at every look."""
    workspace = Path(workspace).resolve()
    if not players.ensure(workspace):
        _fail_orders(workspace, player_folder(workspace))


def _fail_orders(workspace: Path, folder: Path) -> None:
    """Says so at each order that waits; nobody else can, as long as we hold the player's lock."""
    store = OrderStore(workspace)
    orders = store.open_orders()
    lock = locks.take(folder / LOCK) if orders else None
    if lock:
        with lock:
            for order in orders:
                store.write(order, state=FAILED, error=_does_not_start(folder).as_dict())


def _does_not_start(folder: Path) -> UserError:
    if shutil.disk_usage(folder).free < _LEAST_ROOM:
        return disk_full(folder)
    why = last_words(folder) or "It says nothing."
    return UserError("The player does not start.", f"It ended twice while it woke up: {why}", f"Order again to try anew. Its log is {folder / LOG}.")


def last_words(folder: Path) -> str:
    """The last line of the player's log."""
    lines = [line.strip() for line in tail(folder / LOG, 4096).splitlines() if line.strip()]
    return lines[-1] if lines else ""


def player_state(workspace: Path) -> PlayerState:
    """How the player is; asks nobody, so it costs next to nothing."""
    workspace = Path(workspace).resolve()
    folder = player_folder(workspace)
    if not locks.is_held(folder / LOCK):
        if players.is_starting(workspace):
            return _starting(folder, players.since(workspace))
        return PlayerState("broken", doing=last_words(folder)) if players.is_broken(workspace) else PlayerState("off")
    card = read_card(folder)
    return _starting(folder, card.get("since", time.time())) if card.get("doing", "importing") else PlayerState("ready")


def _starting(folder: Path, since: float) -> PlayerState:
    expected = _FIRST_TIME
    with contextlib.suppress(OSError, ValueError, KeyError):
        expected = max(1.0, float(read_json(folder / TOOK)["seconds"]))
    return PlayerState("starting", max(0.0, time.time() - since), expected, "importing")


# ---- ordering, for pages ----------------------------------------------------------------------------------------------


def place(project: Project, request: Request) -> Order:
    """Asks the player for what was checked, and returns at once: look at it with `order_now`. It outlives the page and the server."""
    players.try_again(Path(project.home).resolve())
    placed = OrderStore(project.home).place(project, request)
    ensure_player(project.home)
    return placed


def order_now(project: Project, order: Order) -> Order | None:
    """The same order, as it is now; None if it is gone."""
    return OrderStore(project.home).get(order.project, order.id)


def pieces(project: Project, order: Order, start: int = 0) -> list[Piece]:
    """What has come of an open order in pieces (tokens, chunks of sound, looks at a picture), from number `start` on; [] once it is over."""
    return OrderStore(project.home).pieces(order, start)


def newest_order(project: Project) -> Order | None:
    """The latest order of a project for a model, as it is now."""
    return OrderStore(project.home).newest(project.path.name, SERVICES)


def fresh_seed(project: Project, asked: Request) -> int:
    """The seed of a request; where the latest order was for the very same things, the seed after its last one.

    Whoever asks twice in the same way wants new ones, and can still ask for the same seed again.
    """
    latest = newest_order(project)
    if latest is None or latest.state in (STOPPED, FAILED):
        return asked.seed
    made = latest.request
    is_same = (made.way, made.model, made.seed, made.controls, made.inputs) == (asked.way, asked.model, asked.seed, asked.controls, asked.inputs)
    return asked.seed + made.count if is_same else asked.seed


def open_orders(project: Project) -> list[Order]:
    """The orders of a project for its models that wait or are being made, oldest first."""
    orders = OrderStore(project.home).open_orders(project.path.name)
    return [order for order in orders if order.request.model not in SERVICES]


def before(project: Project, order: Order) -> int:
    """How many orders come before this one for the same model, of whatever project."""
    orders = OrderStore(project.home).open_orders(order.project)
    return sum(other.request.model == order.request.model and other.id < order.id for other in orders)


def stop_order(project: Project, order: Order) -> None:
    """Ends an order; what is made stays."""
    OrderStore(project.home).stop(order)


def outputs_of(project: Project, order: Order) -> list[Output]:
    """What has come of an order so far, and is still there."""
    made = [Output(project.path / OUTPUTS / name) for name in order.made]
    return [output for output in made if output.path.exists()]


# ---- playing, for whoever waits ---------------------------------------------------------------------------------------


def play(project: Project, request: Request) -> Iterator[Output]:
    """Orders it, and yields each output as it comes. Leaving the loop early ends the order. Raises UserError where it could not be made."""
    with contextlib.closing(stream(project, request)) as made:
        yield from (output for output in made if isinstance(output, Output))


def stream(project: Project, request: Request) -> Generator[Piece | Output, None, None]:
    """As `play`, with each piece (a token, a chunk of sound, a look at a picture) as it comes, before the output that it becomes."""
    placed = place(project, request)
    order: Order | None = placed
    seen = handed_over = 0
    try:
        while True:
            fresh = pieces(project, placed, seen)
            order = order_now(project, placed)
            if order is None:
                raise _no_answer(player_folder(project.home))
            yield from fresh
            seen += len(fresh)
            yield from (Output(project.path / OUTPUTS / name) for name in order.made[handed_over:])
            handed_over = len(order.made)
            if order.error:
                raise UserError(**order.error)
            if order.is_over:
                return
            ensure_player(project.home)
            time.sleep(_LOOK_EVERY)
    finally:
        if order and not order.is_over:
            stop_order(project, order)


def answer(project: Project, request: Request) -> Iterator[str]:
    """What a service answers that is nowhere kept (services.until_taken), piece by piece. Leaving early ends it. Raises UserError as `stream` does."""
    with contextlib.closing(stream(project, request)) as pieces:
        for piece in pieces:
            if isinstance(piece, Piece):
                if piece.text == END:
                    return
                if piece.text:
                    yield piece.text
    raise UserError("This was not answered to its end.", "The player was busy, or ended.", "Ask again.")


def _no_answer(folder: Path) -> UserError:
    return UserError("This order is gone.", "Its file was deleted while it was being made.", f"Order again. The player's log is {folder / LOG}.")
