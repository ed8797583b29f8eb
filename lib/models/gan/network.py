"""The two networks of the GAN: `Generator` paints, `Discriminator` judges. Read `Generator.forward` first.

After "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image Synthesis" (Liu et al. 2021, FastGAN):
up-convolution with gated linear units, skip-layer excitation, and a discriminator that must also paint its input from
what it remembers of it. Smaller than in the paper, so that two processor cores are enough. B is the number of pictures,
S their side, all pictures are (B, 3, S, S) between -1 and 1. Layers are named after the resolution that they work at,
so that a model for 128 px can start from one for 64 px.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

# Channels at each resolution, as a multiple of `width`: most of the knowledge sits where the picture is small and cheap.
CHANNELS = {4: 8, 8: 8, 16: 4, 32: 2, 64: 1, 128: 0.5, 256: 0.25}
WHOLE = 4       # a region: the whole picture. 0 to 3 are its quarters.


def channels(resolution: int, width: int) -> int:
    return max(8, int(CHANNELS[resolution] * width))


def resolutions(start: int, end: int) -> list[int]:
    """[start, 2 * start, …, end]; empty if start is larger than end."""
    return [r for r in CHANNELS if start <= r <= end]


class Generator(nn.Module):
    """Latent numbers in, pictures out."""

    def __init__(self, size: int, latent: int, width: int):
        super().__init__()
        self.size, self.latent, self.width = size, latent, width
        half = size // 2
        self.start = up(latent, channels(4, width), start=True)
        self.up = nn.ModuleDict({str(r): up(channels(r // 2, width), channels(r, width)) for r in resolutions(8, half)})
        # What was decided at 4 px sets the weight of the channels at 32 px, what was decided at 8 px those at 64 px, …
        self.excite = nn.ModuleDict({
            str(r): SkipLayerExcitation(channels(r // 8, width), channels(r, width)) for r in resolutions(32, half)
        })
        self.finish = nn.ModuleDict({str(size): finish(channels(half, width))})
        self.apply(initialise)

    def forward(self, z):                                   # (B, latent)
        x = self.start(z[:, :, None, None])                 # (B, C, 4, 4)
        seen = {4: x}
        for name, layer in self.up.items():
            r = int(name)
            x = layer(x)                                    # (B, C, r, r)
            if name in self.excite:
                x = self.excite[name](seen[r // 8], x)
            seen[r] = x
        return self.finish[str(self.size)](x)               # (B, 3, S, S)


class Discriminator(nn.Module):
    """Pictures in, one mark for each of 25 overlapping regions out: the higher, the more real."""

    def __init__(self, size: int, width: int):
        super().__init__()
        self.size, self.width = size, width
        half = size // 2
        self.look = nn.ModuleDict({
            str(size): nn.Sequential(nn.Conv2d(3, channels(half, width), 4, 2, 1), nn.LeakyReLU(0.2))
        })
        self.down = nn.ModuleDict({
            str(r): Down(channels(2 * r, width), channels(r, width)) for r in reversed(resolutions(8, half // 2))
        })
        deepest = channels(8, width)
        self.mark = nn.Sequential(nn.Conv2d(deepest, deepest, 1), nn.LeakyReLU(0.2), nn.Conv2d(deepest, 1, 4))
        # Two small painters that only keep the judge honest: the whole picture from 8 px, a quarter of it from 16 px.
        self.whole = painter(channels(8, width), min(half, 128))
        self.quarter = painter(channels(16, width), min(half, 128))
        self.apply(initialise)

    def forward(self, x, region: int | None = None):
        """Marks (B, 1, 5, 5); with a region (WHOLE, or quarter 0..3), also a painting of it from memory (B, 3, s, s)."""
        x = self.look[str(self.size)](x)                    # (B, C, S/2, S/2)
        seen = {self.size // 2: x}
        for name, layer in self.down.items():
            x = seen[int(name)] = layer(x)                  # (B, C, r, r)
        marks = self.mark(x)                                # (B, 1, 5, 5)
        if region is None:
            return marks
        return marks, self.whole(x) if region == WHOLE else self.quarter(part_of(seen[16], region))


def part_of(x, region: int):
    """x itself for WHOLE, else one of its four quarters: (B, C, H, W) -> (B, C, H/2, W/2)."""
    if region == WHOLE:
        return x
    h, w = x.shape[2] // 2, x.shape[3] // 2
    top, left = h * (region // 2), w * (region % 2)
    return x[:, :, top:top + h, left:left + w]


class SkipLayerExcitation(nn.Module):
    """Weighs each channel of a large map by what a small map says about the whole picture."""

    def __init__(self, small: int, large: int):
        super().__init__()
        self.weigh = nn.Sequential(
            nn.AdaptiveAvgPool2d(4), nn.Conv2d(small, large, 4), nn.LeakyReLU(0.1), nn.Conv2d(large, large, 1), nn.Sigmoid()
        )

    def forward(self, small, large):                        # (B, C, r/8, r/8), (B, D, r, r)
        return large * self.weigh(small)                    # (B, D, r, r)


class Down(nn.Module):
    """Halves the resolution on two ways that are added up: one sharp, one smooth."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.sharp = nn.Sequential(
            nn.Conv2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(0.2),
            nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(0.2),
        )
        self.smooth = nn.Sequential(
            nn.AvgPool2d(2), nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)
        )

    def forward(self, x):                                   # (B, C, 2r, 2r)
        return (self.sharp(x) + self.smooth(x)) / 2         # (B, D, r, r)


def up(before: int, after: int, start: bool = False):
    """Twice the side: (B, before, r/2, r/2) -> (B, after, r, r); at the start (B, before, 1, 1) -> (B, after, 4, 4).

    The gate (GLU) lets each place choose which channels pass. A transposed convolution costs a third of enlarging first.
    """
    stride, padding = (1, 0) if start else (2, 1)
    return nn.Sequential(
        nn.ConvTranspose2d(before, 2 * after, 4, stride, padding, bias=False), nn.BatchNorm2d(2 * after), nn.GLU(dim=1)
    )


def finish(before: int):
    """Features to colours: (B, before, S/2, S/2) -> (B, 3, S, S)."""
    return nn.Sequential(
        nn.ConvTranspose2d(before, 12, 4, 2, 1), Soften(12), nn.LeakyReLU(0.2), nn.Conv2d(12, 3, 3, padding=1), nn.Tanh()
    )


class Soften(nn.Module):
    """Takes out the fine chequerboard that a transposed convolution leaves, with the filter [1, 2, 1] of Karras et al. 2019."""

    def __init__(self, channels: int):
        super().__init__()
        row = torch.tensor([0.25, 0.5, 0.25])
        self.register_buffer("filter", torch.outer(row, row).repeat(channels, 1, 1, 1), persistent=False)

    def forward(self, x):                                   # (B, C, H, W) -> the same
        return F.conv2d(x, self.filter, padding=1, groups=x.shape[1])


def painter(before: int, size: int):
    """(B, before, 8, 8) -> (B, 3, size, size)"""
    layers = []
    while size > 16:
        layers.append(up(before, 16))
        before, size = 16, size // 2
    return nn.Sequential(*layers, nn.ConvTranspose2d(before, 3, 4, 2, 1), nn.Tanh())


def initialise(layer) -> None:
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(layer.weight, 0.0, 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)
        nn.init.zeros_(layer.bias)
