"""Training a LoRA: `train` reads from top to bottom, `Lesson.play` is one step, the rest is what these two call.

The loop is that of the published examples of diffusers (train_text_to_image_lora.py, and for SDXL train_text_to_image_lora_sdxl.py): noise at a random moment, the U-Net says what
it is, the squared error teaches the low-rank layers alone. Besides: latents and texts are made once (latents.py), pictures of the base beside one's own where
somebody wants them (prior.py), min-SNR weights
(Hang et al. 2023), captions left out now and then so that guidance works (Ho & Salimans 2022), an average of the last steps is what
plays, Prodigy finds the learning rate (Mishchenko & Defazio 2023), and pictures held back say which step was best (validation.py).
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import DDPMScheduler
from prodigyopt import Prodigy

from lib.errors import UserError
from lib.models.adversarial import Order, seed_step, take_over
from lib.models.diffusion.painting import finished
from lib.models.diffusion.sampling import Asked
from lib.models.diffusion.words import heard, joined
from lib.models.lora import ADVISED, CARD, Settings, layers, prior
from lib.models.lora.base import find
from lib.models.lora.bases import guidance
from lib.models.lora.captions import look
from lib.models.lora.files import PREFIX, read_run, version_of
from lib.models.lora.latents import Data, Seen, in_shapes
from lib.models.lora.parts import Parts, open_parts
from lib.models.lora.validation import LOOKS, Looks, Turn, Watch, best_on_average, turns
from lib.project.dataset_folder import DatasetFolder

REPORT_EVERY = 5        # steps between two lines of numbers
LOOK_EVERY = 5          # steps between two looks at the pictures held back, at least
CLIP = 1.0              # the longest that a slope may be, as in the examples
SAMPLES = 4             # prompts in a sample
PROMPTS = "The prompts of this run, from left to right."
SAMPLE_STEPS = 8
AT_ONCE = 4             # so many times the pictures of a step fit where nothing is learned from them
PRIOR = 1.0             # what a picture of the base counts beside one's own, as in DreamBooth
BEST_OF = 16            # answers with which pictures that it learned from are looked at


def train(dataset_folder: Path, run, settings: Settings) -> None:
    """Trains on the pictures and captions of `dataset_folder`, reports to `run`, continues where `run` was stopped.

    Raises UserError when the pictures do not suit, or the base is not here.
    """
    # The machine. What is chosen here at the first start is used again at every resume.
    device = torch.device(run.device)
    torch.set_num_threads(run.machine("threads", torch.get_num_threads))

    # The base, which stays as it is, and what to learn from: latents and texts, made once.
    data_folder = DatasetFolder(dataset_folder)
    say_what_is_before(run, data_folder, settings)
    parts = open_parts(find(settings.base), device)
    for _ in prior.paint(parts, run, settings, settings.size or parts.size):
        if run.should_stop():
            return
    data = Data(dataset_folder, parts, run, settings, prior.read(parts, run, settings, settings.size or parts.size))
    check(data)

    # The addition and its optimiser: new, or as they were when this run was stopped, or taken over from an earlier run.
    torch.manual_seed(run.seed)
    lesson = Lesson(parts, data, settings, run.seed)
    if saved := run.restore():
        lesson.load_state_dict(saved)
    elif settings.transfer_from:
        earlier = Path(settings.transfer_from)
        run.note(take_over(lesson.own, lesson.named(read_run(earlier)[0]), earlier.name, "rank or base"))
        lesson.begin()

    # Every step draws from a seed of its own: a resumed run needs no memory of its luck.
    if not lesson.step:
        lesson.untouched = with_what_fits(lesson.held_out, lesson, run)
    while not lesson.is_over:
        if lesson.is_at_end:
            run.note(words) if (words := lesson.turn_over()) else None
            continue
        n = lesson.step + 1
        seed_step(run.seed, n)
        loss = with_what_fits(lesson.play, lesson, run)
        lesson.step = n

        numbers = {"loss": loss, **lesson.beside} if n % REPORT_EVERY == 0 or lesson.is_at_end else {}
        if not math.isfinite(loss):
            raise UserError("The numbers in the addition became too large to compute with.", f"That was at step {n}.",
                            "Start again with a smaller learning rate, or with Prodigy; what was saved before is safe.")  # fmt: skip
        if lesson.look_due():
            numbers |= with_what_fits(lesson.look, lesson, run)
        run.step(n, lesson.total, **numbers)
        if run.sample_due():
            run.sample(lesson.show(lesson.average), PROMPTS)
        stop = run.should_stop()
        if stop or run.checkpoint_due(n, lesson.total):
            run.checkpoint(lesson.state_dict())
        if stop:
            return

    if words := lesson.as_a_plain_file():
        run.note(words)
    if lesson.best_step != lesson.step:     # so that what came out is seen, and not what it had learned by heart at the end
        run.sample(lesson.show(lesson.weights()), PROMPTS, step=lesson.best_step)
    run.result({PREFIX + key: value for key, value in lesson.weights().items()}, **lesson.facts())


def say_what_is_before(run, data: DatasetFolder, settings: Settings) -> None:
    before = look(data, settings)
    if len(before.texts) < ADVISED:
        run.note(f"{len(before.texts)} pictures are few: from {ADVISED} on it tells better what belongs to the thing and what to its place.")
    for sentence in before.in_words:
        run.note(sentence)


def check(data: Data) -> None:
    """Raises UserError where there is too little."""
    if len(data.items) < CARD.least:
        raise UserError(
            f"The dataset has {len(data.items)} pictures to train on, and this model needs at least {CARD.least}.",
            f"With fewer it could only copy them; it works well from {CARD.advised} on.", "Collect some more and build the dataset again.",
        )  # fmt: skip


def with_what_fits(work: Callable[[], Any], lesson: Lesson, run) -> Any:
    """What a step, or a look, gives; where memory runs out, again with half as many pictures. Raises what came where one is too many."""
    while True:
        try:
            return work()
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error) or lesson.batch == 1:
                raise
        lesson.batch //= 2
        run.note(f"Memory ran out: from here on {lesson.batch} {'pictures' if lesson.batch > 1 else 'picture'} a step.")
        if lesson.device.type == "cuda":
            torch.cuda.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    words = str(error).lower()
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "out of memory" in words or "can't allocate memory" in words


class Lesson:
    """The addition, its average, its optimiser, the turn that it is in, and how far it is."""

    def __init__(self, parts: Parts, data: Data, settings: Settings, seed: int):
        self.parts, self.data, self.settings, self.seed = parts, data, settings, seed
        self.device, self.unet = parts.device, parts.unet
        self.alpha = settings.alpha or float(settings.rank)
        layers.add(self.unet, settings.rank, self.alpha, settings.layers)
        self.own = layers.tensors(self.unet)
        if settings.checkpointing:
            self.unet.enable_gradient_checkpointing()
            self.unet.train()       # it is only then that it happens; nothing else in it depends on it
        self.noiser = DDPMScheduler.from_config(parts.scheduler.config)
        self.times = self.noiser.config.num_train_timesteps
        self.snr = signal_to_noise(self.noiser)
        parts.fewer = layers.FewerAtNoise(self.unet, settings.rank, self.times) if settings.fewer_at_noise else None
        self.turns, self.at = turns(data, settings.steps, seed), 0
        self.batch, self.step = settings.batch, 0           # step: of all turns together
        self.curves: list[list[tuple[int, float]]] = []     # of the turns before this one
        self.prior_order = Order(max(1, len(data.prior)), seed)
        self.beside: dict[str, float] = {}                  # numbers of the last step beside its loss
        self.plain: list[float] = []                        # held-out losses at the end: as it plays here, and as a plain file plays elsewhere
        self.untouched: float | None = None                 # the held-out loss of the base alone, in the first turn
        self.begin()

    # ---- turns

    def begin(self) -> None:
        """Everything from the beginning: the first time this keeps how the addition begins, from then on it goes back to it."""
        if self.step == 0:
            self.first = {key: value.detach().clone() for key, value in self.own.items()}
        layers.put(self.own, self.first)
        self.begun, self.watch = self.step, Watch()
        self.average = {key: value.clone() for key, value in self.first.items()}
        self.best: dict[str, torch.Tensor] = {}
        self.optimiser = optimiser(list(self.own.values()), self.settings)
        self._ready()

    def _ready(self) -> None:
        turn = self.turns[min(self.at, len(self.turns) - 1)]
        self.pictures = turn.learned(self.data)
        self.order = Order(len(self.pictures), self.seed + self.at)
        self.looks = Looks(turn.looked_at(self.data), self.times)
        self.looks_at_seen = Looks(self.pictures[:: max(1, len(self.pictures) // 4)][:4], self.times, BEST_OF)

    @property
    def turn(self) -> Turn:
        return self.turns[self.at]

    @property
    def n(self) -> int:
        """The step within the turn."""
        return self.step - self.begun

    @property
    def is_over(self) -> bool:
        return self.at == len(self.turns)

    @property
    def is_at_end(self) -> bool:
        """Of the turn: all steps done, or it has stopped by itself."""
        return self.n >= self.turn.length or (self.settings.stops and self.watch.is_tired)

    @property
    def total(self) -> int:
        if self.is_over or (self.at == len(self.turns) - 1 and self.is_at_end):
            return self.step
        return self.begun + sum(turn.length for turn in self.turns[self.at :])

    def turn_over(self) -> str:
        """Ends the turn and begins the next, if there is one. Returns what to say."""
        stopped, best = self.n < self.turn.length, self.watch.best
        words = f"It stopped by itself: new pictures were best at step {self.begun + best}." if stopped else ""
        self.curves.append(self.watch.curve)
        self.at += 1
        if self.is_over:
            return words if len(self.turns) == 1 else ""
        if self.at == len(self.turns) - 1:
            length = best_on_average(self.curves) or self.turn.length
            self.turns[-1] = Turn((), length)
            words = f"With one picture left out in turns, step {length} was best on average: so far it goes now with all of them."
        self.begin()
        return words

    # ---- one step

    def play(self) -> float:
        """One step. Returns the loss."""
        self.optimiser.zero_grad(set_to_none=True)
        chosen = [self.pictures[place] for place in self.order.batch(self.n + 1, self.batch)]
        whole = 0.0
        for some in in_shapes(chosen):
            loss = self.loss_of(some) * (len(some) / len(chosen))
            loss.backward()
            whole += loss.item()
        if self.data.prior:     # as many of the base's own, with the same weight (DreamBooth)
            loss = PRIOR * self.loss_of([self.data.prior[place] for place in self.prior_order.batch(self.n + 1, self.batch)])
            loss.backward()
            self.beside = {"prior": loss.item()}
        torch.nn.utils.clip_grad_norm_(self.own.values(), CLIP)
        self.optimiser.step()
        self.follow()
        return whole

    def loss_of(self, some: list[Seen]) -> torch.Tensor:
        """Of pictures of one shape, at random moments with random noise, drawn on the processor so that every machine draws the same."""
        mean, logvar = torch.stack([seen.moments for seen in some]).chunk(2, 1)                     # (B, C, h, w) each
        deviation = torch.exp(0.5 * logvar.clamp(-30, 20))
        latents = (mean + deviation * torch.randn(mean.shape)) * self.parts.vae.config.scaling_factor
        noise = torch.randn(latents.shape)
        times = torch.randint(0, self.times, (len(some),))                                          # (B,)
        dropped = torch.rand(len(some)) < self.settings.caption_dropout if self.settings.caption_dropout else torch.zeros(len(some), dtype=torch.bool)
        texts = ["" if drop else seen.text for seen, drop in zip(some, dropped)]
        error = self.error(some, latents, noise, times, texts)                                      # (B, C, h, w)
        if some[0].weight is not None:
            error = error * torch.stack([seen.weight for seen in some]).to(self.device)
        if not self.settings.min_snr:
            return error.mean()
        return (error.mean((1, 2, 3)) * self.weight(times).to(self.device)).mean()

    def error(self, some: list[Seen], latents, noise, times, texts: list[str]) -> torch.Tensor:
        """How far the U-Net is from what it should say, squared: (B, C, h, w)."""
        latents, noise, times = (each.to(self.device) for each in (latents, noise, times))
        words = heard(joined([self.data.words[text] for text in texts]), torch.tensor([seen.sizes for seen in some]))
        velocity = self.noiser.config.prediction_type == "v_prediction"
        wanted = self.noiser.get_velocity(latents, noise, times) if velocity else noise
        fewer = self.parts.fewer.of(times) if self.parts.fewer else contextlib.nullcontext()
        with fewer, torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            said = self.unet(self.noiser.add_noise(latents, noise, times), times, **words).sample
        return (said.float() - wanted.float()).square()

    def weight(self, times) -> torch.Tensor:
        """Min-SNR (Hang et al. 2023): (B,). Where the last moment is nothing but noise, what is predicted as velocity counts there in full."""
        snr, most = self.snr[times], self.settings.min_snr
        if self.noiser.config.prediction_type != "v_prediction":
            return snr.clamp(max=most) / snr.clamp(min=1e-8)
        if self.noiser.config.rescale_betas_zero_snr:
            snr = snr + 1
            return snr.clamp(max=most) / snr
        return snr.clamp(max=most) / (snr + 1)

    @torch.no_grad()
    def follow(self) -> None:
        """The average goes after the addition; at first quickly (as in the examples of diffusers)."""
        keep = min(self.settings.average, (1 + self.n) / (10 + self.n)) if self.settings.average else 0.0
        torch._foreach_lerp_(list(self.average.values()), [value.detach() for value in self.own.values()], 1 - keep)

    # ---- looking

    def look_due(self) -> bool:
        return bool(self.looks.at) and (self.n % max(LOOK_EVERY, self.turn.length // LOOKS) == 0 or self.n == self.turn.length)

    def look(self) -> dict[str, float]:
        """How it does with pictures that are held back, and with some that it learns from. Keeps the best."""
        with layers.wearing(self.own, self.average):
            held, seen = self.held_out(), self.mean_error(self.looks_at_seen)
        assert held is not None
        if self.watch.see(self.n, held):
            self.best = {key: value.clone() for key, value in self.average.items()}
        first = {"untouched": self.untouched} if self.untouched is not None and self.at == 0 else {}
        return {"held_out": held, "seen": seen, "best": self.begun + self.watch.best, **first}

    def held_out(self) -> float | None:
        return self.mean_error(self.looks) if self.looks.at else None

    def as_a_plain_file(self) -> str:
        """What to say of a file for other programs, which answer with all ranks at every moment; "" where that is all the same."""
        if not self.parts.fewer or not self.looks.at:
            return ""
        with layers.wearing(self.own, self.weights()):
            here = self.held_out()
            self.parts.fewer, fewer = None, self.parts.fewer
            elsewhere = self.held_out()
        self.parts.fewer = fewer
        assert here is not None and elsewhere is not None
        self.plain = [here, elsewhere]
        return f"Held back, here: {here:.4f}; as a plain file in other programs, which know no fewer ranks: {elsewhere:.4f}."

    @torch.no_grad()
    def mean_error(self, looks: Looks) -> float:
        """Of fixed noise at fixed moments, with all words, as it will be played."""
        scale, sums = self.parts.vae.config.scaling_factor, []
        at_once = AT_ONCE * self.batch
        for start in range(0, len(looks.at), at_once):
            for some in in_shapes_of(looks.at[start : start + at_once]):
                latents = torch.stack([seen.moments.chunk(2)[0] for seen, _, _ in some]) * scale
                noise, times = torch.stack([noise for _, _, noise in some]), torch.tensor([time for _, time, _ in some])
                pictures = [seen for seen, _, _ in some]
                sums += self.error(pictures, latents, noise, times, [seen.text for seen in pictures]).mean((1, 2, 3)).tolist()
        return sum(sums) / len(sums)

    def show(self, weights: dict[str, torch.Tensor]) -> list:
        """A picture of each prompt, of ever the same seeds, as the addition paints with these weights."""
        prompts = [line.strip() for line in self.settings.prompts.splitlines() if line.strip()][:SAMPLES]
        own = list(dict.fromkeys(seen.text for seen in self.data.train))
        texts = prompts or (own[:: max(1, len(own) // SAMPLES)] * SAMPLES)[:SAMPLES]
        asked = Asked(prompts=texts, guidance=guidance(self.settings.base), steps=SAMPLE_STEPS, width=self.data.size, height=self.data.size)
        with layers.wearing(self.own, weights):
            return finished(self.parts.for_playing(), asked, range(len(texts)))

    # ---- what is kept

    def weights(self) -> dict[str, torch.Tensor]:
        """What plays: the best step's, where it stops by itself and pictures were held back, else the last one's."""
        return self.best if self.best and self.settings.stops else self.average

    def facts(self) -> dict[str, Any]:
        """What load() must know, and what the file tells."""
        curve = self.curves[0] if self.curves else self.watch.curve
        told = {name: getattr(self.settings, name) for name in ("base", "rank", "layers", "trigger", "fewer_at_noise")}
        told |= {"prior": self.settings.prior, "prior_words": self.settings.prior_words} if self.data.prior else {}
        told |= {"as_plain_file": self.plain} if self.plain else {}
        best = min((loss for _, loss in curve), default=None)
        version = version_of(self.unet, self.noiser.config.prediction_type == "v_prediction")
        return {**told, "base_version": version, "alpha": self.alpha, "size": self.data.size, "pictures": len(self.data.items),
                "best_step": self.best_step, "held_out": best, "untouched": self.untouched}  # fmt: skip

    @property
    def best_step(self) -> int:
        """The one that plays."""
        return self.begun + self.watch.best if self.best and self.settings.stops else self.step

    def state_dict(self) -> dict[str, Any]:
        """Everything that a resumed run needs to reach the same weights."""
        return {
            "step": self.step, "at": self.at, "begun": self.begun, "batch": self.batch, "length": self.turns[-1].length, "untouched": self.untouched,
            "curves": self.curves, "curve": self.watch.curve, "own": {key: value.detach() for key, value in self.own.items()}, "first": self.first,
            "average": self.average, "best": self.best, "optimiser": self.optimiser.state_dict(), "facts": self.facts(),
        }  # fmt: skip

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.at, self.step, self.batch, self.untouched = state["at"], state["step"], state["batch"], state["untouched"]
        self.turns[-1] = Turn(self.turns[-1].held, state["length"])
        self.first, self.curves = self._here(state["first"]), [[tuple(point) for point in curve] for curve in state["curves"]]
        self.begin()
        self.begun, self.watch = state["begun"], Watch([tuple(point) for point in state["curve"]])
        self.average, self.best = self._here(state["average"]), self._here(state["best"])
        layers.put(self.own, state["own"])
        self.optimiser.load_state_dict(state["optimiser"])

    def _here(self, weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {key: value.to(self.device) for key, value in weights.items()}

    def named(self, weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """The weights of another run by the names that they have here."""
        return {key.removeprefix(PREFIX): value.to(self.device) for key, value in weights.items()}


def optimiser(weights: list[torch.Tensor], settings: Settings) -> torch.optim.Optimizer:
    """Prodigy as the advanced examples of diffusers set it; AdamW as the simple ones do."""
    if settings.optimiser == "AdamW":
        return torch.optim.AdamW(weights, lr=settings.learning_rate, betas=(0.9, 0.999), weight_decay=1e-2, eps=1e-8)
    with contextlib.redirect_stdout(None):      # it says that it decays as it is told to
        return Prodigy(weights, lr=1.0, betas=(0.9, 0.99), weight_decay=1e-2, use_bias_correction=True, safeguard_warmup=True)


def signal_to_noise(noiser: Any) -> torch.Tensor:
    """SNR at each moment: (T,)"""
    alphas = noiser.alphas_cumprod
    return alphas / (1 - alphas)


def in_shapes_of(looks: list) -> list[list]:
    groups: dict[torch.Size, list] = {}
    for each in looks:
        groups.setdefault(each[0].shape, []).append(each)
    return list(groups.values())
