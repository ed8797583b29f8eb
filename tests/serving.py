"""A website for tests: a real HTTP server on this computer, whose answers a test writes down beforehand. Read `Website`.

Handmade never asks this computer. A test hands its visitor a look-up of names and a rule of its own (private parameters that
no person can reach): "tulips.test" leads to 127.0.0.1, and only there.
"""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lib.media.web import Visitor, is_public


class Website:
    """pages: {"/robots.txt": (200, headers, body) or body}; a callable gets the handler and does it all. asked: [(method, path, headers)]."""

    def __init__(self):
        self.pages: dict = {}
        self.asked: list[tuple[str, str, dict]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append((self.command, self.path, dict(self.headers)))
                found = site.pages.get(self.path.partition("?")[0], (404, {}, b"nothing"))
                if callable(found):
                    with contextlib.suppress(OSError):
                        found(self)
                    return
                status, headers, body = found if isinstance(found, tuple) else (200, {}, found)
                body = body.encode() if isinstance(body, str) else body
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    for one in value if isinstance(value, list) else [value]:
                        self.send_header(name, one)
                self.end_headers()
                if self.command == "GET":
                    with contextlib.suppress(OSError):
                        self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.address = f"http://tulips.test:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def paths(self, method: str = "") -> list[str]:
        return [path for one, path, _ in self.asked if not method or one == method]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


LOCAL = "127.0.0.1"


class Pauses(list):
    """Waits without waiting: the seconds that would have passed are written down."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def visitor(folder, names: dict[str, list[str]] | None = None, **more) -> Visitor:
    """One whose "tulips.test" is this computer, for this once. names: what other names lead to."""
    known = {"tulips.test": [LOCAL], **(names or {})}
    allowed = more.pop("_may_ask", lambda number: number == LOCAL or is_public(number))

    def look_up(host: str, port: int) -> list[str]:
        if host not in known:
            raise OSError("no such name")
        found = known[host]
        return found() if callable(found) else found

    more.setdefault("_wait", Pauses())
    return Visitor("ana@example.org", folder, _look_up=look_up, _may_ask=allowed, **more)
