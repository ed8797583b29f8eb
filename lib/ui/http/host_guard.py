"""Which requests are let in: one check, `may_enter`, made for every page, picture and socket alike.

The workbench answers only to names of this computer. A web page elsewhere that points a name of its own at 127.0.0.1
(DNS rebinding) is turned away, and so is one that asks for pictures from its own place (cross-site).
Where somebody opens it on purpose (a Space, a class), HANDMADE_HOSTS holds the names that it also answers to, or "*".
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

HERE = {"localhost", "127.0.0.1", "[::1]"}
CLOSED = "This workbench answers only on the computer that it runs on. Open it there, at http://127.0.0.1."


def may_enter(headers: Mapping[str, str]) -> bool:
    """headers: of the request, by lower-case names."""
    open_to = {name.strip().lower() for name in os.environ.get("HANDMADE_HOSTS", "").split(",") if name.strip()}
    host = (headers.get("host") or "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return "*" in open_to or name in HERE | open_to


def check() -> None:
    """The same question for a page that is served without the HostGuard (`streamlit run Home.py`). Ends the page at a no."""
    host = st.context.headers.get("Host", "localhost")
    if not may_enter({"host": host}):
        st.error(CLOSED)
        st.stop()


def is_embedded_elsewhere(headers: Mapping[str, str]) -> bool:
    """True for a picture or file that another web site asks for."""
    return headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate"


def is_from_this_page(headers: Mapping[str, str]) -> bool:
    """True for something that a page of ours sends (POST): no other web site can make a visitor's browser send it.

    The header X-Handmade cannot be sent across sites without asking first, which is never granted; where the browser says
    where it comes from (Origin, Sec-Fetch-Site), that is looked at too. headers: of the request, by lower-case names.
    """
    same_host = "origin" not in headers or _is_own_origin(headers)
    return "x-handmade" in headers and same_host and headers.get("sec-fetch-site", "same-origin") == "same-origin"


def is_socket_of_this_page(headers: Mapping[str, str]) -> bool:
    """The same for a WebSocket, which another web site may open without asking: the browser says where it comes from."""
    return _is_own_origin(headers)


def _is_own_origin(headers: Mapping[str, str]) -> bool:
    return urlsplit(headers.get("origin", "")).netloc.lower() == (headers.get("host") or "").lower()


class HostGuard:
    """Stands in front of everything that the server answers (ASGI middleware)."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not may_enter(Headers(scope=scope)):
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1008})
                return
            await PlainTextResponse(CLOSED, 403)(scope, receive, send)
            return
        await self.app(scope, receive, send)
