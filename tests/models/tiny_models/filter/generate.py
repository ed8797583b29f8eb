"""Lets a sound through, a tenth of a second at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from lib.media.curves import Curves
from lib.media.sound import Sound, open_sound
from lib.models.playing import Medium, Request, in_pieces
from tests.models.tiny_models.filter.train import filtered
from tests.models.tiny_models.weights import weights_of


def load(run_folder, device: str = "cpu") -> dict:
    return weights_of(run_folder)


def play(model: dict, request: Request) -> Iterator[Medium]:
    rate, path, drawn = int(model["rate"]), request.file("sound"), request.curves("drawn")
    taps = model["taps"] + sum(one.strength * weights_of(Path(one.path))["taps"] for one in request.mixed("mix"))
    for number in range(request.count):
        luck = torch.Generator().manual_seed(request.seed + number)
        frames = round(request.controls["seconds"] * rate)
        if path:
            samples = torch.from_numpy(open_sound(path).mono())[:frames]
        else:
            samples = torch.from_numpy(tone(drawn, rate)) if drawn else torch.zeros(frames)
        samples = samples + torch.randn(len(samples), generator=luck) * 0.1
        ringing = filtered(samples, taps)
        yield from in_pieces(number, (Sound(chunk[:, None].numpy(), rate) for chunk in ringing.split(rate // 10)))


def tone(drawn: Curves, rate: int) -> np.ndarray:
    """A sine of the drawn pitch and loudness, silent where no pitch is drawn: float32 (frames,)"""
    times = np.arange(round(drawn.seconds * rate)) / rate
    pitch, level = drawn.at("pitch", times), drawn.at("loudness", times)
    phase = 2 * np.pi * np.cumsum(np.nan_to_num(pitch)) / rate
    return (np.where(np.isnan(pitch), 0, 10 ** (level / 20)) * np.sin(phase)).astype(np.float32)
