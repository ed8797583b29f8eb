"""How many pictures a second the live way of pix2pix makes, by width and size. Run by hand, on a quiet computer:

    .venv/bin/python benchmarks/live.py [--browser]

PyTorch and ONNX on one processor core, side by side, interleaved, the median of seven. --browser: in headless Chromium too, with its
test camera through edges and model, at 128 px and width 16, and how long after a stroke its answer is there. Goals: 25 a second at
256 px and width 16 on one core; 8 a second at 128 px in Chromium; an answer to a stroke in 150 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SIZES, WIDTHS = (64, 128, 256), (8, 16, 32)
_ROUNDS, _PICTURES = 7, 5


def main(browser: bool) -> None:
    import torch

    torch.set_num_threads(1)
    print(f"{'px':>5}{'width':>7}{'PyTorch, a second':>20}{'ONNX, a second':>17}{'file, MB':>10}")
    for size in SIZES:
        for width in WIDTHS:
            with tempfile.TemporaryDirectory() as folder:
                pytorch, onnx, large = both(size, width, Path(folder) / "model.onnx")
            print(f"{size:5}{width:7}{1 / pytorch:20.1f}{1 / onnx:17.1f}{large / 1e6:10.1f}", flush=True)
    if browser:
        with tempfile.TemporaryDirectory() as folder:
            in_chromium(Path(folder))


def both(size: int, width: int, path: Path) -> tuple[float, float, int]:
    """Seconds a picture with PyTorch and with ONNX Runtime, and bytes of the file."""
    import onnxruntime
    import torch

    from lib.models.pix2pix.network import Generator
    from lib.share.onnx_export import convert

    network = Generator(size, width).eval().requires_grad_(False)
    convert(network, path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    source = torch.rand(1, 3, size, size) * 2 - 1
    ways: list[Callable[[], object]] = [lambda: network(source), lambda: session.run(None, {"source": source.numpy()})]
    took: list[list[float]] = [[], []]
    for round in range(_ROUNDS + 1):
        for way, times in zip(ways, took):
            began = time.perf_counter()
            for _ in range(_PICTURES):
                way()
            if round:       # the first is for warming up
                times.append((time.perf_counter() - began) / _PICTURES)
    return statistics.median(took[0]), statistics.median(took[1]), path.stat().st_size


def in_chromium(home: Path) -> None:
    from playwright.sync_api import sync_playwright

    from lib import augment, collect, share, train
    from lib.project import Consent, Project
    from lib.ui.http import addresses
    from tests.chromium import QUIET, Workbench, find_chromium, free_port

    os.environ.update(HANDMADE_HOME=str(home / "workspace"), HANDMADE_LOCKS=str(home / "locks"), HANDMADE_DEVICES="cpu")
    project = Project.create("Live", home=home / "workspace")
    collect.add_files(project, sorted((ROOT / "assets/samples/tulips").glob("*"))[:12], consent=Consent(state="given", purposes=["train", "show"]))
    pairs = augment.build_pairs(project, augment.Edges(), augment.Recipe([augment.CropSquare(), augment.Resize(128)]), name="edges")
    run = train.start(project, "pix2pix", pairs, steps=1, width=16, batch=2)
    assert run.wait() == "finished", run.log()
    share.export_onnx(project, run)
    bench = Workbench(project.home, free_port())
    try:
        with sync_playwright() as playwright:
            camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
            chromium = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=[*QUIET, *camera])
            page = chromium.new_page()
            page.goto(bench.address + addresses.live(project, run))
            wait_for(page, 1)
            print("\nheadless Chromium, 128 px, width 16")
            print(f"first answer to a stroke {statistics.median(strokes(page)):.0f} ms (median of 10)")
            page.get_by_role("button", name="Camera").click()
            page.wait_for_timeout(8000)
            print(f"camera, edges and model {page.evaluate('document.body.dataset.rate')} pictures a second; the model's part {page.evaluate('document.body.dataset.model')} ms")
            chromium.close()
    finally:
        bench.stop()


def answers(page) -> int:
    return page.evaluate("Number(document.body.dataset.answers || 0)")


def wait_for(page, count: int) -> None:
    while answers(page) < count:
        time.sleep(0.01)


def strokes(page) -> list[float]:
    """From the first move of the mouse to the answer on the page, in ms."""
    box, took = page.locator("#paper").bounding_box(), []
    for number in range(10):
        page.mouse.move(box["x"] + 20 + 20 * number, box["y"] + 20)
        page.wait_for_timeout(400)
        count = answers(page)
        page.mouse.down()
        wait_for(page, count + 1)
        took.append(float(page.evaluate("document.body.dataset.latency")))
        page.mouse.up()
    return took


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--browser", action="store_true")
    main(asked.parse_args().browser)
