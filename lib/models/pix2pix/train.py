"""Training pix2pix: `train` reads from top to bottom, `Game.play` is one step, the rest is what these two call.

The objective of the paper (Isola et al. 2017): how real each patch looks to the judge, and closeness in each pixel (L1); Adam with
betas (0.5, 0.999), constant in the first half and falling to nothing in the second; jitter by enlarging and cutting, mirrored alike
on both halves. Besides: held-out pairs are always looked at, an average of the generator is what plays (Karras et al. 2020), lines
are shown as a hand draws them (hand.py), augmentation of what the judge sees (Zhao et al. 2020), and a wide network that teaches a
narrow one at the end (Li et al. 2020, GAN Compression).

Likeness, what eyes that learned on ImageNet have to say (after LPIPS, Zhang et al. 2018), is on unless it is set to 0: it doubles the
time of a step, and after equal seconds held-out answers are much nearer to eyes (benchmarks/pix2pix.py).
"""

from __future__ import annotations

import copy
import math
from pathlib import Path

import torch
import torch.nn.functional as F

from lib.errors import UserError
from lib.media import eyes
from lib.models.adversarial import Order, adam, checked_size, follow, seed_step, take_over, to_pixels
from lib.models.augmentation import cut, shift
from lib.models.pix2pix import ADVISED, CARD, NARROW, SIZES, Settings
from lib.models.pix2pix.generate import read_weights
from lib.models.pix2pix.hand import as_drawn, paper_of
from lib.models.pix2pix.network import Generator, Judge
from lib.project.dataset_folder import SIDES, DatasetFolder

REPORT_EVERY = 5        # steps between two lines of numbers
LOOK_EVERY = 100        # steps between two looks at the held-out pairs
SAMPLES = 8             # pairs in a sample: held-out ones first
LOOKED_AT = 32          # pairs whose distance is measured, of those held back and of those it learns from
TEACH_FROM = 0.75       # the part of the way after which the narrow network learns
AS_GOOD = 1.05          # by so much may the narrow one be farther from the held-out pictures
EYES_SAY = "Eyes that learned on ImageNet have a say in what looks alike. With Likeness 0 all it knows comes from your pairs alone."
NO_EYES = "The eyes that learned on ImageNet are not here, so pixels and the judge alone say what looks alike."


def train(dataset_folder: Path, run, settings: Settings) -> None:
    """Trains on the pairs of `dataset_folder`, reports to `run`, continues where `run` was stopped.

    Raises UserError when the pairs do not suit.
    """
    # The machine. What is chosen here at the first start is used again at every resume.
    device = torch.device(run.device)
    torch.set_num_threads(run.machine("threads", torch.get_num_threads))

    # What to learn from, and what is held back: only looked at, never learned from.
    pairs = Pairs(dataset_folder, device, run.seed, settings.reverse)
    if pairs.count < ADVISED:
        run.note(f"{pairs.count} pairs are few: it will know what they show, and guess the rest. From {ADVISED} on it guesses better.")
    if not len(pairs.held[0]):
        run.note("No pair is held back for testing, so nobody can tell what it learned by heart. Freeze the dataset with a part held back.")

    # The two networks: as they were when this run was stopped, or new, or taken over from an earlier run.
    sees = run.machine("eyes", eyes.are_here)
    seeing = eyes.load(device.type) if sees else None       # before the seed is set: reading them draws numbers, but only once
    torch.manual_seed(run.seed)
    game = Game(pairs.size, settings, device, seeing)
    if settings.likeness:
        run.note(EYES_SAY if sees else NO_EYES)
    game.facts |= {"source": pairs.manifest.get("source"), "recipe": pairs.manifest.get("recipe", []), "reverse": settings.reverse}
    if saved := run.restore():
        game.load_state_dict(saved)
    elif settings.transfer_from:
        earlier = Path(settings.transfer_from)
        run.note(take_over(game.weights(), read_weights(earlier)[0], earlier.name, "width"))

    # The game. Every step draws from a seed of its own: a resumed run needs no memory of its luck.
    while game.step < settings.steps:
        n = game.step + 1
        seed_step(run.seed, n)
        source, target = pairs.batch(n, settings)                           # (B, 3, S, S) twice
        losses = game.play(source, target)
        game.step = n

        if n % REPORT_EVERY == 0 or n == settings.steps:
            numbers = {name: float(loss) for name, loss in losses.items()}
            if not all(map(math.isfinite, numbers.values())):
                raise UserError(
                    "The numbers in the networks became too large to compute with.", f"That was at step {n}.",
                    "Start again with half the learning rate; what was saved before is safe.")
            if n % LOOK_EVERY == 0 or n == settings.steps:
                numbers |= game.distances(pairs)
            run.step(n, settings.steps, **numbers)
        else:
            run.step(n, settings.steps)

        if run.sample_due():
            run.sample(game.show(pairs))
        stop = run.should_stop()
        if stop or run.checkpoint_due(n, settings.steps):
            run.checkpoint(game.state_dict())
        if stop:
            return

    run.note(game.choose_narrow(pairs)) if settings.narrow else None
    run.result(game.weights(), **game.facts)


class Game:
    """The generator, its average, which plays, its judge, the narrow one that learns from it, their optimisers, and how far they are."""

    def __init__(self, size: int, settings: Settings, device: torch.device, seeing: eyes.Eyes | None = None):
        self.settings, self.device, self.seeing = settings, device, seeing
        norm = "instance" if settings.batch == 1 else "batch"
        self.facts = {"size": size, "width": settings.width, "norm": norm, "narrow": 0}
        self.generator = Generator(size, settings.width, norm).to(device)
        self.judge = Judge(size, settings.width, norm).to(device)
        self.pupil = Generator(size, NARROW, norm).to(device) if settings.narrow and settings.width > NARROW else None
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        rate = settings.learning_rate
        self.optimiser_g, self.optimiser_j = adam(self.generator, rate), adam(self.judge, rate)
        self.optimiser_p = adam(self.pupil, rate) if self.pupil else None
        self.step = 0           # steps done

    def play(self, source, target) -> dict[str, torch.Tensor]:
        """One step of both networks. source, target: (B, 3, S, S). Returns the losses, still on the device."""
        self._pace()
        made = self.generator(source)                                       # (B, 3, S, S)

        # The judge learns to tell the pairs of the dataset from those that were made (halved, as in the paper).
        self.optimiser_j.zero_grad(set_to_none=True)
        real, fake = self._marks(source, target), self._marks(source, made.detach())
        loss_j = (_as_real(real) + _as_made(fake)) / 2
        loss_j.backward()
        self.optimiser_j.step()

        # The generator learns to look real to it, and to come close in each pixel.
        self.optimiser_g.zero_grad(set_to_none=True)
        loss_g, distance = _as_real(self._marks(source, made)), F.l1_loss(made, target)
        whole = loss_g + self.settings.closeness * distance
        if self.settings.likeness and self.seeing:
            whole = whole + self.settings.likeness * unlikeness(self.seeing, made, target)
        whole.backward(inputs=list(self.generator.parameters()))
        self.optimiser_g.step()
        follow(self.average, self.generator, self.step, self.settings.batch, self.settings.average)
        if self.pupil and self.step >= TEACH_FROM * self.settings.steps:
            self._teach(source, target, made.detach())
        return {"loss_d": loss_j.detach(), "loss_g": loss_g.detach(), "l1": distance.detach()}

    def _marks(self, source, picture):
        """What the judge says, of pairs that are changed alike on both halves where augmentation is asked for."""
        if self.settings.augmentation:
            p = self.settings.augmentation
            both = cut(shift(torch.cat([source, picture], 1), p), p)
            source, picture = both[:, :3], both[:, 3:]
        return self.judge(source, picture)

    def _teach(self, source, target, made) -> None:
        """The narrow network comes close to what the wide one made, to eyes as well, and to the picture itself."""
        assert self.pupil is not None and self.optimiser_p is not None
        self.optimiser_p.zero_grad(set_to_none=True)
        answer = self.pupil(source)
        whole = F.l1_loss(answer, made) + F.l1_loss(answer, target)
        if self.settings.likeness and self.seeing:
            whole = whole + self.settings.likeness / max(1.0, self.settings.closeness) * unlikeness(self.seeing, answer, made)
        whole.backward()
        self.optimiser_p.step()

    def _pace(self) -> None:
        """The learning rate: constant in the first half, then falling to nothing; of the narrow one in its quarter alike."""
        done = self.step / self.settings.steps
        for optimiser, start in ((self.optimiser_g, 0.5), (self.optimiser_j, 0.5), (self.optimiser_p, (1 + TEACH_FROM) / 2)):
            for group in optimiser.param_groups if optimiser else ():
                group["lr"] = self.settings.learning_rate * min(1.0, (1 - done) / (1 - start))

    @torch.no_grad()
    def answer(self, source, network: Generator | None = None):
        """(B, 3, S, S) as it is played: without chance."""
        network = network or self.average
        learns = network.training
        network.eval()
        answers = torch.cat([network(part) for part in source.split(8)])
        return (network.train(learns), answers)[1]

    @torch.no_grad()
    def distances(self, pairs: Pairs) -> dict[str, float]:
        """How far it is from pairs that it learned from and from pairs that were held back: in a pixel (L1, 0 to 1), and to eyes."""
        numbers = {"seen": self._distance(pairs.some_seen(LOOKED_AT))}
        if len(pairs.held[0]):
            source, target = pairs.some_held(LOOKED_AT)
            answer = self.answer(source)
            numbers["held_out"] = _off(answer, target)
            if self.seeing:
                numbers["eyes"] = float(unlikeness(self.seeing, answer, target))
        return numbers

    def _distance(self, some: tuple, network: Generator | None = None) -> float:
        return _off(self.answer(some[0], network), some[1])

    def show(self, pairs: Pairs):
        """uint8 (K, 3 S, S, 3): above each other the source, what is made of it, and the picture itself; held-out pairs first."""
        held, seen = pairs.some_held(SAMPLES // 2), pairs.some_seen(SAMPLES - min(SAMPLES // 2, len(pairs.held[0])))
        source, target = (torch.cat(sides) for sides in zip(held, seen))
        return to_pixels(torch.cat([source, self.answer(source), target], 2))

    def choose_narrow(self, pairs: Pairs) -> str:
        """Keeps the narrow network if it is as good on held-out pairs. Returns what to say."""
        if self.pupil is None:
            return "The network is narrow enough for live use as it is."
        test = pairs.some_held(LOOKED_AT) if len(pairs.held[0]) else pairs.some_seen(LOOKED_AT)
        wide, narrow = self._distance(test), self._distance(test, self.pupil)
        words = f"held-out distance {narrow:.3f}, that of the wide one {wide:.3f}"
        if narrow > AS_GOOD * wide:
            self.pupil = None
            return f"The narrow network for live use did not become as good ({words}), so the wide one is used."
        self.facts["narrow"] = NARROW
        return f"A narrow network for live use learned from the wide one ({words})."

    def _parts(self) -> dict:
        parts = {"generator": self.generator, "average": self.average, "judge": self.judge, "optimiser_g": self.optimiser_g, "optimiser_j": self.optimiser_j}
        return parts | ({"pupil": self.pupil, "optimiser_p": self.optimiser_p} if self.pupil else {})

    def state_dict(self) -> dict:
        """Everything that a resumed run needs to reach the same weights."""
        return {name: part.state_dict() for name, part in self._parts().items()} | {"step": self.step, "facts": self.facts}

    def load_state_dict(self, state: dict) -> None:
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.step = state["step"]

    def weights(self) -> dict[str, torch.Tensor]:
        """For result/model.safetensors: what plays (the average), both players, so that a later run can go on, and the narrow one."""
        networks = {"generator": self.average, "live": self.generator, "judge": self.judge} | ({"narrow": self.pupil} if self.pupil else {})
        return {f"{name}.{key}": value for name, network in networks.items() for key, value in network.state_dict().items()}


class Pairs:
    """The pairs of a dataset, decoded once and held in memory, in an order that only the seed decides."""

    def __init__(self, folder: Path, device: torch.device, seed: int, reverse: bool = False):
        dataset = DatasetFolder(folder)
        self.manifest, self.device = dataset.manifest, device
        self.count = len(dataset.rows("train"))
        self.size = checked_size(dataset.size, self.count, CARD, SIZES)
        sides = SIDES[::-1] if reverse else SIDES
        self.seen, self.held = self._read(dataset, "train", sides), self._read(dataset, "test", sides)     # uint8 (N, 3, S, S) twice
        self.paper = "" if reverse else paper_of(self.manifest.get("source"))
        self.order = Order(self.count, seed)

    def _read(self, dataset: DatasetFolder, split: str, sides: tuple[str, ...]):
        return tuple(torch.from_numpy(dataset.pictures(split, side)).permute(0, 3, 1, 2).contiguous() for side in sides)

    def batch(self, n: int, settings: Settings):
        """The pairs of step n, (B, 3, S, S) twice between -1 and 1, jittered and mirrored alike. Every pair once before any again."""
        places = torch.tensor(self.order.batch(n, settings.batch))
        both = torch.cat([self.real(side[places]) for side in self.seen], 1)                # (B, 6, S, S)
        both = jittered(both, settings.jitter)
        if settings.mirror:
            turned = (torch.rand(len(both), 1, 1, 1) < 0.5).to(self.device)
            both = torch.where(turned, both.flip(3), both)
        source, target = both[:, :3], both[:, 3:]
        return as_drawn(source, settings.hand, self.paper) if self.paper else source, target

    def some_seen(self, most: int):
        return self._some(self.seen, most)

    def some_held(self, most: int):
        return self._some(self.held, most)

    def _some(self, sides, most: int):
        """At most so many, evenly over all of them: (K, 3, S, S) twice, between -1 and 1."""
        count = len(sides[0])
        places = torch.linspace(0, count - 1, min(most, count)).long() if count else torch.zeros(0, dtype=torch.long)
        return tuple(self.real(side[places]) for side in sides)

    def real(self, pixels):
        return pixels.to(self.device).float() / 127.5 - 1


def jittered(x, share: float):
    """Enlarged by this share, and cut to its size again at a random place, the same for a whole batch. x: (B, C, S, S)"""
    size = x.shape[-1]
    larger = round(size * (1 + share))
    if larger == size:
        return x
    top, left = torch.randint(larger - size + 1, (2,)).tolist()
    return F.interpolate(x, (larger, larger), mode="bilinear", align_corners=False)[..., top : top + size, left : left + size]


def _as_real(marks):
    return F.binary_cross_entropy_with_logits(marks, torch.ones_like(marks))


def _as_made(marks):
    return F.binary_cross_entropy_with_logits(marks, torch.zeros_like(marks))


def _off(made, target) -> float:
    """The mean distance in a pixel, 0 to 1."""
    return float(F.l1_loss(made, target)) / 2


def unlikeness(seeing: eyes.Eyes, made, target):
    """How different pictures look to eyes that learned on ImageNet: the mean distance of what they see on the way (after LPIPS)."""
    pairs = zip(seeing.inner(made), seeing.inner(target))
    return sum(F.l1_loss(F.normalize(a, dim=1), F.normalize(b, dim=1)) for a, b in pairs)
