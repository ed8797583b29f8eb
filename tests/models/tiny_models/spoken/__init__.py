"""A base: the letters of another run, played here without ever having been trained here."""

from __future__ import annotations

from pathlib import Path

from lib.models import Origin
from tests.models.tiny_models import letters

CARD = letters.CARD.model_copy(update={
    "title": "Letters that know already", "learns": "",
    "base": Origin(title="Letters", whose="the tests", licence="None", data="It has read six lines about the rain."),
})  # fmt: skip
CONTROLS = letters.CONTROLS
FOLDER: list[Path] = []     # where its weights lie; a test says so


def weights() -> Path | None:
    return FOLDER[0] if FOLDER else None
