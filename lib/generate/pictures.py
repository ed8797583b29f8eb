"""Pictures and walks from a run. The model is loaded in a process of its own (process.py), so torch never enters the caller.

For notebooks: it needs no player, and starts anew each time. Pages, where somebody waits, go through the player.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from lib.errors import UserError
from lib.generate import requests
from lib.generate.painting import free_device
from lib.jobs import ROOT, devices
from lib.media.files import plainly
from lib.project import arguments
from lib.project.folder import OUTPUTS, making
from lib.project.outputs import Output

if TYPE_CHECKING:
    from lib.project import Project

Progress = Callable[[int, int], object]


def images(
    project: Project,
    run: object,
    count: int = 16,
    seed: int = 0,
    *,
    progress: Progress | None = None,
    **controls: object,
) -> list[Output]:
    """`count` new pictures; picture i comes from seed + i, so each can be made again.

    run: a Run, its folder or id; a run that has not finished plays its last checkpoint. controls: the model's own, such
    as truncation=0.7. Blocking; progress(done, total) is called after each picture.
    Raises UserError if the model makes no pictures or has learned nothing yet, if somebody in its data has withdrawn, and
    when the disk is full: what was saved by then stays.
    """
    progress = arguments.call("progress", progress)
    request = requests.pictures(project, run, count, seed, controls)
    keeper = requests.Keeper(project, request)
    with _made(project, request, _asking(keeper, progress)) as made:
        return [keeper.picture(number, _open(path)) for number, path in enumerate(made)]


def walk(
    project: Project,
    run: object,
    seed_a: int,
    seed_b: int,
    seconds: float = 4,
    fps: int = 25,
    *,
    progress: Progress | None = None,
    **controls: object,
) -> list[Output]:
    """The way from the picture of one seed to that of another, as two outputs of the same frames: an MP4 and a GIF.

    seconds: up to 20. fps: pictures a second, up to 50. Otherwise as `images`.
    """
    progress = arguments.call("progress", progress)
    request = requests.walk(project, run, seed_a, seed_b, seconds, fps, controls)
    keeper = requests.Keeper(project, request)
    with _made(project, request, _asking(keeper, progress)) as made:
        return keeper.walk(made)


def _asking(keeper: requests.Keeper, progress: Progress | None) -> Progress:
    """After each picture: may it go on?"""

    def told(done: int, total: int) -> None:
        keeper.check()
        if progress:
            progress(done, total)

    return told


@contextlib.contextmanager
def _made(project: Project, request: requests.Request, progress: Progress | None) -> Iterator[list[Path]]:
    """The pictures of a request, in a folder that goes away afterwards."""
    run, device = project.run(request.run), free_device()
    with plainly(project.path / OUTPUTS), making(project.path / OUTPUTS) as folder:
        order = {"run": str(run.path), "model": run.model, "request": request.as_plain(), "device": device, "to": str(folder)}
        yield _play(order, folder / "log.txt", progress)


def _play(order: dict, log: Path, progress: Progress | None) -> list[Path]:
    """Runs the model's process; it says one line a picture. What else it prints goes into `log`."""
    made: list[Path] = []
    count = order["request"]["count"]
    with open(log, "wb") as other:
        process = subprocess.Popen(
            [sys.executable, "-m", "lib.generate.process", json.dumps(order)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=other,
            text=True,
            env=devices.environment(order["device"]),
        )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            answer = json.loads(line)
            if "error" in answer:
                raise UserError(**answer["error"])
            made.append(Path(answer["made"]))
            if progress:
                progress(len(made), count)
        if process.wait() != 0 or len(made) != count:
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise UserError(
                "The pictures could not be made.",
                said[-1] if said else "Its process ended early.",
                "Try again; if it happens again, look at the run's log.",
            )
        return made
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _open(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        picture.load()
        return picture
