"""Painting with a trained GAN. Read `play` first.

A picture depends on its own seed alone: picture 3 of seed 10 is picture 0 of seed 13, whatever is painted beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from lib.models import adversarial
from lib.models.gan.network import Generator
from lib.models.playing import WALK, Medium, Request, numbered


def load(run_folder: Path, device: str = "cpu") -> Generator:
    """The generator of a run, ready to paint; of a run that is not finished, as it was at the latest checkpoint.

    Raises UserError if there is neither a result nor a checkpoint.
    """
    weights, facts = read_weights(run_folder)
    model = Generator(facts["size"], facts["latent"], facts["width"])
    model.load_state_dict(adversarial.part_of(weights, "generator"))
    return model.to(device).eval().requires_grad_(False)


def play(model: Generator, request: Request) -> Iterator[Medium]:
    """A picture for each seed; of a walk, the frames on the way from one seed to the other."""
    if request.way == WALK:
        return numbered(walk(model, request.seed, request.to_seed or 0, request.count, **request.controls))
    return numbered(generate(model, count=request.count, seed=request.seed, **request.controls))


def generate(model: Generator, *, count: int = 16, seed: int = 0, truncation: float = 1.0) -> Iterator[Image.Image]:
    """Yields `count` pictures; picture i is painted from seed + i."""
    for i in range(count):
        yield picture(model, latent_of(model, seed + i) * truncation)


def walk(model: Generator, seed_a: int, seed_b: int, frames: int = 30, *, truncation: float = 1.0) -> Iterator[Image.Image]:
    """Yields `frames` pictures on the way from the picture of one seed to that of another, both ends included."""
    a, b = latent_of(model, seed_a), latent_of(model, seed_b)
    for i in range(frames):
        yield picture(model, between(a, b, i / max(1, frames - 1)) * truncation)


def latent_of(model: Generator, seed: int):
    """(1, latent), on the CPU, so that every machine draws the same."""
    return torch.randn(1, model.latent, generator=torch.Generator().manual_seed(seed % 2**63))


def between(a, b, part: float):
    """The point at `part` (0..1) of the arc from a to b: on a straight line the middle would be paler than both ends."""
    angle = torch.arccos(torch.clamp(torch.cosine_similarity(a, b), -1, 1))[:, None]
    if float(angle) < 1e-4:
        return a + part * (b - a)
    return (torch.sin((1 - part) * angle) * a + torch.sin(part * angle) * b) / torch.sin(angle)


def picture(model: Generator, z) -> Image.Image:
    """One at a time, on purpose: a batch would change the last bits of a picture with its neighbours."""
    return Image.fromarray(paint(model, z)[0])


@torch.no_grad()
def paint(model: Generator, z) -> np.ndarray:
    """z: (K, latent). Returns uint8 (K, S, S, 3)."""
    return adversarial.to_pixels(model(z.to(next(model.parameters()).device)).float())


def read_weights(run_folder: Path) -> tuple[dict[str, torch.Tensor], dict]:
    """Weights and facts of a run. Raises UserError if there is neither a result nor a checkpoint.

    Keys begin with "generator." (the average, which paints), "live." (the generator as it trains) or "discriminator.".
    """
    return adversarial.read_weights(run_folder, {"generator": "average", "live": "generator", "discriminator": "discriminator"})
