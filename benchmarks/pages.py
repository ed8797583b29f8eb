"""What a page costs the server at 10,000 datapoints: CPU of a rerun, and which heavy modules it pulled in. Run by hand:

    .venv/bin/python benchmarks/pages.py [--count 10000]

A rerun is what a click makes the server do. One server carries a class of thirty if it stays below 80 ms. The plain
reference beside it is the smallest page there is: one line of text.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PIL import Image
from streamlit.testing.v1 import AppTest

from benchmarks.store import draw
from lib import augment, collect, label, train
from lib.project import Consent, Project, outputs
from lib.project.runs import METRICS
from lib.ui.http import served
from lib.ui.shell import navigation, streamlit_savings

HEAVY = ["torch", "torchvision", "diffusers", "transformers", "mediapipe", "langchain", "faiss", "librosa", "gradio",
         "cv2", "skimage", "sklearn", "scipy"]  # fmt: skip
REFERENCE = "import streamlit as st\nst.title('One line')"
_RERUNS = 7
_LINES, _ROWS = "table-lines", (0.5, 0.7, 1.0)


def main(count: int) -> None:
    served.by_us = True
    streamlit_savings.keep()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HANDMADE_HOME=folder, HANDMADE_LOCKS=f"{folder}/locks")
        project = fill(Path(folder), count)
        plain = rerun(AppTest.from_string(REFERENCE, default_timeout=60))
        print(f"{count:,} datapoints; CPU of a rerun, median of {_RERUNS}\n")
        print(f"{'page':24}{'first, ms':>12}{'rerun, ms':>12}{'× one line':>12}   heavy modules")
        print(f"{'(one line of text)':24}{plain[0]:12.0f}{plain[1]:12.0f}{1.0:12.1f}")
        before = set(sys.modules)     # what filling the project needed is none of the pages' doing
        for file, query in pages(project):
            first, again = rerun(open_page(project, file, query), file)
            heavy = ", ".join(name for name in HEAVY if name in sys.modules and name not in before) or "none"
            name = "a table on Generate" if _LINES in query else query.get("mode", file)
            print(f"{name:24}{first:12.0f}{again:12.0f}{again / plain[1]:12.1f}   {heavy}")


def fill(home: Path, count: int) -> Project:
    """A project with `count` pictures, a dataset of them all, and a run of 20 steps with 20,000 lines of numbers."""
    project = Project.create("Many", home=home / "workspace")
    os.environ["HANDMADE_HOME"] = str(project.home)
    collect.add_files(project, draw(home / "pictures", count), consent=Consent(state="given", purposes=["train"]))
    dataset = augment.build(project, augment.Recipe([augment.CropSquare(), augment.Resize(32)]), name="many-32")
    label.change_many(project, dataset.items[::2], class_name="even")
    label.look_at_all(project)
    run = train.start(project, "gan", dataset, steps=20, batch=4, width=4)
    run.wait(timeout=300)
    [line] = [line for line in (run.path / METRICS).read_text().splitlines()[-1:]]
    with open(run.path / METRICS, "a", encoding="utf-8") as metrics:
        for step in range(21, 20_001):
            metrics.write(line.replace('"step": 20,', f'"step": {step},') + "\n")
    story = {**outputs.base_story(project, run, dataset), "way": "make", "inputs": {}}
    for row in _ROWS:
        for seed in range(3):
            outputs.save(project, Image.new("RGB", (32, 32)), seed, {**story, "controls": {"truncation": row}})
    return project


def pages(project: Project) -> list[tuple[str, dict]]:
    inner = {"make/datapoint.py": {"item": project.items(limit=1)[0].id}, "train/run.py": {"run": project.runs()[0].id}}
    shown = [(file, {}) for _, part in navigation.PAGES for file, *_ in part]
    ways = [("make/label.py", {"mode": mode}) for mode in ("Grid", "Suggestions", "Two readers", "The whole")]
    table = [("play/generate.py", {"run": project.runs()[0].id, _LINES: "\n".join(map(str, _ROWS))})]
    return shown + ways + table + [(file, inner.get(file, {})) for file, *_ in navigation.INNER]


def open_page(project: Project, file: str, query: dict) -> AppTest:
    page = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=120)
    page.query_params.update({"project": project.path.name, **query})
    if file == "home/welcome.py":
        return page
    page.run()
    page.query_params.update({"project": project.path.name, **query})
    return page.switch_page(f"pages/{file}")


def rerun(page: AppTest, name: str = "") -> tuple[float, float]:
    """CPU of the first view and of a rerun, in ms. Raises AssertionError if the page breaks."""
    times = []
    for _ in range(_RERUNS + 1):
        began = time.process_time()
        page.run()
        times.append(1000 * (time.process_time() - began))
        assert not page.exception, (name, page.exception)
    return times[0], statistics.median(times[1:])


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--count", type=int, default=10_000)
    main(arguments.parse_args().count)
