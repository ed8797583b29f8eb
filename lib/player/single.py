"""One playing of one model: `python -m lib.player.single`, the order on stdin, one line of answer for each thing.

For notebooks: it starts anew each time, and needs no player.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TextIO

from lib import models
from lib.errors import UserError, disk_full, is_disk_full
from lib.jobs import ending
from lib.media.kinds import kind_of
from lib.models.playing import Medium, Request
from lib.player.playing import play


def answer(order: dict, answers: TextIO) -> None:
    """order: folder and name of the model, request, device, to (folder for what is made)."""
    generator = models.generator(order["model"])  # imports torch
    model = generator.load(Path(order["folder"]), order["device"].partition(":")[0])
    for medium in play(generator, model, Request.from_plain(order["request"])):
        if medium.is_whole:
            path = Path(order["to"]) / f"{medium.number:05d}{kind_of(medium.kind).suffix}"
            write(medium, path)
            print(json.dumps({"made": str(path), "number": medium.number, "facts": dict(medium.facts)}), file=answers, flush=True)


def write(medium: Medium, path: Path) -> None:
    """Writes a whole thing without a story, for the process that asked."""
    if medium.kind == "text":
        path.write_bytes(str(medium.content).encode("utf-8", "replace"))
    elif medium.kind == "sound":
        path.write_bytes(medium.content.as_file())  # type: ignore[union-attr]
    else:
        medium.content.save(path, compress_level=1)  # type: ignore[union-attr]


def read(path: Path) -> object:
    """Back from `write`: a picture, a text or a sound."""
    if path.suffix == kind_of("text").suffix:
        return path.read_bytes().decode()
    if path.suffix == kind_of("sound").suffix:
        from lib.media.sound import open_sound

        return open_sound(path)
    from PIL import Image

    with Image.open(path) as picture:
        picture.load()
        return picture


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    ending.print_what_fits()
    order = json.load(sys.stdin)
    try:
        answer(order, answers)
    except Exception as error:
        if not isinstance(error, UserError) and not is_disk_full(error):
            raise
        complaint = error if isinstance(error, UserError) else disk_full(Path(order["to"]).parent)
        print(json.dumps({"error": complaint.as_dict()}), file=answers, flush=True)
