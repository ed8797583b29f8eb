"""Making things with a run. The model is loaded in a process of its own (lib/player/single.py), so torch never enters the caller.

For notebooks: it needs no player, and starts anew each time. Pages, where somebody waits, go through the player. Read `make`.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lib import models
from lib.errors import UserError
from lib.generate import given
from lib.jobs import ROOT, devices
from lib.media import film as films
from lib.media.files import plainly
from lib.media.kinds import SOUND, kind_of
from lib.media.sound_spool import open_long
from lib.models.playing import MAKE, InputFile, Medium, Request
from lib.player import requests
from lib.player.keeping import Keeper
from lib.player.playable import Playable, find
from lib.player.playing import free_device
from lib.project import arguments
from lib.project.folder import OUTPUTS, making
from lib.project.outputs import Output

if TYPE_CHECKING:
    from lib.project import Project

Progress = Callable[[int, int], object]
_LOOKED_AT = 1024  # px of a frame: no model here is given more
FASTEST = 30.0  # frames a second of a film that comes out


def make(
    project: Project, run: object, way: str = MAKE, inputs: Mapping[str, object] | None = None, count: int = 1, seed: int = 0, *,
    progress: Progress | None = None, **controls: object,
) -> list[Output]:  # fmt: skip
    """`count` new things; thing i comes from seed + i, so each can be made again.

    run: a Run, its folder or id (one that has not finished plays its last checkpoint), or the name of a base.
    way: one of the model's ways. inputs: what it works on: texts, and pictures and sounds by their paths.
    controls: the model's own, such as truncation=0.7. Blocking; progress(done, total) is called after each thing.
    Raises UserError if the model does not do this or has learned nothing yet, if a file is not what it should be, if somebody
    in its data has withdrawn, and when the disk is full: what was saved by then stays.
    """
    progress = arguments.call("progress", progress)
    request = requests.check(project, run, way, inputs, seed, count, controls)
    keeper = Keeper(project, find(project, request.model), request)
    with _made(project, [request], _asking(keeper, progress)) as made:
        return [output for path, kind, number, facts in made if (output := keeper.keep(Medium(_opened(path, kind), number, facts=facts)))]


def _opened(path: Path, kind: str) -> object:
    """What was made, out of its file; a sound may be longer than the memory is large."""
    return open_long(path) if kind == SOUND.name else kind_of(kind).open(path)


def images(
    project: Project, run: object, count: int = 16, seed: int = 0, *, progress: Progress | None = None, **controls: object
) -> list[Output]:
    """`count` new pictures: `make` for a model that makes pictures. Raises UserError as `make` does."""
    requests.makes(find(project, run), "image")
    return make(project, run, MAKE, None, count, seed, progress=progress, **controls)


def texts(
    project: Project, run: object, prompt: str = "", count: int = 1, seed: int = 0, *, progress: Progress | None = None, **controls: object
) -> list[Output]:
    """`count` new texts (output.text). prompt: how they begin, where the model takes that. Raises UserError as `make` does."""
    requests.makes(find(project, run), "text")
    return make(project, run, MAKE, {"prompt": prompt} if prompt else None, count, seed, progress=progress, **controls)


def sounds(
    project: Project, run: object, source: object = None, count: int = 1, seed: int = 0, *, curves: Mapping | None = None,
    mix: Mapping | None = None, progress: Progress | None = None, **controls: object,
) -> list[Output]:  # fmt: skip
    """`count` new sounds, as WAV. source: the path of a sound that it works on, where the model takes one (timbre transfer).

    curves: lines to follow instead, {"seconds": 2, "lines": {name: [[second, value], …]}} (lib/media/curves.py).   mix: others that play along,
    {run: how much it counts}. Without any of them it goes its own way (a walk). Raises UserError as `make` does.
    """
    playable = find(project, run)
    requests.makes(playable, "sound")
    asked = {"sound": source, "curves": curves, "mix": mix}
    inputs = {_named(playable, shape): given for shape, given in asked.items() if given}
    return make(project, run, MAKE, inputs, count, seed, progress=progress, **controls)


def _named(playable: Playable, shape: str) -> str:
    """The field of its CONTROLS that takes this. Raises UserError where it takes no such thing."""
    name = next((name for name, of in models.inputs(playable.model).items() if of == shape), "")
    if not name:
        takes = ", ".join(models.inputs(playable.model).values()) or "nothing but a seed"
        raise UserError(f"{playable.id} takes no {shape}.", f"It is a {playable.card.title}, and takes: {takes}.", "Leave it out, or choose another run.")
    return name


def walk(
    project: Project, run: object, seed_a: int, seed_b: int, seconds: float = 4, fps: int = 25, *, progress: Progress | None = None,
    **controls: object,
) -> list[Output]:  # fmt: skip
    """The way from the picture of one seed to that of another, as two outputs of the same frames: an MP4 and a GIF.

    seconds: up to 20. fps: pictures a second, up to 50. Otherwise as `make`.
    """
    progress = arguments.call("progress", progress)
    request = requests.walk(project, run, seed_a, seed_b, seconds, fps, controls)
    keeper = Keeper(project, find(project, request.model), request)
    with _made(project, [request], _asking(keeper, progress)) as made:
        return keeper.walk([path for path, *_ in made])


def translate(project: Project, run: object, picture: object, *, prepare: bool = True, **controls: object) -> Output:
    """The picture that belongs to another one, by a model that takes a picture (pix2pix).

    picture: its path. prepare: as the dataset was prepared (edges are drawn …); False takes it as a source that is ready.
    Raises UserError as `make` does, and where a step finds nothing in the picture.
    """
    playable = find(project, run)
    name = taken(playable)
    [output] = make(project, run, MAKE, {name: picture}, 1, 0, progress=None, **readiness(prepare), **controls)  # type: ignore[arg-type]
    return output


def film(
    project: Project, run: object, film: object, *, prepare: bool = True, discard: bool = False, progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None, **controls: object,
) -> Output | None:  # fmt: skip
    """A film through a model that takes a picture: each of its frames translated, with its sound. None where it was stopped.

    film: its path. A frame in which nothing is found (no face …) shows what came before. discard: it is a copy that was made for
    this (given.keep), and is deleted afterwards; where that was killed, the next one goes on at the frame where it was. Raises
    UserError as `translate` does, and for what is not a film.
    """
    progress, path = arguments.call("progress", progress), Path(arguments.path("film", film))
    try:
        return _film(project, run, path, prepare, discard, progress, should_stop, controls)
    finally:
        if discard:
            given.discard(path)


def _film(
    project: Project, run: object, path: Path, prepare: bool, goes_on: bool, progress: Progress | None,
    should_stop: Callable[[], bool] | None, controls: dict,
) -> Output | None:  # fmt: skip
    playable = find(project, run)
    name = taken(playable)
    with plainly(project.path / OUTPUTS), making(project.path / OUTPUTS) as folder:
        facts, first = films.facts(path, folder)
        request = requests.check(project, run, MAKE, {name: first}, 0, 1, {**readiness(prepare), **controls})
        keeper = Keeper(project, playable, request)
        rate = min(facts.rate or 25.0, FASTEST)
        (folder / "frames").mkdir()
        to = given.frames_of(path, playable, request.controls) if goes_on else folder / "made"
        to.mkdir(exist_ok=True)
        frames = [frame for _, frame in films.stills(path, folder / "frames", fps=rate, longest=_LOOKED_AT, should_stop=should_stop)]
        before = sorted(to.glob("*.png"))[: len(frames)]
        each = [replace(request, inputs={name: InputFile(str(frame), "")}) for frame in frames[len(before) :]]
        order = {**as_order(playable, each, free_device(), to), "forgiving": "repeat", "before": [str(picture) for picture in before]}
        try:
            made = _play(order, folder / "log.txt", _stopping(_asking(keeper, progress), should_stop)) if each else []
        except _Stopped:
            return None
        return keeper.film([*before, *(picture for picture, *_ in made)], rate, path)


def readiness(prepare: bool) -> dict[str, object]:
    """The control that says whether a picture is a source already."""
    return {} if prepare else {"ready": True}


class _Stopped(Exception):
    """Somebody asked to end it."""


def _stopping(progress: Progress, should_stop: Callable[[], bool] | None) -> Progress:
    def look(done: int, total: int) -> None:
        if should_stop and should_stop():
            raise _Stopped
        progress(done, total)

    return look


def taken(playable: Playable) -> str:
    """The name of the picture that it takes. Raises UserError if it takes none."""
    requests.makes(playable, "image")
    names = [name for name, shape in models.inputs(playable.model).items() if shape == "picture"]
    if not names:
        raise UserError(f"{playable.id} takes no picture.", f"It is a {playable.card.title}.", "Choose a run of a model that takes a picture, such as pix2pix.")
    return names[0]


def _asking(keeper: Keeper, progress: Progress | None) -> Progress:
    """After each thing: may it go on?"""

    def check_and_report(done: int, total: int) -> None:
        keeper.check()
        if progress:
            progress(done, total)

    return check_and_report


@contextlib.contextmanager
def _made(project: Project, asked: list[Request], progress: Progress | None) -> Iterator[list[tuple[Path, str, int, dict]]]:
    """What comes out (file, kind, number, facts), in a folder that goes away afterwards."""
    playable, device = find(project, asked[0].model), free_device()
    with plainly(project.path / OUTPUTS), making(project.path / OUTPUTS) as folder:
        yield _play(as_order(playable, asked, device, folder), folder / "log.txt", progress)


def as_order(playable: Playable, asked: list[Request], device: str, folder: Path) -> dict:
    plain = [request.as_plain() for request in asked]
    return {"folder": str(playable.folder), "model": playable.model, "requests": plain, "device": device, "to": str(folder)}


def _play(order: dict, log: Path, progress: Progress | None) -> list[tuple[Path, str, int, dict]]:
    """All that is made, in its order."""
    made: list[tuple[Path, str, int, dict]] = []
    before = len(order.get("before", ()))
    count = before + sum(request["count"] for request in order["requests"])
    for answer in answers(order, log):
        made.append((Path(answer["made"]), answer["kind"], answer["number"], answer["facts"]))
        if progress:
            progress(before + len(made), count)
    return made


def answers(order: dict, log: Path) -> Iterator[dict]:
    """Runs the model's process (lib/player/single.py), and yields what it says of each thing. What else it prints goes into `log`."""
    count, told = sum(request["count"] for request in order["requests"]), 0
    with open(log, "wb") as other:
        process = subprocess.Popen(
            [sys.executable, "-m", "lib.player.single"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=other,
            text=True, encoding="utf-8", env=devices.environment(order["device"]),
        )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    try:
        with contextlib.suppress(BrokenPipeError):      # it has ended: its log says why
            process.stdin.write(json.dumps(order))
            process.stdin.close()
        for line in process.stdout:
            answer = json.loads(line)
            if "error" in answer:
                raise UserError(**answer["error"])
            told += 1
            yield answer
        if process.wait() != 0 or told != count:
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise UserError(
                "This could not be made.", lines[-1] if lines else "Its process ended early.",
                "Try again; if it happens again, look at the run's log.",
            )  # fmt: skip
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
