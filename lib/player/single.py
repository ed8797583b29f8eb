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
from lib.models.playing import Request
from lib.player.playing import play


def answer(order: dict, answers: TextIO) -> None:
    """order: folder and name of the model, request, device, to (folder for what is made)."""
    generator = models.generator(order["model"])  # imports torch
    model = generator.load(Path(order["folder"]), order["device"].partition(":")[0])
    for medium in play(generator, model, Request.from_plain(order["request"])):
        if medium.is_whole:
            kind = kind_of(medium.kind)
            path = Path(order["to"]) / f"{medium.number:05d}{kind.suffix}"
            path.write_bytes(kind.as_file(medium.content))
            print(json.dumps({"made": str(path), "kind": kind.name, "number": medium.number, "facts": dict(medium.facts)}), file=answers, flush=True)


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
