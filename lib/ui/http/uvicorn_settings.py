"""How the server speaks with browsers: what Streamlit does not tell uvicorn, and a class of thirty needs. Read `settings`.

A page is some eighty small messages from a script's thread to the loop, and from there to the socket. The loop of asyncio is
woken for each of them, and each is written by itself; every time, it queues again for Python's one lock, behind all scripts
that run. Here it is woken once for all that wait, and what goes to one browser is written at once.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# Seconds that an idle connection is kept: longer than any browser does (Chrome: 300). Whoever closes first cuts off what
# the other has just begun to ask; uvicorn's own five seconds did so with small pictures.
_KEPT_OPEN = 330


def settings() -> dict[str, Any]:
    """To be added to those that Streamlit gives to uvicorn."""
    ours = {"timeout_keep_alive": _KEPT_OPEN, "ws": Socket}
    return ours if os.name == "nt" else {**ours, "loop": f"{__name__}:Loop"}


class Loop(asyncio.SelectorEventLoop):
    """Is not woken again while it is awake already, or on its way."""

    _is_woken = False

    def _write_to_self(self) -> None:
        if not self._is_woken:
            self._is_woken = True
            super()._write_to_self()

    def _read_from_self(self) -> None:
        super()._read_from_self()
        self._is_woken = False      # what came meanwhile stands in the list already, and is looked at before the next sleep


class Socket(WebSocketsSansIOProtocol):
    """Gathers the messages of one moment, and writes them together."""

    _is_gathering = False

    async def send(self, message) -> None:
        is_open = self.handshake_complete and self.initial_response is None and not self.close_sent and not self.disconnected
        if message["type"] != "websocket.send" or not message.get("bytes") or not is_open or not self.writable.is_set():
            await super().send(message)
            return
        self.conn.send_binary(message["bytes"])
        if not self._is_gathering:
            self._is_gathering = True
            self.loop.call_soon(self._write)

    def _write(self) -> None:
        self._is_gathering = False
        if not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))
