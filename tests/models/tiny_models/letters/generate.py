"""Writes letter by letter."""

from __future__ import annotations

from collections.abc import Iterator

from lib.models.playing import Medium, Request, in_pieces
from tests.models.tiny_models.letters.train import written
from tests.models.tiny_models.weights import weights_of


def load(run_folder, device: str = "cpu") -> dict:
    return weights_of(run_folder)


def play(model: dict, request: Request) -> Iterator[Medium]:
    for number in range(request.count):
        yield from in_pieces(number, written(model["table"], request.seed + number, request.words("prompt"), request.controls["letters"]))
