"""The addresses of the live page, on which a model runs in the browser of whoever looks. Read `page`, then `ROUTES`.

    /live/<project>/<run>                 the page (lib/ui/live)
    /live/<project>/<run>/model.onnx      the model, as share.export_onnx wrote it
    /live/<project>/<run>/frames          a WebSocket, for browsers that cannot run it (frames.py)
    /live/<project>/<run>/keep            takes (POST) a source and what was made of it, to keep both
    /live/<file>                          the page's own script and style
    /onnxruntime/<version>/<file>         onnxruntime-web, which runs the model (assets/onnxruntime)

Where the browser runs the model, what the camera sees never comes here. The page may run only what this server hands out, and speaks to nobody else.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from lib import share
from lib.errors import UserError
from lib.project import Project, handing_out
from lib.ui.http import addresses, host_guard, uploads
from lib.ui.http.frames import frames
from lib.ui.live import page as live_page
from lib.ui.shell import workspace

RUNTIME = Path(__file__).resolve().parents[3] / "assets" / "onnxruntime"
VERSION = "1.30.0"          # of onnxruntime-web; its address changes with it, so browsers may keep it for good
_RUNTIME_TYPES = {".mjs": "text/javascript", ".wasm": "application/wasm"}
_LARGEST = 8_000_000        # bytes of a source and an answer, 512 px each
_SAYS = {"drawing", "camera", "film", "picture"}
_MADE_IN = {"browser": "a browser", "player": "the player"}
# Scripts of ours alone, WebAssembly made of what they fetch, a worker; blobs are the camera's pictures and what was recorded.
_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip
FRESH, _FOREVER = {"Cache-Control": "private, no-cache"}, {"Cache-Control": "public, max-age=31536000, immutable"}


def page(project: Project, name: str) -> Response:
    run = project.run(name)
    if not share.can_be_live(run) or not handing_out.run(project, run):
        return nothing()
    facts, runtime = share.live_facts(project, run), f"/onnxruntime/{VERSION}/" if share.live_model(project, run) else ""
    return HTMLResponse(live_page.page(project, run, facts, addresses.live(project, run), runtime), headers={**HEADERS, **FRESH})


def model(project: Project, name: str) -> Response:
    exported = share.live_model(project, name)
    return file(exported.path, "application/octet-stream", FRESH) if exported else nothing()


def _keep(project: Project, run: str, about: dict, file: BinaryIO) -> dict:
    """about: {"token", "by", "in", "source": how many bytes of the file are the source}; the rest is the answer."""
    length, by, made_in = about.get("source"), about.get("by"), _MADE_IN.get(about.get("in", "browser"))
    if not isinstance(length, int) or not 0 < length < _LARGEST or by not in _SAYS or not made_in:
        raise UserError("What was sent cannot be read.", "", "Reload the page and try again.")
    source, made = file.read(length), file.read()
    return uploads.once(project, about, lambda: {"output": share.keep_live(project, run, source, made, by, made_in).path.name})


async def keep(request: Request) -> JSONResponse:
    name = request.path_params["name"]
    return await uploads.answer(request, lambda project, about, file: _keep(project, name, about, file), _LARGEST)


async def part(request: Request) -> Response:
    name = request.path_params["file"]
    if name not in live_page.PARTS:
        return nothing()
    return Response(live_page.part(name), media_type=live_page.PARTS[name], headers={**HEADERS, **FRESH})


async def runtime(request: Request) -> Response:
    """By its name among those that there are."""
    there = {path.name: path for path in RUNTIME.iterdir() if path.suffix in _RUNTIME_TYPES}
    name = request.path_params["file"]
    if name not in there or request.path_params["version"] != VERSION:
        return nothing()
    return file(there[name], _RUNTIME_TYPES[there[name].suffix], _FOREVER)


def file(path: Path, kind: str, keep: dict) -> Response:
    return FileResponse(path, media_type=kind, headers={**HEADERS, **keep}, stat_result=path.stat())


def nothing() -> Response:
    return PlainTextResponse("There is nothing here (any more).", 404, headers=HEADERS)


def answer(work: Callable[[Project, str], Response]) -> Callable:
    """The route for `work(project, name of the run)`; what is not there is a plain 404."""

    def look(project: str, name: str) -> Response:
        try:
            return work(workspace.open_project(project), name)
        except (UserError, OSError):
            return nothing()

    async def route(request: Request) -> Response:
        if host_guard.is_embedded_elsewhere(request.headers):
            return PlainTextResponse(host_guard.CLOSED, 403)
        answer = await run_in_threadpool(look, request.path_params["project"], request.path_params["name"])
        has_it = answer.headers.get("etag", "") == request.headers.get("if-none-match")
        return Response(status_code=304, headers={"ETag": answer.headers["etag"], **FRESH}) if has_it else answer

    return route


ROUTES = [
    Route("/live/{file}", part),
    Route("/live/{project}/{name}", answer(page)),
    Route("/live/{project}/{name}/model.onnx", answer(model)),
    Route("/live/{project}/{name}/keep", keep, methods=["POST"]),
    WebSocketRoute("/live/{project}/{name}/frames", frames),
    Route("/onnxruntime/{version}/{file}", runtime),
]
