"""Training a language LoRA: `train` reads from top to bottom, `Pupil.learn` is one step.

The objective is to guess the next token (cross-entropy), of whole texts with their ends, as language models are taught; the base stays as it is.
AdamW with a learning rate that rises for a few steps and then falls to nothing on a straight line. Every fortieth of the way, or so, the texts
that are held back are guessed: the addition that did that best is the result (of several that did as well, the last, in which the voice is strongest),
and where it has not done so for a while, the training ends.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch

from lib.errors import UserError
from lib.models.adversarial import seed_step
from lib.models.text_lora import Settings, judge
from lib.models.text_lora.adapter import CONFIG, WEIGHTS, as_safetensors, config_of
from lib.models.text_lora.base import find, shown_name
from lib.models.text_lora.bases import facts
from lib.models.text_lora.before import in_words
from lib.models.text_lora.generate import Writer, together
from lib.models.text_lora.network import NAME, PREFIX, Voice, open_base
from lib.models.text_lora.rows import Rows
from lib.models.texts import documents
from lib.models.texts.documents import some
from lib.project.dataset_folder import DatasetFolder

REPORT_EVERY = 5        # steps between two lines of numbers
LOOK_EVERY = 5          # steps between two looks at what is held back, at least
LOOKS = 30              # at what is held back, on the whole way
AS_WELL = 1.01          # the bits of what is held back as a multiple of the fewest, up to which a step did as well as the best: some lines tell no finer
PATIENCE = 5            # looks that did not do as well, after which it stops by itself
LOOKED_AT = 4_000       # letters of what is held back at a look, evenly chosen; a quarter as many of the others
RISES = 5               # steps in which the learning rate rises
CLIP = 1.0              # the longest that a slope may be
SAMPLES = 3             # texts in a sample, of the same seeds each time
SAMPLE = {"tokens": 24, "temperature": 0.8, "top_p": 0.9}


def train(dataset_folder: Path, run, settings: Settings) -> None:
    """Trains on the texts of `dataset_folder`, reports to `run`, continues where `run` was stopped.

    Raises UserError when there is nothing to learn from, or the base is not here.
    """
    # The machine. What is chosen here at the first start is used again at every resume.
    device = torch.device(run.device)
    torch.set_num_threads(run.machine("threads", torch.get_num_threads))

    # What to learn from, cut into texts, what is held back, and the base.
    corpus = documents.read(DatasetFolder(dataset_folder), settings.documents)
    learned, held = [document.text for document in corpus.learned], [document.text for document in corpus.held]
    if not learned:
        raise UserError("There is nothing to learn from.", "All texts of this dataset are empty.", "Write or bring some words, and freeze again.")
    network, words = open_base(find(settings.base), device)

    # The addition: as it was when this run was stopped, or new; and what the base alone makes of the texts.
    torch.manual_seed(run.seed)
    pupil = Pupil(network, words, settings)
    if saved := run.restore():
        pupil.load_state_dict(saved)
    else:
        for sentence in in_words(corpus, words, settings):
            run.note(sentence)
        pupil.look_at_base(held)
    rows = Rows(learned, words, settings.context, settings.batch, run.seed)

    # Every step draws from a seed of its own: a resumed run needs no memory of its luck.
    while not pupil.is_over:
        n = pupil.step + 1
        seed_step(run.seed, n)
        loss = pupil.learn(*rows.batch(n))
        pupil.step = n

        numbers: dict[str, float] = {}
        if not math.isfinite(loss):
            raise UserError("The numbers in the addition became too large to compute with.", f"That was at step {n}.",
                            "Start again with half the learning rate; what was saved before is safe.")  # fmt: skip
        if pupil.look_due():
            numbers |= pupil.look(learned, held)
        if n % REPORT_EVERY == 0 or pupil.is_over:
            numbers["loss"] = loss
        run.step(n, pupil.total, **numbers)

        if run.sample_due():
            run.sample(pupil.samples())
        stop = run.should_stop()
        if stop or run.checkpoint_due(n, pupil.total):
            run.checkpoint(pupil.state_dict())
        if stop:
            return

    run.note(pupil.verdict())
    pupil.voice.put(pupil.weights())
    run.sample(pupil.samples(), step=pupil.best_step)       # what came out, and not what it knew by heart at the end
    run.result(pupil.voice.copy(), files=pupil.files(), **pupil.facts())


class Pupil:
    """The addition, what moves its weights, the best so far, and how far it is."""

    def __init__(self, network: Any, words: Any, settings: Settings):
        self.settings = settings
        self.alpha = settings.alpha or 2 * settings.rank
        self.voice = Voice(network, words, settings.layers, settings.rank, self.alpha, settings.dropout)
        self.voice.model.train()
        self.vocabulary = self.voice.model.config.vocab_size
        self.optimiser = torch.optim.AdamW(self.voice.own.values(), settings.learning_rate, (0.9, 0.99), weight_decay=settings.weight_decay)
        self.step = 0                                   # steps done
        self.curve: list[tuple[int, float]] = []        # (step, bits for each byte of what is held back)
        self.untouched: float | None = None             # the same of the base alone
        self.kept_step = 0                              # the last that did as well as the best
        self.best: dict[str, torch.Tensor] = {}

    # ---- one step

    def learn(self, read: torch.Tensor, asked: torch.Tensor) -> float:
        """One step. read, asked: whole numbers (B, T). Returns the loss in nats for each token."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate * min(1.0, (self.step + 1) / RISES) * (1 - self.step / self.settings.steps)
        self.optimiser.zero_grad(set_to_none=True)
        count, whole = int((asked >= 0).sum()), 0.0
        for part in judge.in_parts(read, asked, self.vocabulary):
            loss = judge.nats_of(self.voice, *part) / count
            loss.backward()
            whole += loss.item()
        torch.nn.utils.clip_grad_norm_(self.voice.own.values(), CLIP)
        self.optimiser.step()
        return whole

    @property
    def is_over(self) -> bool:
        """All steps done, or it has stopped by itself."""
        return self.step >= self.settings.steps or (self.settings.stops and self.is_tired)

    @property
    def is_tired(self) -> bool:
        return bool(self.best) and sum(step > self.kept_step for step, _ in self.curve) >= PATIENCE

    @property
    def total(self) -> int:
        return self.step if self.is_over else self.settings.steps

    # ---- looking

    def look_at_base(self, held: list[str]) -> None:
        if held:
            with self.voice.at(0):
                self.untouched = self.bits(some(held, LOOKED_AT))

    def look_due(self) -> bool:
        return self.step % max(LOOK_EVERY, self.settings.steps // LOOKS) == 0 or self.step == self.settings.steps

    def look(self, learned: list[str], held: list[str]) -> dict[str, float]:
        """Bits for each byte of both sides, the base alone, and the best step so far. What did as well as the best with the texts held back is kept."""
        seen = self.bits(some(learned, LOOKED_AT // 4))
        if not held:
            return {"seen": seen}
        now = self.bits(some(held, LOOKED_AT))
        self.curve.append((self.step, now))
        if now <= AS_WELL * min(bits for _, bits in self.curve):
            self.best, self.kept_step = self.voice.copy(), self.step
        return {"seen": seen, "held_out": now, "best": self.best_step, **({"untouched": self.untouched} if self.untouched is not None else {})}

    def bits(self, texts: list[str]) -> float:
        return judge.bits_per_byte(self.voice, texts, self.settings.context)

    def samples(self) -> list[str]:
        """What it writes now with each seed."""
        self.voice.model.eval()
        written = together(Writer(self.voice, self.settings.documents), self.settings.beginning, range(SAMPLES), **SAMPLE)
        self.voice.model.train()
        return written

    # ---- what is kept

    @property
    def best_step(self) -> int:
        """The one that plays."""
        return self.kept_step if self.best and self.settings.stops else self.step

    def weights(self) -> dict[str, torch.Tensor]:
        return self.best if self.best and self.settings.stops else self.voice.copy()

    def verdict(self) -> str:
        if not self.curve or self.untouched is None:
            return "Nothing was held back, so the last step is the result."
        stopped = "It stopped by itself: t" if self.step < self.settings.steps else "T"
        kept = self.bits_at(self.best_step)
        gained = f"{1 - kept / self.untouched:.0%} fewer" if kept < self.untouched else "no better"
        return (f"{stopped}exts that were held back are guessed with {kept:.2f} bits for each byte at step {self.best_step:,}, and with {self.untouched:.2f} by the base alone: "
                f"{gained}. The result is the addition of that step.")  # fmt: skip

    def bits_at(self, step: int) -> float:
        """At the look at this step, or else the last one."""
        return next((bits for at, bits in self.curve if at == step), self.curve[-1][1])

    def facts(self) -> dict[str, Any]:
        """What load() must know, and what its files tell."""
        config, words = self.voice.model.config, self.voice.words
        tokens = words.tokenizer
        return {"base": self.settings.base.strip(), "documents": self.settings.documents, "rank": self.settings.rank, "alpha": self.alpha, "layers": self.settings.layers,
                "start": tokens.id_to_token(words.start), "end": tokens.id_to_token(words.end), "architecture": config.model_type,
                "heads": config.num_attention_heads, "heads_kv": getattr(config, "num_key_value_heads", None) or config.num_attention_heads,
                "best_step": self.best_step, "bits_per_byte": self.bits_at(self.best_step) if self.curve else None, "untouched": self.untouched}  # fmt: skip

    def files(self) -> dict[str, bytes]:
        """The two files of peft."""
        known = facts(self.settings.base)
        base = (known.belongs if known else "") or shown_name(self.settings.base)
        return {WEIGHTS: as_safetensors(self.voice.own, {"base": base}), CONFIG: config_of(self.voice.model.peft_config[NAME], base)}

    def state_dict(self) -> dict[str, Any]:
        """Everything that a resumed run needs to reach the same weights."""
        own = {name.removeprefix(f"{PREFIX}."): value for name, value in self.voice.copy().items()}
        return {"step": self.step, "own": own, "optimiser": self.optimiser.state_dict(), "curve": self.curve, "untouched": self.untouched, "best": self.best,
                "kept_step": self.kept_step, "facts": self.facts()}  # fmt: skip

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.step, self.untouched, self.kept_step, self.curve = state["step"], state["untouched"], state["kept_step"], [tuple(point) for point in state["curve"]]
        self.voice.put({f"{PREFIX}.{name}": value for name, value in state["own"].items()})
        self.best = {name: value.to(self.voice.device) for name, value in state["best"].items()}
        self.optimiser.load_state_dict(state["optimiser"])
