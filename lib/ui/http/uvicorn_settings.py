"""How the server speaks with browsers: what Streamlit does not tell uvicorn, and a class of thirty needs. Read `settings`.

A page is some eighty small messages. To write each by itself is to queue each time again for Python's one lock, behind all
scripts that run; what goes to one browser at one moment is written at once.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# Seconds that an idle connection is kept: longer than any browser does (Chrome: 300). Whoever closes first cuts off what
# the other has just begun to ask; uvicorn's own five seconds did so with small pictures.
_KEPT_OPEN = 330


def settings() -> dict[str, Any]:
    """To be added to those that Streamlit gives to uvicorn."""
    return {"timeout_keep_alive": _KEPT_OPEN, "ws": Socket}


class Socket(WebSocketsSansIOProtocol):
    """Gathers the messages of one moment, and writes them together. A message may bring others with it ("rest")."""

    _is_gathering = False

    async def send(self, message) -> None:
        await self._gather(message)
        for payload in message.get("rest", ()):
            await self._gather({"type": "websocket.send", "bytes": payload})

    async def _gather(self, message) -> None:
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
