"""SmolLM2 writes: token by token, with a seed. Read `write`."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from lib.models.playing import Medium, Request, in_pieces
from lib.models.smollm2.network import open_gguf
from lib.models.texts.writing import Stopper, choose

SYSTEM = "You are a helpful assistant. Answer in one to three short sentences."
_END = "<|im_end|>"
_NUCLEUS = 0.9
_AGAIN = 1.05   # what a token that was just written is made less likely by
_BEGINNINGS = 4     # that are remembered
_AS_THERE = 2.0     # is added to what follows the last token in the text that is to be kept to


@dataclass
class Loaded:
    """network: a Llama. tokenizer: of the library tokenizers. read: what it remembers of the beginnings that it has read."""

    network: Any
    tokenizer: Any
    device: str
    read: dict[tuple[int, ...], Any] = field(default_factory=dict)

    def parameters(self):
        return self.network.parameters()


def load(path: Path, device: str = "cpu") -> Loaded:
    network, tokenizer = open_gguf(path, device)
    return Loaded(network, tokenizer, device)


def play(model: Loaded, request: Request) -> Iterator[Medium]:
    messages = [("system", SYSTEM), ("user", request.words("prompt"))]
    for number in range(request.count):
        told = request.controls
        pieces = write(model, messages, told["tokens"], told["temperature"], request.seed + number, top_k=told.get("top_k", 0), top_p=told.get("top_p", _NUCLEUS))
        yield from in_pieces(number, until(pieces, request.words("stop")))


def until(pieces: Iterable[str], stop: str) -> Iterator[str]:
    """The pieces up to a stop word. stop: such words, parted by commas."""
    stopper = Stopper(stop)
    for piece in pieces:
        if said := stopper.hear(piece):
            yield said
        if stopper.has_ended:
            return
    if rest := stopper.rest():
        yield rest


def prompt_tokens(model: Loaded, messages: Sequence[tuple[str, str]]) -> list[int]:
    """A conversation as the model was taught it (ChatML). messages: (role, words); what looks like a control token is only text."""
    turns = [f"<|im_start|>{role}\n{_harmless(words)}{_END}\n" for role, words in messages]
    return model.tokenizer.encode("".join(turns) + "<|im_start|>assistant\n").ids


def begin(model: Loaded, rules: str) -> tuple[list[int], Any]:
    """The tokens of a conversation's first turn (who the model is, the same at each question), and what it remembers of them.

    They are read once: what follows is asked of a copy. Only such rules are remembered, never what somebody asks.
    """
    tokens = model.tokenizer.encode(f"<|im_start|>system\n{_harmless(rules)}{_END}\n").ids
    key = tuple(tokens)
    if key not in model.read:
        model.read[key] = _read(model, tokens, None)[1]
        for oldest in list(model.read)[:-_BEGINNINGS]:
            del model.read[oldest]
    return tokens, copy.deepcopy(model.read[key])


def count_tokens(model: Loaded, words: str) -> int:
    return len(model.tokenizer.encode(_harmless(words)).ids)


def _harmless(words: str) -> str:
    return words.replace("<|", "< |")


def write(
    model: Loaded, messages: Sequence[tuple[str, str]], tokens: int = 120, temperature: float = 0.2, seed: int = 0, keep_to: str = "",
    *, top_k: int = 0, top_p: float = _NUCLEUS,
) -> Iterator[str]:  # fmt: skip
    """Pieces of an answer as they come; whole letters only. tokens: the most. Ends where the model ends its turn.

    keep_to: a text whose words it is to use; wherever it has begun to write as it stands there, it rather goes on so.
    """
    chance = torch.Generator().manual_seed(seed)
    asked, past = prompt_tokens(model, messages), None
    if messages[0][0] == "system":
        rules, past = begin(model, messages[0][1])
        asked = asked[len(rules) :]
    end = model.tokenizer.token_to_id(_END)
    logits, past = _read(model, asked, past)
    written: list[int] = []
    said, following = "", _following(model, keep_to)
    for _ in range(tokens):
        rather = following.get(written[-1], set()) if written else set()
        token = _choose(logits, written, temperature, chance, rather, top_k, top_p)
        rather.discard(token)       # once: else it goes in circles
        if token == end:
            return
        written.append(token)
        whole = model.tokenizer.decode(written)
        if not whole.endswith("\ufffd"):     # half a letter: its other bytes come with the next token
            yield whole[len(said) :]
            said = whole
        logits, past = _read(model, [token], past)


def _following(model: Loaded, text: str) -> dict[int, set[int]]:
    """{token: those that come after it somewhere in a text}."""
    tokens = model.tokenizer.encode(_harmless(text)).ids
    following: dict[int, set[int]] = {}
    for token, after in zip(tokens, tokens[1:], strict=False):
        following.setdefault(token, set()).add(after)
    return following


@torch.inference_mode()
def _read(model: Loaded, tokens: list[int], past: Any) -> tuple[torch.Tensor, Any]:
    """(what it thinks of each token as the next one: float32 (vocabulary,) on the processor; what it remembers of all it has read)."""
    result = model.network(input_ids=torch.tensor([tokens], device=model.device), past_key_values=past, use_cache=True, logits_to_keep=1)
    return result.logits[0, -1].float().cpu(), result.past_key_values


@torch.inference_mode()
def _choose(
    logits: torch.Tensor, written: list[int], temperature: float, chance: torch.Generator, rather: Iterable[int], top_k: int = 0, top_p: float = _NUCLEUS,
) -> int:  # fmt: skip
    """The likeliest token at temperature 0; else one of those that together make the share top_p (microgpt's `choose`). rather: tokens made likelier."""
    logits[sorted(rather)] += _AS_THERE
    if written:
        recent = torch.tensor(written[-64:])
        logits[recent] = torch.where(logits[recent] > 0, logits[recent] / _AGAIN, logits[recent] * _AGAIN)
    return choose(logits, temperature, top_k, top_p, chance)
