"""A small model step by step, beside its twin by hand: both run in the player's process, so the web server computes nothing. Read `ask`, then `serve`."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib import models, player
from lib.errors import UserError
from lib.models.playing import MAKE, Medium, Request
from lib.player.services import until_taken
from lib.project import arguments, consent
from lib.project.runs import Run

if TYPE_CHECKING:
    from lib.project import Project

NAME = "twin"
READ, LEARN = "read", "learn"
LONGEST = 200       # letters


def refusal(run: Run) -> str:
    """Why there is no twin of this run, in a sentence; "" where there is one."""
    inside = models.inside(run.model)
    if not models.has_twin(run.model) or inside is None:
        return "This kind of model has no twin by hand."
    if not inside.is_open(run.path):
        return "There is nothing to compute with yet: it comes with the first sample."
    return inside.twin_refusal(run.path)


def ask(project: Project, run: object, text: str, what: str = READ) -> dict[str, Any]:
    """What both compute of a text, as the model's twin.py tells it. what: READ, or LEARN (a few steps). Waits for the player.

    Raises UserError where there is no twin, for a text that is too long, and where its data may not be used today.
    """
    found = _checked(project, run)
    if what not in (READ, LEARN) or len(arguments.text("text", text)) > LONGEST:
        raise UserError("This cannot be computed by hand.", f"Up to {LONGEST} letters are read.", "Type less.")
    pieces = player.answer(project, Request(NAME, MAKE, {"run": found.id, "text": text, "what": what}))
    return json.loads("".join(pieces))


def serve(project: Project, request: Request) -> Generator[Medium, None, None]:
    run = _checked(project, request.words("run"))
    yield Medium("", is_whole=False)        # here it can be stopped
    yield Medium(json.dumps(_told(run.model, run.path, request.words("text"), request.words("what"))), is_whole=False)
    yield from until_taken()


def _told(model: str, folder: Path, text: str, what: str) -> dict[str, Any]:
    twin = models.twin(model)
    assert twin     # _checked has asked
    loaded = twin.load(folder)
    return twin.learn(loaded, text) if what == LEARN else twin.read(loaded, text)


def _checked(project: Project, run: object) -> Run:
    found = project.run(run)
    if why := refusal(found):
        raise UserError("There is no twin by hand here.", why, "Train one with the preset quick: the smallest.")
    consent.require_run(project, found, f"{found.id} is not looked into.")
    return found
