"""The addresses of the reading, a page of its own for a wall or a monitor (lib/ui/generate/reading.py). Read `page`, then `ROUTES`.

    /reading/<project>/kept               kept texts, letter by letter
    /reading/<project>/<run>              what a run writes meanwhile; where it falls silent, the kept texts
    /reading/<project>/kept/texts         the kept texts that may be shown now
    /reading/<project>/<run>/poem?seed=7  one text, as it is written; nothing of it is kept
    /reading/<file>                       the page's own script and style
"""

from __future__ import annotations

from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from lib import generate
from lib.errors import UserError
from lib.project import Project
from lib.ui.generate import reading as reading_page
from lib.ui.http import addresses, host_guard
from lib.ui.shell import workspace

KEPT = "kept"
_LARGEST = 10**12       # of a seed
_POLICY = ("default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; font-src 'self'; img-src data:; base-uri 'none'; "
           "form-action 'none'; frame-ancestors 'self'")  # fmt: skip
_HEADERS = {
    "Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
}  # fmt: skip


def page(project: Project, name: str) -> Response:
    poem = ""
    if name != KEPT:
        if not any(run.id == name for run in generate.writers(project)):
            return _nothing()
        poem = f"{addresses.reading(project, project.run(name))}/poem"
    return HTMLResponse(reading_page.page(project, addresses.reading(project), poem), headers=_HEADERS)


def texts(project: Project) -> Response:
    return JSONResponse(reading_page.texts(project), headers=_HEADERS)


def poem(project: Project, name: str, asked: dict[str, str]) -> Response:
    """The first letter is waited for, so that a refusal is one."""
    words = {key: value for key, value in asked.items() if key != "seed"}
    pieces = generate.poem(project, name, _seed(asked.get("seed", "")), words)
    return StreamingResponse(_pieces(pieces), media_type="text/plain; charset=utf-8", headers={**_HEADERS, "X-Accel-Buffering": "no"})


def _seed(words: str) -> int:
    return int(words) % _LARGEST if words.isascii() and words.isdigit() and len(words) < 20 else 0


def _pieces(pieces: Iterator[str]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece.encode()


def _nothing() -> Response:
    return PlainTextResponse("There is nothing here (any more).", 404, headers=_HEADERS)


async def part(request: Request) -> Response:
    name = request.path_params["file"]
    if name not in reading_page.PARTS:
        return _nothing()
    return Response(reading_page.part(name), media_type=reading_page.PARTS[name], headers=_HEADERS)


async def _page(request: Request) -> Response:
    return await _answered(request, lambda project: page(project, request.path_params["name"]))


async def _texts(request: Request) -> Response:
    return await _answered(request, texts)


async def _poem(request: Request) -> Response:
    return await _answered(request, lambda project: poem(project, request.path_params["name"], dict(request.query_params)))


async def _answered(request: Request, work) -> Response:
    """What is not there, or may not be played, is a plain 404."""
    if host_guard.is_embedded_elsewhere(request.headers):
        return PlainTextResponse(host_guard.CLOSED, 403)

    def look() -> Response:
        try:
            return work(workspace.open_project(request.path_params["project"]))
        except (UserError, OSError):
            return _nothing()

    return await run_in_threadpool(look)


ROUTES = [
    Route("/reading/{file}", part),
    Route("/reading/{project}/{name}", _page),
    Route(f"/reading/{{project}}/{KEPT}/texts", _texts),
    Route("/reading/{project}/{name}/poem", _poem),
]
