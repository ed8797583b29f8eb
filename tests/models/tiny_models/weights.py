"""What a run of a tiny model has learned so far."""

from __future__ import annotations

import torch
from safetensors.torch import load_file

from lib.errors import UserError
from lib.project.runs import Run


def weights_of(run_folder) -> dict:
    """Raises UserError if it has saved nothing yet."""
    run = Run(run_folder)
    if run.result:
        return load_file(run.result / "model.safetensors")
    if run.checkpoints():
        return torch.load(run.checkpoints()[-1], weights_only=True)["state"]
    raise UserError(f"The run {run.id} has no model yet.", "It has saved nothing so far.", "Wait a little.")
