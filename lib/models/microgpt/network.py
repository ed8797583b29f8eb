"""The network: a GPT in one screen. Read `GPT.forward`.

After Karpathy's microgpt (2026): as GPT-2, but with RMSNorm without a gain (Zhang & Sennrich 2019) in place of LayerNorm, ReLU in place of GeLU, no
biases, and nothing between the last layer and the output. Each matrix begins as noise of 0.32 / sqrt(width), which for width 16 is his 0.08.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn


class GPT(nn.Module):
    """Says of each token how likely it is to come next.

    tokens: how many there are, the end mark among them.   context: how many it sees at a time.   width: numbers for each token.
    """

    def __init__(self, tokens: int, context: int, width: int, heads: int, layers: int, dropout: float = 0.0):
        super().__init__()
        self.context, self.width, self.heads = context, width, heads
        self.letter = nn.Embedding(tokens, width)       # what a token means
        self.place = nn.Embedding(context, width)       # where it stands
        self.layers = nn.ModuleList(Layer(width, heads, dropout) for _ in range(layers))
        self.next = nn.Linear(width, tokens, bias=False)
        self.drop = nn.Dropout(dropout)
        for name, weight in self.named_parameters():
            quieter = math.sqrt(layers) if name.endswith(("bring.weight", "narrow.weight")) else 1.0     # each layer adds to what is there
            nn.init.normal_(weight, std=0.32 / math.sqrt(width) / quieter)

    def forward(self, tokens, memory: list | None = None):
        """tokens: whole numbers (B, T), T at most the context. Returns (B, T, tokens): the larger, the likelier comes that one next.

        memory: begun as [], it keeps what was read, and then one token more (T = 1) costs no more than one.
        """
        start = memory[0][0].shape[2] if memory else 0
        places = torch.arange(start, start + tokens.shape[1], device=tokens.device)
        x = norm(self.drop(self.letter(tokens) + self.place(places)))       # (B, T, width)
        before = memory[:] if memory else [None] * len(self.layers)
        if memory is not None:
            memory.clear()
        for layer, remembered in zip(self.layers, before):
            x = layer(x, remembered, memory)
        return self.next(x)


class Layer(nn.Module):
    """Looks back at the tokens before (attention), then thinks over each by itself (a small net of neurons)."""

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.heads = heads
        self.ask = nn.Linear(width, 3 * width, bias=False)      # of each token: what it looks for, what it offers, what it tells
        self.bring = nn.Linear(width, width, bias=False)
        self.wide = nn.Linear(width, 4 * width, bias=False)
        self.narrow = nn.Linear(4 * width, width, bias=False)
        self.drop = nn.Dropout(dropout)

    def forward(self, x, before=None, memory: list | None = None):
        """(B, T, width) -> (B, T, width). before: what it remembers of the tokens before these; memory: where to put what it remembers now."""
        x = x + self.drop(self.bring(self.look_back(norm(x), before, memory)))
        return x + self.drop(self.narrow(F.relu(self.wide(norm(x)))))

    def look_back(self, x, before, memory):
        """(B, T, width) -> (B, T, width): of what was told before, as much as each head finds worth looking at."""
        batch, length, width = x.shape
        parts = self.ask(x).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)      # (3, B, heads, T, width / heads)
        looks_for, offers, tells = parts.unbind(0)
        if before is not None:
            offers, tells = torch.cat([before[0], offers], 2), torch.cat([before[1], tells], 2)
        if memory is not None:
            memory.append((offers, tells))
        told = F.scaled_dot_product_attention(looks_for, offers, tells, is_causal=before is None)               # (B, heads, T, width / heads)
        return told.transpose(1, 2).reshape(batch, length, width)


def norm(x):
    """RMSNorm: every row of numbers is made equally loud."""
    return F.rms_norm(x, x.shape[-1:], eps=1e-5)


def window(tokens: list[int], context: int) -> list[int]:
    """The end of a text that a network sees while it writes. When its page is full, it turns it and keeps the last half."""
    if len(tokens) <= context:
        return tokens
    half = context // 2
    return tokens[half * -(-(len(tokens) - context) // half) :]
