"""One training step of the GAN beside a plain loop over the same networks, and the time it spends on data. Run by hand:

    .venv/bin/python benchmarks/gan.py [--size 64] [--width 16] [--batch 8] [--rounds 40] [--device cpu]

Both take turns in one process, and the best of all rounds counts, so that other programs disturb the ratio little.
The plain loop is what a first tutorial shows: pictures from the disk for each batch, a step of the discriminator, then a
step of the generator with a new painting, Adam as it comes, an average in a Python loop. Same losses, same augmentation.
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lib.media.files import write_json, write_text
from lib.models import validate
from lib.models.augmentation import augment
from lib.models.gan.network import WHOLE, Discriminator, Generator, part_of
from lib.models.gan.train import Game, Pictures, choose_bf16, shrink

PICTURES = 200


def main(size: int, width: int, batch: int, rounds: int, device: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        dataset = draw(Path(folder), size)
        ours, plain = Ours(dataset, size, width, batch, torch.device(device)), Plain(dataset, size, width, batch, torch.device(device))
        best = {ours: (1e9, 0.0), plain: (1e9, 0.0)}
        for n in range(1, rounds + 1):
            for loop in (ours, plain):
                best[loop] = min(best[loop], timed(loop, n, device))
    weights = [sum(value.numel() for value in network.parameters()) / 1e6 for network in (ours.game.generator, ours.game.discriminator)]
    print(f"{size} px, width {width} (G {weights[0]:.2f} M, D {weights[1]:.2f} M), batch {batch}, {device}, "
          f"{torch.get_num_threads()} threads, best of {rounds}, load {os.getloadavg()[0]:.1f}\n")  # fmt: skip
    print(f"{'':12} {'ms a step':>10} {'pictures/s':>11} {'on data':>8}")
    for name, loop in (("ours", ours), ("plain loop", plain)):
        seconds, fetching = best[loop]
        print(f"{name:12} {1000 * seconds:10.1f} {batch / seconds:11.1f} {fetching / seconds:8.1%}")
    print(f"\nours takes {best[ours][0] / best[plain][0]:.2f} of the plain loop's time")


def timed(loop, n: int, device: str) -> tuple[float, float]:
    """(seconds of one step, seconds of them spent on data)"""
    start = time.perf_counter()
    real = loop.fetch(n)
    fetched = time.perf_counter()
    loop.play(real)
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, fetched - start


class Ours:
    def __init__(self, dataset: Path, size: int, width: int, batch: int, device: torch.device):
        self.batch = batch
        self.pictures = Pictures(dataset, device, seed=0, mirror=False)
        self.game = Game(size, validate("gan", {"width": width, "batch": batch}), device, choose_bf16(device))

    def fetch(self, n: int):
        return self.pictures.batch(n, self.batch)

    def play(self, real) -> None:
        self.game.play(real)
        self.game.step += 1


class Plain:
    def __init__(self, dataset: Path, size: int, width: int, batch: int, device: torch.device):
        self.device, self.batch = device, batch
        self.files = sorted((dataset / "train").glob("*.png"))
        self.generator, self.discriminator = Generator(size, 64, width).to(device), Discriminator(size, width).to(device)
        self.average = copy.deepcopy(self.generator)
        self.adam_g = torch.optim.Adam(self.generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
        self.adam_d = torch.optim.Adam(self.discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))

    def fetch(self, n: int):
        chosen = np.random.default_rng(n).choice(len(self.files), self.batch)
        pixels = np.stack([np.asarray(Image.open(self.files[number]).convert("RGB")) for number in chosen])
        return (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1).to(self.device)

    def play(self, real) -> None:
        seen = augment(real, 0.3)
        fake = self.generator(torch.randn(self.batch, 64, device=self.device))
        marks, whole = self.discriminator(seen, WHOLE)
        loss_d = F.relu(1 - marks).mean() + F.relu(1 + self.discriminator(augment(fake.detach(), 0.3))).mean()
        loss_d = loss_d + F.l1_loss(whole, shrink(part_of(seen, WHOLE), whole))
        self.adam_d.zero_grad()
        loss_d.backward()
        self.adam_d.step()
        fake = self.generator(torch.randn(self.batch, 64, device=self.device))
        loss_g = -self.discriminator(augment(fake, 0.3)).mean()
        self.adam_g.zero_grad()
        loss_g.backward()
        self.adam_g.step()
        with torch.no_grad():
            for mine, theirs in zip(self.average.parameters(), self.generator.parameters()):
                mine.mul_(0.999).add_(theirs, alpha=0.001)


def draw(folder: Path, size: int) -> Path:
    """A dataset folder of soft random pictures."""
    luck = np.random.default_rng(0)
    (folder / "train").mkdir()
    for number in range(1, PICTURES + 1):
        small = Image.fromarray(luck.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        small.resize((size, size), Image.Resampling.BICUBIC).save(folder / "train" / f"{number:06d}.png")
    lines = [f'{{"file_name": "{number:06d}.png", "sha256": ""}}\n' for number in range(1, PICTURES + 1)]
    write_text(folder / "train" / "metadata.jsonl", "".join(lines))
    write_json(folder / "dataset.json", {"schema": 1, "name": "soft", "version": 1, "kind": "image", "size": [size, size], "hash": ""})
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("size", 64), ("width", 16), ("batch", 8), ("rounds", 40)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--device", default="cpu")
    main(**vars(parser.parse_args()))
