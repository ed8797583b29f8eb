"""Whether the rhythm pad ever comes too late: a minute in headless Chromium while somebody moves all the time. Run by hand, on a quiet computer:

    .venv/bin/python benchmarks/rhythm_pad.py [--seconds 60] [--width 256]

Said are how many gaps were heard and how much was missing (AudioContext.playbackStats), how far the clock of the sound fell behind that of
the computer at its worst, how long the slowest block of 128 samples took, and how long the network thinks of a bar in JavaScript and in PyTorch.
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

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

_TIMED = """() => { const took = []; for (let n = 0; n < 60; n++) { const began = performance.now(); rhythmPad.network.at(n / 30 - 1, 0.3); took.push(performance.now() - began); }
    return took.slice(10); }"""


def main(seconds: float, width: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HANDMADE_HOME=f"{folder}/home", HANDMADE_LOCKS=f"{folder}/locks", HANDMADE_DEVICES="cpu", OMP_NUM_THREADS="1")
        project, run = learned(Path(folder), width)
        print(f"PyTorch, one core: {in_pytorch(run):.2f} ms a bar")
        in_chromium(project, run, seconds, Path(folder) / "home")


def learned(folder: Path, width: int):
    """Two dozen bars, and a run that has learned them for a few steps: how fast it is does not depend on how well."""
    from lib import augment, collect
    from lib.project import Consent, Project
    from tests.audio.conftest import beat, trained

    project = Project.create("Drums", home=folder / "home")
    files = [folder / f"{number}.mid" for number in range(24)]
    for number, path in enumerate(files):
        path.write_bytes(beat(number % 3, 90 + number))
    collect.add_files(project, files, consent=Consent(state="given", purposes=["train", "show"]))
    dataset = augment.build(project, augment.Recipe([]), name="beats", kind="sound")
    return project, trained(project, "rhythm_vae", dataset, steps=150, width=width, batch=16, learning_rate=0.003)


def in_pytorch(run) -> float:
    import torch

    from lib import models

    torch.set_num_threads(1)
    network, took = models.generator("rhythm_vae").load(run.path).network, []
    for number in range(60):
        began = time.perf_counter()
        network.at(torch.tensor([[number / 30 - 1, 0.3]]))
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took[10:])


def in_chromium(project, run, seconds: float, home: Path) -> None:
    from playwright.sync_api import sync_playwright

    from lib.ui.http import addresses
    from tests.chromium import QUIET, Workbench, find_chromium, free_port
    from tests.jobs.waiting import until

    bench = Workbench(home, free_port())
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=[*QUIET, "--autoplay-policy=no-user-gesture-required"])
            page = chromium.new_page()
            page.goto(bench.address + addresses.rhythm_pad(project, run))
            until(lambda: page.evaluate("!!window.rhythmPad?.me.isWhole"))
            print(f"JavaScript: {statistics.median(page.evaluate(_TIMED)):.2f} ms a bar")
            moved(page, seconds)
            told = page.evaluate("(({ blocks, slowest, worst, held, gaps, missing, heard }) => ({ blocks, slowest, worst, held, gaps, missing, heard, rate: rhythmPad.context().sampleRate }))(rhythmPad.me)")
            chromium.close()
    finally:
        bench.stop()
    print(f"Heard: {told['blocks'] * 128 / told['rate']:.0f} s, {told['heard']} hits; gaps, as the browser counts them: {told['gaps']}, {told['missing']} s missing (behind by {told['worst']:.1f} ms at its worst, "
          f"{told['held']:.0f} ms are held ready); the slowest block took {told['slowest']} ms. Load: {os.getloadavg()[0]:.1f}")  # fmt: skip


def moved(page, seconds: float) -> None:
    """Moves in circles, as a hand does, while it plays."""
    page.locator("#play").click()
    box, began = page.locator("#plane").bounding_box(), time.monotonic()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    while (now := time.monotonic() - began) < seconds:
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.4 * math.cos(now)), box["y"] + box["height"] * (0.5 + 0.4 * math.sin(1.3 * now)))
        page.wait_for_timeout(30)
    page.mouse.up()


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--width", type=int, default=256)
    chosen = asked.parse_args()
    main(chosen.seconds, chosen.width)
