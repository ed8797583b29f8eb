"""Makes the index by which the nearest of the tiny base's training pictures are found, and says how well it finds them.

    python tools/index_tiny_base.py --to assets/tiny_base/alike.npz

Some five minutes of one processor core: it draws all of them. Read `main`.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PIL import Image, ImageFilter

from lib.models.tiny_base import alike, scenes

BLOCK = 1000
EXAM, FROM = 300, scenes.FRESH + 300_000        # scenes that it does not hold, and their first number
ASKED = ("thing", "colour", "count", "place", "paper")


def drawn(first: int, count: int, work: Path | None) -> np.ndarray:
    """uint8 (count, SIDE, SIDE, 3). work: where tools/train_tiny_base.py keeps its pictures, so that nobody draws them twice."""
    kept = work and work / f"pictures-{first:07d}.npy"
    if kept and kept.exists():
        return np.load(kept)[:count]
    return np.stack([np.asarray(scenes.draw(scenes.plan(number), alike.SIDE)) for number in range(first, first + count)])


def roughened(pixels: np.ndarray, dice: np.random.Generator) -> Image.Image:
    """As a model makes it: a little soft, tinted and noisy."""
    soft = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(0.9)), float)
    return Image.fromarray(np.clip(soft * (1 + dice.normal(0, 0.03, 3)) + dice.normal(0, 4, 3) + dice.normal(0, 3, soft.shape), 0, 255).astype(np.uint8))


def examine(index: alike.Index) -> None:
    """Prints how often the nearest is the same, in what, and how long it takes to find."""
    dice, right, took = np.random.default_rng(0), [], []
    held = {tuple(row) for row in zip(*(index.facts[name].tolist() for name in ASKED))}
    words = alike.words_of_facts()
    could = 0
    for number, pixels in enumerate(drawn(FROM, EXAM, None), FROM):
        picture, wanted = roughened(pixels, dice), scenes.plan(number)
        since = time.perf_counter()
        [(found, _)] = index.nearest(picture, 1)
        took.append(time.perf_counter() - since)
        right.append([getattr(scenes.plan(found), name) == getattr(wanted, name) for name in ASKED])
        could += tuple(words[name].index(getattr(wanted, name)) for name in ASKED) in held
    share = np.mean(right, 0)
    print("the nearest is the same in:", ", ".join(f"{name} {part:.2f}" for name, part in zip(ASKED, share)))
    print(f"in all five {np.all(right, 1).mean():.2f}, where {could / EXAM:.2f} would be the most; {1000 * np.median(took):.0f} ms each")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--to", type=Path, default=alike.PLACE)
    parser.add_argument("--work", type=Path, help="the work folder of tools/train_tiny_base.py, where it is still there")
    asked = parser.parse_args()
    pictures = np.concatenate([drawn(first, BLOCK, asked.work) for first in range(0, scenes.TRAINING, BLOCK)])
    index = alike.make_index(pictures, range(scenes.TRAINING))
    asked.to.parent.mkdir(parents=True, exist_ok=True)
    index.save(asked.to)
    print(f"{asked.to}: {asked.to.stat().st_size / 1e6:.2f} MB")
    examine(alike.Index.open(asked.to))


if __name__ == "__main__":
    main()
