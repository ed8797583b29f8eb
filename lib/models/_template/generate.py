"""Playing the trained model: `load` it once, then `play` as often as you like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_file

from lib.errors import UserError
from lib.media.files import read_json
from lib.models._template.network import Mixture
from lib.models._template.train import to_pixels
from lib.models.playing import WALK, Medium, Request, numbered
from lib.project.runs import Run


def load(run_folder: Path, device: str = "cpu") -> Mixture:
    """The model of a run; of a run that is not finished, as it was at the latest checkpoint.

    Raises UserError if the run has saved nothing yet.
    """
    run = Run(run_folder)
    if run.result:
        weights, facts = load_file(run.result / "model.safetensors"), read_json(run.result / "model.json")
    elif run.checkpoints():
        # weights_only: a file from a stranger must not be able to run code
        saved = torch.load(run.checkpoints()[-1], map_location="cpu", weights_only=True)
        weights, facts = saved["model"], saved["facts"]
    else:
        raise UserError(f"The run {run.id} has no model yet.", "It has saved nothing so far.", "Wait a little, or start it again.")
    model = Mixture(facts["size"], facts["directions"])
    model.load_state_dict(weights)
    return model.to(device).eval().requires_grad_(False)


def play(model: Mixture, request: Request) -> Iterator[Medium]:
    """Yields what was asked for. request: way, seed, count, inputs and controls (CONTROLS), all checked already.

    A thing depends on its own seed (request.seed + its number) alone, whatever is made beside it.
    """
    if request.way == WALK:
        return numbered(walk(model, request.seed, request.to_seed or 0, request.count, **request.controls))
    return numbered(paint(model, request.seed, request.count, **request.controls))


def paint(model: Mixture, seed: int, count: int, daring: float) -> Iterator[Image.Image]:
    for i in range(count):
        yield picture(model, luck_of(model, seed + i) * daring)


def walk(model: Mixture, seed_a: int, seed_b: int, frames: int, daring: float) -> Iterator[Image.Image]:
    """Pictures on the straight way between two. Leave it out (and "walk" in CARD.ways) where there is no way."""
    a, b = luck_of(model, seed_a), luck_of(model, seed_b)
    for i in range(frames):
        yield picture(model, torch.lerp(a, b, i / max(1, frames - 1)) * daring)


def luck_of(model: Mixture, seed: int):
    """(1, directions), drawn on the CPU, so that every machine draws the same."""
    return torch.randn(1, len(model.reach), generator=torch.Generator().manual_seed(seed))


def picture(model: Mixture, luck) -> Image.Image:
    return Image.fromarray(to_pixels(model(luck.to(model.reach.device) * model.reach))[0])
