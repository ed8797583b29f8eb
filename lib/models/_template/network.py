"""The network: an average picture, and the directions in which pictures differ from it. B pictures of S x S pixels."""

from __future__ import annotations

import torch
from torch import nn


class Mixture(nn.Module):
    def __init__(self, size: int, directions: int):
        super().__init__()
        self.size = size
        self.average = nn.Parameter(torch.zeros(3 * size * size))
        self.ways = nn.Parameter(torch.randn(directions, 3 * size * size) * 0.01)
        self.register_buffer("reach", torch.ones(directions))   # how far the pictures go along each way

    def codes(self, pictures):
        """How far each picture goes along each way: (B, 3, S, S) -> (B, directions)."""
        return (pictures.flatten(1) - self.average) @ self.ways.T

    def forward(self, codes):
        """(B, directions) -> (B, 3, S, S)"""
        return (self.average + codes @ self.ways).view(-1, 3, self.size, self.size)
