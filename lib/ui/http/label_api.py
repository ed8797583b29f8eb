"""The address that the labelling component speaks with: GET to look, POST to hand in what a person did. Read `labels`.

    GET  /files/<project>/labels?labelled=no          all datapoints of a filter: ids, numbers, which have no label yet
    GET  /files/<project>/labels?only=id,id           the rows of some of them
    GET  /files/<project>/labels?number=12            the row of that number
    POST /files/<project>/labels                      a list of entries (lib/ui/label/exchange.py), answered one by one
    …&reader=Ben                                      the same for somebody who reads apart (lib/label/reading.py)

Only a page of ours may post (host_guard.is_from_this_page), and not more than a browser ever has to say at once. Where the
record takes nothing just now, the answer is 503: the browser keeps what it has and asks again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lib.errors import UserError
from lib.project.labels import is_held_up
from lib.ui.http import host_guard
from lib.ui.label import exchange
from lib.ui.shell import workspace

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}


async def labels(request: Request) -> Response:
    if host_guard.is_embedded_elsewhere(request.headers):
        return _no(403, host_guard.CLOSED)
    if request.method in ("GET", "HEAD"):
        return await run_in_threadpool(_answer, request, _asked(request))
    if not host_guard.is_from_this_page(request.headers):
        return _no(403, "Only the workbench's own page may write here.")
    try:
        entries = json.loads(await _body(request))
    except _TooMuch:
        return _no(413, "This is too much at once.")
    except (ValueError, RecursionError):
        return _no(400, "This is not a list of entries.")
    return await run_in_threadpool(_answer, request, {"entries": entries})


def _asked(request: Request) -> dict:
    asked = request.query_params
    if "only" in asked:
        return {"rows": [item_id for item_id in asked["only"].split(",") if item_id]}
    return {"number": asked["number"]} if "number" in asked else {"list": request.url.query}


class _TooMuch(Exception):
    """More than a browser has to say at once."""


async def _body(request: Request) -> bytes:
    """At most as much as fits; what comes after that is not read."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > exchange.MOST_BYTES:
            raise _TooMuch
    return bytes(body)


def _answer(request: Request, asked: Mapping) -> Response:
    try:
        project = workspace.open_project(request.path_params["project"])
    except (UserError, OSError) as error:
        return _held_up(error) if isinstance(error, UserError) and is_held_up(error) else _no(404, "There is nothing here (any more).")
    try:
        asked = {**asked, "reader": request.query_params.get("reader", "")}
        return JSONResponse(exchange.answer(project, asked), headers=_HEADERS)
    except UserError as error:
        return _held_up(error) if is_held_up(error) else JSONResponse({"error": error.as_dict()}, 400, headers=_HEADERS)


def _held_up(error: UserError) -> Response:
    return JSONResponse({"error": error.as_dict()}, 503, headers={**_HEADERS, "Retry-After": "1"})


def _no(status: int, words: str) -> Response:
    return JSONResponse({"error": {"what": words, "why": "", "fix": ""}}, status, headers=_HEADERS)
