"""The player's door: a Gradio program without a face, whose few functions are asked for over HTTP. Read `functions`.

Nobody comes in without the token (`Guard` stands in front of Gradio). It takes names of project folders and ids of runs,
never paths, and answers with names of outputs, which the worker has saved already.
"""

from __future__ import annotations

import hmac
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from lib.errors import UserError
from lib.generate import requests
from lib.generate.order_worker import OrderWorker, find_project, find_run
from lib.generate.requests import WALK, Request

QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1", "GRADIO_RUN_HISTORY": "False",
         "GRADIO_SHARE": "False"}  # fmt: skip


def open_door(worker: OrderWorker, token: str, temporary: Path) -> int:
    """Serves the worker on a free port of this computer, in a thread of its own. Returns the port."""
    os.environ.update(QUIET, GRADIO_TEMP_DIR=str(temporary))
    import gradio
    import uvicorn
    from fastapi import FastAPI

    with gradio.Blocks(title="Handmade player") as blocks:
        for function in functions(worker):
            gradio.api(function, api_name=function.__name__, concurrency_limit=None)
    blocks.queue(max_size=64)
    app = gradio.mount_gradio_app(FastAPI(docs_url=None, openapi_url=None), blocks, "/", ssr_mode=False, run_history=False)
    place = socket.socket()
    place.bind(("127.0.0.1", 0))
    place.listen(64)    # whoever knows the port may knock from now on
    server = uvicorn.Server(uvicorn.Config(Guard(app, token, worker.touch), log_level="warning", access_log=False))
    threading.Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True).start()
    return place.getsockname()[1]


def functions(worker: OrderWorker) -> list:
    """What can be asked for. Each answers with plain values; a UserError comes back as {"error": {what, why, fix}}."""

    def make(project: str, run: str, kind: str, values: str) -> Iterator[dict]:
        """Places an order and tells how it goes. values: JSON: count and seed, or seed_a, seed_b, seconds, fps; controls."""
        try:
            there, said = find_project(worker.workspace, project), json.loads(values)
            find_run(there, run)
            request = _request(there, run, kind, said)
            for order in worker.follow(worker.store.place(there, request)):
                yield order.as_plain()
        except (UserError, ValueError, TypeError) as error:
            yield {"error": _as_dict(error)}

    def stop(project: str, order: str) -> dict:
        """Ends an order; what is made stays."""
        found = worker.store.get(project, order)
        if found:
            worker.store.stop(found)
        return {"stopped": bool(found)}

    def state() -> dict:
        """Which models are warm, and how many orders are open."""
        return {"models": worker.models.names(), "orders": len(worker.store.open_orders())}

    return [make, stop, state]


def _request(project, run: str, kind: str, said: dict) -> Request:
    return (requests.walk if kind == WALK else requests.pictures)(project, run, **said)


def _as_dict(error: Exception) -> dict:
    if isinstance(error, UserError):
        return error.as_dict()
    return UserError("This order cannot be read.", f"{error}.", "Use generate.play of the same Handmade.").as_dict()


class Guard:
    """Refuses whoever does not bring the token (ASGI middleware)."""

    def __init__(self, app, token: str, came_in):
        self._app, self._wanted, self._came_in = app, f"Bearer {token}".encode(), came_in

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] in ("http", "websocket"):
            brought = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(brought, self._wanted):
                await _refuse(scope, receive, send)
                return
            self._came_in()
        await self._app(scope, receive, send)


async def _refuse(scope, receive, send) -> None:
    from starlette.responses import PlainTextResponse

    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
    else:
        await PlainTextResponse("Only Handmade itself may ask here.", 403)(scope, receive, send)
