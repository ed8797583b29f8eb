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
from lib.media.files import write_bytes
from lib.media.kinds import kind_of
from lib.models.playing import Medium, Request
from lib.player.playing import play


def answer(order: dict, answers: TextIO) -> None:
    """order: folder and name of the model, requests, device, to (folder for what is made). forgiving: where one cannot
    be made, "repeat" lets the one before it stand for it, "skip" leaves it out and tells. before: pictures that an earlier process has
    made of the same; the numbers go on after them. Things are numbered through all requests."""
    generator = models.generator(order["model"])  # imports torch
    model = generator.load(Path(order["folder"]), order["device"].partition(":")[0])
    before = order.get("before", ())
    number, last = len(before), Medium(kind_of("image").open(Path(before[-1]))) if before else None
    for request in map(Request.from_plain, order["requests"]):
        try:
            made = [medium for medium in play(generator, model, request) if medium.is_whole]
        except UserError as error:
            if order.get("forgiving") == "skip":
                print(json.dumps({"number": number, "left_out": error.as_dict()}), file=answers, flush=True)
                number += request.count
                continue
            if order.get("forgiving") != "repeat" or last is None:
                raise
            made = [last]
        for last in made:
            _write(last, number, Path(order["to"]), answers)
            number += 1


def _write(medium: Medium, number: int, folder: Path, answers: TextIO) -> None:
    kind = kind_of(medium.kind)
    path = folder / f"{number:05d}{kind.suffix}"
    if hasattr(medium.content, "write"):    # a sound may be long
        medium.content.write(path)
    else:
        write_bytes(path, kind.as_file(medium.content), durable=False)
    print(json.dumps({"made": str(path), "kind": kind.name, "number": number, "facts": dict(medium.facts)}), file=answers, flush=True)


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
