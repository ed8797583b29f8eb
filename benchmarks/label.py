"""How fast the labelling desk answers a key at 10,000 datapoints, in a real Chromium. Run by hand:

    .venv/bin/python benchmarks/label.py [--count 10000]

A key is timed from its keydown to the frame after the next picture was drawn. The page is timed from the click on Label
in the side bar to its first picture. The bounds: 100 ms for a key, 1 s for the page, 1 GB for the server.
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

import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks.store import draw
from lib import collect, label
from lib.project import Consent, Project
from tests.chromium import QUIET, Visit, Workbench, find_chromium, free_port

_TIMED = """
window.times = [];
window.addEventListener("keydown", ({ key, timeStamp }) => requestAnimationFrame(() => {
  const picture = window.desk?.image, seen = () => setTimeout(() => window.times.push([key, performance.now() - timeStamp]), 0);
  if (!picture || picture.complete) seen(); else picture.addEventListener("load", () => requestAnimationFrame(seen));
}), true);
"""
_READY = """(() => {
  const hosts = [...document.querySelectorAll("*")].map(element => element.shadowRoot?.querySelector(".desk")).filter(Boolean);
  window.desk = hosts[0]?.desk;
  const picture = hosts[0]?.querySelector(".thing img");
  return picture && picture.complete && picture.naturalWidth > 0;
})()"""
_KEYS = [*["ArrowRight"] * 60, *["1", "x", "ArrowRight"] * 20, *["End", "Home"] * 5]


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ.update(HANDMADE_HOME=folder, HANDMADE_LOCKS=f"{folder}/locks")
        project = fill(Path(folder), count)
        bench = Workbench(Path(folder), free_port())
        chromium = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=QUIET)
        try:
            visit = Visit(chromium.new_context())
            visit.page.add_init_script(_TIMED)
            visit.go(f"{bench.address}/collect?project={project.path.name}")
            show_opening(visit.page)
            show_keys(visit.page)
            print(f"server: {memory(bench.server.pid):.0f} MB")
        finally:
            chromium.close()
            bench.stop()


def fill(home: Path, count: int) -> Project:
    project = Project.create("Many", home=home)
    collect.add_files(project, draw(home / "pictures", count), consent=Consent(state="given", purposes=["train"]))
    label.set_classes(project, ["flower", "face"])
    return project


def show_opening(page: Page) -> None:
    side = page.get_by_test_id("stSidebar")
    for view in ("first view", "again"):
        began = time.perf_counter()
        side.get_by_role("link", name="Label", exact=True).click()
        page.wait_for_function(_READY)
        print(f"page, {view}: {1000 * (time.perf_counter() - began):.0f} ms")
        if view == "first view":
            side.get_by_role("link", name="Collect", exact=True).click()
            page.wait_for_url("**/collect**")
            page.locator("[data-testid=stMain] .sheet figure").first.wait_for()


def show_keys(page: Page) -> None:
    """As fast as a person who is in a hurry: one key every 60 ms."""
    for key in _KEYS:
        page.keyboard.press(key)
        page.wait_for_timeout(60)
    page.wait_for_function(f"window.times.length >= {len(_KEYS)}")
    for key in dict.fromkeys(_KEYS):
        times = sorted(took for pressed, took in page.evaluate("window.times") if pressed == key)
        print(f"key {key:12} median {statistics.median(times):4.0f} ms   slowest {times[-1]:4.0f} ms   ({len(times)} times)")
    print(f"in the page: {page.evaluate('desk.root.querySelectorAll(`*`).length')} elements, {page.evaluate('desk.rows.known.size')} rows")


def memory(process: int) -> float:
    """MB of the process and its children."""
    family = [psutil.Process(process), *psutil.Process(process).children(recursive=True)]
    return sum(member.memory_info().rss for member in family) / 1e6


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--count", type=int, default=10_000)
    main(arguments.parse_args().count)
