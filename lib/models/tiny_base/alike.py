"""Which of the pictures that the tiny base learned from are most like another one. Read `nearest`.

    for number, distance in nearest(picture, 3): …      # some milliseconds; no torch

A picture is two rows of numbers: its `forms` (where edges run, and which way; after Dalal & Triggs 2005) and its `colours` (how much
of which, wherever it lies). Forms alone find the same thing in another colour, colours alone another thing. So the forms say which
thing, how many and where, the colours which colour on which paper, each by the nearest picture of its kind; of all that are so
the one with the nearest forms is meant. The rows of all pictures lie in an index, which tools/index_tiny_base.py makes and
judges: of 300 scenes that it does not hold, it finds one that is the same in all five in 7 of 10; for 1 of 10 there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from lib.models.tiny_base import scenes

SIDE = 64           # px that a picture is looked at
PLACE = Path(__file__).resolve().parents[3] / "assets" / "tiny_base" / "alike.npz"
BY_FORMS, BY_COLOURS = ("thing", "count", "place", "tilt"), ("colour", "paper")     # facts that each of the two tells
_WEIGHT = {"tilt": 0.3}     # of a fact that is another; 1 else
_CELLS, _WAYS = 8, 6        # fields of a side, directions
_BINS = (6, 10, 10)         # of lightness, green to red, blue to yellow


@dataclass(frozen=True)
class Rows:
    """One kind of row, made short. values: int8 (pictures, k), in units of `unit`. middle: (n,) and ways: (n, k) lead from long to short."""

    values: np.ndarray
    unit: float
    middle: np.ndarray
    ways: np.ndarray

    @classmethod
    def of(cls, long: np.ndarray, length: int, learned_from: int = 4000) -> Rows:
        """Its main directions (PCA), and each picture in them."""
        middle = long.mean(0)
        ways = np.linalg.svd(long[:learned_from] - middle, full_matrices=False)[2][:length].T
        short = (long - middle) @ ways
        unit = float(np.abs(short).max()) / 127
        return cls(np.round(short / unit).astype(np.int8), unit, middle.astype(np.float16), ways.astype(np.float16))

    def distances(self, long: np.ndarray) -> np.ndarray:
        """Of one picture (n,) to each: (pictures,), 1 in the middle."""
        short = (long - self.middle.astype(np.float32)) @ self.ways.astype(np.float32) / self.unit
        far = ((self.values.astype(np.float32) - short) ** 2).sum(1)
        return far / np.median(far)


@dataclass(frozen=True)
class Index:
    """forms, colours: of all pictures. facts: name -> uint8 (pictures,), the place of the word in its list."""

    forms: Rows
    colours: Rows
    facts: dict[str, np.ndarray]

    def nearest(self, picture: Image.Image, count: int) -> list[tuple[int, float]]:
        pixels = looked_at([picture])
        forms, colours = self.forms.distances(forms_of(pixels)[0]), self.colours.distances(colours_of(pixels)[0])
        far = forms + 0.1 * colours
        for of, names in ((forms, BY_FORMS), (colours, BY_COLOURS)):
            for name in names:
                facts = self.facts[name]
                far = far + _WEIGHT.get(name, 1.0) * (facts != facts[of.argmin()])
        first = np.argpartition(far, count)[:count]
        return [(int(number), float(far[number])) for number in first[far[first].argsort()]]

    def save(self, path: Path) -> None:
        rows = {f"{name}.{part}": getattr(kind, part) for name, kind in (("forms", self.forms), ("colours", self.colours))
                for part in ("values", "unit", "middle", "ways")}  # fmt: skip
        np.savez_compressed(path, **rows, **{f"facts.{name}": values for name, values in self.facts.items()})

    @classmethod
    def open(cls, path: Path) -> Index:
        with np.load(path, allow_pickle=False) as file:
            rows = lambda name: Rows(file[f"{name}.values"], float(file[f"{name}.unit"]), file[f"{name}.middle"], file[f"{name}.ways"])
            return cls(rows("forms"), rows("colours"), {name: file[f"facts.{name}"] for name in (*BY_FORMS, *BY_COLOURS)})


def nearest(picture: Image.Image, count: int = 3) -> list[tuple[int, float]]:
    """(number, how far away: below 1 all that matters is the same) of the pictures that are most like it, the nearest first; [] without an index."""
    return _index(PLACE).nearest(picture, count) if PLACE.is_file() else []


@lru_cache(maxsize=1)
def _index(path: Path) -> Index:
    return Index.open(path)


def make_index(pictures: np.ndarray, numbers: range, forms: int = 64, colours: int = 24) -> Index:
    """pictures: uint8 (n, SIDE, SIDE, 3), of these numbers, from 0 on. forms, colours: how short the rows are made."""
    parts = [pictures[start : start + 500].astype(np.float32) for start in range(0, len(pictures), 500)]
    plans = [scenes.plan(number) for number in numbers]
    facts = {name: np.array([words.index(getattr(plan, name)) for plan in plans], np.uint8) for name, words in words_of_facts().items()}
    return Index(Rows.of(np.concatenate([forms_of(part) for part in parts]), forms),
                 Rows.of(np.concatenate([colours_of(part) for part in parts]), colours), facts)  # fmt: skip


def words_of_facts() -> dict[str, list]:
    """name of a fact -> what it can be, in the order that the index counts by."""
    return {"thing": list(scenes.THINGS), "count": list(scenes.COUNTS), "place": list(scenes.PLACES), "tilt": sorted(set(scenes.TILTS)),
            "colour": list(scenes.COLOURS), "paper": list(scenes.PAPERS)}  # fmt: skip


# ---- what is seen of a picture ----------------------------------------------------------------------------------------------


def looked_at(pictures: list[Image.Image]) -> np.ndarray:
    """float32 (n, SIDE, SIDE, 3), 0 to 255."""
    small = [picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS) for picture in pictures]
    return np.stack([np.asarray(picture, np.float32) for picture in small])


def forms_of(pixels: np.ndarray) -> np.ndarray:
    """pixels: (n, SIDE, SIDE, 3). How strong edges of each direction are in each field: (n, fields * directions), rows of length 1."""
    soft = _softened(_lab(pixels))
    across, down = np.gradient(soft, axis=2), np.gradient(soft, axis=1)
    strength = np.hypot(across, down)
    strongest = strength.argmax(3)[..., None]       # of lightness and the two colours
    across, down, strength = (np.take_along_axis(x, strongest, 3)[..., 0] for x in (across, down, strength))
    way = np.arctan2(down, across) % np.pi / np.pi * _WAYS
    low, share = np.floor(way).astype(int) % _WAYS, way % 1
    turned = [np.where(low == k, 1 - share, 0) + np.where((low + 1) % _WAYS == k, share, 0) for k in range(_WAYS)]
    rows = np.sqrt(np.stack([_fields(strength * part, _CELLS) for part in turned], -1)).reshape(len(pixels), -1)
    return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6)


def colours_of(pixels: np.ndarray) -> np.ndarray:
    """pixels: (n, SIDE, SIDE, 3). How much of each colour there is, softly counted: (n, bins), the root of shares."""
    lab = _lab(_fields(pixels, SIDE // 2)).reshape(len(pixels), -1, 3)
    place = (lab + (0, 80, 80)) / 20
    low, share = np.floor(place).astype(int), place % 1
    rows, many = np.zeros((len(pixels), int(np.prod(_BINS)))), np.arange(len(pixels))[:, None]
    for corner in np.ndindex(2, 2, 2):
        at = np.minimum(np.maximum(low + corner, 0), np.array(_BINS) - 1)
        bins = np.ravel_multi_index(tuple(at.transpose(2, 0, 1)), _BINS)
        np.add.at(rows, (many, bins), np.where(corner, share, 1 - share).prod(2))
    return np.sqrt(rows / lab.shape[1]).astype(np.float32)


def _fields(x: np.ndarray, side: int) -> np.ndarray:
    """The mean over each of side × side fields: (n, side, side, …)."""
    step = x.shape[1] // side
    return x.reshape(len(x), side, step, side, step, *x.shape[3:]).mean((2, 4))


def _softened(x: np.ndarray) -> np.ndarray:
    """By a bell of a pixel and a third, along both sides."""
    bell = np.exp(-0.5 * (np.arange(-3, 4) / 1.35) ** 2)
    for axis in (1, 2):
        wide = np.pad(x, [(3, 3) if a == axis else (0, 0) for a in range(x.ndim)], mode="edge")
        x = sum(share * np.take(wide, range(at, at + x.shape[axis]), axis) for at, share in enumerate(bell / bell.sum()))
    return x


def _lab(pixels: np.ndarray) -> np.ndarray:
    """sRGB of 0 to 255 as CIE L*a*b*, under D65."""
    linear = np.where((part := pixels / 255) <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    xyz = linear @ (np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]).T / (0.9505, 1.0, 1.089))
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * root[..., 1] - 16, 500 * (root[..., 0] - root[..., 1]), 200 * (root[..., 1] - root[..., 2])], -1).astype(np.float32)
