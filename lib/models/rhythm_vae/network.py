"""The network: three grids of 9 x 96 become two numbers, and two numbers three grids (Vigliensoni, McCallum & Fiebrink 2020)."""

from __future__ import annotations

import torch
from torch import nn

from lib.models.rhythm_vae.bars import CELLS, DRUMS, PLACES

LATENT = 2
_RARE = -4.0        # where a hit begins before anything is learned: few places of a bar are hit


def _layer(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(before, after), nn.LayerNorm(after), nn.LeakyReLU(0.2))


class RhythmVAE(nn.Module):
    """width: of every layer between. The paper has 512 and batch norm; layer norm here, so that a bar is judged by itself alone."""

    def __init__(self, width: int = 256):
        super().__init__()
        self.width = width
        self.see = nn.ModuleList(_layer(CELLS, width) for _ in range(3))
        self.join = _layer(3 * width, width)
        self.mean, self.spread = nn.Linear(width, LATENT), nn.Linear(width, LATENT)
        self.unfold = nn.Sequential(_layer(LATENT, width), _layer(width, width))
        self.parts = nn.ModuleList(_layer(width, width) for _ in range(3))
        self.heads = nn.ModuleList(nn.Linear(width, CELLS) for _ in range(3))
        nn.init.constant_(self.heads[0].bias, _RARE)
        self.register_buffer("centre", torch.zeros(LATENT))
        self.register_buffer("scale", torch.ones(LATENT))

    def encode(self, hit, velocity, timing):
        """(B, 9, 96) each -> mean and log-variance, (B, 2) each."""
        seen = [see(grid.flatten(1)) for see, grid in zip(self.see, (hit, velocity, timing), strict=True)]
        joined = self.join(torch.cat(seen, 1))                                      # (B, width)
        return self.mean(joined), self.spread(joined).clamp(-10, 4)

    @torch.no_grad()
    def settle(self, hit, velocity, timing) -> None:
        """Looks where all bars lie: on the plane, the middle of them is 0 and their spread 1."""
        mean, _ = self.encode(hit, velocity, timing)
        self.centre.copy_(mean.mean(0))
        self.scale.copy_(mean.std(0, unbiased=False).clamp(0.1))

    def at(self, places):
        """What is decoded at places on the plane, (B, 2)."""
        return self.decode(self.centre + self.scale * places)

    def decode(self, z):
        """(B, 2) -> the log-odds of a hit, velocity (0 to 1) and timing (-1 to 1), (B, 9, 96) each."""
        unfolded = self.unfold(z)
        hit, velocity, timing = (head(part(unfolded)).unflatten(1, (DRUMS, PLACES)) for part, head in zip(self.parts, self.heads, strict=True))
        return hit, velocity.sigmoid(), timing.tanh()
