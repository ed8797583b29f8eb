"""The twin by hand beside the fast one: the same text, every row of numbers of both, and one step of learning. Read `read`, then `learn`.

What the twin computes is taken out of by_hand.py while it runs, line by line: so each row knows the line that made it. What the fast one computes is
listened to at its layers (network.py), in single precision, as it plays; a step of learning is compared in double precision.
"""

from __future__ import annotations

import inspect
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from lib.errors import UserError
from lib.models.microgpt import by_hand, inside
from lib.models.microgpt.network import GPT, norm, window
from lib.models.microgpt.tokens import Tokens

STEPS = 3           # of learning, on the same document
TOLD = 24           # weights of which it is told how far they move
_LEARNING_RATE = 0.01
_ROUNDS = 20        # of the fast one, for its time


@dataclass(frozen=True)
class Model:
    """One model twice."""

    network: GPT
    weights: by_hand.Weights
    tokens: Tokens
    heads: int


def load(run_folder: Path) -> Model:
    """Raises UserError where the twin would take too long (inside.twin_refusal)."""
    if why := inside.twin_refusal(run_folder):
        raise UserError("This model is too large to be computed by hand.", why, "Train one with the preset quick: the smallest.")
    facts, path = inside.facts(run_folder), inside.weights(run_folder)
    tokens = Tokens.from_plain(facts["tokens"])
    network = GPT(len(tokens), facts["context"], facts["width"], facts["heads"], facts["layers"])
    network.load_state_dict(load_file(path))
    return Model(network.eval(), by_hand.read_weights(path), tokens, facts["heads"])


# ---- reading a text


def read(model: Model, text: str) -> dict[str, Any]:
    """What both compute at the last letter of a text: its letters, every row in its order, the seconds that each took, and the source.

    A row: name, line (of by_hand.py), layer, head, twin and fast (its numbers). layer and head are -1 where there is none.
    """
    seen = window([model.tokens.end, *model.tokens.encode(text)], model.network.context)
    memory: list[list] = [[] for _ in model.network.layers]
    since = time.perf_counter()
    for place, token in enumerate(seen):
        by_hand.guess(model.weights, model.heads, token, place, memory)
    slow_seconds = time.perf_counter() - since
    for layer in memory:
        layer.pop()     # the last letter is read once more, watched
    rows = watched(lambda: by_hand.guess(model.weights, model.heads, seen[-1], len(seen) - 1, memory))
    rows.append({"name": "likely", "line": _line_of(by_hand.surprises, "shares("), "layer": -1, "head": -1,
                 "twin": [number.value for number in by_hand.shares([by_hand.Number(value) for value in rows[-1]["twin"]])]})  # fmt: skip
    fast = listened(model, seen)
    for row in rows:
        row["fast"] = fast[row["name"], row["layer"], row["head"]]
    with torch.no_grad():
        fast_seconds = _shortest(lambda: model.network(torch.tensor([seen])))
    return {
        "tokens": seen, "names": model.tokens.names, "rows": rows, "seconds": {"twin": slow_seconds, "fast": fast_seconds},
        "before": [{"offers": [_values(offers) for offers, _ in layer], "tells": [_values(tells) for _, tells in layer]} for layer in memory],
        "source": source(),
    }  # fmt: skip


def _shortest(work: Callable[[], object]) -> float:
    """Seconds, of some rounds the shortest: what else the computer does makes others longer."""
    taken = []
    for _ in range(_ROUNDS):
        since = time.perf_counter()
        work()
        taken.append(time.perf_counter() - since)
    return min(taken)


_WATCHED = ("letter", "stands", "both", "row", "level", "looks_for", "offers", "tells", "fits", "attention", "brought", "back", "heard", "neurons", "said", "points")
_AGAIN = {"row": ("row", "row_after_looking", "row_after_thinking"), "level": ("level", "level_to_think")}     # names that stand for another thing later


def watched(guess: Callable[[], object]) -> list[dict]:
    """Runs one guess of by_hand.py, and writes down each row as the line that made it has just been passed."""
    rows: list[dict] = []

    def follow(frame, event, arg):
        if frame.f_code is not by_hand.guess.__code__:
            return None
        known: dict[str, tuple] = {}
        line = frame.f_lineno

        def look(frame, event, arg):
            nonlocal line
            there = frame.f_locals
            for name in _WATCHED:
                value = there.get(name)
                if value and known.get(name) != (now := (id(value), len(value))):
                    known[name] = now
                    rows.append({"name": name, "line": line, "layer": there.get("layer", -1), "head": there["head"] if name in ("fits", "attention") else -1, "twin": _values(value)})
            line = frame.f_lineno
            return look

        return look

    before = sys.gettrace()
    sys.settrace(follow)
    try:
        guess()
    finally:
        sys.settrace(before)
    return _named(rows)


def _named(rows: list[dict]) -> list[dict]:
    """Each thing by a name of its own in its layer; what grew head by head (brought) once, when it is whole."""
    named: list[dict] = []
    counts: dict[tuple, int] = {}
    for row in rows:
        if row["name"] == "brought":
            named = [other for other in named if (other["name"], other["layer"]) != ("brought", row["layer"])]
        if row["name"] in _AGAIN:
            first = 0 if row["layer"] < 0 or row["name"] == "level" else 1
            at = counts.get((row["name"], row["layer"]), 0)
            counts[row["name"], row["layer"]] = at + 1
            row = {**row, "name": _AGAIN[row["name"]][first + at]}
        named.append(row)
    return named


def _values(row: by_hand.Row) -> list[float]:
    return [number.value for number in row]


def source() -> dict[str, Any]:
    """by_hand.py from its second chapter on, as far as a guess goes: the first line's number, and the lines."""
    lines = inspect.getsource(by_hand).splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("def total"))
    last = next(at for at, line in enumerate(lines) if line.startswith("def layers_of"))
    return {"first": first + 1, "lines": lines[first:last]}


def _line_of(function: Callable, words: str) -> int:
    lines, first = inspect.getsourcelines(function)
    return first + next(at for at, line in enumerate(lines) if words in line)


@torch.no_grad()
def listened(model: Model, seen: list[int]) -> dict[tuple[str, int, int], list[float]]:
    """The same rows out of the fast network: (name, layer, head) -> its numbers at the last place."""
    heard: dict[tuple[str, int], tuple] = {}
    hooks = []
    for at, layer in enumerate(model.network.layers):
        for name in ("ask", "bring", "wide", "narrow"):
            hooks.append(getattr(layer, name).register_forward_hook(lambda module, given, made, key=(name, at): heard.update({key: (given[0][0], made[0])})))
        hooks.append(layer.register_forward_hook(lambda module, given, made, key=("layer", at): heard.update({key: (given[0][0], made[0])})))
    tokens = torch.tensor([seen])
    points = model.network(tokens)[0]
    for hook in hooks:
        hook.remove()
    letter, stands = model.network.letter(tokens)[0, -1], model.network.place(torch.tensor(len(seen) - 1))
    rows: dict[tuple[str, int, int], torch.Tensor] = {("letter", -1, -1): letter, ("stands", -1, -1): stands, ("both", -1, -1): letter + stands,
                                                      ("row", -1, -1): norm(letter + stands)}  # fmt: skip
    for at in range(len(model.network.layers)):
        (level, asked), (brought, back), (think, wide), (neurons, said) = (heard[name, at] for name in ("ask", "bring", "wide", "narrow"))
        came, left = heard["layer", at]
        width = level.shape[-1]
        looks_for, offers, tells = asked.split(width, -1)
        named = {"level": level, "looks_for": looks_for, "offers": offers, "tells": tells, "brought": brought, "back": back, "row_after_looking": came + back,
                 "level_to_think": think, "heard": wide, "neurons": neurons, "said": said, "row_after_thinking": left}  # fmt: skip
        rows |= {(name, at, -1): value[-1] for name, value in named.items()}
        for head in range(model.heads):
            here = slice(head * width // model.heads, (head + 1) * width // model.heads)
            fits = offers[:, here] @ looks_for[-1, here] / math.sqrt(width // model.heads)      # the fast one keeps these to itself: from its own rows
            rows |= {("fits", at, head): fits, ("attention", at, head): fits.softmax(-1)}
    last = len(model.network.layers) - 1
    rows |= {("points", last, -1): points[-1], ("likely", -1, -1): points[-1].softmax(-1)}
    return {key: value.tolist() for key, value in rows.items()}


# ---- learning from one


def learn(model: Model, text: str) -> dict[str, Any]:
    """Both learn the same document, a few steps: how much each letter surprised them, the slopes of the weights that move the result most, and how Adam moves them.

    As the first steps of a training (Adam remembers nothing yet), with the weights as they are. Raises UserError where no letter is known.
    """
    document = [model.tokens.end, *model.tokens.encode(text), model.tokens.end][: model.network.context + 1]
    if len(document) < 3:
        raise UserError("There is nothing to learn in this.", "It holds no letter that the model knows.", "Type some letters.")
    network = GPT(len(model.tokens), model.network.context, model.network.width, model.heads, len(model.network.layers)).double()
    network.load_state_dict({name: weight.double() for name, weight in model.network.state_dict().items()})
    optimiser = torch.optim.AdamW(network.parameters(), _LEARNING_RATE, (0.85, 0.99), eps=1e-8, weight_decay=0.0)
    ids = torch.tensor([document])

    places = [(name, row, column) for name, matrix in model.weights.items() for row, numbers in enumerate(matrix) for column in range(len(numbers))]
    every = [number for matrix in model.weights.values() for row in matrix for number in row]
    pace, wobble = [0.0] * len(every), [0.0] * len(every)
    told: list[int] = []
    moved = 0
    each: list[dict[str, Any]] = []
    letters: list[dict[str, float]] = []
    moves: list[list[dict[str, float]]] = []
    seconds = {"twin": math.inf, "fast": math.inf}
    for step in range(STEPS):
        since = time.perf_counter()
        surprises = by_hand.surprises(model.weights, model.heads, document)
        loss = by_hand.total(surprises) * by_hand.Number(1 / len(surprises))
        loss.walk_back()
        slopes = [number.slope for number in every]
        before = [number.value for number in every]
        by_hand.move(every, pace, wobble, step, _LEARNING_RATE)
        seconds["twin"] = min(seconds["twin"], time.perf_counter() - since)

        nats = F.cross_entropy(network(ids[:, :-1])[0], ids[0, 1:], reduction="none")
        optimiser.zero_grad()
        nats.mean().backward()
        if step == 0:
            moved = sum(one.value != was for one, was in zip(every, before))
            told = sorted(range(len(every)), key=lambda at: -abs(slopes[at]))[:TOLD]
            letters = [{"twin": number.value, "fast": fast} for number, fast in zip(surprises, nats.tolist())]
            moves = [[] for _ in told]
        fast_slopes = {name: weight.grad for name, weight in network.named_parameters()}
        optimiser.step()
        weights = network.state_dict()
        each.append({"twin": loss.value, "fast": float(nats.detach().mean())})
        for number, at in enumerate(told):
            name, row, column = places[at]
            moves[number].append({"before": before[at], "slope": slopes[at], "fast_slope": float(fast_slopes[name][row, column]), "pace": pace[at], "wobble": wobble[at],
                                  "after": every[at].value, "fast_after": float(weights[name][row, column])})  # fmt: skip
    def step_fast() -> None:
        optimiser.zero_grad()
        F.cross_entropy(network(ids[:, :-1])[0], ids[0, 1:]).backward()
        optimiser.step()

    seconds["fast"] = _shortest(step_fast)
    return {
        "document": document, "letters": letters, "losses": each, "rate": _LEARNING_RATE, "seconds": seconds, "numbers": len(every), "moved": moved,
        "weights": [{"name": places[at][0], "row": places[at][1], "column": places[at][2], "steps": steps} for at, steps in zip(told, moves)],
    }  # fmt: skip
