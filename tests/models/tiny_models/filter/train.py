"""Learns eight numbers by gradient descent: what a sample is, from the eight before it."""

from __future__ import annotations

import torch

from lib.media.sound import Sound
from lib.project.dataset_folder import DatasetFolder

TAPS = 8


def train(dataset_folder, run, settings) -> None:
    sounds = list(DatasetFolder(dataset_folder).sounds("train"))
    windows = torch.cat([torch.from_numpy(sound.mono()).unfold(0, TAPS + 1, 1) for sound in sounds])    # (N, TAPS + 1)
    state = {"taps": torch.zeros(TAPS), "rate": torch.tensor(sounds[0].rate)}
    step = 0
    if saved := run.restore():
        state, step = saved["state"], saved["step"]
    while step < settings.steps:
        step += 1
        torch.manual_seed(run.seed * 1_000_003 + step)
        some = windows[torch.randint(len(windows), (256,))]
        wrong = some[:, :TAPS] @ state["taps"] - some[:, TAPS]                                          # (256,)
        state = {**state, "taps": state["taps"] - 0.1 * (some[:, :TAPS] * wrong[:, None]).mean(0)}
        run.step(step, settings.steps, loss=wrong.square().mean().item())
        if run.sample_due():
            noise = torch.randn(2000, generator=torch.Generator().manual_seed(0)) * 0.1
            run.sample([Sound(filtered(noise, state["taps"])[:, None].numpy(), int(state["rate"]))])
        stop = run.should_stop()
        if stop or run.checkpoint_due(step, settings.steps):
            run.checkpoint({"step": step, "state": state, "facts": {}})
        if stop:
            return
    run.result(state)


def filtered(samples, taps):
    """(frames,) -> (frames,)"""
    padded = torch.cat([torch.zeros(TAPS), samples])
    return 0.5 * samples + 0.5 * padded.unfold(0, TAPS, 1)[: len(samples)] @ taps
