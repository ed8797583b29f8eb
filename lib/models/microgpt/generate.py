"""Writing with a trained microgpt, letter by letter. Read `write`.

A text depends on its own seed alone: text 3 of seed 10 is text 0 of seed 13, whatever is written beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from lib.models import adversarial
from lib.models.microgpt.before import name_of
from lib.models.microgpt.network import GPT, window
from lib.models.microgpt.tokens import Tokens
from lib.models.playing import WRITE, Medium, Request
from lib.models.texts.documents import plain
from lib.models.texts.writing import BETWEEN, Stopper, choose


@dataclass
class Writer:
    """documents: "lines", "poems" or "files"."""

    network: GPT
    tokens: Tokens
    documents: str

    def parameters(self):
        return self.network.parameters()


def load(run_folder: Path, device: str = "cpu") -> Writer:
    """The model of a run, ready to write; of a run that is not finished, as it was at the latest checkpoint.

    Raises UserError if there is neither a result nor a checkpoint.
    """
    weights, facts = adversarial.read_weights(run_folder, {"network": "network"})
    tokens = Tokens.from_plain(facts["tokens"])
    network = GPT(len(tokens), facts["context"], facts["width"], facts["heads"], facts["layers"])
    network.load_state_dict({name.removeprefix("network."): tensor for name, tensor in weights.items()})
    return Writer(network.to(device).eval().requires_grad_(False), tokens, facts["documents"])


def play(model: Writer, request: Request) -> Iterator[Medium]:
    """A text for each seed, piece by piece. The way "make" ends where the model ends its document; "write" goes on with the next one."""
    prompt, stop = plain(request.words("prompt")), request.words("stop")
    unknown = model.tokens.unknown(prompt)
    facts = {"remark": passed_over(unknown)} if unknown else {}
    for number in range(request.count):
        pieces = []
        for piece in write(model, prompt, seed=request.seed + number, stop=stop, goes_on=request.way == WRITE, **request.controls):
            pieces.append(piece)
            yield Medium(piece, number, is_whole=False)
        yield Medium("".join(pieces), number, facts=facts)


def passed_over(letters: list[str]) -> str:
    named = ", ".join(f"“{name_of(letter)}”" for letter in letters[:12])
    return f"It never saw {named}{' and others' if len(letters) > 12 else ''} while it learned, so {'this was' if len(letters) == 1 else 'these were'} passed over in the beginning."


def write(
    model: Writer, prompt: str = "", *, seed: int = 0, letters: int = 200, temperature: float = 0.8, top_k: int = 0, top_p: float = 1.0, stop: str = "",
    goes_on: bool = False,
) -> Iterator[str]:  # fmt: skip
    """The prompt, then piece after piece: at most `letters` letters. stop: words before which it ends, parted by commas.

    goes_on: where the model ends a document, another one begins. What is passed over of the prompt is `Tokens.unknown`.
    """
    known = "".join(letter for letter in plain(prompt) if letter in model.tokens.letters)
    if known:
        yield known
    luck = torch.Generator().manual_seed(seed % 2**63)
    before, written = [model.tokens.end, *model.tokens.encode(known)], ""
    stopper, reader = Stopper(stop), Reader(model.network)
    while len(written) < letters:
        scores = reader.guess(before)
        if len(before) == 1:    # a document of nothing is none
            scores[model.tokens.end] = -torch.inf
        token = choose(scores, temperature, top_k, top_p, luck)
        if token == model.tokens.end:
            if not goes_on:
                break
            piece, before = BETWEEN[model.documents], [token]
        else:
            piece, before = model.tokens.names[token], [*before, token]
        piece = piece[: letters - len(written)]
        written += piece
        if said := stopper.hear(piece):
            yield said
        if stopper.has_ended:
            return
    if rest := stopper.rest():
        yield rest


class Reader:
    """Reads a text as it grows, and what it has read already not again. network: in its mode for playing (eval)."""

    def __init__(self, network: GPT):
        self.network = network
        self.memory: list = []
        self.seen: list[int] = []
        self.device = next(network.parameters()).device

    @torch.no_grad()
    def guess(self, before: list[int]):
        """What it thinks of each token as the next one: (tokens,), on the processor. before: all tokens so far, from the end mark on."""
        seen = window(before, self.network.context)
        if not self.memory or seen[:-1] != self.seen:
            self.memory, fresh = [], seen
        else:
            fresh = seen[-1:]
        self.seen = seen
        return self.network(torch.tensor([fresh], device=self.device), self.memory)[0, -1].float().cpu()
