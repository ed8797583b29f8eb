"""What a capability does in the player's process, because it needs models that stay loaded there: one line each. Read `find`.

Such an order names the service instead of a model; `serve(project, request)` of its module yields pieces of text as they come, and
keeps what it makes itself.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from lib.models.playing import Medium, Request

if TYPE_CHECKING:
    from lib.project import Project

SERVICES = {
    "chat": "lib.chat.service",
    "reading": "lib.generate.reading",  # texts that are read as they are written, and kept nowhere
    "twin": "lib.train.twin",  # a small model step by step, beside its twin by hand

}
END = "\u0004"      # the last piece of an answer that is nowhere kept
_HELD = 5.0         # seconds that such an answer waits for whoever asked
_AGAIN = 0.05       # seconds

Serve = Callable[["Project", Request], Generator[Medium, None, None]]

def until_taken() -> Iterator[Medium]:
    """The end of an answer that is nowhere kept: pieces go with their order, so it stays open until whoever asked has all of them, and ends it."""
    yield Medium(END, is_whole=False)
    since = time.monotonic()
    while time.monotonic() - since < _HELD:
        time.sleep(_AGAIN)
        yield Medium("", is_whole=False)

def find(request: Request) -> Serve | None:
    """None where a model is meant. Imports the capability."""
    module = SERVICES.get(request.model)
    return importlib.import_module(module).serve if module else None
