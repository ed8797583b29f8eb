"""The addresses of the rhythm pad, on which a model of rhythms runs in the browser of whoever plays it. Read `page`, then `ROUTES`.

    /rhythm/<project>/<run>                       the page (lib/ui/rhythm_pad)
    /rhythm/<project>/<run>/model.safetensors     the model itself, which is small
    /rhythm/<project>/<run>/facts                 its tempo, its drums, and the bars that it learned from
    /rhythm/<project>/<run>/keep                  takes (POST) what was played, to keep it
    /rhythm/kit.f32                               one hit of each drum: 32 bit samples, as many as the page says
    /rhythm/<file>                                the page's own scripts and style

The page may run only what this server hands out, and speaks to nobody else.
"""

from __future__ import annotations

import functools
from typing import BinaryIO

import numpy as np
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from lib import audio
from lib.media import drums
from lib.project import Project
from lib.project.outputs import Output
from lib.ui.http import addresses, live, uploads
from lib.ui.rhythm_pad import page as pad_page

_LARGEST = 2_000_000        # bytes of what was played


def page(project: Project, name: str) -> Response:
    run = project.run(name)
    if audio.weights_for_browser(project, run) is None:
        return live.nothing()
    return HTMLResponse(pad_page.page(project, run, addresses.rhythm_pad(project, run), kit_lengths()), headers={**live.HEADERS, **live.FRESH})


def model(project: Project, name: str) -> Response:
    path = audio.weights_for_browser(project, name)
    return live.file(path, "application/octet-stream", live.FRESH) if path else live.nothing()


def facts(project: Project, name: str) -> Response:
    if audio.weights_for_browser(project, name) is None:
        return live.nothing()
    return JSONResponse(audio.pad_facts(project, name), headers={**live.HEADERS, "Cache-Control": "no-store"})


def _keep(project: Project, run: str, about: dict, _: BinaryIO) -> dict:
    return uploads.once(project, about, lambda: _kept(project, audio.keep_rhythm(project, run, about.get("played") or {})))


def _kept(project: Project, output: Output) -> dict:
    links = {"WAV": addresses.output(project, output), "FLAC": addresses.flac(project, output), "MIDI": addresses.midi(project, output)}
    return {"output": output.path.name, "links": links}


async def keep(request: Request) -> JSONResponse:
    name = request.path_params["name"]
    return await uploads.answer(request, lambda project, about, file: _keep(project, name, about, file), _LARGEST, longest_words=_LARGEST)


async def part(request: Request) -> Response:
    name = request.path_params["file"]
    if name not in pad_page.PARTS:
        return live.nothing()
    return Response(pad_page.part(name), media_type=pad_page.PARTS[name], headers={**live.HEADERS, **live.FRESH})


async def kit(request: Request) -> Response:
    return Response(_kit(), media_type="application/octet-stream", headers={**live.HEADERS, **live.FRESH})


@functools.cache
def _kit() -> bytes:
    return np.concatenate(drums.kit()).astype("<f4").tobytes()


@functools.cache
def kit_lengths() -> tuple[int, ...]:
    """Samples of each drum."""
    return tuple(map(len, drums.kit()))


ROUTES = [
    Route("/rhythm/kit.f32", kit),
    Route("/rhythm/{file}", part),
    Route("/rhythm/{project}/{name}", live.answer(page)),
    Route("/rhythm/{project}/{name}/model.safetensors", live.answer(model)),
    Route("/rhythm/{project}/{name}/facts", live.answer(facts)),
    Route("/rhythm/{project}/{name}/keep", keep, methods=["POST"]),
]
