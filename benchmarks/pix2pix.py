"""pix2pix beside a plain loop over the same networks, and beside the training of the paper. Run by hand:

    .venv/bin/python benchmarks/pix2pix.py [--size 64] [--width 16] [--batch 4] [--rounds 12] [--seconds 0] [--seeds 0 1 2] [--device cpu]

Speed: seven runs of both, in turns in one process; the median of their ratios counts. The plain loop is what a first tutorial shows:
pairs from the disk for each batch, one step of the judge and one of the generator, the same losses and the same jitter, tuned as ours
is (fused Adam, gradients set to None); the average and the lines drawn by hand are ours alone. Pictures a second: the generator alone,
as it is played, by width and size.
--seconds 100: after so many seconds of training each, on the paper-cut tulips and their edges, how far held-out pairs are off, in
pixels (L1) and to eyes that learned on ImageNet: ours, ours without likeness, and the paper's own training, written anew (its U-Net
with transposed convolutions, instance norm, batch 1, 2e-4, L1 x 100, falling in the second half).
On a processor, one thread's own seconds are counted, so that what else runs on the machine matters little.

Measured on a busy machine (load 20): at 64 px ours takes 0.99 of the plain loop's time, 2.0 % on data, and 0.97 without likeness.
After 100 such seconds at 128 px, width 16, seeds 0, 1, 2, L1 and eyes: ours 0.210, 0.168, 0.222 and 0.336, 0.347, 0.359; the paper's
0.224, 0.178, 0.231 and 0.479, 0.468, 0.485: 5 and 27 % nearer. The eyes that measure are those that have a say in ours; the L1 is nobody's.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lib import augment, collect
from lib.media import eyes
from lib.models import validate
from lib.models.pix2pix.network import Generator, Judge, initialise
from lib.models.pix2pix.train import Game, Pairs, jittered, unlikeness
from lib.project import Consent, Project

RUNS = 7
TULIPS = Path(__file__).resolve().parent.parent / "assets" / "samples" / "tulips"
ALONE = {"likeness": 0.0}       # nothing but the pairs


def main(size: int, width: int, batch: int, rounds: int, seconds: float, seeds: list[int], device: str) -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        dataset = tulips(Path(folder), size)
        if seconds:
            compare_quality(dataset, size, width, batch, seconds, seeds, torch.device(device))
            return
        for named, settings in (("as it is", {}), ("without likeness", ALONE)):
            compare_speed(dataset, size, width, batch, rounds, torch.device(device), named, settings)
        pictures_a_second(torch.device(device))


def now() -> float:
    """The seconds that this process has worked; on a graphics card, those of the clock when it has done all that was asked."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


# ---- speed


def compare_speed(dataset: Path, size: int, width: int, batch: int, rounds: int, device: torch.device, named: str, settings: dict) -> None:
    ours = Ours(dataset, width, batch, device, **settings)
    plain = Plain(dataset, Generator(size, width), Judge(size, width), batch, device, ours.settings.closeness, ours.settings.likeness)
    for loop in (ours, plain):
        timed(loop, 2)      # the first steps are slower
    ratios, data = [], []
    for _ in range(RUNS):
        mine, fetching = timed(ours, rounds)
        theirs, _ = timed(plain, rounds)
        ratios.append(mine / theirs)
        data.append(fetching / mine)
        print(f"  {1000 * mine / rounds:7.1f} ms a step, plain {1000 * theirs / rounds:7.1f}, on data {data[-1]:.1%}")
    print(f"{named}: {size} px, width {width}, batch {batch}, {device}, load {os.getloadavg()[0]:.1f}: "
          f"ours takes {statistics.median(ratios):.3f} of the plain loop's time; data {statistics.median(data):.1%}\n", flush=True)  # fmt: skip


def timed(loop, rounds: int) -> tuple[float, float]:
    """(seconds of so many steps, seconds of them spent on data)"""
    start, fetching = now(), 0.0
    for _ in range(rounds):
        began = now()
        pair = loop.fetch()
        fetching += now() - began
        loop.play(*pair)
    return now() - start, fetching


class Ours:
    def __init__(self, dataset: Path, width: int, batch: int, device: torch.device, seed: int = 0, **settings):
        self.settings = validate("pix2pix", {"width": width, "batch": batch, "steps": 100_000, "augmentation": 0.0, **settings})
        torch.manual_seed(seed)
        self.pairs = Pairs(dataset, device, seed)
        self.game = Game(self.pairs.size, self.settings, device, eyes.load(device.type))

    def fetch(self):
        return self.pairs.batch(self.game.step + 1, self.settings)

    def play(self, source, target) -> None:
        self.game.play(source, target)
        self.game.step += 1


class Plain:
    """steps: after half of so many the learning rate falls to nothing; 0 leaves it as it is."""

    def __init__(self, dataset: Path, generator, judge, batch: int, device: torch.device, closeness=100.0, likeness=0.0, steps=0, seed=0):
        torch.manual_seed(seed)
        self.device, self.batch, self.luck, self.steps, self.step = device, batch, np.random.default_rng(seed), steps, 0
        self.files = sorted((dataset / "train" / "target").glob("*.png"))
        self.generator, self.judge = generator.to(device), judge.to(device)
        self.adams = [torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True) for net in (self.generator, self.judge)]
        self.closeness, self.likeness, self.seeing = closeness, likeness, eyes.load(device.type) if likeness else None

    def fetch(self):
        chosen = [self.files[number] for number in self.luck.choice(len(self.files), self.batch)]
        sides = [np.stack([np.asarray(Image.open(str(file).replace("target", side)).convert("RGB")) for file in chosen]) for side in ("source", "target")]
        both = torch.cat([torch.from_numpy(side).permute(0, 3, 1, 2).float() / 127.5 - 1 for side in sides], 1).to(self.device)
        both = jittered(both, 0.12)
        both = both.flip(3) if torch.rand(()) < 0.5 else both
        return both[:, :3], both[:, 3:]

    def play(self, source, target) -> None:
        adam_g, adam_j = self.adams
        for adam in self.adams if self.steps else ():
            adam.param_groups[0]["lr"] = 2e-4 * min(1.0, 2 * (1 - self.step / self.steps))
        made = self.generator(source)
        real, fake = self.judge(source, target), self.judge(source, made.detach())
        loss_j = (F.binary_cross_entropy_with_logits(real, torch.ones_like(real)) + F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))) / 2
        adam_j.zero_grad(set_to_none=True)
        loss_j.backward()
        adam_j.step()
        marks = self.judge(source, made)
        loss_g = F.binary_cross_entropy_with_logits(marks, torch.ones_like(marks)) + self.closeness * F.l1_loss(made, target)
        if self.seeing:
            loss_g = loss_g + self.likeness * unlikeness(self.seeing, made, target)
        adam_g.zero_grad(set_to_none=True)
        loss_g.backward(inputs=list(self.generator.parameters()))
        adam_g.step()
        self.step += 1


@torch.no_grad()
def pictures_a_second(device: torch.device) -> None:
    print("pictures a second, as it is played, on one thread:")
    for size in (64, 128, 256):
        told = []
        for width in (16, 32, 64):
            network, source = Generator(size, width).to(device).eval(), torch.randn(1, 3, size, size, device=device)
            times = []
            for _ in range(8):
                began = now()
                network(source)
                times.append(now() - began)
            told.append(f"width {width}: {1 / min(times):6.1f}")
        print(f"  {size} px   {'   '.join(told)}", flush=True)
    print()


# ---- quality


class PaperGenerator(nn.Module):
    """The U-Net as the paper has it: transposed convolutions on the way up, dropout in the deep ones."""

    def __init__(self, size: int, width: int):
        super().__init__()
        floors = int(math.log2(size))
        channels = [3, *(min(8, 2**floor) * width for floor in range(floors))]
        normed = lambda layer, out: [layer, nn.InstanceNorm2d(out, affine=True)]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for floor in range(floors):
            into, out = channels[floor], channels[floor + 1]
            layer = nn.Conv2d(into, out, 4, 2, 1)
            self.down.append(nn.Sequential(*([nn.LeakyReLU(0.2)] if floor else []), *(normed(layer, out) if 0 < floor < floors - 1 else [layer])))
        for floor in reversed(range(floors)):
            into, out = channels[floor + 1] * (1 if floor == floors - 1 else 2), channels[floor]
            layer = nn.ConvTranspose2d(into, out, 4, 2, 1)
            self.up.append(nn.Sequential(nn.ReLU(), *(normed(layer, out) if floor else [layer, nn.Tanh()]), *([nn.Dropout(0.5)] if floor > 4 else [])))
        self.apply(initialise)

    def forward(self, x):
        seen = []
        for layer in self.down:
            x = layer(x)
            seen.append(x)
        x = self.up[0](seen.pop())
        for layer in self.up[1:]:
            x = layer(torch.cat([x, seen.pop()], 1))
        return x


def compare_quality(dataset: Path, size: int, width: int, batch: int, seconds: float, seeds: list[int], device: torch.device) -> None:
    print(f"held-out pairs after {seconds:.0f} s of training each, {size} px: L1 in a pixel (0 to 1), distance to eyes of ImageNet", flush=True)

    def ours(steps: int, seed: int, **settings) -> Ours:
        return Ours(dataset, width, batch, device, seed, steps=steps, learning_rate=1e-3, **settings)

    def paper(steps: int, seed: int) -> Plain:
        torch.manual_seed(seed)
        return Plain(dataset, PaperGenerator(size, width), Judge(size, width, "instance"), 1, device, steps=steps, seed=seed)

    held = Pairs(dataset, device, 0).some_held(64)
    for seed in seeds:
        for name, begin in (("ours", ours), ("ours without likeness", lambda steps, seed: ours(steps, seed, **ALONE)), ("the paper's", paper)):
            steps = steps_in(begin(100, seed), seconds)
            loop, began = begin(steps, seed), now()
            for _ in range(steps):
                loop.play(*loop.fetch())
            took, network = now() - began, loop.game.average if isinstance(loop, Ours) else loop.generator
            off, strange = distances(network, *held)
            print(f"  seed {seed} {name:22} {steps:6} steps {took:6.0f} s   L1 {off:.4f}   eyes {strange:.4f}", flush=True)


def steps_in(trial, seconds: float) -> int:
    """How many steps go into so many seconds, by a short trial."""
    timed(trial, 3)
    took, _ = timed(trial, 8)
    return max(10, round(seconds / (took / 8)))


@torch.no_grad()
def distances(network, source, target) -> tuple[float, float]:
    network.eval()
    made = torch.cat([network(part) for part in source.split(8)])
    return float(F.l1_loss(made, target)) / 2, float(unlikeness(eyes.load(source.device.type), made, target))


def tulips(home: Path, size: int) -> Path:
    """The sample tulips and their edges, a tenth held back."""
    project = Project.create("Tulips", home=home)
    collect.add_files(project, sorted(TULIPS.glob("*")), consent=Consent(state="given", purposes=["train", "show"]))
    recipe = augment.Recipe([augment.CropSquare(), augment.Resize(size)])
    return augment.build_pairs(project, source=augment.Edges(), recipe=recipe, name="edges").path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("size", 64), ("width", 16), ("batch", 4), ("rounds", 12)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--device", default="cpu")
    main(**vars(parser.parse_args()))
