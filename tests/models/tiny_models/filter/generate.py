"""Lets a sound through, a tenth of a second at a time."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from lib.media.sound import Sound, open_sound
from lib.models.playing import Medium, Request, in_pieces
from tests.models.tiny_models.filter.train import filtered
from tests.models.tiny_models.weights import weights_of


def load(run_folder, device: str = "cpu") -> dict:
    return weights_of(run_folder)


def play(model: dict, request: Request) -> Iterator[Medium]:
    rate, path = int(model["rate"]), request.file("sound")
    for number in range(request.count):
        luck = torch.Generator().manual_seed(request.seed + number)
        frames = round(request.controls["seconds"] * rate)
        samples = torch.from_numpy(open_sound(path).mono())[:frames] if path else torch.zeros(frames)
        samples = samples + torch.randn(len(samples), generator=luck) * 0.1
        ringing = filtered(samples, model["taps"])
        yield from in_pieces(number, (Sound(chunk[:, None].numpy(), rate) for chunk in ringing.split(rate // 10)))
