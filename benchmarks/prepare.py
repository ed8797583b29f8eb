"""How fast pictures are prepared: square crop and resize to 256 px with augment.build, beside two bare loops. Run by hand:

    .venv/bin/python benchmarks/prepare.py [--count 10000] [--side 1280]

The bare loops do the same to the same files with as many threads as there are cores, and nothing else: decode, crop,
average down, write a PNG of the same compression. `build` also asks every item for its consent, hashes each file, writes
the tables, flushes all to the disk, draws the contact sheet and gives the dataset its name. It may take up to 1.5 times as
long as the faster loop. All three run twice in turn, and the faster time of each counts. Beside the time on the clock stands
that of the processor, which says the same on a machine that has other work to do.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from lib import augment, collect
from lib.project import Consent, Project

SIZE, GOAL, COMPRESSION = 256, 1.5, 3
_SCENES = 24    # different scenes; each file has marks of its own on one of them
_ROUNDS = 2


def main(count: int, side: int) -> None:
    cv2.setNumThreads(1)    # the loop has its own threads
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HANDMADE_HOME=folder, HANDMADE_LOCKS=f"{folder}/locks")
        project = Project.create("Many", home=Path(folder) / "workspace")
        files = draw(Path(folder) / "pictures", count, side)
        size = sum(file.stat().st_size for file in files) / count
        print(f"{count:,} JPEGs of {side} x {side * 3 // 4} px, {size / 1000:.0f} kB each; {os.cpu_count()} cores")
        collect.add_files(project, files, consent=Consent(state="given", purposes=["train"]))
        files = [item.path for item in project.items()]
        recipe = augment.Recipe([augment.CropSquare(), augment.Resize(SIZE)])
        ways: dict[str, Callable[[Path], object]] = {
            "bare Pillow loop": lambda to: loop(with_pillow, files, to),
            "bare OpenCV loop": lambda to: loop(with_opencv, files, to),
            "augment.build": lambda to: augment.build(project, recipe, name=to.name),
        }
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for turn in range(_ROUNDS):
            for name, way in ways.items():
                to = Path(folder) / f"{name.replace(' ', '-')}-{turn}"
                to.mkdir()
                times[name].append(took(lambda way=way, to=to: way(to)))
    report(count, {name: tuple(map(min, zip(*some))) for name, some in times.items()})


def report(count: int, times: dict[str, tuple[float, float]]) -> None:
    """times: seconds on the clock and of the processor for each way."""
    clock, processor = (min(both[which] for name, both in times.items() if name != "augment.build") for which in (0, 1))
    print(f"\n{'':20}{'seconds':>10}{'a second':>12}{'× faster loop':>16}{'processor, s':>16}{'× faster loop':>16}")
    for name, (seconds, work) in times.items():
        print(f"{name:20}{seconds:10.1f}{count / seconds:12.0f}{seconds / clock:16.2f}{work:16.1f}{work / processor:16.2f}")
    ratio = times["augment.build"][0] / clock
    print(f"\naugment.build takes {ratio:.2f} times as long as the faster bare loop (goal: at most {GOAL}): {'reached' if ratio <= GOAL else 'MISSED'}")


def took(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of the processor (all threads)."""
    start, worked = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - worked


def loop(prepare: Callable[[Path, Path], None], files: list[Path], to: Path) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(lambda file: prepare(file, to / f"{file.stem}.png"), files):
            pass


def with_pillow(file: Path, to: Path) -> None:
    with Image.open(file) as picture:
        picture = picture.convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    picture = picture.crop((left, top, left + side, top + side)).resize((SIZE, SIZE), Image.Resampling.BOX)
    picture.save(to, compress_level=COMPRESSION)


def with_opencv(file: Path, to: Path) -> None:
    pixels = cv2.imread(str(file))  # (H, W, 3)
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    pixels = cv2.resize(pixels[top : top + side, left : left + side], (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(to), pixels, [cv2.IMWRITE_PNG_COMPRESSION, COMPRESSION])


def draw(folder: Path, count: int, side: int) -> list[Path]:
    """Real JPEGs: soft shapes and grain, as heavy to decode as a photograph, each with marks of its own."""
    folder.mkdir(parents=True)
    scenes = [scene(random.Random(number), side) for number in range(min(_SCENES, count))]

    def draw_one(number: int) -> Path:
        picture, chance = scenes[number % len(scenes)].copy(), random.Random(number)
        pen = ImageDraw.Draw(picture)
        for _ in range(6):
            x, y, r = chance.randrange(side), chance.randrange(side), chance.randrange(4, side // 8)
            pen.ellipse([x - r, y - r, x + r, y + r], fill=tuple(chance.randrange(256) for _ in range(3)))
        file = folder / f"{number:06d}.jpg"
        picture.save(file, quality=90)
        return file

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(draw_one, range(count)))


def scene(chance: random.Random, side: int) -> Image.Image:
    width, height = side, side * 3 // 4
    picture = Image.new("RGB", (width, height), tuple(chance.randrange(256) for _ in range(3)))
    pen = ImageDraw.Draw(picture)
    for _ in range(40):
        corners = [(chance.randrange(width), chance.randrange(height)) for _ in range(3)]
        pen.polygon(corners, fill=tuple(chance.randrange(256) for _ in range(3)))
    grain = np.random.default_rng(chance.getrandbits(32)).normal(0, 6, (height, width, 3))
    soft = np.asarray(picture.filter(ImageFilter.GaussianBlur(3)), np.float32)
    return Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000, help="pictures")
    parser.add_argument("--side", type=int, default=1280, help="width in px")
    given = parser.parse_args()
    main(given.count, given.side)
