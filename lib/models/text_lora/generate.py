"""Writing with a base and what it was taught, token by token. Read `write`.

A text depends on its own seed alone: text 3 of seed 10 is text 0 of seed 13, whatever is written beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lib.models.playing import WRITE, Medium, Request
from lib.models.text_lora.adapter import read_run
from lib.models.text_lora.base import find
from lib.models.text_lora.network import Voice, open_base
from lib.models.texts.documents import LINES, plain
from lib.models.texts.writing import BETWEEN, Stopper, choose

_HALF = "\ufffd"        # a letter of which not all bytes are there


@dataclass
class Writer:
    """documents: "lines", "poems" or "files"."""

    voice: Voice
    documents: str

    def parameters(self):
        return self.voice.model.parameters()


def load(run_folder: Path, device: str = "cpu") -> Writer:
    """The base and the addition of a run; of one that is not finished, as it was at the latest checkpoint.

    Raises UserError if the run has saved nothing yet, or its base is not on this computer.
    """
    weights, facts = read_run(run_folder)
    network, words = open_base(find(facts["base"]), device)
    voice = Voice(network, words, facts["layers"], facts["rank"], facts["alpha"])
    voice.put(weights)
    voice.model.eval().requires_grad_(False)
    return Writer(voice, facts["documents"])


def play(model: Writer, request: Request) -> Iterator[Medium]:
    """A text for each seed, piece by piece. The way "make" ends where the model ends its text; "write" goes on with the next one."""
    turned = dict(request.controls)
    strength = turned.pop("strength")
    with model.voice.at(strength):
        for number in range(request.count):
            pieces = []
            for piece in write(model, request.words("prompt"), seed=request.seed + number, stop=request.words("stop"), goes_on=request.way == WRITE, **turned):
                pieces.append(piece)
                yield Medium(piece, number, is_whole=False)
            yield Medium("".join(pieces), number)


def write(
    model: Writer, prompt: str = "", *, seed: int = 0, tokens: int = 60, temperature: float = 0.8, top_k: int = 0, top_p: float = 0.9, stop: str = "",
    goes_on: bool = False,
) -> Iterator[str]:  # fmt: skip
    """The prompt, then piece after piece, of whole letters: at most `tokens` tokens. stop: words before which it ends, parted by commas.

    goes_on: where the model ends a text, another one begins. Where a text is a line, it ends with the line.
    """
    words, prompt = model.voice.words, plain(prompt).rstrip(" ")    # a token is a word with the space before it
    if prompt:
        yield prompt
    luck = torch.Generator().manual_seed(seed % 2**63)
    begun, written = [words.start, *words.encode(prompt)], list[int]()
    stopper, reader, spoken = Stopper(stop), Reader(model.voice), Spoken(model, begun[1:])
    for _ in range(tokens):
        scores = reader.guess([*begun, *written])
        if len(begun) + len(written) == 1:      # a text of nothing is none
            scores[words.end] = scores[words.start] = -torch.inf
        token = choose(scores, temperature, top_k, top_p, luck)
        written.append(token)
        piece, is_over = spoken.hear(written)
        if said := stopper.hear(piece):
            yield said
        if stopper.has_ended or (is_over and not goes_on):
            break
        if is_over:
            if said := stopper.hear(BETWEEN[model.documents]):
                yield said
            begun, written = [words.start], []
            spoken = Spoken(model, [])
    if not stopper.has_ended and (rest := stopper.rest()):
        yield rest


class Spoken:
    """From tokens to letters: whole ones only, up to the end of the text. before: the tokens of its beginning."""

    def __init__(self, model: Writer, before: list[int]):
        self.words, self.in_lines, self.before = model.voice.words, model.documents == LINES, before
        self.said = len(self.words.decode(before))

    def hear(self, written: Sequence[int]) -> tuple[str, bool]:
        """(what is new, whether the text is over). written: all tokens after the beginning."""
        if written[-1] in (self.words.end, self.words.start):
            return "", True
        whole = self.words.decode([*self.before, *written])
        if whole.endswith(_HALF):
            return "", False
        new = whole[self.said :]
        self.said = len(whole)
        line, break_, _ = new.partition("\n") if self.in_lines else (new, "", "")
        return (line, True) if break_ and (line.strip() or self.said > len(new)) else (new, False)


class Reader:
    """Reads a text as it grows, and what it has read already not again."""

    def __init__(self, voice: Voice):
        self.voice, self.memory, self.seen = voice, None, list[int]()

    @torch.no_grad()
    def guess(self, before: list[int]) -> torch.Tensor:
        """What it thinks of each token as the next one: (vocabulary,), on the processor. before: all tokens so far."""
        most = self.voice.context
        seen = before if len(before) <= most else [before[0], *before[-(most // 2) :]]
        if self.memory is None or seen[: len(self.seen)] != self.seen:
            self.memory, fresh = None, seen
        else:
            fresh = seen[len(self.seen) :]
        answer: Any = self.voice.scores(torch.tensor([fresh]), past_key_values=self.memory, use_cache=True, logits_to_keep=1)
        self.memory, self.seen = answer.past_key_values, list(seen)
        return answer.logits[0, -1].float().cpu()


@torch.no_grad()
def together(model: Writer, prompt: str, seeds: Sequence[int], tokens: int, temperature: float, top_p: float) -> list[str]:
    """Several texts of the same beginning at once, for the samples on the way: as `write`, but read in one go, which takes a third of the time."""
    voice, words = model.voice, model.voice.words
    begun = [words.start, *words.encode(plain(prompt).rstrip(" "))]
    luck = [torch.Generator().manual_seed(seed % 2**63) for seed in seeds]
    written: list[list[int]] = [[] for _ in seeds]
    over, memory, fresh = [False] * len(seeds), None, torch.tensor([begun] * len(seeds))
    spoken, texts = [Spoken(model, begun[1:]) for _ in seeds], [words.decode(begun[1:]) for _ in seeds]
    while not all(over) and len(written[0]) < tokens:
        answer = voice.scores(fresh, past_key_values=memory, use_cache=True, logits_to_keep=1)
        memory = answer.past_key_values
        for at, scores in enumerate(answer.logits[:, -1].float().cpu()):
            if len(begun) + len(written[at]) == 1:
                scores[words.end] = scores[words.start] = -torch.inf
            written[at].append(choose(scores, temperature, 0, top_p, luck[at]))
            if not over[at]:
                piece, over[at] = spoken[at].hear(written[at])
                texts[at] += piece
        fresh = torch.tensor([tokens_of[-1:] for tokens_of in written])
    return texts
