"""One playing of one model: `python -m lib.generate.process`, the order as its argument, one line of answer for each picture."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TextIO

from lib import models
from lib.errors import UserError
from lib.generate.asking import Wish
from lib.generate.painting import paint


def play(order: dict, answers: TextIO) -> None:
    """order: run (folder), model, wish, device, to (folder for the pictures)."""
    generator = models.generator(order["model"])  # imports torch
    model = generator.load(Path(order["run"]), order["device"].partition(":")[0])
    for number, picture in enumerate(paint(generator, model, Wish(**order["wish"]))):
        path = Path(order["to"]) / f"{number:05d}.png"
        picture.save(path)
        print(json.dumps({"made": str(path)}), file=answers, flush=True)


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    try:
        play(json.loads(sys.argv[1]), answers)
    except UserError as error:
        print(json.dumps({"error": error.as_dict()}), file=answers, flush=True)
