"""Playing the trained model: `load` it once, then `generate` as often as you like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image
from pydantic import BaseModel, ConfigDict
from safetensors.torch import load_file

from lib.errors import UserError
from lib.media.files import read_json
from lib.models import setting
from lib.models._template.network import Mixture
from lib.models._template.train import to_pixels
from lib.project.runs import Run


class Controls(BaseModel):
    """What can be chosen when painting, beside the number of pictures and the seed. The Generate page shows these."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    daring: float = setting(
        1.0, ge=0.0, le=3.0, label="Daring", help="0 paints the average of all pictures, above 1 leaves the beaten track.")


CONTROLS = Controls


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


def generate(model: Mixture, *, count: int = 16, seed: int = 0, daring: float = 1.0) -> Iterator[Image.Image]:
    """Yields `count` pictures; picture i depends on seed + i alone, whatever is painted beside it."""
    for i in range(count):
        luck = torch.Generator().manual_seed(seed + i)
        codes = torch.randn(1, len(model.reach), generator=luck).to(model.reach.device) * model.reach * daring
        yield Image.fromarray(to_pixels(model(codes))[0])
