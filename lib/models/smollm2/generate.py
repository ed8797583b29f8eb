"""SmolLM2 writes: token by token, with a seed. Read `write`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lib.models.playing import Medium, Request, in_pieces
from lib.models.smollm2.network import open_gguf

SYSTEM = "You are a helpful assistant. Answer in one to three short sentences."
_END = "<|im_end|>"
_NUCLEUS = 0.9
_AGAIN = 1.05   # what a token that was just written is made less likely by


@dataclass
class Loaded:
    """network: a Llama. tokenizer: of the library tokenizers."""

    network: Any
    tokenizer: Any
    device: str


    def parameters(self):
        return self.network.parameters()


def load(path: Path, device: str = "cpu") -> Loaded:
    network, tokenizer = open_gguf(path, device)
    return Loaded(network, tokenizer, device)


def play(model: Loaded, request: Request) -> Iterator[Medium]:
    messages = [("system", SYSTEM), ("user", request.words("prompt"))]
    for number in range(request.count):
        pieces = write(model, messages, request.controls["tokens"], request.controls["temperature"], request.seed + number)
        yield from in_pieces(number, pieces)


def prompt_tokens(model: Loaded, messages: Sequence[tuple[str, str]]) -> list[int]:
    """A conversation as the model was taught it (ChatML). messages: (role, words); what looks like a control token is only text."""
    turns = [f"<|im_start|>{role}\n{_harmless(words)}{_END}\n" for role, words in messages]
    return model.tokenizer.encode("".join(turns) + "<|im_start|>assistant\n").ids


def count_tokens(model: Loaded, words: str) -> int:
    return len(model.tokenizer.encode(_harmless(words)).ids)


def _harmless(words: str) -> str:
    return words.replace("<|", "< |")


def write(model: Loaded, messages: Sequence[tuple[str, str]], tokens: int = 120, temperature: float = 0.2, seed: int = 0) -> Iterator[str]:
    """Pieces of an answer as they come; whole letters only. tokens: the most. Ends where the model ends its turn."""
    chance = torch.Generator().manual_seed(seed)
    asked = prompt_tokens(model, messages)
    end = model.tokenizer.token_to_id(_END)
    logits, past = _read(model, asked, None)
    written: list[int] = []
    said = ""
    for _ in range(tokens):
        token = _choose(logits, written, temperature, chance)
        if token == end:
            return
        written.append(token)
        whole = model.tokenizer.decode(written)
        if not whole.endswith("\ufffd"):     # half a letter: its other bytes come with the next token
            yield whole[len(said) :]
            said = whole
        logits, past = _read(model, [token], past)


@torch.inference_mode()
def _read(model: Loaded, tokens: list[int], past: Any) -> tuple[torch.Tensor, Any]:
    """(what it thinks of each token as the next one: float32 (vocabulary,) on the processor; what it remembers of all it has read)."""
    result = model.network(input_ids=torch.tensor([tokens], device=model.device), past_key_values=past, use_cache=True, logits_to_keep=1)
    return result.logits[0, -1].float().cpu(), result.past_key_values


@torch.inference_mode()
def _choose(logits: torch.Tensor, written: list[int], temperature: float, chance: torch.Generator) -> int:
    """The likeliest token at temperature 0; else one of those that together make 90 % (Holtzman et al. 2020)."""
    if written:
        recent = torch.tensor(written[-64:])
        logits[recent] = torch.where(logits[recent] > 0, logits[recent] / _AGAIN, logits[recent] * _AGAIN)
    if temperature == 0:
        return int(logits.argmax())
    likely, order = (logits / temperature).softmax(-1).sort(descending=True)
    likely[likely.cumsum(0) - likely > _NUCLEUS] = 0
    return int(order[torch.multinomial(likely / likely.sum(), 1, generator=chance)])
