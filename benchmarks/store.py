"""The project store at 10,000 pictures: intake, listing, a page of thumbnails, freezing. Run by hand:

    .venv/bin/python benchmarks/store.py [--count 10000]

Each is shown beside a plain reference in the same process, as a ratio.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lib import augment, collect
from lib.project import Consent, Project

SIZE = 256  # px of the pictures that are brought


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        pictures = draw(work / "pictures", count)
        project = Project.create("Many", home=work / "home")
        took = timed(lambda: collect.add_files(project, pictures, consent=Consent(state="given", purposes=["train"])))
        plain = timed(lambda: [(work / "copy.jpg").write_bytes(path.read_bytes()) for path in pictures.iterdir()])
        tell("intake: verified, cleaned, flushed, written down", took, count, plain, "copying the files")
        show_listing(project, count)
        show_thumbnails(project)
        show_freezing(project, work, count)


def draw(folder: Path, count: int) -> Path:
    """Soft pictures that compress like photographs, none twice."""
    folder.mkdir()
    noise = np.random.default_rng(0)

    def draw_one(number: int) -> None:
        small = noise.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(small).resize((SIZE, SIZE), Image.Resampling.BICUBIC).save(
            folder / f"{number:05d}.jpg", quality=88
        )

    for number in range(count):
        draw_one(number)
    return folder


def show_listing(project: Project, count: int) -> None:
    project.items()
    took = min(timed(project.items) for _ in range(5))
    plain = min(
        timed(lambda: list(sqlite3.connect(project.path / "project.db").execute("SELECT * FROM items ORDER BY number")))
        for _ in range(5)
    )
    tell("listing all items, warm", took, count, plain, "SELECT * with sqlite3")
    took = min(timed(lambda: project.items(limit=48, offset=count // 2)) for _ in range(5))
    print(f"{'a page of 48 items':52} {took * 1000:9.1f} ms")


def show_thumbnails(project: Project) -> None:
    page = project.items(limit=48)
    for word in ("first time", "after that"):
        took = timed(lambda: [project.thumbnail(item).read_bytes() for item in page])
        print(f"{f'a page of 48 thumbnails, {word}':52} {took * 1000:9.1f} ms")


def show_freezing(project: Project, work: Path, count: int) -> None:
    recipe = augment.Recipe([augment.CropSquare(), augment.Resize(64)])
    took = timed(lambda: augment.build(project, recipe, name="bench"))
    (work / "plain").mkdir()

    def shrink(item) -> None:
        with Image.open(item.path) as picture:
            picture.convert("RGB").resize((64, 64), Image.Resampling.BOX).save(work / "plain" / f"{item.number}.png")

    def bare() -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(shrink, project.items()))

    tell(
        "freezing at 64 px, hashed, flushed, with sheet",
        took,
        count,
        timed(bare),
        "a bare Pillow loop on the same cores",
    )


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def tell(what: str, took: float, count: int, plain: float, reference: str) -> None:
    print(
        f"{what:52} {took * 1000:9.1f} ms {count / took:9.0f} a second   {took / plain:5.2f} x {reference}", flush=True
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    main(parser.parse_args().count)
