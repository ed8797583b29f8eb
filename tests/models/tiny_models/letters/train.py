"""Learns a table of how likely each byte follows each, by gradient descent."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from lib.project.dataset_folder import DatasetFolder

BYTES = 128


def train(dataset_folder, run, settings) -> None:
    text = "\n".join(DatasetFolder(dataset_folder).texts("train")).encode("ascii", "replace")
    letters = torch.tensor(list(text))
    state = {"table": torch.zeros(BYTES, BYTES)}
    step = 0
    if saved := run.restore():
        state, step = saved["state"], saved["step"]
    while step < settings.steps:
        step += 1
        torch.manual_seed(run.seed * 1_000_003 + step)
        at = torch.randint(len(letters) - 1, (256,))
        before, after = letters[at], letters[at + 1]
        slope = state["table"][before].softmax(1) - F.one_hot(after, BYTES)                 # (256, BYTES)
        state = {"table": state["table"].index_add(0, before, slope, alpha=-0.5)}
        run.step(step, settings.steps, loss=F.cross_entropy(state["table"][before], after).item())
        if run.sample_due():
            run.sample(["".join(written(state["table"], seed, "", 24)) for seed in range(2)])
        stop = run.should_stop()
        if stop or run.checkpoint_due(step, settings.steps):
            run.checkpoint({"step": step, "state": state, "facts": {}})
        if stop:
            return
    run.result(state)


def written(table, seed: int, prompt: str, count: int):
    """The prompt, then letter after letter."""
    if prompt:
        yield prompt
    luck = torch.Generator().manual_seed(seed)
    letter = ord(prompt[-1]) % BYTES if prompt else ord("\n")
    for _ in range(count):
        letter = int(torch.multinomial(table[letter].softmax(0), 1, generator=luck))
        yield chr(letter)
