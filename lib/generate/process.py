"""One playing of one model: `python -m lib.generate.process`, the order as its argument, one line of answer for each picture."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TextIO

from pydantic import ValidationError

from lib import models
from lib.errors import UserError


def play(order: dict, answers: TextIO) -> None:
    """order: run (folder), model, count, seed, controls, device, to (folder for the pictures)."""
    generator = models.generator(order["model"])  # imports torch
    controls = _controls(generator.CONTROLS, order["controls"])
    model = generator.load(Path(order["run"]), order["device"].partition(":")[0])
    pictures = generator.generate(model, count=order["count"], seed=order["seed"], **controls)
    for number, picture in enumerate(pictures):
        path = Path(order["to"]) / f"{number:05d}.png"
        picture.save(path)
        print(json.dumps({"made": str(path)}), file=answers, flush=True)


def _controls(form, given: dict) -> dict:
    try:
        return form(**given).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        name = first["loc"][0] if first["loc"] else "a control"
        raise UserError(
            f"{name} cannot be {first['input']!r}.",
            first["msg"] + ".",
            f"This model knows: {', '.join(form.model_fields)}.",
        ) from None


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    try:
        play(json.loads(sys.argv[1]), answers)
    except UserError as error:
        print(json.dumps({"error": error.as_dict()}), file=answers, flush=True)
