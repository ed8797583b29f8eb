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
from lib.project import datasets, given, outputs, permission
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
    count, seed = given.whole("count", count, 1, _MOST), given.whole("seed", seed, 0, 2**62)
    progress = given.call("progress", progress)
    _check_can_paint(run)
    dataset = datasets.get(project, run.dataset_path)
    permission.check_run(project, run, f"{run.id} is not played.")
    controls = {name: _plain(value) for name, value in controls.items()}
    with making(project.path / OUTPUTS) as folder:
        order = {
            "run": str(run.path),
            "model": run.model,
            "count": count,
            "seed": seed,
            "controls": controls,
            "device": _device(),
            "to": str(folder),
        }
        made = _play(order, folder / "log.txt", progress)
        return [
            outputs.save_picture(project, run, dataset, _open(path), seed + i, controls) for i, path in enumerate(made)
        ]


def _check_can_paint(run) -> None:
    card = models.card(run.model)
    if card.makes != "image":
        raise UserError(f"{run.id} makes no pictures.", f"It is a {card.title}.", "Choose a run of a picture model.")
    if run.result is None and not run.checkpoints():
        raise UserError(
            f"{run.id} has learned nothing yet.",
            f"It is {run.state}.",
            "Wait for its first checkpoint, then try again.",
        )


def _plain(value: object) -> object:
    """NumPy's numbers as Python's."""
    return value.item() if hasattr(value, "item") else value


def _play(order: dict, log: Path, progress: Callable[[int, int], object] | None) -> list[Path]:
    """Runs the model's process; it says one line a picture. What else it prints goes into `log`."""
    made: list[Path] = []
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
    try:
        for line in process.stdout:
            answer = json.loads(line)
            if "error" in answer:
                raise UserError(**answer["error"])
            made.append(Path(answer["made"]))
            if progress:
                progress(len(made), order["count"])
        if process.wait() != 0 or len(made) != order["count"]:
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


def _device() -> str:
    """A graphics card where no training holds one, else the processor."""
    for device in devices.available():
        if device != devices.CPU and not locks.is_held(devices.lock_path(device)):
            return device
    return devices.CPU


def _open(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        picture.load()
        return picture
