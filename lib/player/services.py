"""What a capability does in the player's process, because it needs models that stay loaded there: one line each. Read `find`.

Such an order names the service instead of a model; `serve(project, request)` of its module yields pieces of text as they come, and
keeps what it makes itself.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from lib.models.playing import Medium, Request

if TYPE_CHECKING:
    from lib.project import Project

SERVICES = {"chat": "lib.chat.service"}

Serve = Callable[["Project", Request], Generator[Medium, None, None]]


def find(request: Request) -> Serve | None:
    """None where a model is meant. Imports the capability."""
    module = SERVICES.get(request.model)
    return importlib.import_module(module).serve if module else None
