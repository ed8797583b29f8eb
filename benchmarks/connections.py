"""What a browser needs of HTTP to fetch pages and pictures, and little more, so that a class costs the machine little. Read `get`.

A browser has six connections to one server, and keeps them; what is asked beyond that waits in the browser until one is free.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

AT_ONCE = 6  # connections of a browser to one server
_PATIENCE = 60  # seconds
_LENGTH, _CHUNKED = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE), re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
# What an answer may be cut off by, and what says that it was.
BROKEN = (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError)


@dataclass(frozen=True)
class Answer:
    """seconds: from the sending to the last byte. queued: those before, while all connections were busy."""

    status: int
    head: bytes
    body: bytes
    seconds: float
    queued: float

    @property
    def unpacked(self) -> bytes:
        return gzip.decompress(self.body) if self.header("content-encoding") == "gzip" else self.body

    def header(self, name: str) -> str:
        """"" where there is none."""
        found = re.search(rf"\r\n{name}: *([^\r]*)".encode(), self.head, re.IGNORECASE)
        return found[1].decode() if found else ""


class Connections:
    """Those of one browser to one server."""

    def __init__(self, address: str) -> None:
        self.at = urlsplit(address)
        self.turn = asyncio.Semaphore(AT_ONCE)
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def get(self, path: str, *more: str) -> Answer:
        """more: lines of the request ("If-None-Match: …"). Raises one of BROKEN where no whole answer came."""
        asked = time.perf_counter()
        async with self.turn:
            began = time.perf_counter()
            status, head, body = await asyncio.wait_for(self._exchange(path, more), _PATIENCE)
        return Answer(status, head, body, time.perf_counter() - began, began - asked)

    async def _exchange(self, path: str, more: tuple[str, ...]) -> tuple[int, bytes, bytes]:
        reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection(self.at.hostname, self.at.port)
        try:
            lines = [f"GET {path} HTTP/1.1", f"Host: {self.at.netloc}", "Accept-Encoding: gzip", *more]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _read_body(reader, head)
        except BaseException:
            writer.close()
            raise
        self.idle.append((reader, writer))
        return int(head[9:12]), head, body

    def close(self) -> None:
        for _, writer in self.idle:
            writer.close()


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if length := _LENGTH.search(head):
        return await reader.readexactly(int(length[1]))
    parts = []
    while _CHUNKED.search(head):
        size = int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16)
        parts.append((await reader.readexactly(size + 2))[:size])
        if not size:
            break
    return b"".join(parts)
