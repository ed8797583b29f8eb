"""How well pictures are told apart: what is counted alone, the eyes of ImageNet alone, and both. Run by hand:

    .venv/bin/python benchmarks/eyes.py [--side 160]

On pictures that packages carry (scikit-image, scikit-learn, matplotlib, Gradio) and on the tulips. Near duplicates: which of
the changed pictures are found, and how many pairs of different ones are taken for the same. Suggestions: how many are right
when five of each class have a label, mean of ten draws. And how long a picture takes.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np
from PIL import Image, ImageEnhance, ImageOps
from sklearn.datasets import load_digits, load_sample_image

from lib import augment
from lib.label import survey
from lib.media import eyes, likeness
from lib.project.vectors import Vectors

_LABELLED, _DRAWS, _NEIGHBOURS = 5, 10, 5
_PHOTOS = (
    "astronaut.png brick.png camera.png cell.png chelsea.png clock_motion.png coffee.png coins.png color.png grass.png gravel.png horse.png "
    "hubble_deep_field.jpg ihc.png logo.png microaneurysms.png moon.png motorcycle_left.png page.png retina.jpg rocket.jpg text.png"
).split()
_MORE = "media_assets/images/bus.png media_assets/images/cheetah1.jpg media_assets/images/lion.jpg media_assets/images/tower.jpg".split()


def main(side: int) -> None:
    eyes.SIDE = side
    groups = {"photographs": photographs(), "tulips": tulips(40), "digits": digits(30)[0]}
    show_speed(groups["photographs"])
    for name, pictures in groups.items():
        show_near(name, pictures)
    parts, whose = parts_of(groups["photographs"])
    show_suggestions("digits", *digits(360))
    show_suggestions("parts of photographs", parts, whose)
    show_suggestions("line drawings of them", [augment.LineDrawing().apply(one) for one in parts], whose)
    show_suggestions("faces or not", *faces())


# ---- pictures --------------------------------------------------------------------------------------------------------------


def inside(package: str, path: str) -> Path:
    return Path(find_spec(package).origin).parent / path


def small(picture: Image.Image) -> Image.Image:
    picture = picture.convert("RGB")
    picture.thumbnail((256, 256))
    return picture


def photographs() -> list[Image.Image]:
    paths = [inside("skimage", f"data/{name}") for name in _PHOTOS] + [inside("gradio", name) for name in _MORE]
    paths.append(inside("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"))
    carried = [Image.fromarray(load_sample_image(name)) for name in ("china.jpg", "flower.jpg")]
    return [*(Image.open(path).convert("RGB") for path in paths), *carried]


def tulips(count: int) -> list[Image.Image]:
    return [Image.open(path).convert("RGB") for path in sorted((ROOT / "assets" / "samples" / "tulips").glob("*.png"))[:count]]


def digits(count: int) -> tuple[list[Image.Image], np.ndarray]:
    found = load_digits()
    pixels = (255 - 16 * found.images[:count]).clip(0, 255).astype(np.uint8)
    return [Image.fromarray(one).resize((96, 96)).convert("RGB") for one in pixels], found.target[:count]


def faces() -> tuple[list[Image.Image], np.ndarray]:
    pixels = (np.load(inside("skimage", "data/lfw_subset.npy")) * 255).clip(0, 255).astype(np.uint8)
    return [Image.fromarray(one).resize((100, 100)) for one in pixels], np.repeat([1, 0], 100)


def parts_of(pictures: list[Image.Image], each: int = 9) -> tuple[list[Image.Image], np.ndarray]:
    """Squares out of each, some darker, some lighter: which picture are they of?"""
    chance, parts = random.Random(1), []
    for picture in pictures:
        for _ in range(each):
            side = int(min(picture.size) * chance.uniform(0.35, 0.6))
            x, y = chance.randint(0, picture.width - side), chance.randint(0, picture.height - side)
            part = picture.crop((x, y, x + side, y + side))
            parts.append(small(ImageEnhance.Brightness(part).enhance(chance.uniform(0.7, 1.4))))
    return parts, np.repeat(np.arange(len(pictures)), each)


# ---- near duplicates -------------------------------------------------------------------------------------------------------


def changes() -> dict[str, Callable[[Image.Image], Image.Image]]:
    chance = random.Random(2)

    def cut(picture: Image.Image) -> Image.Image:
        across, down = picture.width // 10, picture.height // 10
        x, y = chance.randint(0, across), chance.randint(0, down)
        return picture.crop((x, y, picture.width - across + x, picture.height - down + y))

    def packed(picture: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        picture.resize((picture.width // 2, picture.height // 2)).save(buffer, "JPEG", quality=25)
        return Image.open(buffer).convert("RGB")

    return {
        "cut by a tenth": cut, "lighter": lambda one: ImageEnhance.Brightness(one).enhance(1.3), "JPEG 25": packed,
        "darker": lambda one: ImageEnhance.Brightness(one).enhance(0.7), "mirrored": ImageOps.mirror,
        "turned 3°": lambda one: one.rotate(3, Image.Resampling.BICUBIC, fillcolor=one.getpixel((0, 0))),
    }  # fmt: skip


def seen(pictures: list[Image.Image], by: str) -> Vectors:
    pictures = [small(one) for one in pictures]
    marks = np.array([likeness.fingerprint(one) for one in pictures], np.uint64)
    return Vectors(tuple(map(str, range(len(pictures)))), likeness.of_pictures(pictures, by), marks, np.zeros((len(pictures), 7)), by)


def show_near(name: str, pictures: list[Image.Image]) -> None:
    changed = {how: [change(one) for one in pictures] for how, change in changes().items()}
    for by in (likeness.COUNTED, likeness.BOTH):
        wrong = survey._twins(seen(pictures, by), "image")[1]
        shares = []
        for how, others in changed.items():
            _, near = survey._near(seen(pictures + others, by), slice(0, len(pictures)), "image")
            shares.append(f"{how} {np.diagonal(near[:, len(pictures) :]).mean():.2f}")
        print(f"{name:22} {by:31} {', '.join(shares)}; {wrong} wrong of {len(pictures) * (len(pictures) - 1) // 2}")


# ---- suggestions -----------------------------------------------------------------------------------------------------------


def show_suggestions(name: str, pictures: list[Image.Image], classes: np.ndarray) -> None:
    both = likeness.of_pictures(pictures, likeness.BOTH)
    ways = {"counted": both[:, eyes.LENGTH :], "eyes": both[:, : eyes.LENGTH], "both": both}
    said = [f"{way} {right(rows / np.linalg.norm(rows, axis=1, keepdims=True), classes):.3f}" for way, rows in ways.items()]
    print(f"{name:22} {', '.join(said)} right of {len(set(classes.tolist()))} classes")


def right(rows: np.ndarray, classes: np.ndarray) -> float:
    shares = []
    for draw in range(_DRAWS):
        chance = np.random.default_rng(draw)
        known = np.concatenate([chance.permutation(np.flatnonzero(classes == one))[:_LABELLED] for one in np.unique(classes)])
        asked = np.setdiff1d(np.arange(len(classes)), known)
        which, far = likeness.nearest(rows[asked], rows[known], _NEIGHBOURS)
        votes = np.zeros((len(asked), classes.max() + 1))
        np.add.at(votes, (np.arange(len(asked))[:, None], classes[known][which]), np.maximum(1 - far, 1e-6))
        shares.append((votes.argmax(1) == classes[asked]).mean())
    return float(np.mean(shares))


def show_speed(pictures: list[Image.Image]) -> None:
    pictures = [small(one) for one in pictures]
    eyes.load().features(pictures)
    for by in (likeness.COUNTED, likeness.BOTH):
        began, used = time.perf_counter(), time.process_time()
        for _ in range(3):
            likeness.of_pictures(pictures, by)
        print(f"{by}: {1000 * (time.perf_counter() - began) / 3 / len(pictures):.1f} ms a picture, "
              f"{1000 * (time.process_time() - used) / 3 / len(pictures):.1f} ms of processor")  # fmt: skip


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--side", type=int, default=eyes.SIDE, help="px that the eyes look at")
    main(arguments.parse_args().side)
