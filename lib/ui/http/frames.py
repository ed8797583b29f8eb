"""Frames of a visitor's camera to the player and back, over one WebSocket: /live/<project>/<run>/frames. Read `frames`.

For browsers that cannot run a model, or cannot make its sources (lib/player/frames.py). The newest frame wins: what came while another
was being painted is forgotten but for the last. Nothing of it is written down until somebody presses Keep.

The page sends "1" or "0" (is it a source already?) and a JPEG or PNG, in one binary message; it gets a line of JSON ({"source": bytes
of the first, "milliseconds"}) and two PNGs, what the model was given and what it made. Between, lines of words: {"waking": true} while
the player wakes up, {"ready": true}, {"error": …} where a frame will not do, {"error": …, "over": true} where nothing more comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from lib import player
from lib.errors import UserError
from lib.player.frames import LARGEST
from lib.ui.http import host_guard
from lib.ui.shell import workspace

MOST = 40               # visitors at a time
_POLICY, _FULL = 1008, 1013     # codes of a socket that is closed: not allowed, try again later
_visitors: set[WebSocket] = set()


async def frames(socket: WebSocket) -> None:
    if not host_guard.is_socket_of_this_page(socket.headers) or len(_visitors) >= MOST:
        await socket.close(_FULL if len(_visitors) >= MOST else _POLICY)
        return
    await socket.accept()
    _visitors.add(socket)
    newest = _Newest()
    painter = asyncio.create_task(_paint(socket, newest))
    try:
        while not painter.done():
            newest.put(await socket.receive_bytes())
    except (WebSocketDisconnect, KeyError, RuntimeError):       # gone, or it speaks otherwise
        pass
    finally:
        _visitors.discard(socket)
        newest.put(None)
        await painter


class _Newest:
    """Holds one frame, the last that came; None says that the visitor is gone."""

    def __init__(self) -> None:
        self._frame: bytes | None = None
        self._came = asyncio.Event()

    def put(self, frame: bytes | None) -> None:
        self._frame = frame
        self._came.set()

    async def take(self) -> bytes | None:
        await self._came.wait()
        self._came.clear()
        return self._frame


async def _paint(socket: WebSocket, newest: _Newest) -> None:
    """Answers one frame after the other. Where the player ended in the middle, another is waited for."""
    threads = CapacityLimiter(1)        # its own: a visitor who waits holds nobody up
    link: player.FrameLink | None = None
    try:
        while True:
            link = link or await _link(socket, threads)
            frame = await newest.take()
            if frame is None:
                return
            try:
                told, pictures = await _in_thread(threads, partial(link.ask, frame[1:LARGEST], frame[:1] == b"1"))
                await _send(socket, told, pictures)
            except player.Ended:
                raise
            except UserError as error:
                await _send(socket, {"error": error.as_dict()})
            except (EOFError, OSError):
                link.close()
                link = None
    except UserError as error:
        await _send(socket, {"error": error.as_dict(), "over": True})
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close()
    finally:
        if link:
            link.close()


async def _link(socket: WebSocket, threads: CapacityLimiter) -> player.FrameLink:
    loop, told = asyncio.get_running_loop(), False
    name, run = socket.path_params["project"], socket.path_params["name"]

    def waits() -> None:
        nonlocal told
        if socket not in _visitors:
            raise UserError("Nobody waits any more.")
        if not told:
            told = True
            asyncio.run_coroutine_threadsafe(_send(socket, {"waking": True}), loop)

    def work() -> player.FrameLink:
        try:
            return player.FrameLink(workspace.open_project(name), run, waits)
        except (EOFError, OSError) as error:
            raise UserError("The player ended.", f"{error}.", "Reload the page.") from error

    link = await _in_thread(threads, work)
    await _send(socket, {"ready": True})
    return link


async def _in_thread(threads: CapacityLimiter, work: Callable[[], Any]) -> Any:
    return await anyio.to_thread.run_sync(work, limiter=threads)


async def _send(socket: WebSocket, told: dict, pictures: bytes = b"") -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):        # the visitor has just gone
        if socket.application_state is WebSocketState.CONNECTED:
            await socket.send_bytes(json.dumps(told).encode() + b"\n" + pictures)
