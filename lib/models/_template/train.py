"""Training: one function, from top to bottom. `dataset_folder` and `run` are all it sees of the world.

Three promises that the tests hold every model to: it stops when it is asked to, it goes on where it stopped and reaches
the very same weights (on a processor) as if nothing had happened, and it leaves a result that generate.py can load.
"""

from __future__ import annotations

from pathlib import Path

import torch

from lib.errors import UserError
from lib.models._template import CARD, Settings
from lib.models._template.network import Mixture
from lib.project.dataset_folder import DatasetFolder


def train(dataset_folder: Path, run, settings: Settings) -> None:
    """Raises UserError when the pictures do not suit."""
    # The number of threads changes the last bits of a sum, so it is remembered for a resume.
    torch.set_num_threads(run.machine("threads", torch.get_num_threads))

    # What to learn from, decoded once and held in memory.
    pictures = DatasetFolder(dataset_folder).pictures("train")                          # uint8 (N, H, W, 3)
    if len(pictures) < CARD.least or pictures.shape[1] != pictures.shape[2]:
        raise UserError(
            "This dataset does not suit this model.", f"It needs {CARD.least} or more square pictures.",
            "Prepare it again with the steps CropSquare and Resize, or choose another one.")
    real = torch.from_numpy(pictures).permute(0, 3, 1, 2).to(run.device) / 127.5 - 1    # (N, 3, S, S), -1 to 1

    # The network and its optimiser: new, or as they were when this run was stopped.
    torch.manual_seed(run.seed)
    model = Mixture(real.shape[2], settings.directions).to(run.device)
    optimiser = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    facts = {"size": model.size, "directions": settings.directions}     # what load() must know
    step = 0
    if saved := run.restore():
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        step = saved["step"]

    # Learn to paint each picture again from its few numbers.
    while step < settings.steps:
        step += 1
        torch.manual_seed(run.seed * 1_000_003 + step)      # each step's luck depends on its number alone
        batch = real[torch.randint(len(real), (16,))]                                   # (16, 3, S, S)
        codes = model.codes(batch)                                                      # (16, directions)
        loss = (model(codes) - batch).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            model.reach.lerp_(codes.std(0), 0.1)

        # Tell the outside how it goes; it decides when a sample or a checkpoint is due.
        run.step(step, settings.steps, loss=loss.item())
        if run.sample_due():
            run.sample(to_pixels(model(model.codes(real[:8]))))
        stop = run.should_stop()
        if stop or run.checkpoint_due(step, settings.steps):
            run.checkpoint({
                "step": step, "model": model.state_dict(), "optimiser": optimiser.state_dict(), "facts": facts})
        if stop:
            return

    run.result(model.state_dict(), **facts)


def to_pixels(x):
    """(B, 3, S, S) from -1 to 1 -> uint8 (B, S, S, 3)"""
    return ((x.detach() + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()
