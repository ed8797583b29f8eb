"""One playing of one model: `python -m lib.generate.process`, the order as its argument, one line of answer for each picture."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TextIO

from lib import models
from lib.errors import UserError, disk_full, is_disk_full
from lib.generate.painting import paint
from lib.generate.requests import Request
from lib.jobs import ending


def play(order: dict, answers: TextIO) -> None:
    """order: run (folder), model, request, device, to (folder for the pictures)."""
    generator = models.generator(order["model"])  # imports torch
    model = generator.load(Path(order["run"]), order["device"].partition(":")[0])
    for number, picture in enumerate(paint(generator, model, Request(**order["request"]))):
        path = Path(order["to"]) / f"{number:05d}.png"
        picture.save(path)
        print(json.dumps({"made": str(path)}), file=answers, flush=True)


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    ending.print_what_fits()
    order = json.loads(sys.argv[1])
    try:
        play(order, answers)
    except Exception as error:
        if not isinstance(error, UserError) and not is_disk_full(error):
            raise
        said = error if isinstance(error, UserError) else disk_full(Path(order["to"]).parent)
        print(json.dumps({"error": said.as_dict()}), file=answers, flush=True)
