"""Draw paper-cut tulips: the sample dataset that ships with Handmade, and prints for the wall.

For anyone who wants more of them, or larger ones, or wants to see how a picture is put together from sheets of paper:

    python assets/samples/draw_tulips.py FOLDER --count 200 --size 256 --seed 7
    python assets/samples/draw_tulips.py FOLDER --only 12 --size 2048

Read `plan` first (it decides what a tulip is like), then `draw` (it lays the sheets, back to front), then `Page.lay`
(one sheet: shadow, paper, cut edge). Everything is measured in the side of the picture: x to the right, y down, 0 to 1.
The seed and the number decide a picture; how many are drawn, and how large, changes nothing about its design.
"""

from __future__ import annotations

import argparse
import csv
import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

# ------------------------------------------------------------------------------------------------ papers

# The word for a flower, the papers of its front, side and back petals, a second colour for flames and rims, its word.
FLOWERS = {
    "poppy": ("red", "#CF3A26", "#BE2E20", "#8F1F1C", "#F0B64A", "yellow"),
    "crimson": ("red", "#B3222F", "#9C1A2A", "#701423", "#F3D9CF", "pale pink"),
    "vermilion": ("red", "#DB4B30", "#CB3B26", "#A02A20", "#F6E3C4", "cream"),
    "rose": ("pink", "#DC6B80", "#CC5570", "#A63A58", "#F7DCD6", "pale pink"),
    "shell": ("pink", "#F0B6B1", "#E79F9E", "#CF7F84", "#C6405A", "crimson"),
    "blossom": ("pink", "#EA93A4", "#DE7C92", "#BC5874", "#FBEFE6", "white"),
    "chalk": ("white", "#F3EDE1", "#E8DFCF", "#D2C6B2", "#C43B33", "red"),
    "milk": ("white", "#F2EAD8", "#E6D9C2", "#CFBFA3", "#6D3C78", "purple"),
    "lemon": ("yellow", "#F3CF55", "#EABD3A", "#CB9526", "#CC4526", "red"),
    "butter": ("yellow", "#F7DE8E", "#EFCD6C", "#D6AB48", "#E27A33", "orange"),
    "tangerine": ("orange", "#E9823A", "#DD6E2A", "#B3501F", "#F6CF63", "yellow"),
    "apricot": ("orange", "#F2A565", "#E88F4E", "#C96C36", "#B9342C", "red"),
    "coral": ("coral", "#EE8671", "#E2705D", "#BC4F45", "#FBE5D2", "cream"),
    "plum": ("purple", "#76457F", "#653771", "#472552", "#E3B7C4", "pink"),
    "iris": ("purple", "#8B63A3", "#795092", "#563771", "#F3E3C6", "cream"),
    "lilac": ("lilac", "#BBA0CE", "#A98BC0", "#85679F", "#F7F0E6", "white"),
    "night": ("black", "#402A3A", "#311E2C", "#21141E", "#A8324A", "crimson"),
    "delft": ("blue", "#3A6596", "#2D5484", "#1F3D66", "#F4EEDF", "white"),
}

# The word for a ground, its paper, a second sheet that goes with it, the greens and the flowers that sing on it.
GROUNDS = {
    "warm white": ("white", "#F5EEE1", "#E8D3B4", ("forest", "olive", "sea"),
        "poppy crimson rose blossom tangerine plum night delft coral lemon iris vermilion"),
    "cream": ("cream", "#F0E2C6", "#D9B98C", ("forest", "moss", "sea"),
        "poppy crimson plum night delft rose vermilion"),
    "craft": ("brown", "#C8A67C", "#EFE2CB", ("pine", "forest", "ink green"),
        "chalk crimson night milk delft vermilion"),
    "dusty blue": ("blue", "#A3B8C4", "#EDE3D0", ("forest", "pine", "olive"),
        "poppy lemon chalk coral butter crimson"),
    "harbour": ("blue", "#6F92A8", "#D9C39C", ("pine", "mint", "ink green"),
        "chalk butter coral shell lemon poppy"),
    "ochre": ("ochre", "#DBA94C", "#F1DFBA", ("pine", "ink green", "forest"),
        "chalk plum crimson night vermilion milk"),
    "ink": ("dark blue", "#222D45", "#3D4F6E", ("mint", "leaf", "sea"),
        "chalk shell lemon poppy apricot blossom coral lilac"),
    "sage": ("green", "#B1BEA2", "#E9E2CE", ("pine", "ink green", "forest"),
        "rose chalk plum poppy shell coral crimson"),
    "blush": ("pink", "#EFD0C3", "#D99C8A", ("forest", "pine", "sea"),
        "poppy plum night crimson delft chalk"),
    "terracotta": ("terracotta", "#C57452", "#EAC9A4", ("pine", "ink green", "mint"),
        "chalk butter shell night milk"),
    "lagoon": ("dark green", "#1F4746", "#D8C08A", ("mint", "leaf", "celadon"),
        "coral lemon shell chalk blossom tangerine"),
    "stone": ("grey", "#CFC8BB", "#F0E9DB", ("forest", "pine", "moss"),
        "poppy lemon plum tangerine rose night chalk"),
    "straw": ("yellow", "#F0D98F", "#E4B45C", ("forest", "pine", "sea"),
        "poppy plum crimson delft tangerine night"),
}

# Greens: the front of the leaf, its pale back, the stem.
GREENS = {
    "forest": ("#4B7450", "#8BA684", "#57804F"),
    "olive": ("#7C8646", "#AEB37E", "#848D4C"),
    "moss": ("#677B3D", "#9EAB74", "#738545"),
    "sea": ("#4E8477", "#93B8AA", "#5C8F77"),
    "pine": ("#2F5743", "#708F78", "#3C6549"),
    "ink green": ("#24463F", "#5F827A", "#30544A"),
    "mint": ("#86B18F", "#BAD2B8", "#93BA8F"),
    "leaf": ("#6F9F5E", "#A8C596", "#7DA964"),
    "celadon": ("#9BB79A", "#C6D6C0", "#A5BE9B"),
}

CORE = "#F6F1E7"                  # the white inside of a torn paper
FORMS = ("cup", "cup", "cup", "lily", "lily", "parrot", "double", "open", "bud", "drooping")
PATTERNS = ("", "", "", "", "", "flames", "flames", "rims", "drops", "hearts")
TEARS = ("", "", "", "", "", "petal", "petals", "leaf")
SETTINGS = ("", "", "", "", "", "", "table", "torn table", "torn sheet", "grid", "ruled", "frame", "folded")
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


def rgb(text: str) -> np.ndarray:
    """'#RRGGBB' as three numbers from 0 to 255."""
    return np.array([int(text[i:i + 2], 16) for i in (1, 3, 5)], np.float32)


def mixed(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    """`a` with a `share` (0 to 1) of `b`."""
    return a + (b - a) * share


# ------------------------------------------------------------------------------------------------ the plan

@dataclass(frozen=True)
class Tulip:
    """All that is decided about one tulip before the first cut. Angles in degrees, to the right is positive."""

    seed: int
    number: int
    form: str                 # one of FORMS
    flower: str               # a key of FLOWERS
    ground: str               # a key of GROUNDS
    green: str                # a key of GREENS
    petals: int               # petals that can be seen
    tilt: float               # of the flower head
    leaves: int
    pattern: str = ""         # "", "flames", "rims", "drops" (cut out), "hearts" (colour at the base)
    torn: str = ""            # "", "petal" (one of them), "petals" (all of them), "leaf"
    setting: str = ""         # "", "table", "torn table", "torn sheet", "grid", "ruled", "frame", "folded"
    fallen: bool = False      # a petal lies at the foot
    folded: bool = False      # a leaf is folded over
    painted: bool = False     # brushed colour, as Matisse's assistants painted their papers
    size: float = 1.0         # of the head

    def dice(self, *use: int) -> np.random.Generator:
        """A fresh random generator for one use; the same tulip always gets the same."""
        return np.random.default_rng([self.seed, self.number, *use])


def dealt(seed: int, number: int, cards, use: int):
    """Deal card `number` from decks that are shuffled anew each time they run out: variety without streaks."""
    deck, place = divmod(number, len(cards))
    return cards[np.random.default_rng([seed, use, deck]).permutation(len(cards))[place]]


def pairs() -> list[tuple[str, str]]:
    """Every ground with every flower that sings on it."""
    return [(ground, flower) for ground, facts in GROUNDS.items() for flower in facts[4].split()]


def plan(seed: int, number: int) -> Tulip:
    """Decide what tulip `number` is like."""
    dice = np.random.default_rng([seed, number, 1])
    ground, flower = dealt(seed, number, pairs(), 101)
    form = dealt(seed, number, FORMS, 102)
    petals = {"cup": dice.integers(3, 7), "lily": dice.integers(3, 7), "parrot": dice.integers(4, 7), "double": 9,
              "open": dice.integers(5, 7), "bud": dice.integers(2, 4), "drooping": dice.integers(3, 6)}[form]
    side = dice.choice([-1, 1])
    lean = side * dice.choice([dice.uniform(0, 5), dice.uniform(9, 24)], p=[.35, .65])
    if form == "drooping":
        lean = side * dice.uniform(62, 98)
    pattern = dealt(seed, number, PATTERNS, 103)
    if form in ("bud", "double", "parrot", "open") and pattern in ("drops", "hearts") or form == "double":
        pattern = ""
    if form == "parrot" and pattern == "" and dice.random() < .55:
        pattern = "flames"
    torn = dealt(seed, number, TEARS, 104)
    if torn in ("petal", "petals") and pattern in ("rims", "drops"):  # a tear would spoil these
        torn = ""
    return Tulip(
        seed=seed, number=number, form=form, flower=flower, ground=ground, petals=int(petals), tilt=float(lean),
        green=str(dice.choice(GROUNDS[ground][3])), leaves=int(dice.choice([1, 2, 2, 2, 3])), pattern=pattern,
        torn=torn, setting=dealt(seed, number, SETTINGS, 105),
        fallen=bool(dice.random() < .14), folded=bool(dice.random() < .22) and torn != "leaf",
        painted=bool(dice.random() < .5), size=float(dice.uniform(.94, 1.06)))


def caption(tulip: Tulip) -> str:
    """What was drawn, in plain words."""
    colour, ground = FLOWERS[tulip.flower][0], GROUNDS[tulip.ground][0]
    kind = {"lily": "pointed ", "parrot": "fringed ", "double": "double ", "open": "open ", "drooping": "drooping "}
    torn = "torn " if tulip.torn == "petals" else ""
    words = torn + kind.get(tulip.form, "") + colour + " paper tulip" + (" bud" if tulip.form == "bud" else "")
    words = ("an " if words[0] in "aeiou" else "a ") + words
    words += " with " + ("many" if tulip.form == "double" else NUMBERS[tulip.petals]) + " petals"
    second = second_colour(tulip)
    words += {"flames": f" and {second} flames", "rims": f" edged in {second}", "drops": " and cut-out drops",
              "hearts": f" and a {second} heart"}.get(tulip.pattern, "")
    words += {"petal": ", one petal torn", "leaf": ", a torn leaf"}.get(tulip.torn, "")
    words += ", leaning left" if tulip.tilt < -6 else ", leaning right" if tulip.tilt > 6 else ", upright"
    words += ", a folded leaf" if tulip.folded else ""
    words += ", a fallen petal" if tulip.fallen else ""
    return words + ", on " + {
        "": f"{ground} paper", "table": f"{ground} paper with a second sheet below",
        "torn table": f"{ground} paper with a torn sheet below", "torn sheet": f"a torn sheet of {ground} paper",
        "grid": f"{ground} squared paper", "ruled": f"{ground} ruled paper", "frame": f"{ground} paper with a border",
        "folded": f"folded {ground} paper"}[tulip.setting]


def second_colour(tulip: Tulip) -> str:
    """The word for the flower's second colour."""
    return FLOWERS[tulip.flower][5]


# ------------------------------------------------------------------------------------------------ shapes

@dataclass(frozen=True)
class Blade:
    """A petal, leaf or stem before it is cut: points along its middle, and how wide it is there.

    middle (N, 2); half (N,) in the same unit; pointed: whether the tip is a sharp corner.
    """

    middle: np.ndarray
    half: np.ndarray
    pointed: bool = True

    def normal(self) -> np.ndarray:
        """The direction to the right-hand side, (N, 2)."""
        along = np.gradient(self.middle, axis=0)
        along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
        return np.stack([-along[:, 1], along[:, 0]], 1)

    def side(self, sign: int, share: float = 1.0) -> np.ndarray:
        """One edge from base to tip, (N, 2)."""
        return self.middle + sign * share * self.half[:, None] * self.normal()

    def outline(self, share: float = 1.0) -> np.ndarray:
        """All around: up one side, down the other, (2N, 2)."""
        return np.concatenate([self.side(1, share), self.side(-1, share)[::-1]])

    def half_outline(self, sign: int) -> np.ndarray:
        """Only what lies on one side of the middle."""
        return np.concatenate([self.side(sign, 1.1), self.middle[::-1]])

    def placed(self, at, turn: float, scale: float) -> Blade:
        """Moved from head coordinates (y up, base at 0, 0) onto the page."""
        a = math.radians(turn)
        matrix = np.array([[math.cos(a), math.sin(a)], [math.sin(a), -math.cos(a)]])
        return replace(self, middle=np.asarray(at) + scale * self.middle @ matrix.T, half=self.half * scale)


def blade(length: float, width: float, lean: float = 0, bend: float = 0, base=(0, 0), rise: float = .45,
          point: float = .55, curl: float = 0, steps: int = 56) -> Blade:
    """A leaf-like shape, y up. lean: first direction; bend: how far it turns on its way; curl: turns at the tip only.

    Its half width follows t^rise (1 - t)^point, the beta curve: a small exponent is blunt, a large one drawn out.
    """
    t = (1 - np.cos(np.linspace(0, np.pi, steps))) / 2
    angle = np.radians(lean + bend * t + curl * t ** 4)
    pace = np.diff(t, prepend=0)[:, None] * length
    middle = np.asarray(base) + np.cumsum(np.stack([np.sin(angle), np.cos(angle)], 1) * pace, 0)
    peak = rise / (rise + point)
    half = t ** rise * (1 - t) ** point / (peak ** rise * (1 - peak) ** point)
    return Blade(middle, half * width / 2, point > .6)


def bezier(points, steps: int = 80) -> np.ndarray:
    """A cubic curve through four control points, (steps, 2)."""
    a, b, c, d = (np.asarray(p, float) for p in points)
    t = np.linspace(0, 1, steps)[:, None]
    return a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t ** 2 * (1 - t) + d * t ** 3


def paced(outline: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Points at the arc lengths `at` along the closed outline."""
    closed = np.concatenate([outline, outline[:1]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.mod(at, length[-1])
    return np.stack([np.interp(at, length, closed[:, i]) for i in (0, 1)], 1)


def perimeter(outline: np.ndarray) -> float:
    """Length of the closed outline."""
    return float(np.linalg.norm(outline - np.roll(outline, 1, 0), axis=1).sum())


def outward(outline: np.ndarray) -> np.ndarray:
    """Unit normals of a closed outline, pointing out of it."""
    along = np.roll(outline, -1, 0) - np.roll(outline, 1, 0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    x, y = outline.T
    area = np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))
    return np.stack([along[:, 1], -along[:, 0]], 1) * np.sign(area)


def scissored(outline: np.ndarray, dice: np.random.Generator, step: float = .034, wobble: float = .0016,
              corners=()) -> np.ndarray:
    """The outline as a hand cuts it: long easy curves, now and then a flat facet where the blades were opened again."""
    total = perimeter(outline)
    count = max(7, round(total / step))
    at = (np.arange(count) + dice.uniform(-.33, .33, count)) * total / count
    soft = np.where(dice.random(count) < .22, dice.uniform(0, .5, count), 1.0)
    closed = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(outline, axis=0), axis=1))])
    for corner in corners:                                     # the tip stays where it was meant to be
        near = int(np.argmin(np.abs((at - closed[corner] + total / 2) % total - total / 2)))
        at[near], soft[near] = closed[corner], .0
    order = np.argsort(at)
    at, soft = at[order], soft[order]
    knots = paced(outline, at)
    knots = knots + outward(knots) * dice.normal(0, wobble, count)[:, None]
    ahead, behind = np.roll(knots, -1, 0), np.roll(knots, 1, 0)
    pull = (ahead - behind) / 2 * soft[:, None]
    t = np.linspace(0, 1, 9)[:-1][:, None, None]
    curve = ((2 * t ** 3 - 3 * t ** 2 + 1) * knots + (t ** 3 - 2 * t ** 2 + t) * pull
             + (3 * t ** 2 - 2 * t ** 3) * ahead + (t ** 3 - t ** 2) * np.roll(pull, -1, 0))
    return curve.transpose(1, 0, 2).reshape(-1, 2)


def fringed(outline: np.ndarray, dice: np.random.Generator, depth: float, start: float = .34) -> np.ndarray:
    """A parrot petal: the upper part ruffled, and snipped into uneven points."""
    snips = int(dice.integers(25, 32))
    at = (np.arange(snips) + dice.uniform(-.28, .28, snips)) / snips
    place = np.sort(np.concatenate([at, at + .35 / snips, at + .62 / snips]))
    kind = np.arange(3 * snips) % 3             # a point, the foot of the cut, the way up to the next point
    edge = paced(outline, place * perimeter(outline))
    rank = 1 - np.abs(2 * (place % 1) - 1)                        # 0 at the base, 1 at the tip
    teeth = np.choose(kind, [1.0, -.85, -.1]) * dice.uniform(.4, 1.15, 3 * snips)
    ruffle = .7 * np.sin(2 * np.pi * (place * dice.uniform(5, 7) + dice.random()))
    return edge + outward(edge) * ((teeth + ruffle) * depth * np.clip((rank - start) / .2, 0, 1))[:, None]


def rough(count: int, dice: np.random.Generator, octaves: int = 5, stride: int = 48) -> np.ndarray:
    """A closed line of fractal noise, about -1 to 1, (count,); its longest waves span about `stride` points."""
    total = np.zeros(count)
    place = np.arange(count) / count
    for octave in range(octaves):
        knots = max(4, count // stride) * 2 ** octave
        values = dice.uniform(-1, 1, knots)
        total += np.interp(place * knots, np.arange(knots + 1), np.append(values, values[0])) * .58 ** octave
    return total / 1.6


def torn_outlines(outline: np.ndarray, dice: np.random.Generator, width: float = .009, roughness: float = .0035,
                  toward=None, only: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Tear along an outline: (the white core, the coloured skin that comes away a little sooner).

    toward: a direction; the core shows most on that side, as where the hand pulled. only: the rest is cut, not torn.
    """
    count = max(200, round(perimeter(outline) / .0028))
    edge = paced(outline, np.linspace(0, perimeter(outline), count, endpoint=False))
    out = outward(edge)
    along = np.ones(count) if toward is None else out @ np.asarray(toward)
    share = np.clip((along - .78) / .12, 0, 1) if only else np.clip(along * .8 + .3, .1, 1)
    waves = rough(count, dice, 5, 22) * .010 * share if only else rough(count, dice) * roughness
    core = edge + out * waves[:, None]
    depth = np.clip(width * (.58 + .9 * rough(count, dice, 5, 26 if only else 48)) * share, 0, None)
    return core, core - out * depth[:, None]


def clipped(outline: np.ndarray, at: np.ndarray, facing: np.ndarray) -> np.ndarray:
    """The part of the outline where (p - at) . facing <= 0 (Sutherland and Hodgman, one line)."""
    depth = (outline - at) @ facing
    kept = []
    for i in range(len(outline)):
        j = (i + 1) % len(outline)
        if depth[i] <= 0:
            kept.append(outline[i])
        if (depth[i] <= 0) != (depth[j] <= 0):
            kept.append(outline[i] + (outline[j] - outline[i]) * depth[i] / (depth[i] - depth[j]))
    return np.array(kept)


def reflected(outline: np.ndarray, at: np.ndarray, facing: np.ndarray) -> np.ndarray:
    """Folded over the line through `at` across `facing` (a unit vector)."""
    return outline - 2 * ((outline - at) @ facing)[:, None] * facing


# ------------------------------------------------------------------------------------------------ paper

TILE = 1024                                                       # samples across one picture


@cache
def tile(kind: str) -> np.ndarray:
    """A seamless texture, (TILE, TILE), mean 0, deviation 1. grain: pulp; cloud: slow tones; brush: painted streaks."""
    noise = np.random.default_rng([11, len(kind), ord(kind[0])]).normal(size=(TILE, TILE))
    fy, fx = np.fft.fftfreq(TILE)[:, None] * TILE, np.fft.fftfreq(TILE)[None] * TILE
    r = np.hypot(fx, fy) + 1e-6
    shape = {
        "grain": np.exp(-(r / 105) ** 2) * (r / (r + 24)),
        "cloud": np.exp(-(r / 7) ** 2) * (r > .5) + .25 * np.exp(-(r / 22) ** 2) * (r > .5),
        "brush": np.exp(-(fx / 5.5) ** 2 - (fy / 62) ** 2) / (1 + np.abs(fy) / 16) * (r > .5),
    }[kind]
    waves = np.real(np.fft.ifft2(np.fft.fft2(noise) * shape))
    return ((waves - waves.mean()) / waves.std()).astype(np.float32)


@dataclass(frozen=True)
class Paper:
    """One sheet: its colour (RGB, 0 to 255) and what its surface is like."""

    colour: np.ndarray
    grain: float = 1.0            # strength of the pulp
    brush: float = 0.0            # strength of painted streaks
    turn: float = 0.0             # their direction, degrees
    cloud: float = 1.0            # strength of slow changes of tone


class Page:
    """The picture while it is being made: sheets are laid on it one by one."""

    def __init__(self, pixels: int, dice: np.random.Generator):
        """pixels: side of the working page, several times the finished picture."""
        self.pixels, self.dice = pixels, dice
        self.rows = np.zeros((pixels, pixels, 3), np.float32)

    def mask(self, outlines, box) -> np.ndarray:
        """1 inside any of the outlines, 0 outside; box in pixels (x0, y0, x1, y1)."""
        image = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        pen = ImageDraw.Draw(image)
        for outline in outlines:
            pen.polygon([(x * self.pixels - box[0], y * self.pixels - box[1]) for x, y in outline], fill=255)
        return np.asarray(image, np.float32) / 255

    def box(self, outlines, margin: float) -> tuple[int, int, int, int]:
        """The pixels that a sheet and its shadow can touch."""
        points = np.concatenate(outlines)
        low = np.floor((points.min(0) - margin) * self.pixels).astype(int)
        high = np.ceil((points.max(0) + margin) * self.pixels).astype(int)
        low, high = np.clip(low, 0, self.pixels), np.clip(high, 0, self.pixels)
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def surface(self, paper: Paper, box) -> np.ndarray:
        """The sheet's own tones over the box, (h, w, 3)."""
        yy, xx = np.mgrid[box[1]:box[3], box[0]:box[2]].astype(np.float32) * (TILE / self.pixels)
        a = math.radians(paper.turn)
        u, v = xx * math.cos(a) + yy * math.sin(a), yy * math.cos(a) - xx * math.sin(a)
        shift = self.dice.integers(0, TILE, 6)

        def sample(kind, i):
            return tile(kind)[(v + shift[i]).astype(int) % TILE, (u + shift[i + 1]).astype(int) % TILE]
        tone = 1 + .0085 * paper.grain * sample("grain", 0) + .0095 * paper.cloud * sample("cloud", 2)
        if self.pixels > 2 * TILE:                                # a print shows the finer pulp too
            fine = np.ix_(np.arange(box[1], box[3]) % TILE, np.arange(box[0], box[2]) % TILE)
            tone = tone + .011 * tile("grain")[fine]
        if paper.brush:
            tone = tone + .03 * paper.brush * sample("brush", 4)
        return paper.colour * tone[..., None]

    def blurred(self, mask: np.ndarray, radius: float) -> np.ndarray:
        """Softened by `radius` (in picture sides)."""
        image = Image.fromarray((mask * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius * self.pixels))
        return np.asarray(image, np.float32) / 255

    def moved(self, mask: np.ndarray, dx: float, dy: float) -> np.ndarray:
        """Shifted by (dx, dy) picture sides; at the border the sheet goes on."""
        h, w = mask.shape
        rows = np.clip(np.arange(h) - round(dy * self.pixels), 0, h - 1)
        columns = np.clip(np.arange(w) - round(dx * self.pixels), 0, w - 1)
        return mask[rows[:, None], columns[None]]

    def lay(self, outlines, paper: Paper, *, lift: float = 1.0, holes=(), shades=(), edge: float = 1.0, within=None,
            bow=None) -> None:
        """Lay one sheet. Light comes from the top left, so its shadow falls to the lower right.

        outlines: what it covers; holes: cut out of it; shades: (outline, factor) darker or lighter parts, as at a fold;
        lift: how high it stands (0: glued flat); edge: strength of the pale cut edge; within: outline it may not leave;
        bow: (from, to, amount): it bends towards the light, from darker to lighter by `amount`.
        """
        box = self.box(outlines, .06)
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        mask = self.mask(outlines, box)
        if holes:
            mask = mask * (1 - self.mask(holes, box))
        if within is not None:
            mask = mask * self.mask([within], box)
        under = self.rows[box[1]:box[3], box[0]:box[2]]
        if lift:
            near = self.moved(self.blurred(mask, .0032 * lift), .0028 * lift, .0036 * lift)
            far = self.moved(self.blurred(mask, .0105 * lift), .0075 * lift, .0100 * lift)
            shadow = np.clip(.30 * near + .25 * far, 0, .5)[..., None]
            under = under * (1 - shadow * np.array([.93, .96, .88], np.float32))
        sheet = self.surface(paper, box)
        for outline, factor in shades:
            part = self.mask([outline], box)[..., None]
            sheet = sheet * (1 + (factor - 1) * part)
        if bow is not None:
            sheet = sheet * (1 + bow[2] * (self.reach(bow[0], bow[1], box) - .5))[..., None]
        if edge:
            thin = .0024
            lit = np.clip(mask - self.moved(mask, thin * .8, thin), 0, 1)[..., None]
            dim = np.clip(mask - self.moved(mask, -thin * .8, -thin), 0, 1)[..., None]
            sheet = sheet + (255 - sheet) * lit * .17 * edge
            sheet = sheet * (1 - .10 * edge * dim)
        self.rows[box[1]:box[3], box[0]:box[2]] = under + (sheet - under) * mask[..., None]

    def scatter_fibres(self, count: int, strength: float, dice: np.random.Generator) -> None:
        """The odd hair of pulp on the sheet that was just laid over everything, half of them paler, half darker."""
        for sign in (-1, 1):
            image = Image.new("L", (self.pixels, self.pixels))
            pen = ImageDraw.Draw(image)
            for _ in range(count // 2):
                bend, a = dice.uniform(-2, 2), dice.uniform(0, 2 * math.pi)
                t = np.linspace(0, 1, 7)
                angle, length = a + bend * t, dice.uniform(.008, .03) / 7
                way = np.cumsum(np.stack([np.cos(angle), np.sin(angle)], 1) * length, 0) + dice.random(2)
                pen.line([(x, y) for x, y in way * self.pixels], fill=255, width=max(1, round(.0014 * self.pixels)))
            self.rows *= 1 + sign * strength * np.asarray(image, np.float32)[..., None] / 255

    def reach(self, start, end, box) -> np.ndarray:
        """How far each pixel of the box lies along the way from start (0) to end (1)."""
        way = np.asarray(end) - np.asarray(start)
        way = way / (way @ way)
        x = (np.arange(box[0], box[2]) / self.pixels - start[0]) * way[0]
        y = (np.arange(box[1], box[3]) / self.pixels - start[1]) * way[1]
        return np.clip(y[:, None] + x[None], 0, 1).astype(np.float32)

    def finished(self, size: int) -> Image.Image:
        """Brought down to `size` pixels. Tones in steps of two: too fine to see, and the file is a third smaller."""
        large = Image.fromarray(np.clip(self.rows + .5, 0, 255).astype(np.uint8))
        small = np.asarray(large.resize((size, size), Image.Resampling.BOX), np.uint8)
        return Image.fromarray(np.minimum(small // 2 * 2 + 1, 255).astype(np.uint8))


# ------------------------------------------------------------------------------------------------ the flower head

def cup_petals(tulip: Tulip, dice) -> list[tuple[str, Blade]]:
    """Back to front: behind, the two sides, in front. Head coordinates: base at (0, 0), y up, about 1 high."""
    j = lambda spread: float(dice.uniform(-spread, spread))
    round_ = float(dice.uniform(.52, .86))                        # blunt to pointed
    wide = float(dice.uniform(.98, 1.14))
    back = [("back", blade(.98 + j(.03), .5 * wide, j(5), base=(j(.03), .05), point=round_))]
    backs = [("back", blade(.99 + j(.03), .42 * wide, s * (9 + j(2)), s * -6, (s * .13, .05), point=round_))
             for s in (-1, 1)]
    sides = [("side", blade(1.03 + j(.03), .47 * wide, s * (47 + j(5)), s * (-64 + j(6)), (s * .01, 0), .42, round_))
             for s in (-1, 1)]
    front = [("front", blade(.9 + j(.07), .64 * wide, j(5), j(8), base=(j(.02), -.015), rise=.4, point=round_ + .06))]
    if dice.random() < .5:
        sides = sides[::-1]
    return {3: [], 4: back, 5: backs, 6: backs + back}[tulip.petals] + sides + front


def lily_petals(tulip: Tulip, dice) -> list[tuple[str, Blade]]:
    """Slender, waisted, the points turned out."""
    j = lambda spread: float(dice.uniform(-spread, spread))
    flare = float(dice.uniform(34, 62))
    back = [("back", blade(1.02 + j(.03), .34, j(6), base=(0, .05), rise=.55, point=.95))]
    backs = [("back", blade(1.04 + j(.03), .33, s * (10 + j(2)), s * 4, (s * .1, .05), .55, .95, s * flare * .5))
             for s in (-1, 1)]
    sides = [("side", blade(1.13 + j(.03), .4, s * (44 + j(5)), s * (-62 + j(5)), rise=.45, point=.85, curl=s * flare))
             for s in (-1, 1)]
    front = [("front", blade(.97 + j(.06), .48, j(5), j(6), rise=.44, point=.86, curl=j(26)))]
    return {3: [], 4: back, 5: backs, 6: backs + back}[tulip.petals] + sides + front


def parrot_petals(tulip: Tulip, dice) -> list[tuple[str, Blade]]:
    """Broad and restless; their edges are snipped later."""
    j = lambda spread: float(dice.uniform(-spread, spread))
    backs = [("back", blade(.96 + j(.05), .46, s * (16 + j(5)), j(8), base=(s * .1, .05), point=.62)) for s in (-1, 1)]
    back = [("back", blade(.98 + j(.03), .46, j(8), base=(0, .05), point=.62))]
    sides = [("side", blade(1.06 + j(.05), .46, s * (54 + j(6)), s * (-60 + j(9)), (0, 0), .42, .7, s * (38 + j(14))))
             for s in (-1, 1)]
    front = [("front", blade(.88 + j(.06), .58, j(8), j(14), rise=.42, point=.68, curl=j(30)))]
    return {4: back, 5: backs, 6: backs + back}[tulip.petals] + sides + front


def double_petals(tulip: Tulip, dice) -> list[tuple[str, Blade]]:
    """Row upon row, like a peony."""
    j = lambda spread: float(dice.uniform(-spread, spread))
    point = float(dice.uniform(.45, .72))

    def row(role, angles, length, width, y):
        tip = point + (.1 if role == "front" else 0)
        return [(role, blade(length + j(.04), width, a + j(4), -a * .55, (a * .002, y), .42, tip)) for a in angles]
    return (row("back", (-30, 30, 0), .97, .44, .04) + row("side", (-50, 50), .95, .44, .01)
            + row("back", (-15, 16), .8, .4, .02) + row("side", (-38, 37), .72, .42, 0)
            + row("front", (j(8),), .64, .47, -.01))


def open_petals(tulip: Tulip, dice) -> list[tuple[str, Blade]]:
    """Wide open on a warm day."""
    j = lambda spread: float(dice.uniform(-spread, spread))
    point = float(dice.uniform(.58, .85))
    backs = [("back", blade(.94 + j(.03), .42, s * (23 + j(3)), s * -4, (s * .05, .03), point=point)) for s in (-1, 1)]
    back = [("back", blade(.98, .42, j(5), base=(0, .04), point=point))] if tulip.petals == 6 else []
    sides = [("side", blade(.94 + j(.04), .4, s * (70 + j(5)), s * (-34 + j(5)), point=point)) for s in (-1, 1)]
    front = [("front", blade(.68 + j(.05), .54, j(7), j(10), base=(0, -.015), rise=.42, point=point + .14))]
    return back + backs + sides + front


def bud_petals(tulip: Tulip, dice) -> list[tuple[str, Blade]]:
    """Still closed: petals wrapped around each other."""
    s = int(dice.choice([-1, 1]))
    back = [("back", blade(.98, .36, s * -3, base=(0, .02), rise=.42, point=.7))]
    sides = [("side", blade(.98, .46, s * 18, s * -30, rise=.4, point=.75))]
    front = [("front", blade(.86, .42, s * -20, s * 30, rise=.4, point=.75))]
    return (back if tulip.petals == 3 else []) + sides + front


PETALS = {"cup": cup_petals, "lily": lily_petals, "parrot": parrot_petals, "double": double_petals, "open": open_petals,
          "bud": bud_petals, "drooping": cup_petals}
SCALE = {"cup": .46, "lily": .46, "parrot": .48, "double": .46, "open": .46, "bud": .43, "drooping": .43}


# Where a tongue lies across the petal (-1 left edge, 1 right edge), where it starts and ends along it, how wide it is.
TONGUES = ((0, .02, .93, .30), (-.42, .05, .72, .17), (.42, .05, .68, .17), (-.7, .1, .5, .1), (.7, .1, .47, .1))


def flame(petal: Blade, dice) -> list[np.ndarray]:
    """Tongues of a second paper that lick up a petal, as in the tulips that the Dutch once called broken."""
    n = len(petal.middle)
    tongues = []
    for offset, start, end, width in TONGUES:
        a, b = int(n * start), max(int(n * min(.97, end + dice.uniform(-.08, .06))), int(n * start) + 12)
        t = np.linspace(0, 1, b - a)
        spread = offset * (.35 + .65 * t)
        middle = petal.middle[a:b] + petal.normal()[a:b] * (petal.half[a:b] * spread)[:, None]
        half = petal.half[a:b] * width * (t + .06) ** .3 * (1 - t) ** .75 * 1.35 + .0008
        tongues.append(scissored(Blade(middle, half).outline(), dice, step=.03, wobble=.0008, corners=(b - a - 1,)))
    return tongues


def drop(petal: Blade, place: float, length: float, width: float, sideways: float = 0) -> np.ndarray:
    """A drop-shaped hole along the petal's middle, as in Scandinavian and Polish paper cuts."""
    n = len(petal.middle)
    a, b = int(n * place), min(n - 2, int(n * (place + length)))
    t = np.linspace(0, 1, b - a)
    middle = petal.middle[a:b] + petal.normal()[a:b] * (petal.half[a:b] * sideways)[:, None]
    return Blade(middle, petal.half.max() * width * t ** .9 * (1 - t) ** .4 * 1.9).outline()


# ------------------------------------------------------------------------------------------------ drawing

def draw(tulip: Tulip, size: int = 256) -> Image.Image:
    """The finished picture, `size` x `size` pixels, RGB."""
    pixels = size * (4 if size <= 512 else 2)
    page = Page(pixels, tulip.dice(2))
    tones = tones_of(tulip)
    lay_ground(page, tulip)
    at, up = head_place(tulip)
    stem = stem_of(tulip, at, up)
    leaves = leaves_of(tulip, stem)
    for leaf in leaves[:-1] if len(leaves) > 1 else []:
        lay_leaf(page, tulip, leaf, tones, len(tulip.form))
    lay_stem(page, tulip, stem, tones)
    lay_leaf(page, tulip, leaves[-1], tones, 7, last=True)
    if tulip.fallen:
        lay_fallen(page, tulip, tones, stem)
    lay_head(page, tulip, at, tones)
    return page.finished(size)


def tones_of(tulip: Tulip) -> dict[str, np.ndarray]:
    """The colours of this tulip's papers; each batch of paper is dyed a little differently."""
    dice = tulip.dice(3)
    _, front, side, back, second, _ = FLOWERS[tulip.flower]
    leaf, pale, stem = GREENS[tulip.green]
    named = {"front": front, "side": side, "back": back, "second": second,
             "leaf": leaf, "pale": pale, "stem": stem}
    return {name: rgb(text) * dice.uniform(.975, 1.02) + dice.uniform(-3, 3, 3).astype(np.float32)
            for name, text in named.items()}


def lay_ground(page: Page, tulip: Tulip) -> None:
    """The sheet or sheets behind the flower."""
    dice = tulip.dice(4)
    _, first, second, *_ = GROUNDS[tulip.ground]
    brush = .4 if tulip.painted else 0
    paper, other = Paper(rgb(first), 1, brush, dice.uniform(-20, 20)), Paper(rgb(second), 1, brush, dice.uniform(-8, 8))
    whole = np.array([(-.1, -.1), (1.1, -.1), (1.1, 1.1), (-.1, 1.1)])
    if tulip.setting in ("torn sheet", "frame"):
        page.lay([whole], other, lift=0, edge=0)
        m = dice.uniform(.035, .055, 4)
        sheet = np.array([(m[0], m[1]), (1 - m[2], m[1] * .9),
                          (1 - m[2] * .9, 1 - m[3]), (m[0] * 1.1, 1 - m[3] * 1.05)])
        if tulip.setting == "frame":
            page.lay([scissored(sheet, dice, step=.16, wobble=.0008, corners=(0, 1, 2, 3))], paper)
        else:
            lay_torn(page, sheet, paper, dice, width=.013)
        return
    creases = fold_marks(dice) if tulip.setting == "folded" else []
    page.lay([whole], paper, lift=0, edge=0, shades=creases)
    page.scatter_fibres(int(dice.choice([40, 110, 220])), .055, dice)
    if tulip.setting in ("table", "torn table"):
        y = dice.uniform(.70, .79)
        left, right = y + dice.uniform(-.02, .02), y + dice.uniform(-.02, .02)
        sheet = np.array([(-.1, left), (1.1, right), (1.1, 1.1), (-.1, 1.1)])
        if tulip.setting == "table":
            page.lay([scissored(sheet, dice, step=.2, wobble=.002)], other)
        else:
            lay_torn(page, sheet, other, dice, width=.016, toward=(0, -1))
    if tulip.setting in ("grid", "ruled"):
        lay_lines(page, tulip, dice)


def fold_marks(dice) -> list[tuple[np.ndarray, float]]:
    """A sheet that lay folded in four: each quarter takes the light differently."""
    x, y = dice.uniform(.47, .53), dice.uniform(.47, .53)
    return [(np.array([(x, -.1), (1.1, -.1), (1.1, 1.1), (x + .004, 1.1)]), .972),
            (np.array([(-.1, y), (1.1, y + .004), (1.1, 1.1), (-.1, 1.1)]), .978),
            (np.array([(x - .0022, -.1), (x, -.1), (x + .004, 1.1), (x + .0018, 1.1)]), 1.035),
            (np.array([(-.1, y - .0022), (1.1, y + .0018), (1.1, y + .004), (-.1, y)]), 1.03)]


def lay_lines(page: Page, tulip: Tulip, dice) -> None:
    """A pale printed grid or ruling."""
    ground = rgb(GROUNDS[tulip.ground][1])
    ink = mixed(ground, rgb("#F6F1E7") if ground.mean() < 150 else rgb("#5F7E96"), .15 if ground.mean() < 150 else .22)
    gap, phase, w = (.0625 if tulip.setting == "grid" else .075), dice.uniform(.01, .05), .0022
    for place in np.arange(phase, 1, gap):
        line = np.array([(-.1, place - w), (1.1, place - w), (1.1, place + w), (-.1, place + w)])
        page.lay([line], Paper(ink), lift=0, edge=0)
        if tulip.setting == "grid":
            page.lay([line[:, ::-1]], Paper(ink), lift=0, edge=0)


def lay_torn(page: Page, outline: np.ndarray, paper: Paper, dice, width: float = .009, toward=None, only: bool = False,
             **more) -> None:
    """A torn sheet: first its white core, then its coloured skin."""
    core, skin = torn_outlines(outline, dice, width, toward=toward, only=only)
    page.lay([core], Paper(mixed(rgb(CORE), paper.colour, .10), 1.8), edge=.4)
    page.lay([skin], paper, lift=0, edge=.5, within=core, **more)


def head_place(tulip: Tulip) -> tuple[np.ndarray, np.ndarray]:
    """Where the flower's base is, and which way the flower points (a unit vector)."""
    dice = tulip.dice(5)
    a = math.radians(tulip.tilt)
    up = np.array([math.sin(a), -math.cos(a)])
    centre = np.array([.5 + dice.uniform(-.02, .02) + .012 * np.sign(tulip.tilt), .335 + dice.uniform(-.015, .015)])
    if tulip.form == "drooping":
        centre = np.array([.5 + .075 * np.sign(tulip.tilt), .36])
    return centre - up * SCALE[tulip.form] * tulip.size * .5, up


def stem_of(tulip: Tulip, at: np.ndarray, up: np.ndarray) -> Blade:
    """From the foot to just inside the flower."""
    dice = tulip.dice(6)
    side = np.sign(tulip.tilt)
    foot = np.array([.5 - side * dice.uniform(.0, .07), .955])
    belly = dice.uniform(-.05, .05)
    reach = .23 if tulip.form == "drooping" else .2
    lift = np.array([0, -.13]) if tulip.form == "drooping" else 0
    middle = bezier([foot, foot + (belly - side * .03, -.22), at - up * reach + lift, at + up * .04])
    width = dice.uniform(.0115, .0145) * np.linspace(1.12, .92, len(middle))
    return Blade(middle, width, False)


def leaves_of(tulip: Tulip, stem: Blade) -> list[Blade]:
    """One to three leaves that rise from the lower stem, on alternate sides."""
    dice = tulip.dice(7)
    first = int(dice.choice([-1, 1])) if tulip.leaves > 1 else -int(np.sign(tulip.tilt) or 1)
    found = []
    for i in range(tulip.leaves):
        side = first * (-1) ** i
        start = stem.middle[int(len(stem.middle) * (.045 + .05 * i))]
        length = dice.uniform(.5, .62) * (1, .84, .56)[i]
        shape = blade(length, dice.uniform(.09, .125) * (1, .95, .85)[i],
                      side * dice.uniform(7, 16), side * dice.uniform(14, 40),
                      rise=.55, point=dice.uniform(.8, 1.1), curl=side * dice.uniform(0, 60))
        found.append(shape.placed(start + np.array([-side * .008, .004 * i]), 0, 1))
    return found


def lay_stem(page: Page, tulip: Tulip, stem: Blade, tones) -> None:
    """One long strip."""
    dice = tulip.dice(8)
    page.lay([scissored(stem.outline(), dice, step=.06, wobble=.0009)], Paper(tones["stem"], 1, .4), lift=.8)


def lay_leaf(page: Page, tulip: Tulip, leaf: Blade, tones, use: int, last: bool = False) -> None:
    """A leaf, creased along its middle; sometimes folded over, sometimes torn."""
    dice = tulip.dice(9, use, int(leaf.middle[-1, 0] * 1000) % 1000)
    tip = len(leaf.middle) - 1
    outline = scissored(leaf.outline(), dice, step=.05, wobble=.0016, corners=(tip,))
    right = leaf.half_outline(1 if leaf.normal()[tip // 2, 0] > 0 else -1)
    heading = leaf.middle[tip] - leaf.middle[tip // 2]
    turn = math.degrees(math.atan2(heading[1], heading[0]))
    paper = Paper(tones["leaf"] * dice.uniform(.96, 1.05), 1, .8 if tulip.painted else .25, turn)
    shades = [(right, .88 + dice.uniform(-.03, .02))] if dice.random() < .8 else []
    if last and tulip.torn == "leaf":
        place = leaf.middle[int(tip * .60)]
        along = heading / np.linalg.norm(heading)
        stump = clipped(outline, place, along)
        lay_torn(page, stump, paper, dice, width=.02, toward=along, only=True, shades=shades)
        return
    if last and tulip.folded:
        lay_folded(page, outline, leaf, paper, Paper(tones["pale"], 1, 0), dice, shades)
        return
    holes = [drop(leaf, .34, .34, .085, s * .45) for s in (-1, 1)] if tulip.pattern == "drops" else []
    page.lay([outline], paper, shades=shades, holes=holes, bow=(leaf.middle[0], leaf.middle[tip], .1))


def lay_folded(page: Page, outline: np.ndarray, leaf: Blade, paper: Paper, back: Paper, dice, shades) -> None:
    """Fold the upper part forward: its pale back shows."""
    n = len(leaf.middle)
    place = leaf.middle[int(n * dice.uniform(.56, .66))]
    heading = leaf.middle[int(n * .7)] - leaf.middle[int(n * .5)]
    outside = 1 if heading[0] > 0 else -1
    a = math.atan2(heading[1], heading[0]) - math.radians(outside * dice.uniform(24, 40))
    facing = np.array([math.cos(a), math.sin(a)])
    page.lay([clipped(outline, place, facing)], paper, shades=shades)
    page.lay([reflected(clipped(outline, place, -facing), place, facing)], back, lift=1.25)


def lay_fallen(page: Page, tulip: Tulip, tones, stem: Blade) -> None:
    """A petal at the foot."""
    dice = tulip.dice(10)
    side = float(np.sign(tulip.tilt) or 1)
    petal = blade(.19, .105, 0, dice.uniform(-30, 30), rise=.42, point=.75)
    petal = petal.placed((.5 + side * dice.uniform(.2, .26), .93), side * dice.uniform(62, 80), 1)
    outline = scissored(petal.outline(), dice, step=.03, corners=(len(petal.middle) - 1,))
    page.lay([outline], Paper(tones["side"], 1, .5), lift=.9,
             shades=[(petal.half_outline(1), .93)])


def lay_head(page: Page, tulip: Tulip, at: np.ndarray, tones) -> None:
    """The petals, back to front, with what is laid on them or cut out of them."""
    dice = tulip.dice(11)
    petals = PETALS[tulip.form](tulip, dice)
    torn_one = int(dice.integers(max(0, len(petals) - 3), len(petals)))
    for i, (role, shape) in enumerate(petals):
        petal = shape.placed(at, tulip.tilt, SCALE[tulip.form] * tulip.size)
        if tulip.form == "open" and role == "front":
            lay_stamens(page, tulip, at, tones, dice)
        torn = tulip.torn == "petals" or tulip.torn == "petal" and i == torn_one
        lay_petal(page, tulip, role, petal, tones, dice, torn)


def lay_petal(page: Page, tulip: Tulip, role: str, petal: Blade, tones, dice, torn: bool) -> None:
    """One petal and its ornament."""
    tip = len(petal.middle) - 1
    outline = petal.outline()
    if tulip.form == "parrot":
        outline = fringed(outline, dice, .0115)
    else:
        outline = scissored(outline, dice, corners=(tip,) if petal.pointed else ())
    heading = petal.middle[tip] - petal.middle[0]
    turn = math.degrees(math.atan2(heading[1], heading[0]))
    paper = Paper(tones[role] * dice.uniform(.97, 1.03), 1, 1.0 if tulip.painted else .3, turn)
    shown = role != "back"
    holes = []
    if tulip.pattern == "drops" and shown:
        holes = [drop(petal, .3, .42, .2)]
        holes += [drop(petal, .34, .26, .11, s * .55) for s in (-1, 1)] if role == "front" else []
    shades = [(petal.half_outline(1), .94)] if shown and dice.random() < .25 and not torn else []
    if tulip.pattern == "rims" and shown:
        page.lay([outline], replace(paper, colour=tones["second"]))
        inner = Blade(petal.middle[2:-3], np.clip(petal.half[2:-3] - .0145, .001, None), petal.pointed)
        page.lay([scissored(inner.outline(), dice)], paper, lift=.6)
        return
    bow = (petal.middle[0], petal.middle[tip], .12 if role == "back" else .08)
    along = heading / np.linalg.norm(heading)
    if torn and tulip.torn == "petal":
        slant = along + np.array([along[1], -along[0]]) * dice.uniform(-.45, .45)
        slant = slant / np.linalg.norm(slant)
        outline = clipped(outline, petal.middle[int(len(petal.middle) * dice.uniform(.68, .76))], slant)
        lay_torn(page, outline, paper, dice, width=.021, toward=slant, only=True, bow=bow)
    elif torn:
        lay_torn(page, outline, paper, dice, width=.0135, toward=along + (.2, -.1), bow=bow)
    else:
        page.lay([outline], paper, holes=holes, shades=shades, bow=bow)
    second = Paper(tones["second"], 1, paper.brush, turn)
    if tulip.pattern == "flames" and shown:
        page.lay(flame(petal, dice), second, lift=.45, within=outline)
    if tulip.pattern == "hearts" and shown:
        part = slice(3, int(tip * .62))
        heart = Blade(petal.middle[part], petal.half[part] * np.linspace(.75, 0, part.stop - part.start) ** .6)
        page.lay([scissored(heart.outline(), dice, step=.03)], second, lift=.5, within=outline)


def lay_stamens(page: Page, tulip: Tulip, at: np.ndarray, tones, dice) -> None:
    """Five dark stamens in an open flower."""
    dark = rgb("#2B1D2A") if FLOWERS[tulip.flower][0] != "black" else rgb("#E3B54A")
    scale = SCALE[tulip.form] * tulip.size
    for lean in (-26, 26, -13, 13, 0):
        thread = blade(.66 + dice.uniform(-.04, .03), .035, lean + dice.uniform(-3, 3), rise=.1, point=.1)
        thread = thread.placed(at, tulip.tilt, scale)
        end = thread.middle[-1]
        bead = blade(.13, .062, lean * 1.4, base=(0, -.06), rise=.45, point=.45).placed(end, tulip.tilt, scale)
        page.lay([thread.outline()], Paper(mixed(dark, tones["back"], .3)), lift=.5)
        page.lay([bead.outline()], Paper(dark), lift=.5)


# ------------------------------------------------------------------------------------------------ the folder

def name_of(number: int) -> str:
    """File name of tulip `number`."""
    return f"tulip_{number:03d}.png"


def write(folder: Path, numbers, size: int, seed: int) -> None:
    """Draw the tulips and write their captions beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number in numbers:
        tulip = plan(seed, number)
        draw(tulip, size).save(folder / name_of(number), optimize=True)
        rows.append((name_of(number), caption(tulip)))
    with open(folder.with_suffix(".csv"), "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("file", "caption"), *rows])


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path, help="where the pictures go; their captions go beside it, into FOLDER.csv")
    parser.add_argument("--count", type=int, default=200, help="how many, from tulip 1 on")
    parser.add_argument("--only", type=int, nargs="+", help="only these numbers")
    parser.add_argument("--size", type=int, default=256, help="side of a picture in pixels; 2048 is good for a print")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another field of tulips")
    asked = parser.parse_args()
    write(asked.folder, asked.only or range(1, asked.count + 1), asked.size, asked.seed)


if __name__ == "__main__":
    main()
