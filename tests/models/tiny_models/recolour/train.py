"""Learns a 3 x 3 matrix and an offset by gradient descent, from random pixels of the pairs."""

from __future__ import annotations

import numpy as np
import torch

from lib.project.dataset_folder import DatasetFolder


def train(dataset_folder, run, settings) -> None:
    data = DatasetFolder(dataset_folder)
    source, target = (torch.from_numpy(data.pictures("train", side)).reshape(-1, 3) / 255 for side in ("source", "target"))
    state = {"matrix": torch.eye(3), "offset": torch.zeros(3)}
    step = 0
    if saved := run.restore():
        state, step = saved["state"], saved["step"]
    while step < settings.steps:
        step += 1
        torch.manual_seed(run.seed * 1_000_003 + step)
        chosen = torch.randint(len(source), (64,))
        wrong = recoloured(source[chosen], state) - target[chosen]                          # (64, 3)
        state = {"matrix": state["matrix"] - 0.1 * source[chosen].T @ wrong / 64, "offset": state["offset"] - 0.1 * wrong.mean(0)}
        run.step(step, settings.steps, loss=wrong.square().mean().item())
        if run.sample_due():
            pictures = torch.from_numpy(data.pictures("train", "source")[:2]) / 255
            run.sample(as_pixels(recoloured(pictures, state)))
        stop = run.should_stop()
        if stop or run.checkpoint_due(step, settings.steps):
            run.checkpoint({"step": step, "state": state, "facts": {}})
        if stop:
            return
    run.result(state)


def recoloured(colours, state):
    """(…, 3), 0 to 1 -> (…, 3)"""
    return colours @ state["matrix"] + state["offset"]


def as_pixels(colours) -> np.ndarray:
    return (colours.clamp(0, 1) * 255).round().byte().numpy()
