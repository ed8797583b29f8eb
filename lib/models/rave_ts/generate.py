"""Playing a RAVE that others trained, in a process that is locked down. Read `play`; how it plays stands in lib/models/rave/generate.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lib.errors import UserError
from lib.models.playing import InputFile, Medium, Request
from lib.models.rave.generate import Voice, perform


class Shelf:
    """The file that was played last stays open: people play one for a while."""

    def __init__(self) -> None:
        self._voice: Voice | None = None

    def voice(self, given: InputFile, must_hold: bool) -> Voice:
        if self._voice is None or (self._voice.path, self._voice.must_hold) != (Path(given.path), must_hold):
            if self._voice:
                self._voice.close()
            self._voice = Voice(Path(given.path), given.sha256, must_hold=must_hold)
        return self._voice


def load(folder: Path, device: str = "cpu") -> Shelf:
    return Shelf()


def play(model: Shelf, request: Request) -> Iterator[Medium]:
    """Raises UserError where the file is none that can be played, or cannot be locked in and nobody said that it may be opened all the same."""
    given = request.inputs.get("voice")
    if not isinstance(given, InputFile):
        raise UserError("There is no RAVE to play.", "No file was brought.", "Bring a .ts file.")
    yield from perform([(model.voice(given, not request.controls["trust"]), 1.0)], request)
