"""Training microgpt: `train` reads from top to bottom, `Pupil.learn` is one step.

The objective is to guess the next token (cross-entropy). Adam with betas 0.85 and 0.99 and a learning rate that falls to nothing on a straight
line, as Karpathy's microgpt (2026); for the larger presets with dropout and a weight decay that is decoupled (Loshchilov & Hutter 2019). Every
fortieth of the way the documents that are held back are guessed; the weights that did that best are the result.
"""

from __future__ import annotations

import copy
import math
from pathlib import Path

import torch
import torch.nn.functional as F

from lib.errors import UserError
from lib.models.adversarial import seed_step
from lib.models.microgpt import PAIRS, Settings, judge
from lib.models.microgpt.before import in_words
from lib.models.microgpt.generate import Writer, write
from lib.models.microgpt.network import GPT
from lib.models.microgpt.rows import NOTHING, Rows
from lib.models.microgpt.tokens import Tokens
from lib.models.microgpt.tokens import learn as learn_tokens
from lib.models.texts import documents
from lib.models.texts.documents import Corpus, some, thinned
from lib.project.dataset_folder import DatasetFolder

BETAS = (0.85, 0.99)
REPORT_EVERY = 5        # steps between two lines of numbers
LOOKS = 40              # at what is held back, on the whole way
LOOKED_AT = 8_000       # letters of what is held back at a look, evenly chosen, so that a long corpus takes no longer; a quarter as many of the others
TOLD = (400, 12_000), (5_000, 300_000)      # documents of which it is told how much each surprises it, and their letters: on the way, and at the end
JUDGED = 200_000        # letters of what is held back by which the result is judged
SAMPLES = 3             # texts in a sample, of the same seeds each time
SAMPLE_LETTERS = 120    # of each, document after document
SAMPLE_TEMPERATURE = 0.7


def train(dataset_folder: Path, run, settings: Settings) -> None:
    """Trains on the texts of `dataset_folder`, reports to `run`, continues where `run` was stopped.

    Raises UserError when there is nothing to learn from, or its numbers break.
    """
    # The machine. What is chosen here at the first start is used again at every resume.
    device = torch.device(run.device)
    torch.set_num_threads(run.machine("threads", torch.get_num_threads))

    # What to learn from, cut into documents, and what is held back.
    corpus = documents.read(DatasetFolder(dataset_folder), settings.documents)
    learned, held = [document.text for document in corpus.learned], [document.text for document in corpus.held]
    if not learned:
        raise UserError("There is nothing to learn from.", "All texts of this dataset are empty.", "Write or bring some words, and freeze again.")
    tokens = learn_tokens(learned, held, settings.pieces if settings.tokens == PAIRS else 0)

    # The pupil: as it was when this run was stopped, or new.
    torch.manual_seed(run.seed)
    pupil = Pupil(tokens, settings, device)
    if saved := run.restore():
        pupil.load_state_dict(saved)
    else:
        for sentence in in_words(corpus, tokens, settings):
            run.note(sentence)
    rows = Rows(learned, tokens, settings.context, settings.alone, run.seed)
    look_every = max(1, settings.steps // LOOKS)

    # Every step draws from a seed of its own: a resumed run needs no memory of its luck.
    while pupil.step < settings.steps:
        n = pupil.step + 1
        seed_step(run.seed, n)
        loss = pupil.learn(*rows.batch(n, settings.batch))
        pupil.step = n

        numbers = {}
        if n % REPORT_EVERY == 0 or n == settings.steps:
            numbers["loss"] = float(loss)
            if not math.isfinite(numbers["loss"]):
                raise UserError(
                    "The numbers in the network became too large to compute with.", f"That was at step {n}.",
                    "Start again with half the learning rate; what was saved before is safe.")
        if n % look_every == 0 or n == settings.steps:
            numbers |= pupil.look(learned, held)
        run.step(n, settings.steps, **numbers)

        if run.sample_due():
            run.sample(samples(pupil))
            pupil.show(run, corpus, *TOLD[0])
        stop = run.should_stop()
        if stop or run.checkpoint_due(n, settings.steps):
            run.checkpoint(pupil.state_dict())
        if stop:
            return

    pupil.take_best()
    run.sample(samples(pupil))      # of the result, in the place of those of the last step
    pupil.show(run, corpus, *TOLD[1])
    bits = pupil.bits(some(held, JUDGED)) if held else None
    run.note(verdict(bits, pupil.best_step))
    run.result(pupil.weights(), **pupil.facts, best=pupil.best_step, bits_per_byte=bits)


def verdict(bits: float | None, best_step: int) -> str:
    if bits is None:
        return "Nothing was held back, so the last step is the result."
    return f"Best at step {best_step:,}: {bits:.2f} bits for each byte of what was held back. The result is the model of that step."


class Pupil:
    """The network, what moves its weights, the best weights so far, and how far it is."""

    def __init__(self, tokens: Tokens, settings: Settings, device: torch.device):
        self.tokens, self.settings, self.device = tokens, settings, device
        self.facts = {"tokens": tokens.as_plain(), "context": settings.context, "width": settings.width, "heads": settings.heads, "layers": settings.layers,
                      "documents": settings.documents}  # fmt: skip
        self.network = GPT(len(tokens), settings.context, settings.width, settings.heads, settings.layers, settings.dropout).to(device)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), settings.learning_rate, BETAS, eps=1e-8, weight_decay=settings.weight_decay, fused=True)
        self.step = 0               # steps done
        self.best = 0.0             # bits per byte of what is held back; 0 as long as nobody has looked
        self.best_step = 0
        self.best_weights: dict[str, torch.Tensor] = {}

    def learn(self, read, asked):
        """One step. read, asked: whole numbers (B, T). Returns the loss in nats for each token, still on the device."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate * (1 - self.step / self.settings.steps)
        scores = self.network(read.to(self.device))                                                     # (B, T, tokens)
        loss = F.cross_entropy(scores.flatten(0, 1), asked.to(self.device).flatten(), ignore_index=NOTHING)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        return loss.detach()

    def look(self, learned: list[str], held: list[str]) -> dict[str, float]:
        """Bits per byte of both sides, and the best step so far. What did best with the texts held back is kept."""
        seen = self.bits(some(learned, LOOKED_AT // 4))
        if not held:
            self.best_step = self.step
            return {"seen": seen}
        now = self.bits(some(held, LOOKED_AT))
        if not self.best or now < self.best:
            self.best, self.best_step = now, self.step
            self.best_weights = copy.deepcopy(self.network.state_dict())
        return {"seen": seen, "held_out": now, "best": self.best_step}

    def bits(self, texts: list[str]) -> float:
        return judge.bits_per_byte(judge.costs(self.network, self.tokens, texts), texts)

    def show(self, run, corpus: Corpus, most: int, letters: int) -> None:
        """Lays out for whoever looks inside: the weights as they are now, and how much each of so many documents surprises them (its beginning,
        where all of them together have more letters than that)."""
        told = [*((document, False) for document in thinned(corpus.learned, most)), *((document, True) for document in thinned(corpus.held, most))]
        texts = [document.text[: max(80, letters // len(told))] for document, _ in told]
        nats = judge.costs(self.network, self.tokens, texts)
        surprises = [[document.file, document.line, round(cost / math.log(2) / judge.size(text), 3), is_held]
                     for (document, is_held), text, cost in zip(told, texts, nats, strict=True)]  # fmt: skip
        run.show_inside(self.weights(), surprises, **self.facts)

    def take_best(self) -> None:
        if self.best_weights:
            self.network.load_state_dict(self.best_weights)

    def weights(self) -> dict[str, torch.Tensor]:
        return {name: tensor.float() for name, tensor in self.network.state_dict().items()}

    def state_dict(self) -> dict:
        """Everything that a resumed run needs to reach the same weights."""
        return {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step, "best": self.best, "best_step": self.best_step,
                "best_weights": self.best_weights, "facts": self.facts}  # fmt: skip

    def load_state_dict(self, state: dict) -> None:
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.best, self.best_step, self.best_weights = (state[name] for name in ("step", "best", "best_step", "best_weights"))


def samples(pupil: Pupil) -> list[str]:
    """What it writes now with each seed, document after document."""
    writer = Writer(pupil.network.eval(), pupil.tokens, pupil.settings.documents)
    written = ["".join(write(writer, seed=seed, letters=SAMPLE_LETTERS, temperature=SAMPLE_TEMPERATURE, goes_on=True)) for seed in range(SAMPLES)]
    pupil.network.train()
    return written
