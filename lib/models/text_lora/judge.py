"""How well a base, with or without what it was taught, guesses texts: in bits for each byte, so that bases with other tokens can be compared. Read `bits_per_byte`."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from lib.models.text_lora.network import Voice
from lib.models.text_lora.rows import NOTHING, as_rows, pieces_of

AT_ONCE = 50_000_000        # scores (tokens times vocabulary) that are computed at once: 200 MB


def in_parts(read: torch.Tensor, asked: torch.Tensor, vocabulary: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The rows of a step in parts whose scores fit into memory, at least one row each."""
    rows = max(1, AT_ONCE // (vocabulary * read.shape[1]))
    return list(zip(read.split(rows), asked.split(rows), strict=True))


def nats_of(voice: Voice, read: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
    """The surprise of all that is asked, summed: still with its slopes."""
    scores = voice.scores(read, use_cache=False).logits                                 # (B, T, vocabulary)
    return F.cross_entropy(scores.flatten(0, 1).float(), asked.to(voice.device).flatten(), ignore_index=NOTHING, reduction="sum")


@torch.no_grad()
def bits_per_byte(voice: Voice, texts: list[str], context: int) -> float:
    """Of texts with their ends; a text longer than the context is read in pieces. A byte: in UTF-8, with the line break after a text."""
    pieces = sorted((piece for text in texts for piece in pieces_of(voice.words.whole(text), context)), key=len)
    was, _ = voice.model.training, voice.model.eval()
    many, nats = 16, 0.0
    for start in range(0, len(pieces), many):
        read, asked = as_rows(pieces[start : start + many], voice.words.end)
        nats += sum(nats_of(voice, *part).item() for part in in_parts(read, asked, voice.model.config.vocab_size))
    voice.model.train(was)
    return nats / math.log(2) / sum(len(text.encode()) + 1 for text in texts)
