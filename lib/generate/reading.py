"""A text that is read while it is written, and kept nowhere: for a reading on a wall. Read `poem` (for pages), then `serve` (what the player runs)."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING

from lib import player
from lib.models.playing import MAKE, Medium, Request
from lib.player import requests
from lib.player.model_cache import ModelCache
from lib.player.services import until_taken

if TYPE_CHECKING:
    from lib.project import Project

NAME = "reading"
_held = ModelCache(most=1)


def poem(project: Project, run: object, seed: int = 0, controls: Mapping[str, object] | None = None) -> Iterator[str]:
    """One text of this seed, piece by piece, by the player. Leaving early ends it. Raises UserError as `make` does, before the first piece comes."""
    asked = requests.check(project, run, MAKE, None, seed, 1, controls)
    requests.makes(player.find(project, run), "text")
    inputs = {"run": asked.model, "words": json.dumps({name: value for name, value in asked.inputs.items() if isinstance(value, str)}), "controls": json.dumps(dict(asked.controls))}
    return player.answer(project, Request(NAME, MAKE, inputs, asked.seed))


def serve(project: Project, request: Request) -> Generator[Medium, None, None]:
    """Whether it may be played today is asked anew for each text."""
    given, controls = json.loads(request.words("words")), json.loads(request.words("controls"))
    asked = requests.check(project, request.words("run"), MAKE, given, request.seed, 1, controls)
    generator, model, _ = _held.get(player.find(project, asked.model))
    for medium in generator.play(model, asked):
        if not medium.is_whole:
            yield Medium(medium.content, is_whole=False)
    yield from until_taken()
