"""Training the GAN: `train` reads from top to bottom, then `Game.play` is one step, the rest is what these two call.

Hinge loss (Lim & Ye 2017), a discriminator that also reconstructs (Liu et al. 2021, FastGAN), differentiable augmentation
that adapts (Zhao et al. 2020; Karras et al. 2020), a lazy R1 penalty (Mescheder et al. 2018) where it is asked for, an
average of the generator with ramp-up from the first step (Karras et al. 2020), Adam (Kingma & Ba 2015).
"""

from __future__ import annotations

import contextlib
import copy
import math
import time
from pathlib import Path

import numpy as np
import psutil
import torch
import torch.nn.functional as F
from PIL import Image

from lib.errors import UserError
from lib.models.adversarial import Order, adam, checked_size, floats, follow, seed_step, take_over
from lib.models.augmentation import Strength, augment
from lib.models.gan import ADVISED, CARD, SIZES, Settings
from lib.models.gan.generate import paint, read_weights
from lib.models.gan.network import WHOLE, Discriminator, Generator, part_of
from lib.project.dataset_folder import DatasetFolder

REPORT_EVERY = 5        # steps between two lines of numbers, and two looks for not-a-number
LOOK_EVERY = 100        # steps between two looks at the variety of what is painted
PENALTY_EVERY = 16      # steps between two gradient penalties ("lazy", Karras et al. 2020)
SAMPLES = 16            # pictures in a sample grid, of the same latents at every step
MOST_RESCUES = 3        # after so many returns to a good checkpoint, training gives up


def train(dataset_folder: Path, run, settings: Settings) -> None:
    """Trains on the pictures of `dataset_folder`, reports to `run`, continues where `run` was stopped.

    Raises UserError when the pictures do not suit, the memory is too small, or the training breaks for good.
    """
    # The machine. What is chosen here at the first start is used again at every resume.
    device = torch.device(run.device)
    torch.set_num_threads(run.machine("threads", torch.get_num_threads))
    bf16 = run.machine("bf16", lambda: choose_bf16(device))
    torch.backends.cudnn.benchmark = torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True

    # What to learn from.
    pictures = Pictures(dataset_folder, device, run.seed, settings.mirror)
    if pictures.count < ADVISED:
        run.note(f"{pictures.count} pictures are few: expect variations of them. From {ADVISED} on it invents more freely.")

    # The two players: as they were when this run was stopped, or new, or taken over from an earlier run.
    torch.manual_seed(run.seed)
    game = Game(pictures.size, settings, device, bf16)
    if saved := run.restore():
        game.load_state_dict(saved)
    elif settings.transfer_from:
        earlier = Path(settings.transfer_from)
        run.note(take_over(game.weights(), read_weights(earlier)[0], earlier.name, "width or number of latent numbers"))

    # The same latents are painted again and again, so that one can watch each picture grow.
    torch.manual_seed(run.seed)
    fixed = torch.randn(SAMPLES, settings.latent)       # (K, latent)
    spread = pictures.spread()

    # The game. Every step draws from a seed of its own: a resumed run needs no memory of its luck.
    watch = Stopwatch()
    warned: set[str] = set()
    while game.step < settings.steps:
        n = game.step + 1
        seed_step(run.seed, n)
        with watch.fetch(settings.batch):
            real = pictures.batch(n, settings.batch)    # (B, 3, S, S)
        try:
            losses = game.play(real)
        except torch.cuda.OutOfMemoryError:
            run.note(game.split(settings.batch))
            continue
        game.step = n

        if n % REPORT_EVERY == 0 or n == settings.steps:
            numbers = {name: float(loss) for name, loss in losses.items()}
            if not (game.healthy() and all(map(math.isfinite, numbers.values()))):
                run.note(game.rescue(run.restore()))
                run.checkpoint(game.state_dict())
                continue
            numbers |= {"augment": game.strength.p, "sign": game.strength.sign, **watch.numbers()}
            if n % LOOK_EVERY == 0:
                numbers["diversity"] = variety(game.average, fixed) / spread
            warn(game, numbers, warned, run)
            run.step(n, settings.steps, **numbers)
        else:
            run.step(n, settings.steps)

        if run.sample_due():
            run.sample(paint(game.average, fixed))
        stop = run.should_stop()
        if (stop or run.checkpoint_due(n, settings.steps)) and game.healthy():
            run.checkpoint(game.state_dict())
        if stop:
            return

    run.result(game.weights(), **game.facts)


class Game:
    """Both players, the average that paints the results, their optimisers, and how far they are."""

    def __init__(self, size: int, settings: Settings, device: torch.device, bf16: bool):
        self.settings, self.device, self.bf16 = settings, device, bf16
        self.facts = {"size": size, "latent": settings.latent, "width": settings.width}
        self.layout = choose_layout(device)
        self.generator = Generator(size, settings.latent, settings.width).to(device, memory_format=self.layout)
        self.discriminator = Discriminator(size, settings.width).to(device, memory_format=self.layout)
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.optimiser_g = adam(self.generator, settings.learning_rate)
        self.optimiser_d = adam(self.discriminator, settings.learning_rate)
        self.strength = Strength(settings.augmentation, settings.adaptive)
        self.step = 0           # steps done
        self.parts = 1          # a batch is played in so many parts, where the memory of the card is small
        self.rescues = 0        # returns to a good checkpoint

    def play(self, real) -> dict[str, torch.Tensor]:
        """One step of both players. real: (B, 3, S, S). Returns the losses, still on the device.

        Both gradients are taken before either player moves: so the discriminator looks at each painting only once, and a
        batch can be played in parts where memory is short.
        """
        self.optimiser_g.zero_grad(set_to_none=True)
        self.optimiser_d.zero_grad(set_to_none=True)
        seen, p = [], self.strength.p
        for part in real.chunk(self.parts):
            share = len(part) / len(real)
            z = torch.randn(len(part), self.settings.latent).to(self.device, non_blocking=True)     # (b, latent)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
                shown = augment(self.generator(z), p)                       # (b, 3, S, S)
                fake = shown.detach().requires_grad_()                      # here the players' gradients part
                mark_real, wrong = self.judge(augment(part, p))
                mark_fake = self.discriminator(fake)                        # (b, 1, 5, 5)
                loss_d = F.relu(1 - mark_real).mean() + F.relu(1 + mark_fake).mean()    # hinge
                loss_g = -mark_fake.mean()
            # The generator learns which change of its pictures would raise their marks, …
            better, = torch.autograd.grad(share * loss_g, fake, retain_graph=True)
            shown.backward(better)
            # … and the discriminator to raise those of real pictures, lower those of painted ones, and remember what it saw.
            (share * (loss_d + self.settings.reconstruction * wrong)).backward(inputs=list(self.discriminator.parameters()))
            seen.append((mark_real.detach(), mark_fake.detach(), loss_d.detach() * share, loss_g.detach() * share))
        if self.settings.penalty and self.step % PENALTY_EVERY == 0:
            self.penalise(real)
        self.optimiser_g.step()
        self.optimiser_d.step()
        follow(self.average, self.generator, self.step, self.settings.batch, self.settings.average)
        mark_real, mark_fake, losses_d, losses_g = zip(*seen)
        self.strength.see(self.step, len(real), torch.cat(mark_real), torch.cat(mark_fake))
        return {"loss_d": sum(losses_d), "loss_g": sum(losses_g)}

    def judge(self, real):
        """The marks of real pictures, and how wrong the discriminator paints them from memory: whole, then a quarter, in turns."""
        if not self.settings.reconstruction:
            return self.discriminator(real), 0.0
        region = WHOLE if self.step % 2 else int(torch.randint(4, ()))
        marks, painted = self.discriminator(real, region)
        return marks, F.l1_loss(painted, shrink(part_of(real, region), painted))

    def penalise(self, real) -> None:
        """Adds R1's gradient: the marks of real pictures should not change steeply with the picture (Mescheder et al. 2018)."""
        for part in real.chunk(self.parts):
            seen = augment(part, self.strength.p).requires_grad_(True)
            marks = self.discriminator(seen)
            slope, = torch.autograd.grad(marks.mean((1, 2, 3)).sum(), seen, create_graph=True)
            penalty = self.settings.penalty / 2 * slope.square().sum((1, 2, 3)).mean()
            (PENALTY_EVERY * penalty * len(part) / len(real)).backward()

    def healthy(self) -> bool:
        """False as soon as one weight is not a number: it would never become one again."""
        norms = torch._foreach_norm(floats(self.generator) + floats(self.discriminator))
        return bool(torch.stack(norms).isfinite().all())

    def rescue(self, saved: dict | None) -> str:
        """Goes back to the last good checkpoint, with half the learning rate, at most three times. Returns what to say."""
        rescues = self.rescues + 1
        if rescues > MOST_RESCUES or not saved:
            raise UserError(
                "The training broke, and going back to a good moment did not help.",
                "The numbers in the networks became too large to compute with.",
                "Start again with half the learning rate, or with a gradient penalty of 1.",
            )
        broken_at = self.step
        self.load_state_dict(saved)
        self.rescues = rescues
        for optimiser in (self.optimiser_g, self.optimiser_d):
            for group in optimiser.param_groups:
                group["lr"] = self.settings.learning_rate / 2**rescues
        return (f"The numbers broke at step {broken_at}, so it went back to step {self.step} and goes on "
                f"with a smaller learning rate ({self.settings.learning_rate / 2**rescues:g}).")

    def split(self, batch: int) -> str:
        """Called when the card ran out of memory: the same batch, in smaller parts. Returns what to say."""
        if 2 * self.parts > batch:
            raise UserError(
                "The graphics card has too little memory for this training.",
                "Not even one picture at a time fits.",
                "Choose a smaller width or smaller pictures, or close other programs that use the card.",
            )
        self.parts *= 2
        torch.cuda.empty_cache()
        return f"The graphics card is short of memory, so each step now takes its {batch} pictures in {self.parts} parts."

    def state_dict(self) -> dict:
        """Everything that a resumed run needs to reach the same weights."""
        parts = {name: getattr(self, name).state_dict() for name in PARTS}
        return {**parts, "step": self.step, "rescues": self.rescues, "parts": self.parts, "facts": self.facts}

    def load_state_dict(self, state: dict) -> None:
        for name in PARTS:
            getattr(self, name).load_state_dict(state[name])
        self.step, self.rescues, self.parts = state["step"], state["rescues"], state["parts"]

    def weights(self) -> dict[str, torch.Tensor]:
        """For result/model.safetensors: what paints (the average), and both players, so that a later run can go on."""
        players = {"generator": self.average, "live": self.generator, "discriminator": self.discriminator}
        return {f"{name}.{key}": value for name, player in players.items() for key, value in player.state_dict().items()}


PARTS = ("generator", "discriminator", "average", "optimiser_g", "optimiser_d", "strength")


class Pictures:
    """The pictures of a dataset, decoded once, in an order that only the seed decides.

    They stay on the graphics card where they fit there, else in the computer's memory, else they are read as needed.
    """

    def __init__(self, folder: Path, device: torch.device, seed: int, mirror: bool):
        dataset = DatasetFolder(folder)
        self.files = dataset.files("train")
        self.count, self.device, self.mirror = len(self.files), device, mirror
        self.size = checked_size(dataset.size, self.count, CARD, SIZES)
        self.order = Order(self.count, seed)
        need = self.count * self.size**2 * 3
        self.held = None
        if need < psutil.virtual_memory().available / 2:
            self.held = torch.from_numpy(dataset.pictures("train")).permute(0, 3, 1, 2).contiguous()    # (N, 3, S, S)
            if device.type == "cuda":
                fits = need < torch.cuda.mem_get_info()[0] / 4
                self.held = self.held.to(device) if fits else self.held.pin_memory()

    def batch(self, n: int, size: int):
        """The pictures of step n: (size, 3, S, S) between -1 and 1, on the device. Every picture once before any again."""
        x = self.take(self.order.batch(n, size))
        x = x.to(self.device, non_blocking=True).float() / 127.5 - 1
        if self.mirror:
            turned = torch.rand(size, 1, 1, 1) < 0.5
            x = torch.where(turned.to(self.device), x.flip(3), x)
        return x.contiguous(memory_format=choose_layout(self.device))

    def take(self, numbers: list[int]):
        """uint8 (len(numbers), 3, S, S)"""
        if self.held is not None:
            return self.held[torch.tensor(numbers, device=self.held.device)]
        read = [np.asarray(Image.open(self.files[number]).convert("RGB")) for number in numbers]
        return torch.from_numpy(np.stack(read)).permute(0, 3, 1, 2)

    def spread(self) -> float:
        """How different the pictures are from each other, for comparison with what is painted (see `variety`)."""
        some = self.take(list(range(0, self.count, max(1, self.count // 64))))
        return max(1e-6, coarse_spread(some.float() / 127.5 - 1))


def choose_bf16(device: torch.device) -> bool:
    """Half-length numbers pay on graphics cards that know them; on most processors they are slower."""
    return device.type == "cuda" and torch.cuda.is_bf16_supported()


def choose_layout(device: torch.device) -> torch.memory_format:
    """Graphics cards like the colours of a pixel side by side, processors each colour by itself."""
    return torch.channels_last if device.type == "cuda" else torch.contiguous_format


def shrink(x, like):
    """x at the size of `like`, smoothly. Both (B, 3, …)."""
    return F.interpolate(x, like.shape[2:], mode="area") if x.shape != like.shape else x


def coarse_spread(pictures) -> float:
    """How much pictures differ from each other, seen from afar at 8 px. pictures: (N, 3, S, S)"""
    return float(F.adaptive_avg_pool2d(pictures, 8).std(0).mean())


def variety(generator, z) -> float:
    with torch.no_grad():
        return coarse_spread(generator(z.to(next(generator.parameters()).device)).float())


def warn(game: Game, numbers: dict, warned: set, run) -> None:
    """Says, once each, what a person should know now."""
    def say(name, sentence):
        if name not in warned:
            warned.add(name)
            run.note(sentence)

    for strength in (0.4, 0.6, 0.8):
        if game.settings.augmentation < strength <= game.strength.p + 1e-9:
            say(strength, f"Raising augmentation to {strength}: the discriminator starts to know the pictures by heart. "
                          "More pictures would help most.")
    if game.step >= 500 and numbers.get("diversity", 1.0) < 0.4:
        say("alike", "The painted pictures look much alike. If that stays so, start again with half the learning rate, "
                     "or with more varied pictures.")


class Stopwatch:
    """How fast it goes, and which share of the time goes into fetching pictures."""

    def __init__(self):
        self.started, self.fetching, self.pictures = time.perf_counter(), 0.0, 0

    @contextlib.contextmanager
    def fetch(self, pictures: int):
        since = time.perf_counter()
        yield
        self.fetching += time.perf_counter() - since
        self.pictures += pictures

    def numbers(self) -> dict[str, float]:
        """Since the last call."""
        seconds = time.perf_counter() - self.started
        numbers = {"images_per_second": self.pictures / seconds, "data_share": self.fetching / seconds}
        Stopwatch.__init__(self)
        return numbers
