"""How pages and notebooks come to the player: starting it, asking how it is, ordering. No torch in here.

Read `order` (writes down what a page asks for, and returns at once) and `play` (waits, and hands over what comes).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lib import jobs
from lib.errors import UserError, disk_full
from lib.generate import requests
from lib.generate.order_store import FAILED, STOPPED, Order, OrderStore
from lib.generate.player_files import LOCK, LOG, TOOK, player_folder, read_card
from lib.media import locks
from lib.media.files import plainly, read_json
from lib.project.folder import OUTPUTS
from lib.project.outputs import Output
from lib.project.runs import tail

if TYPE_CHECKING:
    from lib.project import Project

_FIRST_TIME = 15.0  # seconds that waking up takes, while nobody has measured
_PATIENCE = 180     # seconds that a player may need from its start to its lock
_LOOK_EVERY = 0.05  # seconds between two looks at an order that somebody waits for
_LEAST_ROOM = 1 << 16   # bytes of the disk that a player needs to write down where it is
_PAUSE = 5.0        # seconds before a player that died at once is started again
_MOST_DEATHS = 2    # while waking up; then nobody starts it again until somebody orders something

_started: dict[Path, tuple[subprocess.Popen, float]] = {}  # the player that this process started for each workspace, and when
_deaths: dict[Path, list[int]] = {}  # the pids of those that died while they woke up


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


def ensure_player(workspace: Path) -> None:
    """Starts the player of a workspace if none is alive. Cheap enough to call at every look."""
    workspace = Path(workspace).resolve()
    folder = player_folder(workspace)
    if locks.is_held(folder / LOCK) or _is_starting(workspace, folder):
        return
    if _is_broken(workspace, folder):
        _fail_orders(workspace, folder)
        return
    before = _started.get(workspace)
    if before and before[0].poll() and time.time() - before[1] < _PAUSE:
        return
    with plainly(folder):
        log = open(folder / LOG, "ab")
    with log:
        now = time.time()
        _started[workspace] = (jobs.spawn(["lib.generate.player", str(workspace), str(now)], log, dict(os.environ)), now)


def _is_broken(workspace: Path, folder: Path) -> bool:
    """True once the players that this process started have died twice before they were awake."""
    before, _ = _started.get(workspace, (None, 0))
    deaths = _deaths.setdefault(workspace, [])
    if before and before.poll() and before.pid not in deaths:
        card = read_card(folder)
        if card.get("pid") != before.pid or card.get("doing") == "importing":
            deaths.append(before.pid)
        else:
            deaths.clear()      # it was awake once
    return len(deaths) >= _MOST_DEATHS


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


def _is_starting(workspace: Path, folder: Path) -> bool:
    """True while a player that this process started is on its way to its lock."""
    ours, _ = _started.get(workspace, (None, 0))
    if ours is None or ours.poll() is not None:
        return False
    return read_card(folder).get("pid") != ours.pid and time.time() - _started[workspace][1] < _PATIENCE


def player_state(workspace: Path) -> PlayerState:
    """How the player is; asks nobody, so it costs next to nothing."""
    workspace = Path(workspace).resolve()
    folder = player_folder(workspace)
    if not locks.is_held(folder / LOCK):
        if _is_starting(workspace, folder):
            return _starting(folder, _started[workspace][1])
        return PlayerState("broken", doing=last_words(folder)) if _is_broken(workspace, folder) else PlayerState("off")
    card = read_card(folder)
    return _starting(folder, card.get("since", time.time())) if card.get("doing", "importing") else PlayerState("ready")


def _starting(folder: Path, since: float) -> PlayerState:
    expected = _FIRST_TIME
    with contextlib.suppress(OSError, ValueError, KeyError):
        expected = max(1.0, float(read_json(folder / TOOK)["seconds"]))
    return PlayerState("starting", max(0.0, time.time() - since), expected, "importing")


# ---- ordering, for pages ----------------------------------------------------------------------------------------------


def order(project: Project, run: object, count: int = 16, seed: int = 0, **controls: object) -> Order:
    """Asks the player for pictures and returns at once: look at it with `order_of`. It outlives the page and the server.

    Raises UserError as `images` does.
    """
    return _place(project, requests.pictures(project, run, count, seed, controls))


def order_walk(project: Project, run: object, seed_a: int, seed_b: int, seconds: float = 4, fps: int = 25, **controls: object) -> Order:
    """The same for a walk between two seeds."""
    return _place(project, requests.walk(project, run, seed_a, seed_b, seconds, fps, controls))


def _place(project: Project, request: requests.Request) -> Order:
    _deaths.pop(Path(project.home).resolve(), None)     # another try
    placed = OrderStore(project.home).place(project, request)
    ensure_player(project.home)
    return placed


def newest_order(project: Project) -> Order | None:
    """The latest order of a project, as it is now."""
    return OrderStore(project.home).newest(project.path.name)


def fresh_seed(project: Project, run: object, seed: int, **controls: object) -> int:
    """`seed` itself; where the latest order was for the very same pictures, the seed after its last one.

    Whoever asks twice in the same way wants new pictures, and can still ask `order` for the same seed again.
    Raises UserError as `order` does.
    """
    asked, latest = requests.pictures(project, run, 1, seed, controls), newest_order(project)
    if latest is None or latest.state in (STOPPED, FAILED):
        return asked.seed
    made = latest.request
    same = (made.kind, made.run, made.seed, made.controls) == (asked.kind, asked.run, asked.seed, asked.controls)
    return asked.seed + made.count if same else asked.seed


def open_orders(project: Project) -> list[Order]:
    """The orders of a project that wait or are being made, oldest first."""
    return OrderStore(project.home).open_orders(project.path.name)


def before(project: Project, order: Order) -> int:
    """How many orders come before this one for the same model, of whatever project."""
    same = [one for one in OrderStore(project.home).open_orders(order.project) if one.request.run == order.request.run]
    return sum(one.id < order.id for one in same)


def stop_order(project: Project, order: Order) -> None:
    """Ends an order; what is made stays."""
    OrderStore(project.home).stop(order)


def outputs_of(project: Project, order: Order) -> list[Output]:
    """What has come of an order so far, and is still there."""
    found = [Output(project.path / OUTPUTS / name) for name in order.made]
    return [output for output in found if output.path.exists()]


# ---- playing, for whoever waits ---------------------------------------------------------------------------------------


def play(project: Project, run: object, count: int = 16, seed: int = 0, **controls: object) -> Iterator[Output]:
    """As `images`, through the player: yields each output as it comes. Leaving the loop early ends the order."""
    request = requests.pictures(project, run, count, seed, controls)
    return _play(project, request)


def play_walk(project: Project, run: object, seed_a: int, seed_b: int, seconds: float = 4, fps: int = 25, **controls: object) -> Iterator[Output]:
    """As `walk`, through the player: yields the MP4 and the GIF."""
    request = requests.walk(project, run, seed_a, seed_b, seconds, fps, controls)
    return _play(project, request)


def _play(project: Project, request: requests.Request) -> Iterator[Output]:
    """Orders it, and hands over what has come of it at each look. Raises UserError where it could not be made."""
    placed = _place(project, request)
    order: Order | None = placed
    handed_over = 0
    try:
        while True:
            order = OrderStore(project.home).get(placed.project, placed.id)
            if order is None:
                raise _no_answer(player_folder(project.home))
            for name in order.made[handed_over:]:
                yield Output(project.path / OUTPUTS / name)
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


def _no_answer(folder: Path) -> UserError:
    return UserError("This order is gone.", "Its file was deleted while it was being made.", f"Order again. The player's log is {folder / LOG}.")
