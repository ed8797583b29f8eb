"""pix2pix beside a plain loop over the same networks, and beside the training of the paper. Run by hand:

    .venv/bin/python benchmarks/pix2pix.py [--size 64] [--width 24] [--batch 4] [--rounds 12] [--seconds 0] [--device cpu]

Speed: seven runs of both, in turns in one process; the median of their ratios counts. The plain loop is what a first tutorial shows:
pairs from the disk for each batch, one step of the judge and one of the generator, the same losses and the same jitter, tuned as ours
is (fused Adam, gradients set to None). Pictures a second: the generator alone, as it is played, by width and size.
--seconds 300: after so many seconds of training each, on the paper-cut tulips and their edges, how far held-out pairs are off, in
pixels (L1) and to eyes that learned on ImageNet; beside the paper's own training (batch 1, instance norm, 2e-4, constant), three seeds.
"""

from __future__ import annotations

import argparse
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

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lib import augment, collect
from lib.models import validate
from lib.models.pix2pix.network import Generator, Judge
from lib.models.pix2pix.train import Game, Pairs, jittered
from lib.project import Consent, Project

RUNS = 7
TULIPS = Path(__file__).resolve().parent.parent / "assets" / "samples" / "tulips"


def main(size: int, width: int, batch: int, rounds: int, seconds: float, device: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        dataset = tulips(Path(folder), size)
        compare_speed(dataset, size, width, batch, rounds, torch.device(device))
        pictures_a_second(torch.device(device))
        if seconds:
            compare_quality(dataset, size, width, batch, seconds, torch.device(device))


# ---- speed


def compare_speed(dataset: Path, size: int, width: int, batch: int, rounds: int, device: torch.device) -> None:
    ours, plain = Ours(dataset, width, batch, device), Plain(dataset, size, width, batch, device)
    for loop in (ours, plain):
        timed(loop, 2)      # the first steps are slower
    ratios, data = [], []
    for _ in range(RUNS):
        mine, fetching = timed(ours, rounds)
        theirs, _ = timed(plain, rounds)
        ratios.append(mine / theirs)
        data.append(fetching / mine)
        print(f"  {1000 * mine / rounds:7.1f} ms a step, plain {1000 * theirs / rounds:7.1f}, on data {data[-1]:.1%}")
    print(f"{size} px, width {width}, batch {batch}, {device}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}: "
          f"ours takes {statistics.median(ratios):.3f} of the plain loop's time; data {statistics.median(data):.1%}\n")  # fmt: skip


def timed(loop, rounds: int) -> tuple[float, float]:
    """(seconds of so many steps, seconds of them spent on data)"""
    start, fetching = time.perf_counter(), 0.0
    for _ in range(rounds):
        began = time.perf_counter()
        pair = loop.fetch()
        fetching += time.perf_counter() - began
        loop.play(*pair)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start, fetching


class Ours:
    def __init__(self, dataset: Path, width: int, batch: int, device: torch.device, seed: int = 0, **settings):
        self.settings = validate("pix2pix", {"width": width, "batch": batch, "steps": 100_000, "augmentation": 0.0, **settings})
        torch.manual_seed(seed)
        self.pairs = Pairs(dataset, device, seed)
        self.game = Game(self.pairs.size, self.settings, device)

    def fetch(self):
        return self.pairs.batch(self.game.step + 1, self.settings)

    def play(self, source, target) -> None:
        self.game.play(source, target)
        self.game.step += 1


class Plain:
    def __init__(self, dataset: Path, size: int, width: int, batch: int, device: torch.device, norm: str = "batch", rate: float = 2e-4, seed: int = 0):
        torch.manual_seed(seed)
        self.device, self.batch, self.luck = device, batch, np.random.default_rng(seed)
        self.files = sorted((dataset / "train" / "target").glob("*.png"))
        self.generator, self.judge = Generator(size, width, norm).to(device), Judge(size, width, norm).to(device)
        self.adam_g, self.adam_j = (torch.optim.Adam(net.parameters(), lr=rate, betas=(0.5, 0.999), fused=True) for net in (self.generator, self.judge))

    def fetch(self):
        chosen = [self.files[number] for number in self.luck.choice(len(self.files), self.batch)]
        sides = [np.stack([np.asarray(Image.open(str(file).replace("target", side)).convert("RGB")) for file in chosen]) for side in ("source", "target")]
        both = torch.cat([torch.from_numpy(side).permute(0, 3, 1, 2).float() / 127.5 - 1 for side in sides], 1).to(self.device)
        both = jittered(both, 0.12)
        both = both.flip(3) if torch.rand(()) < 0.5 else both
        return both[:, :3], both[:, 3:]

    def play(self, source, target) -> None:
        made = self.generator(source)
        real, fake = self.judge(source, target), self.judge(source, made.detach())
        loss_j = (F.binary_cross_entropy_with_logits(real, torch.ones_like(real)) + F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))) / 2
        self.adam_j.zero_grad(set_to_none=True)
        loss_j.backward()
        self.adam_j.step()
        marks = self.judge(source, made)
        loss_g = F.binary_cross_entropy_with_logits(marks, torch.ones_like(marks)) + 100 * F.l1_loss(made, target)
        self.adam_g.zero_grad(set_to_none=True)
        loss_g.backward()
        self.adam_g.step()


@torch.no_grad()
def pictures_a_second(device: torch.device) -> None:
    print("pictures a second, as it is played, on one thread:")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for size in (64, 128, 256):
        told = []
        for width in (16, 32, 64):
            network, source = Generator(size, width).to(device).eval(), torch.randn(1, 3, size, size, device=device)
            times = []
            for _ in range(8):
                began = time.perf_counter()
                network(source)
                times.append(time.perf_counter() - began)
            told.append(f"width {width}: {1 / min(times):6.1f}")
        print(f"  {size} px   {'   '.join(told)}")
    torch.set_num_threads(threads)
    print()


# ---- quality


def compare_quality(dataset: Path, size: int, width: int, batch: int, seconds: float, device: torch.device) -> None:
    print(f"held-out pairs after {seconds:.0f} s of training each, {size} px: L1 in a pixel (0 to 1), distance to eyes of ImageNet")
    for seed in range(3):
        ours = Ours(dataset, width, batch, device, seed, steps=steps_in(dataset, width, batch, device, seconds), learning_rate=5e-4)
        paper = Plain(dataset, size, width, 1, device, "instance", seed=seed)
        for name, loop, network in (("ours", ours, ours.game.generator), ("the paper's", paper, paper.generator)):
            began, steps = time.monotonic(), 0
            while time.monotonic() - began < seconds and (name != "ours" or steps < loop.settings.steps):
                loop.play(*loop.fetch())
                steps += 1
            print(f"  seed {seed} {name:12} {steps:6} steps   L1 {distance(network, ours.pairs):.4f}   eyes {seen_distance(network, ours.pairs):.4f}")


def steps_in(dataset: Path, width: int, batch: int, device: torch.device, seconds: float) -> int:
    """How many of our steps go into so many seconds, by a short trial."""
    trial = Ours(dataset, width, batch, device)
    timed(trial, 3)
    took, _ = timed(trial, 10)
    return max(10, int(seconds * 0.97 / (took / 10)))


@torch.no_grad()
def answers(network, pairs: Pairs):
    network.eval()
    source, target = pairs.some_held(64)
    made = torch.cat([network(part) for part in source.split(8)])
    network.train()
    return made, target


def distance(network, pairs: Pairs) -> float:
    made, target = answers(network, pairs)
    return float(F.l1_loss(made, target)) / 2


def seen_distance(network, pairs: Pairs) -> float:
    from lib.models.pix2pix.train import _eyes

    with torch.no_grad():
        return float(_eyes(pairs.device)(*answers(network, pairs)))


def tulips(home: Path, size: int) -> Path:
    """The sample tulips and their edges, a fifth held back."""
    project = Project.create("Tulips", home=home)
    collect.add_files(project, sorted(TULIPS.glob("*")), consent=Consent(state="given", purposes=["train", "show"]))
    recipe = augment.Recipe([augment.CropSquare(), augment.Resize(size)])
    return augment.build_pairs(project, source=augment.Edges(), recipe=recipe, name="edges").path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("size", 64), ("width", 24), ("batch", 4), ("rounds", 12)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--device", default="cpu")
    main(**vars(parser.parse_args()))
