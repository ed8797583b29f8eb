"""The order store of a workspace: what the pages ask of the player, as small files. Read `OrderStore`.

An order is written down first and made afterwards, so it survives a closed page, a reload and a player that was killed.
    open/<project>/<id>.json    waits or is being made; beside it <id>.stop asks to end it, and <id>.pieces/ holds what streams
    over/<project>/<id>.json    the last twenty of a project
Beside an open order a little space is reserved on the disk (<id>.room), so that its end can be written where there is no other.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.errors import UserError, is_disk_full
from lib.media.files import read_json, read_json_lines, reserve_space, write_json, write_json_over, writing
from lib.media.kinds import IMAGE, kind_of
from lib.media.leftovers import clear_forgotten
from lib.models.playing import Medium, Request
from lib.player.folder import player_folder
from lib.project.folder import OUTPUTS, moment

if TYPE_CHECKING:
    from lib.project import Project

WAITING, LOADING, MAKING, SAVING = "waiting", "loading", "painting", "saving"
FINISHED, STOPPED, FAILED = "finished", "stopped", "failed"
OVER = (FINISHED, STOPPED, FAILED)
_OPEN, _OVER = "open", "over"
_LINES = "pieces.jsonl"
_KEPT = 20  # orders of a project that are over


@dataclass(frozen=True)
class Order:
    """What was asked (request), by whom, and how far it is. done: things or frames made; made: file names of outputs.

    starts: how many players have begun it: one that kills its player is not begun for ever.
    """

    id: str
    project: str
    request: Request
    by: str
    asked: str
    state: str = WAITING
    done: int = 0
    made: tuple[str, ...] = ()
    error: dict | None = None
    starts: int = 0

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    def as_plain(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class Piece:
    """A piece of something that is being made: a text (a token or more), or the file of a chunk of sound, or of how a picture looks by now.

    number: of the thing. done: how far a picture is, from 0 to 1.
    """

    number: int
    text: str = ""
    file: Path | None = None
    done: float = 0.0


class OrderStore:
    """The orders of one workspace. Whoever makes an order is the only one who changes it."""

    def __init__(self, workspace: Path):
        self._workspace, self._folder = Path(workspace), player_folder(workspace) / "orders"

    def place(self, project: Project, request: Request) -> Order:
        """Writes a new order down. Raises UserError if the disk is full."""
        asked = moment()
        name = f"{asked.replace(':', '').replace('.', '')}-{secrets.token_hex(4)}"
        order = Order(name, project.path.name, request, project.actor, asked)
        for tray in (_OPEN, _OVER):
            self._path(tray, order.project, order.id).parent.mkdir(parents=True, exist_ok=True)
        reserve_space(self._reserve(order))
        try:
            return self.write(order)
        except UserError:
            self._reserve(order).unlink(missing_ok=True)
            raise

    def write(self, order: Order, **changes: Any) -> Order:
        """Puts what changed about an order into the store, and returns it as it is now."""
        order = replace(order, **changes)
        path = self._path(_OVER if order.is_over else _OPEN, order.project, order.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_json(path, order.as_plain(), durable=False)
        except UserError as error:
            if not (order.is_over and is_disk_full(error) and self._reserve(order).exists()):
                raise
            write_json_over(self._reserve(order), path, order.as_plain())
        if order.is_over:
            self._path(_OPEN, order.project, order.id).unlink(missing_ok=True)
            self._stop_path(order).unlink(missing_ok=True)
            self._reserve(order).unlink(missing_ok=True)
            self.forget_pieces(order)
            self._forget_old(path.parent)
        return order

    def get(self, project: str, order_id: str) -> Order | None:
        """By the folder of its project and its id."""
        for tray in (_OPEN, _OVER, _OPEN):
            path = self._path(tray, project, order_id)
            if _is_plain(project) and _is_plain(order_id) and (order := _read(path)):
                return order
        return None

    def open_orders(self, project: str = "*") -> list[Order]:
        """Those that wait or are being made, oldest first: of one project, or of all."""
        orders = [_read(path) for path in (self._folder / _OPEN).glob(f"{project}/[!.]*.json")]
        return sorted((order for order in orders if order), key=lambda order: order.id)

    def newest(self, project: str, passed_over: Collection[str] = ()) -> Order | None:
        """The latest order of a project, over or not. passed_over: models (or services) that are not meant."""
        names = {path.stem for tray in (_OPEN, _OVER) for path in (self._folder / tray / project).glob("[!.]*.json")}
        for name in sorted(names, reverse=True):
            if (order := self.get(project, name)) and order.request.model not in passed_over:
                return order
        return None

    def add_piece(self, order: Order, medium: Medium) -> None:
        """Hands a piece of something to whoever watches it being made: a line for a text, a file and a line for a sound or a picture.

        Each chunk of sound has a file of its own; of a picture there is one, how it looks by now.
        """
        folder = self._pieces(order)
        folder.mkdir(parents=True, exist_ok=True)
        piece = {"number": medium.number, "text": medium.content}
        if medium.kind != "text":
            kind, steps = kind_of(medium.kind), medium.facts.get("of", 0)
            name = f"{medium.number if kind is IMAGE else len(list(folder.iterdir())):06d}{kind.suffix}"
            with writing(folder / name, durable=False) as temporary:
                temporary.write_bytes(kind.as_file(medium.content))
            piece = {"number": medium.number, "file": name, "done": medium.facts["step"] / steps if steps else 0.0}
        with open(folder / _LINES, "a", encoding="utf-8") as lines:
            lines.write(json.dumps(piece) + "\n")

    def pieces(self, order: Order, start: int = 0) -> list[Piece]:
        """What has come of an open order in pieces, from number `start` on; [] once it is over: then the whole is there."""
        folder = self._pieces(order)
        lines = read_json_lines(folder / _LINES)[start:]
        file = lambda line: folder / line["file"] if "file" in line else None
        return [Piece(line["number"], line.get("text", ""), file(line), line.get("done", 0.0)) for line in lines]

    def forget_pieces(self, order: Order) -> None:
        """Once the whole is there, or begins anew."""
        shutil.rmtree(self._pieces(order), ignore_errors=True)

    def _pieces(self, order: Order) -> Path:
        return self._path(_OPEN, order.project, order.id).with_suffix(".pieces")

    def stop(self, order: Order) -> None:
        """Asks whoever makes it to end it; what is made stays."""
        if not order.is_over:
            with contextlib.suppress(FileNotFoundError):
                self._stop_path(order).touch()

    def is_to_stop(self, order: Order) -> bool:
        return self._stop_path(order).exists()

    def clear_up(self) -> None:
        """Takes away what killed processes left half written, here and among the outputs of each project; for the player."""
        for folder in (*self._folder.glob("*/*"), *self._workspace.glob(f"*/{OUTPUTS}")):
            clear_forgotten(folder)
        for folder in self._folder.glob(f"{_OPEN}/*/*.pieces"):
            if not folder.with_suffix(".json").exists():
                shutil.rmtree(folder, ignore_errors=True)

    def inputs(self) -> set[str]:
        """The hashes of all files that orders name, open or over."""
        orders = [_read(path) for path in self._folder.glob("*/*/[!.]*.json")]
        return {digest for order in orders if order for digest in order.request.hashes}

    def _reserve(self, order: Order) -> Path:
        return self._path(_OPEN, order.project, order.id).with_suffix(".room")

    def _path(self, tray: str, project: str, order_id: str) -> Path:
        return self._folder / tray / project / f"{order_id}.json"

    def _stop_path(self, order: Order) -> Path:
        return self._path(_OPEN, order.project, order.id).with_suffix(".stop")

    def _forget_old(self, folder: Path) -> None:
        for path in sorted(folder.glob("[!.]*.json"))[:-_KEPT]:
            path.unlink(missing_ok=True)


def _is_plain(name: str) -> bool:
    return bool(name) and Path(name).name == name and not name.startswith(".")


def _read(path: Path) -> Order | None:
    """None for what is gone meanwhile, or is no order of ours."""
    try:
        plain = read_json(path)
        known = {field.name for field in fields(Order)}
        values = {key: value for key, value in plain.items() if key in known}
        request = Request.from_plain(plain["request"] if "request" in plain else plain["wish"])     # its name until December 2026
        return Order(**{**values, "request": request, "made": tuple(plain["made"])})
    except (OSError, json.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None
