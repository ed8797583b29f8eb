"""microgpt beside its twin by hand, and beside a plain loop like nanoGPT's. Run by hand:

    .venv/bin/python benchmarks/microgpt.py twin  [--steps 1000]           the smallest: how many times slower the twin is, at equal loss
    .venv/bin/python benchmarks/microgpt.py speed [--rounds 10]            4 layers, 128 wide, 64 letters: seconds a step, in turns
    .venv/bin/python benchmarks/microgpt.py loss TEXT [--steps 2000]       the same: what each guesses of text that is held back

TEXT is a book as plain text, such as the King James Bible (Debian's packages bible-kjv and bible-kjv-text: `bible -f gen1:1-rev22:21 > bible.txt`). The plain loop is
written anew after nanoGPT's small setting for processors (LayerNorm, GELU, tied output, AdamW with betas 0.9 and 0.99, 1e-3 falling by a cosine to
1e-4 after a hundred steps, gradients clipped at 1, no dropout, 12 texts a step). Both learn from the same nine tenths, and are asked about the same
rows of the last one, letter by letter. One thread's own seconds are counted, so that what else runs matters little.

Measured on a busy machine (load 5 to 9 on two cores), by the process's own seconds: over 1,000 steps the twin, in which each operation of two numbers
is a number of its own, takes 584 s and the smallest 1.32 s (441 times, in single precision 442); their losses differ by at most 5.3e-15. 4 layers of
128 take 69.2 ms a step, the plain loop 69.2 ms (1.00, median of seven rounds in turns). After 2,000 steps on the King James Bible (3,974,686 letters)
a letter of the held-back tenth costs 1.602 nats, one of the plain loop 1.691 (with its learning rate of 0.001 ours would cost 1.722); 156 s and 150 s.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lib.models import validate
from lib.models.adversarial import seed_step
from lib.models.microgpt import by_hand
from lib.models.microgpt.rows import Rows
from lib.models.microgpt.tokens import Tokens, learn
from lib.models.microgpt.train import Pupil
from lib.models.texts import documents

FLOWERS = Path(__file__).resolve().parent.parent / "assets" / "samples" / "flowers.txt"
CPU = torch.device("cpu")
ASKED = 400     # rows of held-back text
RUNS = 7


# ---- the twin


def twin(steps: int) -> None:
    """The same weights, the same documents, the same number of steps; in double precision, so that the losses can be laid side by side."""
    texts = [text for _, text in documents.cut(FLOWERS.read_text(encoding="utf-8"), "lines")]
    tokens, settings = learn(texts, []), validate("microgpt", {"steps": 1000})
    rows = Rows(texts, tokens, settings.context, True, seed=0)
    as_trained = Pupil(tokens, settings, CPU)       # its first optimiser takes a second to be imported
    fast(as_trained, rows, 20)
    single = taken(lambda: fast(as_trained, rows, 1000))
    torch.manual_seed(0)
    pupil = Pupil(tokens, settings, CPU)
    pupil.network.double()
    weights = {name: [[by_hand.Number(number) for number in row] for row in matrix.tolist()] for name, matrix in pupil.network.state_dict().items()}
    read = []
    for step in range(1, steps + 1):
        seed_step(0, step)
        seen, asked = rows.batch(step, 1)
        read.append([*seen[0].tolist(), int(asked[0, -1])])
    seconds, losses = taken(lambda: fast(pupil, rows, steps))
    slow_seconds, slow = taken(lambda: list(by_hand.learn(weights, settings.heads, read, settings.learning_rate, settings.steps)))
    last = slice(-100, None)
    print(f"the smallest, {steps} steps: {seconds:.2f} s in double precision ({single[0] * steps / 1000:.2f} s as it is trained), by hand {slow_seconds:.1f} s")
    print(f"that is {slow_seconds / seconds:.0f} times slower ({slow_seconds / single[0] * 1000 / steps:.0f} times as it is trained)")
    print(f"the losses differ by at most {max(abs(a - b) for a, b in zip(losses, slow)):.1e}; the mean of the last hundred is {statistics.mean(losses[last]):.4f} and {statistics.mean(slow[last]):.4f}")


def fast(pupil: Pupil, rows: Rows, steps: int) -> list[float]:
    losses = []
    for step in range(1, steps + 1):
        seed_step(0, step)
        losses.append(float(pupil.learn(*rows.batch(step, pupil.settings.batch))))
        pupil.step = step
    return losses


def taken(work):
    """(this process's own seconds, what came out)"""
    since = time.process_time()
    result = work()
    return time.process_time() - since, result


# ---- the plain loop


class PlainLayer(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width, bias=False), nn.LayerNorm(width, bias=False)
        self.attend, self.project = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = (part.view(batch, length, self.heads, -1).transpose(1, 2) for part in self.attend(self.norm_1(x)).split(width, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.project(y.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(F.gelu(self.up(self.norm_2(x))))


class PlainGPT(nn.Module):
    def __init__(self, tokens: int, context: int, width: int, heads: int, layers: int):
        super().__init__()
        self.token, self.position = nn.Embedding(tokens, width), nn.Embedding(context, width)
        self.layers, self.norm = nn.ModuleList(PlainLayer(width, heads) for _ in range(layers)), nn.LayerNorm(width, bias=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * layers) if name.endswith(("project.weight", "down.weight")) else 0.02)

    def forward(self, ids):
        x = self.token(ids) + self.position(torch.arange(ids.shape[1]))
        for layer in self.layers:
            x = layer(x)
        return self.norm(x) @ self.token.weight.T


class Plain:
    def __init__(self, tokens: Tokens, settings):
        self.network, self.settings, self.step = PlainGPT(len(tokens), settings.context, settings.width, settings.heads, settings.layers), settings, 0
        matrices, rest = [p for p in self.network.parameters() if p.dim() > 1], [p for p in self.network.parameters() if p.dim() < 2]
        self.optimiser = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}], 1e-3, (0.9, 0.99), fused=True)

    def learn(self, read, asked):
        steps = self.settings.steps
        part = max(0.0, (self.step - 100) / max(1, steps - 100))
        for group in self.optimiser.param_groups:
            group["lr"] = 1e-3 * (self.step + 1) / 100 if self.step < 100 else 1e-4 + 0.45e-3 * (1 + math.cos(math.pi * part))
        loss = F.cross_entropy(self.network(read).flatten(0, 1), asked.flatten())
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        return loss.detach()


class Stream:
    """Rows from anywhere in one long text, as nanoGPT takes them."""

    def __init__(self, ids: torch.Tensor, context: int):
        self.ids, self.context = ids, context

    def batch(self, n: int, size: int):
        starts = torch.randint(len(self.ids) - self.context - 1, (size,))
        rows = torch.stack([self.ids[start : start + self.context + 1] for start in starts.tolist()])
        return rows[:, :-1], rows[:, 1:]


def as_stream(texts: list[str], tokens: Tokens) -> torch.Tensor:
    return torch.tensor([token for text in texts for token in (tokens.end, *tokens.encode(text))])


def speed(rounds: int) -> None:
    texts = [text for _, text in documents.cut(FLOWERS.read_text(encoding="utf-8"), "lines")]
    tokens, settings = learn(texts, []), validate("microgpt", {"dropout": 0.0}, preset="good")
    pairs = [(Pupil(tokens, settings, CPU), Rows(texts, tokens, settings.context, False, 0)), (Plain(tokens, settings), Stream(as_stream(texts, tokens), settings.context))]
    ratios, each = [], []
    for one in pairs:
        steps_of(*one, 3)       # the first steps are slower
    for _ in range(RUNS):
        ours, plain = (taken(lambda one=one: steps_of(*one, rounds))[0] / rounds for one in pairs)
        ratios.append(ours / plain)
        each.append((ours, plain))
    print(f"4 layers, 128 wide, 64 letters, {settings.batch} texts a step: ours {1000 * statistics.median(a for a, _ in each):.1f} ms, "
          f"plain {1000 * statistics.median(b for _, b in each):.1f} ms; ours takes {statistics.median(ratios):.2f} of its time")  # fmt: skip


def steps_of(pupil, rows, count: int) -> None:
    for _ in range(count):
        pupil.learn(*rows.batch(pupil.step + 1, pupil.settings.batch))
        pupil.step = (pupil.step + 1) % (pupil.settings.steps - 1)


def loss(text: Path, steps: int, dropout: float) -> None:
    lines = [line for _, line in documents.cut(text.read_text(encoding="utf-8"), "lines")]
    border = round(0.9 * len(lines))
    learned, held = lines[:border], lines[border:]
    tokens, settings = learn(learned, held), validate("microgpt", {"steps": steps, "dropout": dropout}, preset="good")
    torch.manual_seed(0)
    loops = {"ours": (Pupil(tokens, settings, CPU), Rows(learned, tokens, settings.context, False, 0)),
             "plain": (Plain(tokens, settings), Stream(as_stream(learned, tokens), settings.context))}  # fmt: skip
    ids = as_stream(held, tokens)
    rows = torch.stack([ids[start : start + settings.context + 1] for start in torch.linspace(0, len(ids) - settings.context - 2, ASKED).long().tolist()])
    print(f"{sum(map(len, learned)):,} letters to learn from, {steps} steps")
    for name, (pupil, source) in loops.items():
        torch.manual_seed(1)
        seconds, best = taken(lambda pupil=pupil, source=source: learned_and_asked(pupil, source, rows, steps))
        print(f"{name}: {best[0]:.4f} nats a letter of what is held back (best, at step {best[1]}), {seconds:.0f} s")


def learned_and_asked(pupil, source, rows, steps: int) -> tuple[float, int]:
    looks = []
    for step in range(1, steps + 1):
        pupil.learn(*source.batch(step, pupil.settings.batch))
        pupil.step = step
        if step % max(1, steps // 10) == 0:
            pupil.network.eval()
            with torch.no_grad():
                looks.append((float(F.cross_entropy(pupil.network(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())), step))
            pupil.network.train()
    return min(looks)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("twin", "speed", "loss"))
    parser.add_argument("text", nargs="?", type=Path)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--dropout", type=float, default=0.0)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.what == "twin":
        twin(asked.steps or 1000)
    elif asked.what == "speed":
        speed(asked.rounds)
    elif asked.text:
        loss(asked.text, asked.steps or 2000, asked.dropout)
    else:
        parser.error("loss needs a text")
