"""The addresses of the live pages, on which a model runs in the browser of whoever looks or plays. Read `page`, then `ROUTES`.

    /live/<project>/<run>                 the page (lib/ui/live; of a voice lib/ui/live_sound)
    /live/<project>/<run>/model.onnx      the model, as share.export_onnx wrote it
    /live/<project>/<run>/frames          a WebSocket, for browsers that cannot run it (frames.py)
    /live/<project>/<run>/voice.safetensors   of a voice, its weights
    /live/<project>/<run>/keep            takes (POST) a source and what was made of it, to keep both; of a voice, what was played
    /live/<file>, /live_sound/<file>      the pages' own scripts and styles
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
from lib.ui.live_sound import page as sound_page
from lib.ui.shell import workspace

RUNTIME = Path(__file__).resolve().parents[3] / "assets" / "onnxruntime"
VERSION = "1.30.0"          # of onnxruntime-web; its address changes with it, so browsers may keep it for good
_RUNTIME_TYPES = {".mjs": "text/javascript", ".wasm": "application/wasm"}
_LARGEST = 8_000_000        # bytes of a source and an answer, 512 px each
_LARGEST_TAKE = 2 * 16_000 * 610 + 1000     # bytes of what was played
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
    if share.can_sound_live(run):
        voice = share.live_voice(project, name)
        return HTMLResponse(sound_page.page(project, run, voice.facts), headers={**HEADERS, **FRESH}) if voice else nothing()
    if not share.can_be_live(run) or not handing_out.run(project, run):
        return nothing()
    facts, runtime = share.live_facts(project, run), f"/onnxruntime/{VERSION}/" if share.live_model(project, run) else ""
    return HTMLResponse(live_page.page(project, run, facts, addresses.live(project, run), runtime), headers={**HEADERS, **FRESH})


def model(project: Project, name: str) -> Response:
    exported = share.live_model(project, name)
    return file(exported.path, "application/octet-stream", FRESH) if exported else nothing()


def voice(project: Project, name: str) -> Response:
    there = share.live_voice(project, name)
    return file(there.path, "application/octet-stream", FRESH) if there else nothing()


def _keep(project: Project, run: str, about: dict, file: BinaryIO) -> dict:
    """about: {"token", "by", "in", "source": how many bytes of the file are the source}; the rest is the answer. Of a voice, as `_keep_take`."""
    if share.can_sound_live(project.run(run)):
        return uploads.once(project, about, lambda: _keep_take(project, run, about, file))
    if file.seek(0, 2) > _LARGEST:
        raise UserError("What was sent is too large.", "", "Reload the page and try again.")
    file.seek(0)
    length, by, made_in = about.get("source"), about.get("by"), _MADE_IN.get(about.get("in", "browser"))
    if not isinstance(length, int) or not 0 < length < _LARGEST or by not in _SAYS or not made_in:
        raise UserError("What was sent cannot be read.", "", "Reload the page and try again.")
    source, made = file.read(length), file.read()
    return uploads.once(project, about, lambda: {"output": share.keep_live(project, run, source, made, by, made_in).path.name})


def _keep_take(project: Project, run: str, about: dict, file: BinaryIO) -> dict:
    """about: {"token", "by", and the controls it was played with}; the file is what was played."""
    controls = {name: about[name] for name in ("octaves", "vibrato", "breath", "room") if name in about}
    return {"output": share.keep_take(project, run, file.read(), str(about.get("by")), controls).path.name}


async def keep(request: Request) -> JSONResponse:
    name = request.path_params["name"]
    return await uploads.answer(request, lambda project, about, file: _keep(project, name, about, file), _LARGEST_TAKE)


async def part(request: Request) -> Response:
    """A script or a style of the pages of pictures, or of those of voices."""
    name, of = request.path_params["file"], sound_page if request.url.path.startswith("/live_sound/") else live_page
    return Response(of.part(name), media_type=of.PARTS[name], headers={**HEADERS, **FRESH}) if name in of.PARTS else nothing()


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
    Route("/live_sound/{file}", part),
    Route("/live/{project}/{name}", answer(page)),
    Route("/live/{project}/{name}/voice.safetensors", answer(voice)),
    Route("/live/{project}/{name}/model.onnx", answer(model)),
    Route("/live/{project}/{name}/keep", keep, methods=["POST"]),
    WebSocketRoute("/live/{project}/{name}/frames", frames),
    Route("/onnxruntime/{version}/{file}", runtime),
]
