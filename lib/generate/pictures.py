"""Pictures from a run. The model is loaded in a process of its own (process.py), so torch never enters the web server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from lib import models
from lib.errors import UserError
from lib.jobs import ROOT, devices
from lib.media import locks
from lib.project import datasets, items, outputs
from lib.project.folder import OUTPUTS, making
from lib.project.outputs import Output

_MOST = 1000


def images(
    project,
    run: object,
    count: int = 16,
    seed: int = 0,
    *,
    progress: Callable[[int, int], object] | None = None,
    **controls: object,
) -> list[Output]:
    """`count` new pictures; picture i comes from seed + i, so each can be made again.

    run: a Run, its folder or id; a run that has not finished plays its last checkpoint. controls: the model's own, such
    as truncation=0.7. Blocking; progress(done, total) is called after each picture.
    Raises UserError if the model makes no pictures or has learned nothing yet, and if somebody in its data has withdrawn.
    """
    run = project.run(run)
    if models.card(run.model).makes != "image":
        raise UserError(
            f"{run.id} makes no pictures.",
            f"It is a {models.card(run.model).title}.",
            "Choose a run of a picture model.",
        )
    if not 1 <= count <= _MOST:
        raise UserError(
            f"{count} pictures cannot be made at once.", f"It goes from 1 to {_MOST}.", "Ask for fewer, several times."
        )
    if run.result is None and not run.checkpoints():
        raise UserError(
            f"{run.id} has learned nothing yet.",
            f"It is {run.state}.",
            "Wait for its first checkpoint, then try again.",
        )
    dataset = datasets.get(project, run.dataset_path)
    _check_consent(project, run)
    with making(project.path / OUTPUTS) as folder:
        order = {
            "run": str(run.path),
            "model": run.model,
            "count": count,
            "seed": int(seed),
            "controls": controls,
            "device": _device(),
            "to": str(folder),
        }
        made = _play(order, count, progress)
        return [
            outputs.save_picture(project, run, dataset, _open(path), seed + i, controls) for i, path in enumerate(made)
        ]


def _play(order: dict, count: int, progress: Callable[[int, int], object] | None) -> list[Path]:
    """Runs the model's process; it says one line a picture."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lib.generate.process"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=devices.environment(order["device"]),
    )  # fmt: skip
    made: list[Path] = []
    try:
        process.stdin.write(json.dumps(order))
        process.stdin.close()
        for line in process.stdout:
            answer = json.loads(line)
            if "error" in answer:
                raise UserError(**answer["error"])
            made.append(Path(answer["made"]))
            if progress:
                progress(len(made), count)
        if process.wait() != 0 or len(made) != count:
            raise UserError(
                "The pictures could not be made.",
                process.stderr.read().strip()[-400:] or "The process ended early.",
                "Try again; if it happens again, look at the run's log.",
            )
        return made
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def _check_consent(project, run) -> None:
    """What somebody took back is not played: asked each time, since they may change their mind at any time."""
    asked = items.find(project, ids=run.request["dataset"]["items"])
    withdrawn = [str(item.number) for item in asked if item.consent.state in ("withdrawn", "refused")]
    if withdrawn or run.withdrawn:
        which = (
            f"Datapoints {', '.join(withdrawn[:12])} were withdrawn" if withdrawn else "Some of its data was withdrawn"
        )
        raise UserError(
            f"{run.id} is no longer played.",
            f"{which}, and this model has learned from them.",
            "Freeze the next version of the dataset and train again without them.",
        )


def _device() -> str:
    """A graphics card where one is free, else the processor: playing never gets in the way of a training."""
    for device in devices.available():
        if device != devices.CPU and not locks.is_held(devices.lock_path(device)):
            return device
    return devices.CPU


def _open(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        picture.load()
        return picture
