"""What the server answers beside the pages: pictures and files of a project, and zips that stream. Read `ROUTES`.

    /files/<project>/thumbnails/<item>/256       a small picture of a datapoint
    /files/<project>/items/<item>                the datapoint itself, as it was taken in
    /files/<project>/papers/<item>/4.webp        page 4 of the PDF that a text came from, drawn
    /files/<project>/papers/<item>/4/120-260     its words, and where on it letters 120 to 260 of the text stand
    /files/<project>/runs/<run>/<sample>.png     a strip of samples
    /files/<project>/datasets/<dataset>.png      its contact sheet
    /files/<project>/datasets/<dataset>/train/<file>     one of its files
    /learned/<base>/<edition>/64/12.webp         picture 12 that a base learned from, drawn in the moment
    /steps/<Step>.webp                           what a step of a recipe does, as a picture of ours
    /files/<project>/outputs/<file>              something that a model made
    /files/<project>/flac/<name>.flac            the same as a FLAC, where it is a sound
    /files/<project>/midi/<name>.mid             its notes, where it is a rhythm
    /files/<project>/given/<folder>/<name>       a sound that somebody brought for a model to work on
    /files/<project>/sources/<file>/<input>      the sound that a made one follows
    /files/<project>/overviews/outputs/<file>    what was measured of a sound, and how it looks; also of /runs/<run>/<sample>, /items/<item>,
                                                 /given/<folder>/<name>, /sources/<file>/<input> and /datasets/<folder>/<side>/<name>
    /files/<project>/outputs.zip?only=a,b        all outputs with their stories, or those that are named, or of ?mark=kept
    /files/<project>/project.zip                 the whole project, to keep a copy
    /files/<project>/errands/<errand>.zip        a training for another computer
    /files/<project>/waiting/<inbox>/<name>      a small picture of what is looked at before it is added
    /files/<project>/made                        takes (POST) a drawing or a take of the microphone (uploads.py)
    /files/<project>/labels                      what the labelling component looks at, and hands in (label_api.py)
    /live/<project>/<run>                        a page of its own: draw, and see what a model makes of it (live.py)
    /rhythm/<project>/<run>                      another one: move through rhythms, and hear them (rhythm.py)
    /reading/<project>/<run>                     a page of its own: texts letter by letter on a whole screen (reading.py)
    /onnxruntime/<version>/<file>                what runs a model in the browser
    /health                                      "ok"

Names are looked up among what the project holds; no path that somebody sends is ever opened. Before any file is handed out,
consent is asked (lib/project/handing_out.py).
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from lib import models
from lib.collect import inbox as boxes
from lib.errors import UserError
from lib.generate import given
from lib.media import sound_overview
from lib.media.files import edition
from lib.media.kinds import SOUND
from lib.media.sniff import SOUND_NAMES
from lib.project import Project, handing_out, outputs, papers
from lib.project.datasets import SHEET
from lib.project.folder import OUTPUTS
from lib.project.items import Item
from lib.project.outputs import MARKS, Output, get, listed
from lib.train.twin import READ
from lib.train.twin import ask as ask_twin
from lib.ui.http import host_guard, label_api, live, reading, rhythm, uploads
from lib.ui.http.media_types import MEDIA_TYPES
from lib.ui.http.zip_stream import zip_of_errand, zip_of_outputs, zip_of_project
from lib.ui.shell import workspace

STEP_PICTURES = Path(__file__).resolve().parents[3] / "assets" / "steps"
FOREVER, _FRESH = "private, max-age=31536000, immutable", "private, no-cache"
_SMALL = 1 << 18  # bytes
# Whatever a person brought is shown as what it is and never run: no guessing of types, no scripts, no other site.
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def file_answer(path: Path, keep: str = _FRESH) -> Response:
    """A small picture is read at once; anything else in pieces, from where it is asked for (a film, a sound). With an ETag."""
    kind, stat = MEDIA_TYPES.get(path.suffix, "text/plain; charset=utf-8"), path.stat()
    headers = {**_SAFE, "Cache-Control": keep}
    if not kind.startswith("image/") or stat.st_size > _SMALL:
        return FileResponse(path, media_type=kind, headers=headers, stat_result=stat)
    return Response(path.read_bytes(), media_type=kind, headers={**headers, "ETag": f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'})


def thumbnail(project: Project, item: str, size: int) -> Response:
    return file_answer(project.thumbnail(item, size), FOREVER) if handing_out.item(project, item) else _nothing()


def original(project: Project, item: str) -> Response:
    return file_answer(project.heard(item), FOREVER) if handing_out.item(project, item) else _nothing()


def page_picture(project: Project, item: str, number: int) -> Response:
    datapoint = project.item(item)
    return file_answer(papers.drawn(project, datapoint, number)[0], _FRESH) if handing_out.pages(project, datapoint) else _nothing()


def page_words(project: Project, item: str, number: int, start: int, end: int) -> Response:
    """A page, or a part of a text that has none, to leaf to (lib/ui/widgets/leaf.js)."""
    datapoint = project.item(item)
    if datapoint.kind != "text" or not handing_out.item(project, item):
        return _nothing()
    words = papers.text_of(project, datapoint)
    leaf = next((leaf for leaf in papers.leaves(datapoint, words) if leaf.number == number), None)
    if leaf is None:
        return _nothing()
    told: dict[str, Any] = {"by_machine": leaf.number in words.by_machine, "words": words.text[leaf.start : leaf.end].rstrip("\n"), "marked": [max(place - leaf.start, 0) for place in (start, min(end, leaf.end))], "boxes": []}
    if papers.kept(project, datapoint) and handing_out.pages(project, datapoint):
        told |= _drawn(project, datapoint, leaf, words.text, start, end)
    return JSONResponse(told, headers={**_SAFE, "Cache-Control": "no-store"})


def _drawn(project: Project, datapoint: Item, leaf: papers.Leaf, words: str, start: int, end: int) -> dict:
    """size: of the picture in px; nothing where the page cannot be drawn."""
    try:
        _, letters = papers.drawn(project, datapoint, leaf.number)
    except UserError:
        return {}
    return {"boxes": papers.marked(project, datapoint, leaf, words, start, end), "size": [letters.width, letters.height]}


def sample(project: Project, run: str, name: str) -> Response:
    learned = project.run(run)
    strips = {path.name: path for path in learned.samples()} if handing_out.run(project, learned) else {}
    return file_answer(strips[name]) if name in strips else _nothing()


def inside(project: Project, run: str) -> Response:
    """The weights of a model that is looked into (lib/ui/runs/inside.py)."""
    learned = project.run(run)
    shown = models.inside(learned.model)
    is_shown = shown is not None and shown.is_open(learned.path) and handing_out.run(project, learned)
    return file_answer(shown.weights(learned.path)) if shown and is_shown else _nothing()


def twin(project: Project, run: str, text: str = "", what: str = "") -> Response:
    """What a small model and its twin by hand compute of a text; or why not, as the three lines of an error."""
    try:
        return JSONResponse(ask_twin(project, run, text, what or READ), headers={**_SAFE, "Cache-Control": "no-store"})
    except UserError as error:
        return JSONResponse({"error": error.as_dict()}, 409, headers={**_SAFE, "Cache-Control": "no-store"})


def sheet(project: Project, name: str) -> Response:
    dataset = project.dataset(name)
    path = dataset.path / SHEET
    return file_answer(path) if path.exists() and handing_out.sheet(project, dataset) else _nothing()


def prepared(project: Project, name: str, split: str, file: str) -> Response:
    """One file of a dataset ("000001.png", of pairs "target/000001.png")."""
    path = _prepared(project, name, split, file)
    return file_answer(path) if path else _nothing()


def _prepared(project: Project, name: str, split: str, file: str) -> Path | None:
    """Where it may be handed out. A name that leads out of its folder is none."""
    dataset = project.dataset(name)
    folder = (dataset.path / split).resolve()
    path = (folder / file).resolve()
    inside = split in ("train", "test") and path.is_relative_to(folder) and path.suffix in MEDIA_TYPES
    return path if inside and path.is_file() and handing_out.prepared(project, dataset, f"{split}/{file}") else None


def waiting(project: Project, inbox: str, name: str) -> Response:
    return file_answer(boxes.waiting_picture(project, inbox, name), FOREVER)


def output(project: Project, name: str) -> Response:
    result = find_output(project, name)
    return file_answer(result.path) if result else _nothing()


def flac(project: Project, name: str) -> Response:
    made = find_output(project, f"{name}{SOUND.suffix}")
    if made is None:
        return _nothing()
    folder = Path(tempfile.mkdtemp(prefix="handmade-flac-"))
    try:
        outputs.as_flac(made, folder / "it.flac")
    except BaseException:
        shutil.rmtree(folder)
        raise
    away = BackgroundTask(shutil.rmtree, folder)
    return FileResponse(folder / "it.flac", media_type="audio/flac", headers={**_SAFE, "Cache-Control": "no-store"}, background=away)


def midi(project: Project, name: str) -> Response:
    made = find_output(project, f"{name}{SOUND.suffix}")
    return Response(outputs.as_midi(made), media_type="audio/midi", headers={**_SAFE, "Cache-Control": "no-store"}) if made else _nothing()


def overview_of_output(project: Project, name: str) -> Response:
    made = find_output(project, name)
    return _overview(made.path) if made and made.path.suffix == SOUND.suffix else _nothing()


def overview_of_sample(project: Project, run: str, name: str) -> Response:
    learned = project.run(run)
    there = {path.name: path for path in learned.samples()} if handing_out.run(project, learned) else {}
    return _overview(there[name]) if name in there and there[name].suffix == SOUND.suffix else _nothing()


def overview_of_item(project: Project, item: str) -> Response:
    return _overview(project.heard(item)) if handing_out.item(project, item) and project.item(item).kind == SOUND.name else _nothing()


def source(project: Project, name: str, given_as: str) -> Response:
    path = _source(project, name, given_as)
    return file_answer(path) if path else _nothing()


def overview_of_source(project: Project, name: str, given_as: str) -> Response:
    path = _source(project, name, given_as)
    return _overview(path) if path else _nothing()


def _source(project: Project, name: str, given_as: str) -> Path | None:
    """A sound that an output's model was given, where both may be heard."""
    made = find_output(project, name)
    told = (made.provenance().get("inputs") or {}).get(given_as) if made else None
    if not isinstance(told, dict) or "file" not in told or (told.get("item") and not handing_out.item(project, told["item"])):
        return None
    path = project.path / OUTPUTS / outputs.INPUTS / Path(told["file"]).parent.name / Path(told["file"]).name
    return path if path.suffix in SOUND_NAMES and path.is_file() else None


def given_sound(project: Project, folder: str, name: str) -> Response:
    path = given.find(project, f"{folder}/{name}")
    return file_answer(path) if path and path.suffix in SOUND_NAMES else _nothing()


def overview_of_given(project: Project, folder: str, name: str) -> Response:
    path = given.find(project, f"{folder}/{name}")
    return _overview(path) if path and path.suffix in SOUND_NAMES else _nothing()


def overview_of_prepared(project: Project, folder: str, split: str, name: str) -> Response:
    path = _prepared(project, folder, split, name)
    return _overview(path) if path and path.suffix in SOUND_NAMES else _nothing()


def _overview(path: Path) -> Response:
    return Response(_measured(path, edition(path)), media_type="application/json", headers={**_SAFE, "Cache-Control": "no-store"})


@functools.lru_cache(maxsize=256)
def _measured(path: Path, _edition: tuple) -> bytes:
    """Only in memory: a picture of a voice that lies on the disk would have to be found when somebody withdraws."""
    seen = sound_overview.overview(path)
    picture = f"data:image/webp;base64,{base64.b64encode(seen.picture).decode()}"
    return json.dumps({**dataclasses.asdict(seen), "picture": picture}).encode()


def outputs_zip(project: Project, only: str = "", mark: str = "") -> Response:
    names = [name for name in only.split(",") if name] or None
    if mark in MARKS[:2]:
        names = [output.path.name for output in listed(project, mark=mark)]
    return _zip(zip_of_outputs(project, names), f"{project.path.name}-{mark or 'outputs'}.zip")


def project_zip(project: Project) -> Response:
    return _zip(zip_of_project(project), f"{project.path.name}.zip")


def errand_zip(project: Project, name: str) -> Response:
    return _zip(zip_of_errand(project, name), f"{name}.zip")


def find_output(project: Project, name: str) -> Output | None:
    try:
        return get(project, name)
    except UserError:
        return None


def _zip(chunks, name: str) -> Response:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name)     # for old browsers; the real name follows it (RFC 6266)
    saved_as = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    headers = {"Content-Disposition": saved_as, "Cache-Control": "no-store", **_SAFE}
    return StreamingResponse(chunks, media_type="application/zip", headers=headers)


def _nothing() -> Response:
    return PlainTextResponse("There is nothing here (any more).", 404, headers=_SAFE)


async def step_picture(request: Request) -> Response:
    """By its name among those that there are."""
    pictures = {path.name: path for path in STEP_PICTURES.glob("*.webp")}
    name = f"{request.path_params['name']}.webp"
    return file_answer(pictures[name]) if name in pictures else _nothing()


def learned_picture(base: str, number: int, size: int) -> Response:
    """By its number among those that there are, in one of its sizes. It is the same for good: its address changes with the drawing."""
    shown = models.learned(base)
    if shown is None or number >= shown.COUNT or size not in shown.SIZES:
        return _nothing()
    return Response(shown.picture(number, size), media_type=shown.KIND, headers={**_SAFE, "Cache-Control": FOREVER})


async def learned(request: Request) -> Response:
    asked = request.path_params
    if host_guard.is_embedded_elsewhere(request.headers):
        return PlainTextResponse(host_guard.CLOSED, 403)
    if asked["base"] not in models.BASES:
        return _nothing()
    return await run_in_threadpool(learned_picture, asked["base"], asked["number"], asked["size"])


async def health(request: Request) -> Response:
    return PlainTextResponse("ok")


_ASKED: dict[Callable[..., Response], tuple[str, ...]] = {outputs_zip: ("only", "mark"), twin: ("text", "what")}     # what comes behind a "?"


def _answer(work: Callable[..., Response]) -> Callable:
    """The route for `work(project, …)`: opens the project by its name; what is not there is a plain 404."""

    @functools.wraps(work)
    def look(name: str, given: dict) -> Response:
        try:
            return work(workspace.open_project(name), **given)
        except (UserError, OSError):
            return _nothing()

    async def route(request: Request) -> Response:
        if host_guard.is_embedded_elsewhere(request.headers):
            return PlainTextResponse(host_guard.CLOSED, 403)
        given = dict(request.path_params)
        given |= {name: request.query_params.get(name, "") for name in _ASKED.get(work, ())}
        answer = await run_in_threadpool(look, given.pop("project"), given)
        return unless_unchanged(answer, request.headers)

    return route


def unless_unchanged(answer: Response, asked: Mapping[str, str]) -> Response:
    """The answer, or the short one where the browser has it already. asked: the headers of the request, by lower-case names."""
    if answer.headers.get("etag", "") != asked.get("if-none-match"):
        return answer
    return Response(status_code=304, headers={name: answer.headers[name] for name in ("etag", "cache-control")})


ROUTES = [
    Route("/files/{project}/thumbnails/{item}/{size:int}", _answer(thumbnail)),
    Route("/files/{project}/items/{item}", _answer(original)),
    Route("/files/{project}/papers/{item}/{number:int}.webp", _answer(page_picture)),
    Route("/files/{project}/papers/{item}/{number:int}/{start:int}-{end:int}", _answer(page_words)),
    Route("/files/{project}/runs/{run}/inside", _answer(inside)),
    Route("/files/{project}/runs/{run}/twin", _answer(twin)),
    Route("/files/{project}/runs/{run}/{name}", _answer(sample)),
    Route("/files/{project}/datasets/{name}.png", _answer(sheet)),
    Route("/files/{project}/datasets/{name}/{split}/{file:path}", _answer(prepared)),
    Route("/files/{project}/outputs/{name}", _answer(output)),
    Route("/files/{project}/flac/{name}.flac", _answer(flac)),
    Route("/files/{project}/midi/{name}.mid", _answer(midi)),
    Route("/files/{project}/overviews/outputs/{name}", _answer(overview_of_output)),
    Route("/files/{project}/overviews/runs/{run}/{name}", _answer(overview_of_sample)),
    Route("/files/{project}/overviews/items/{item}", _answer(overview_of_item)),
    Route("/files/{project}/overviews/given/{folder}/{name}", _answer(overview_of_given)),
    Route("/files/{project}/overviews/datasets/{folder}/{split}/{name}", _answer(overview_of_prepared)),
    Route("/files/{project}/given/{folder}/{name}", _answer(given_sound)),
    Route("/files/{project}/sources/{name}/{given_as}", _answer(source)),
    Route("/files/{project}/overviews/sources/{name}/{given_as}", _answer(overview_of_source)),
    Route("/files/{project}/outputs.zip", _answer(outputs_zip)),
    Route("/files/{project}/project.zip", _answer(project_zip)),
    Route("/files/{project}/errands/{name}.zip", _answer(errand_zip)),
    Route("/files/{project}/waiting/{inbox}/{name}", _answer(waiting)),
    Route("/files/{project}/made", uploads.route, methods=["POST"]),
    Route("/files/{project}/labels", label_api.labels, methods=["GET", "POST"]),
    Route("/learned/{base}/{edition}/{size:int}/{number:int}.webp", learned),
    Route("/steps/{name}.webp", step_picture),
    *live.ROUTES,
    *rhythm.ROUTES,
    *reading.ROUTES,
    Route("/health", health),
]
