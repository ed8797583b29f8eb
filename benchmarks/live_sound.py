"""Whether a voice played live cracks, and how soon a key sounds, in headless Chromium. Run by hand, on a quiet computer:

    .venv/bin/python benchmarks/live_sound.py [--seconds 60] [--width 96]

A voice of this width sounds for so long in the browser's own audio thread while keys are pressed four times a second; Chromium itself
counts where sound came too late (AudioContext.playbackStats). Goals: none in 60 seconds; 20 ms of our own from a key to its sound, and
100 ms from the microphone (half a window of 64 ms, a block, and the way between two threads).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

_READY, _KEYS = "document.body.dataset.ready === 'yes'", ("KeyQ", "KeyW", "KeyE", "KeyR", "KeyT")
# The page's own audio, kept so that it can be asked. Chromium only.
_HELD = "const Made = window.AudioContext; window.AudioContext = class extends Made { constructor(...how) { super(...how); (window.heldAudio ??= []).push(this); } };"
_STATS = "() => { const one = window.heldAudio[0].playbackStats; return one ? [one.underrunEvents, one.underrunDuration, one.totalDuration] : null; }"


def main(seconds: float, width: int) -> None:
    import os

    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ.update(HANDMADE_HOME=str(home / "workspace"), HANDMADE_LOCKS=str(home / "locks"), HANDMADE_DEVICES="cpu")
        from lib.ui.http import addresses
        from tests.chromium import DEVICES, QUIET, Workbench, find_chromium, free_port

        project, run = learned(home, width)
        bench = Workbench(project.home, free_port())
        try:
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=[*QUIET, *DEVICES])
                page = chromium.new_page()
                page.add_init_script(_HELD)
                page.goto(bench.address + addresses.live(project, run))
                page.get_by_text("Ready: play.").wait_for()
                measure(page, seconds)
                chromium.close()
        finally:
            bench.stop()


def measure(page, seconds: float) -> None:
    took, began = [], time.monotonic()
    page.keyboard.press("KeyQ")
    page.wait_for_timeout(500)
    before = page.evaluate(_STATS)
    while time.monotonic() - began < seconds:
        key = _KEYS[len(took) % len(_KEYS)]
        page.keyboard.down(key)
        page.wait_for_timeout(200)
        page.keyboard.up(key)
        page.wait_for_timeout(50)
        if taken := page.evaluate("document.body.dataset.latency"):
            took.append(float(taken))
    after = page.evaluate(_STATS)
    print(f"{page.evaluate('document.body.dataset.reckoned')} ms of computing for each block of 8 ms (PyTorch is not asked)")
    if before and after:
        late, lost, total = (b - a for a, b in zip(before, after))
        print(f"late {late:.0f} times in {total:.1f} s of sound, {1000 * lost:.0f} ms of silence in all")
    else:
        print("this browser does not count where sound came too late")
    print(f"a key is taken up after {statistics.median(took):.1f} ms, at most {max(took):.1f} ms, with the way there and back ({len(took)} looks)")


def learned(home: Path, width: int):
    """A project with a run of this width that learned for two steps: what it costs to play is the same."""
    from lib import augment, collect, train
    from lib.project import Consent, Project
    from tests.models.test_ddsp import tune, wav

    project = Project.create("Reed", home=home / "workspace")
    collect.add_files(project, [wav(home / "reed.wav", tune())], consent=Consent(state="given", purposes=["train", "show"]))
    dataset = augment.build(project, augment.Recipe([]), name="reed", kind="sound")
    run = train.start(project, "ddsp", dataset, steps=2, width=width, batch=1)
    assert run.wait() == "finished", run.log()
    return project, run


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument("--width", type=int, default=96)
    given = asked.parse_args()
    main(given.seconds, given.width)
