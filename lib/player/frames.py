"""Frames: the pictures of a camera, one after the other, through a model at once. Read `FrameLink` and `FrameWorker`.

For browsers that cannot run a model, or cannot make its sources. The web server opens a link for each visitor to the player's
process, over a socket that only its owner can open (its place and its key stand in the player's card). Nothing that comes is
written down, and nothing waits in a row: a link asks for one frame, and gets its answer, before it asks for the next.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from lib.errors import UserError
from lib.media import locks
from lib.models.playing import LIVE
from lib.player import playable as playables
from lib.player.client import ensure_player, player_state
from lib.player.folder import LOCK, player_folder, read_card

if TYPE_CHECKING:
    from lib.player.model_cache import ModelCache
    from lib.player.order_worker import OrderWorker
    from lib.project import Project

LARGEST = 4_000_000     # bytes of a frame, or of an answer
_LONGEST = 2048         # px of a frame's side
_AT_ONCE = 2            # frames that are painted at the same time
_WAITING = 32           # links that may knock at one moment
_ASK_AGAIN = 3.0        # seconds between two looks at consent, and at what has been learned since
_LONGEST_PLACE = 96     # letters of a socket's name; systems know some hundred
_LOOK_EVERY = 0.1       # seconds, while the player wakes up


class FrameLink:
    """One visitor's way to a model in the player. Blocking; raises UserError where it cannot be played, EOFError or OSError where the player ended."""

    def __init__(self, project: Project, run: str, waits: Callable[[], object] = lambda: None):
        """Waits until the player is awake; `waits` is called again and again meanwhile."""
        self._connection = _connect(project.home, waits)
        try:
            self._connection.send_bytes(_packed({"project": project.path.name, "run": run}))
            _raise_told(_unpacked(self._connection.recv_bytes(LARGEST))[0])
        except BaseException:
            self.close()
            raise

    def ask(self, frame: bytes, ready: bool) -> tuple[dict, bytes]:
        """frame: a JPEG or PNG. ready: it is a source already. Returns what there is to tell, and two PNGs: {"source": bytes of the first, "milliseconds"}."""
        self._connection.send_bytes(_packed({"ready": ready}, frame))
        told, pictures = _unpacked(self._connection.recv_bytes(2 * LARGEST))
        _raise_told(told)
        return told, pictures

    def close(self) -> None:
        self._connection.close()


def _connect(home: Path, waits: Callable[[], object]) -> Connection:
    folder = player_folder(home)
    while True:
        ensure_player(home)
        if player_state(home).state == "broken":
            raise UserError("The player does not start.", player_state(home).doing, "Look at player.log, then reload the page.")
        card = read_card(folder).get("frames") if locks.is_held(folder / LOCK) else None
        if card:
            with contextlib.suppress(OSError, EOFError, AuthenticationError):     # it has just ended
                return Client(card["address"], authkey=bytes.fromhex(card["key"]))
        waits()
        time.sleep(_LOOK_EVERY)


class FrameWorker:
    """The player's end of all links."""

    def __init__(self, worker: OrderWorker):
        self._worker, self._turns, self._key = worker, threading.Semaphore(_AT_ONCE), secrets.token_bytes(32)
        self._own_folder = ""
        self._listener = Listener(self._place(), backlog=_WAITING, authkey=self._key)
        threading.Thread(target=self._attend, daemon=True).start()

    @property
    def card(self) -> dict:
        """For the player's card, which only its owner can read."""
        return {"address": self._listener.address, "key": self._key.hex()}

    def close(self) -> None:
        with contextlib.suppress(FileNotFoundError):     # the workspace is gone, and the socket with it
            self._listener.close()
        if self._own_folder:
            shutil.rmtree(self._own_folder, ignore_errors=True)

    def _place(self) -> str | None:
        """A socket in the player's folder; where its name is too long for one, in a folder of its own; on Windows a pipe."""
        if os.name == "nt":
            return None
        place = player_folder(self._worker.workspace) / "frames"
        if len(os.fsencode(place)) > _LONGEST_PLACE:
            self._own_folder = tempfile.mkdtemp(prefix="handmade-")
            place = Path(self._own_folder) / "frames"
        place.unlink(missing_ok=True)       # of a player that was killed
        return str(place)

    def _attend(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except (AuthenticationError, EOFError):
                continue
            except OSError:
                return                      # closed
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        """One link, until its other end is closed or somebody in the model's data says no."""
        with connection, contextlib.suppress(EOFError, OSError):
            try:
                sitter = Sitter(self._worker, json.loads(connection.recv_bytes(LARGEST)))
                connection.send_bytes(_packed({}))
                while True:
                    connection.send_bytes(self._answer(sitter, *_unpacked(connection.recv_bytes(LARGEST))))
            except (UserError, OSError) as error:
                connection.send_bytes(_packed({"over": True, "error": _as_error(error).as_dict()}))

    def _answer(self, sitter: Sitter, asked: dict, frame: bytes) -> bytes:
        self._worker.touch()
        model = sitter.model()
        began = time.perf_counter()
        try:
            picture = _opened(frame)
            with self._turns:
                source = model.prepared(picture, bool(asked.get("ready")))
                made = model.answer(source)
        except UserError as error:          # nobody is in this frame: the next one may do
            return _packed({"error": error.as_dict()})
        before, after = _png(source), _png(made)
        return _packed({"source": len(before), "milliseconds": round(1000 * (time.perf_counter() - began))}, before, after)


class Sitter:
    """Which model a visitor plays with, and whether that is still allowed."""

    def __init__(self, worker: OrderWorker, asked: dict):
        from lib.player.order_worker import find_project

        self._models: ModelCache = worker.models
        self._project, self._run = find_project(worker.workspace, asked["project"]), asked["run"]
        self._asked = -_ASK_AGAIN
        self.model()

    def model(self) -> Any:
        """The narrow network, where there is one. Raises UserError once somebody in its data has said no."""
        if time.monotonic() - self._asked >= _ASK_AGAIN:
            self._playable = playables.find(self._project, self._run)
            if LIVE not in self._playable.card.ways or self._playable.card.makes != "image":
                raise UserError(f"{self._playable.id} is not live.", f"It is a {self._playable.card.title}.", "Choose a run of a model that takes a picture.")
            self._asked = time.monotonic()
        return self._models.get(self._playable, narrow=True)[1]


def _opened(frame: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(frame), formats=["JPEG", "PNG"])
        if max(picture.size) > _LONGEST:
            raise ValueError(f"it has {picture.width} × {picture.height} px")
        picture.load()
        return picture.convert("RGB")
    except Exception as error:
        raise UserError("This frame is no picture.", f"{error}.", "Reload the page.") from error


def _png(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.convert("RGB").save(content, "PNG", compress_level=1)
    return content.getvalue()


def _packed(told: dict, *parts: bytes) -> bytes:
    return b"".join([json.dumps(told).encode(), b"\n", *parts])


def _unpacked(message: bytes) -> tuple[dict, bytes]:
    words, _, rest = message.partition(b"\n")
    return json.loads(words), rest


def _raise_told(told: dict) -> None:
    if "error" in told:
        raise Ended(**told["error"]) if told.get("over") else UserError(**told["error"])


def _as_error(error: Exception) -> UserError:
    return error if isinstance(error, UserError) else UserError("This model cannot be played.", f"{error}.", "Reload the page.")


class Ended(UserError):
    """The model is not played any further."""
