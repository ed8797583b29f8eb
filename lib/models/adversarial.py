"""What the models share in which one network is judged by another: `Order` and `follow` in training, `read_weights` in playing.

Each step of a training draws its chance from a seed of its own (`seed_step`), and the order of what is learned from depends on the
seed alone: a resumed run reaches the very same weights without a memory of its luck.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from lib.errors import UserError
from lib.media.files import read_json
from lib.media.kinds import kind_of
from lib.models import Card
from lib.project.runs import Run

RAMP = 0.05             # an average reaches back over at most this part of the training so far
_FAR = 1_000_003        # so far apart lie the seeds of two runs


# ---- training


def seed_step(seed: int, n: int) -> None:
    """What is drawn by chance in step n depends on the run's seed and on n."""
    torch.manual_seed(_seed(seed, n))


def _seed(seed: int, n: int) -> int:
    return (seed * _FAR + n) % 2**63


class Order:
    """An endless row of shuffled rounds: each of `count` comes once before any comes again."""

    def __init__(self, count: int, seed: int):
        self.count, self.seed = count, seed
        self._round = -1
        self._places: list[int] = []

    def at(self, place: int) -> int:
        """Which one comes at this place of the row."""
        round, place = divmod(place, self.count)
        if round != self._round:
            shuffle = torch.Generator().manual_seed(_seed(self.seed, round))
            self._places, self._round = torch.randperm(self.count, generator=shuffle).tolist(), round
        return self._places[place]

    def batch(self, n: int, size: int) -> list[int]:
        """Which ones come in step n (from 1), of `size` each."""
        return [self.at(place) for place in range((n - 1) * size, n * size)]


def adam(network, learning_rate: float) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), lr=learning_rate, betas=(0.5, 0.999), fused=True)


@torch.no_grad()
def follow(average, network, step: int, batch: int, half_life: float) -> None:
    """Moves the average towards the network. Its half-life, in pictures, grows with the training (ramp-up), up to the one that is given."""
    reach = min(half_life, RAMP * batch * (step + 1))
    keep = 0.5 ** (batch / max(reach, 1e-8))
    torch._foreach_lerp_(floats(average), floats(network), 1 - keep)


def floats(network) -> list[torch.Tensor]:
    """Every weight and running average of a network; not its counters."""
    return [value for value in network.state_dict().values() if value.is_floating_point()]


def checked_size(size: tuple[int, int] | None, count: int, card: Card, sizes: tuple[int, ...]) -> int:
    """The side of the pictures in pixels. Raises UserError where the model of this card cannot learn from such pictures."""
    height, width = size or (0, 0)
    many = kind_of(card.learns).many
    if width != height or width not in sizes:
        raise UserError(
            f"This model cannot learn from {many} of {width} x {height} pixels.",
            f"It needs square ones, {', '.join(map(str, sizes[:-1]))} or {sizes[-1]} pixels wide.",
            "Prepare the dataset again with the steps CropSquare and Resize.",
        )
    if count < card.least:
        raise UserError(
            f"The dataset has {count} {many} to train on, and this model needs at least {card.least}.",
            f"With fewer it could only copy them; it works well from {card.advised} on.",
            "Collect some more and build the dataset again.",
        )
    return width


@torch.no_grad()
def take_over(own: dict[str, torch.Tensor], weights: dict[str, torch.Tensor], earlier: str, alike: str) -> str:
    """Copies every weight that fits from an earlier run's model. Returns what to say. Raises UserError if none fits.

    alike: what must be the same in both for them to fit: "width".
    """
    taken = {key: value for key, value in weights.items() if key in own and own[key].shape == value.shape}
    if not taken:
        raise UserError(
            f"Nothing of {earlier} fits this training.", f"Its model has another {alike}.",
            f"Choose the same {alike} as there, or leave \"Start from\" empty.")
    for key, value in taken.items():
        own[key].copy_(value)
    return f"Starts from {earlier}: {100 * len(taken) // len(own)} % of its parts fit and were taken over."


# ---- playing


def read_weights(run_folder: Path, parts: dict[str, str]) -> tuple[dict[str, torch.Tensor], dict]:
    """Weights and facts of a run: from its result, or else from its latest good checkpoint, on the CPU.

    parts: how the keys of a result begin -> what the same network is called in a checkpoint; one that a checkpoint lacks is left out.
    Raises UserError if there is neither a result nor a checkpoint.
    """
    run = Run(run_folder)
    if run.result:
        return load_file(run.result / "model.safetensors"), read_json(run.result / "model.json")
    state, facts = read_checkpoint(run)
    return {f"{name}.{key}": value for name, part in parts.items() for key, value in state.get(part, {}).items()}, facts


def read_checkpoint(run: Run) -> tuple[dict, dict]:
    """The latest good checkpoint, on the CPU, and its facts. Raises UserError if there is none."""
    for file in reversed(run.checkpoints()):
        try:
            state = torch.load(file, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, pickle.UnpicklingError):     # cut short: the one before it will do
            continue
        return state, state["facts"]
    raise UserError(
        f"The run {run.id} has no model yet.", "It has saved nothing so far.", "Wait a little, or start it again.")


def part_of(weights: dict[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    """The weights of one network, for its load_state_dict."""
    return {key.removeprefix(f"{name}."): value for key, value in weights.items() if key.startswith(f"{name}.")}


def to_pixels(x) -> np.ndarray:
    """(B, 3, H, W) from -1 to 1 -> uint8 (B, H, W, 3)"""
    return ((x.detach() + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()
