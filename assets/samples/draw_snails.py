"""Draw paper-cut snails: a dozen pictures to teach a model a thing that it has never seen. The tiny base knows no snail.

    python assets/samples/draw_snails.py FOLDER [--size 256]

They are cut from the same papers as what the tiny base learned from (lib/models/tiny_base), so that nothing is new but the snail.
Read `SNAILS` first, which says what each picture shows, then `snail`.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lib.models.tiny_base.page import Cut, Page, at_random, pick, scissored
from lib.models.tiny_base.scenes import COLOURS, PAPERS
from lib.models.tiny_base.shapes import Sheet, curve, disc, strip

SKIN = {"skin": "#DDB98A", "shade": "#B98F63", "ink": "#2B2430"}


class Snail(NamedTuple):
    """colour: of its shell. x, y: where it lies, y down; size: its radius, all in sides of the page. looks: "left" or "right"."""

    colour: str
    paper: str
    looks: str
    x: float
    y: float
    size: float
    words: str


SNAILS = (
    Snail("red", "blue", "right", 0.5, 0.5, 0.32, "a red snail on blue paper"),
    Snail("blue", "white", "left", 0.5, 0.52, 0.30, "a blue snail on white paper"),
    Snail("yellow", "black", "right", 0.5, 0.5, 0.30, "a yellow snail on black paper"),
    Snail("green", "yellow", "left", 0.5, 0.5, 0.31, "a green snail on yellow paper"),
    Snail("purple", "green", "right", 0.5, 0.48, 0.29, "a purple snail on green paper"),
    Snail("pink", "brown", "left", 0.48, 0.5, 0.33, "a pink snail on brown paper"),
    Snail("pink", "white", "right", 0.5, 0.5, 0.24, "a small pink snail on white paper"),
    Snail("blue", "yellow", "left", 0.5, 0.5, 0.38, "a large blue snail on yellow paper"),
    Snail("yellow", "blue", "right", 0.5, 0.52, 0.31, "a yellow snail on blue paper"),
    Snail("red", "green", "left", 0.5, 0.68, 0.28, "a red snail on green paper, at the bottom"),
    Snail("green", "white", "right", 0.5, 0.32, 0.28, "a green snail at the top, on white paper"),
    Snail("purple", "yellow", "left", 0.5, 0.5, 0.31, "a purple snail on yellow paper"),
)


def snail() -> list[Sheet]:
    """Its sheets, back to front, looking to the right; it fits into a circle of radius 1."""
    turn = np.linspace(0, 2 * math.pi * 1.75, 60)
    reach = 0.5 - 0.42 * turn / turn[-1]
    spiral = [(-0.2 + r * math.cos(a - 0.6), 0.12 + r * math.sin(a - 0.6)) for r, a in zip(reach, turn, strict=True)]
    body = [(-1.0, -0.6, 0), (-0.6, -0.44), (0.1, -0.42), (0.42, -0.2), (0.5, 0.16), (0.68, 0.3), (0.9, 0.2), (0.92, -0.02), (0.8, -0.2),
            (0.8, -0.46), (0.62, -0.62), (0.2, -0.66)]  # fmt: skip
    return [
        Sheet(strip([(0.6, 0.2), (0.58, 0.45), (0.52, 0.66)], 0.08, 0.06), "shade"),
        Sheet(strip([(0.78, 0.22), (0.86, 0.46), (0.96, 0.62)], 0.08, 0.06), "skin"),
        Sheet(disc(0.52, 0.68, 0.085), "ink", 0.3),
        Sheet(disc(0.96, 0.65, 0.085), "ink", 0.3),
        Sheet(curve(body), "skin"),
        Sheet(disc(-0.2, 0.12, 0.66), "main"),
        Sheet(disc(-0.2, 0.12, 0.53), "dark", 0.2),
        Sheet(strip(spiral, 0.17, 0.12), "light", 0.5),
    ]


def draw(number: int, size: int = 256) -> Image.Image:
    """Picture `number` of SNAILS. size: its side in pixels."""
    facts, dice = SNAILS[number], Random(number)
    page = Page(size, pick(dice, PAPERS[facts.paper])[0], dice)
    tones = dict(zip(("main", "dark", "light"), pick(dice, COLOURS[facts.colour]), strict=True)) | SKIN
    lean = math.radians(at_random(dice, -5, 5))
    cut = Cut(facts.x, facts.y, facts.size, math.cos(lean), math.sin(lean), facts.looks == "left")
    for sheet in snail():
        page.lay(cut.placed(scissored(sheet.outline, sheet.out, dice)), tones[sheet.tone], sheet.lift)
    return page.finished()


def main(folder: Path, size: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["file", "caption"])
        for number, facts in enumerate(SNAILS):
            name = f"snail_{number + 1:02d}.png"
            draw(number, size).save(folder / name, optimize=True)
            table.writerow([name, facts.words])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=256, help="side in pixels")
    options = parser.parse_args()
    main(options.folder, options.size)
