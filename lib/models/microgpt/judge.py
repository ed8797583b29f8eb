"""How well a network guesses texts: the same for all texts, tokens and sizes, in bits for each byte. Read `costs`.

Bits per byte (as nanochat tells it) are what a packing program built on the network would need: gzip needs 3 to 4 for a small text; with 30 letters, 4.9 is no idea.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from lib.models.microgpt.network import GPT
from lib.models.microgpt.rows import NOTHING
from lib.models.microgpt.tokens import Tokens

_AT_ONCE = 4096     # tokens


@torch.no_grad()
def costs(network: GPT, tokens: Tokens, texts: list[str]) -> list[float]:
    """For each text, how much it surprises the network: nats, its end among them.

    A text that does not fit is read as one that is written (network.window): each page begins with the last half of the one before.
    """
    device, context, half = next(network.parameters()).device, network.context, network.context // 2
    pages = []      # (text, tokens, how many of its first guesses were counted before)
    for number, text in enumerate(texts):
        whole = [tokens.end, *tokens.encode(text), tokens.end]
        for start in range(0, max(1, len(whole) - 1 - half), half) if len(whole) - 1 > context else (0,):
            pages.append((number, whole[start : start + context + 1], half if start else 0))
    total = [0.0] * len(texts)
    pages.sort(key=lambda page: len(page[1]))
    was, _ = network.training, network.eval()
    for some in _batches(pages):
        longest = len(some[-1][1])
        read = torch.full((len(some), longest - 1), tokens.end)
        asked = torch.full((len(some), longest - 1), NOTHING)
        for place, (_, page, counted) in enumerate(some):
            read[place, : len(page) - 1] = torch.tensor(page[:-1])
            asked[place, counted : len(page) - 1] = torch.tensor(page[1:])[counted:]
        scores = network(read.to(device))
        nats = F.cross_entropy(scores.flatten(0, 1).float(), asked.to(device).flatten(), reduction="none", ignore_index=NOTHING)
        for (number, *_), cost in zip(some, nats.view(len(some), -1).double().sum(1).tolist(), strict=True):
            total[number] += cost
    network.train(was)
    return total


def _batches(pages: list) -> list[list]:
    """Pages of about one length together, some thousand tokens at a time."""
    batches: list[list] = []
    for page in pages:
        if not batches or (len(batches[-1]) + 1) * len(page[1]) > _AT_ONCE:
            batches.append([])
        batches[-1].append(page)
    return batches


def size(text: str) -> int:
    """Bytes of a text in a file: in UTF-8, with the line break after it."""
    return len(text.encode()) + 1


def bits_per_byte(nats: list[float], texts: list[str]) -> float:
    return sum(nats) / math.log(2) / sum(map(size, texts))
