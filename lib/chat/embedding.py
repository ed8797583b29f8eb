"""What sentences are about, as numbers: texts that mean the same lie near each other. Read `Embedder`, then `open_embedder`.

The one that comes with Handmade is all-MiniLM-L6-v2 (Reimers and Gurevych, "Sentence-BERT", arXiv:1908.10084): the mean of its
last layer over the tokens, of length 1. It reads 256 tokens and was taught English. Ollama's embedders know more languages.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from lib.errors import UserError
from lib.media import weights

CARRIED = "all-minilm-l6-v2"
LOADING = threading.Lock()  # what is loaded already waits for nobody; of the rest one at a time, as libraries are not imported twice at once
_TOGETHER = 32      # texts that go through the network at once


class Embedder(Protocol):
    """name: as an index remembers it.   length: of a vector.   reads: tokens that it takes in at once."""

    name: str
    length: int
    reads: int

    def tokens(self, text: str) -> int:
        """How many tokens a text is."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 (n, length), rows of length 1."""


def open_embedder(name: str = CARRIED) -> Embedder:
    """The embedder of that name: the carried one, or "ollama:<model>". Imports torch for the first.

    Raises UserError where it is not here.
    """
    if name == CARRIED:
        return carried()
    if name.startswith("ollama:"):
        from lib.chat.ollama import OllamaEmbedder

        return OllamaEmbedder(name.removeprefix("ollama:"))
    raise UserError(f"There is no embedder called {name}.", "", f"Choose {CARRIED}, or ollama:<model>.")


def reader(embedder: Embedder) -> Callable[[str], bool]:
    """Whether it reads all of a text at once: what `passages.cut` asks."""
    return lambda text: embedder.tokens(text) <= embedder.reads


def carried() -> MiniLM:
    """Opened once for each process, whoever asks first; nothing of a project is learned by it."""
    if not _held:
        with LOADING:
            if not _held:
                _held.append(MiniLM())
    return _held[0]


_held: list[MiniLM] = []


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    """Of the carried embedder; imports no torch."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(weights.need(CARRIED).parent / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def carried_reads(text: str) -> bool:
    """As `reader` of the carried embedder, for a page, which loads no network to say so."""
    return len(_tokenizer().encode(text).ids) <= MiniLM.reads


class MiniLM:
    """all-MiniLM-L6-v2 on the processor."""

    name, length, reads = CARRIED, 384, 256

    def __init__(self) -> None:
        if not weights.is_intact(CARRIED):
            raise UserError("What knows the sense of sentences is damaged.", f"{weights.need(CARRIED).name} is not the file that it should be.",
                            "Set Handmade up again: python3 start.py setup.")  # fmt: skip
        from transformers import BertModel

        self._tokenizer = _tokenizer()
        self._network = BertModel.from_pretrained(weights.need(CARRIED).parent, add_pooling_layer=False, local_files_only=True).eval().requires_grad_(False)

    def tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text).ids)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Texts of like length go through together, so that none waits for a long one."""
        encoded = [ids[: self.reads] for ids in (encoding.ids for encoding in self._tokenizer.encode_batch(list(texts)))]
        rows = np.zeros((len(texts), self.length), np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(encoded[at]))
        for start in range(0, len(order), _TOGETHER):
            some = order[start : start + _TOGETHER]
            rows[some] = self._read([encoded[at] for at in some])
        return rows

    def _read(self, ids: list[list[int]]) -> np.ndarray:
        import torch

        longest = max(map(len, ids))
        tokens = torch.tensor([row + [0] * (longest - len(row)) for row in ids])  # (n, longest)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
        with torch.inference_mode():
            states = self._network(input_ids=tokens, attention_mask=mask).last_hidden_state  # (n, longest, 384)
            mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            return torch.nn.functional.normalize(mean, dim=1).numpy()
