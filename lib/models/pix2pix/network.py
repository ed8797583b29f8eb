"""The two networks of pix2pix: `Generator` makes a picture of a picture, `Judge` marks its patches. Read `Generator.forward` first.

After "Image-to-Image Translation with Conditional Adversarial Networks" (Isola et al. 2017): a U-Net that goes down to a single
pixel and up again, each floor handing what it saw across; and a PatchGAN on source and picture together. B is the number of
pictures, S their side, all pictures are (B, 3, S, S) between -1 and 1.
"""

from __future__ import annotations

import math

import torch
from torch import nn

MOST = 8            # channels of the deepest floors, as a multiple of `width`
FINEST = 8          # channels at full size, at least
LEAK = 0.2


class Generator(nn.Module):
    """norm: "instance" where each picture comes alone (a batch of 1), else "batch".

    Two things are not the paper's. On the way up it convolves and then doubles the side, where transposed convolutions would weave
    a pattern into plain grounds (Odena et al. 2016, Deconvolution and Checkerboard Artifacts). And the last floor sees the source
    itself, so that what is made ends where the lines do.
    """

    def __init__(self, size: int, width: int, norm: str = "batch"):
        super().__init__()
        self.size, self.width, self.norm = size, width, norm
        floors = int(math.log2(size))                               # 128 px: 7 floors, down to 1 x 1
        channels = [min(MOST, 2**floor) * width for floor in range(floors)]
        fine = max(FINEST, width // 2)                              # channels at full size
        self.down = nn.ModuleList(
            _down(3 if floor == 0 else channels[floor - 1], channels[floor], norm if 0 < floor < floors - 1 else "")
            for floor in range(floors)
        )
        self.up = nn.ModuleList(
            _up(channels[floor] * (1 if floor == floors - 1 else 2), channels[floor - 1] if floor else fine,
                norm if floor < floors - 1 else "", dropout=floors - 4 <= floor - 1 < floors - 1 and floor > 3)
            for floor in range(floors - 1, -1, -1)
        )
        self.finish = nn.Sequential(nn.Conv2d(fine + 3, fine, 3, 1, 1), nn.ReLU(), nn.Conv2d(fine, 3, 3, 1, 1))
        self.apply(initialise)

    def forward(self, x):                                           # (B, 3, S, S)
        seen = [x]
        for layer in self.down:
            seen.append(layer(seen[-1]))                            # (B, C, S / 2, S / 2) … (B, C, 1, 1)
        x = seen.pop()
        for layer, across in zip(self.up, reversed(seen)):
            x = torch.cat([layer(x), across], 1)
        return torch.tanh(self.finish(x))                           # (B, 3, S, S)


class Judge(nn.Module):
    """Source and picture in, a mark for each patch out: the higher, the more real. Patches of 70 px, of 34 px for small pictures."""

    def __init__(self, size: int, width: int, norm: str = "batch"):
        super().__init__()
        layers = 3 if size >= 128 else 2
        channels = [min(MOST, 2**layer) * width for layer in range(layers + 1)]
        parts: list[nn.Module] = [nn.Conv2d(6, channels[0], 4, 2, 1), nn.LeakyReLU(LEAK)]
        for layer in range(1, layers + 1):
            stride = 2 if layer < layers else 1
            parts += [nn.Conv2d(channels[layer - 1], channels[layer], 4, stride, 1, bias=False), _norm(norm, channels[layer]), nn.LeakyReLU(LEAK)]
        self.layers = nn.Sequential(*parts, nn.Conv2d(channels[-1], 1, 4, 1, 1))
        self.apply(initialise)

    def forward(self, source, picture):                             # (B, 3, S, S) twice
        return self.layers(torch.cat([source, picture], 1))         # (B, 1, P, P)


def _down(into: int, out: int, norm: str) -> nn.Sequential:
    """Halves the side. The first and the deepest floor have no norm: at 1 x 1 it would leave nothing."""
    layers: list[nn.Module] = [nn.LeakyReLU(LEAK)] if into != 3 else []
    layers.append(nn.Conv2d(into, out, 4, 2, 1, bias=not norm))
    return nn.Sequential(*layers, *([_norm(norm, out)] if norm else []))


def _up(into: int, out: int, norm: str, dropout: bool) -> nn.Sequential:
    """Convolves and doubles the side. Dropout in the deep floors is the only chance there is, and only while it learns."""
    reach = 3 if norm else 1                                        # of the deepest floor there is a single pixel
    layers: list[nn.Module] = [nn.ReLU(), nn.Conv2d(into, out, reach, 1, reach // 2, bias=not norm)]
    layers += [_norm(norm, out)] if norm else []
    return nn.Sequential(*layers, nn.Upsample(scale_factor=2, mode="nearest"), *([nn.Dropout(0.5)] if dropout else []))


def _norm(kind: str, channels: int) -> nn.Module:
    if kind == "instance":
        return nn.InstanceNorm2d(channels, affine=True)
    return nn.BatchNorm2d(channels)


def initialise(layer: nn.Module) -> None:
    """As in the paper: normal, of a fiftieth."""
    if isinstance(layer, nn.Conv2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)
        nn.init.zeros_(layer.bias)
