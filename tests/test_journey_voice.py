"""Covers a voice in Chromium from its recording to a piece that is kept: a microphone hums, a model learns a little, is stopped, and is played by
keys, the microphone and the camera."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from lib import augment
from lib.media import clear_pitch
from lib.media.sound import Sound, open_sound
from lib.project import Project
from tests.chromium import DEVICES
from tests.jobs.waiting import until
from tests.test_journey_made_here import choose
from tests.test_journey_train import press

PATIENCE = 180_000  # ms; the machine may be busy
HUMMED = 196.0      # Hz
_HUM = tempfile.TemporaryDirectory(prefix="handmade-hum-")


def hum() -> Path:
    """What the microphone of this browser hears, over and over: four seconds of one low tone that swells a little."""
    time = np.arange(4 * 48_000) / 48_000
    tone = sum(np.sin(2 * np.pi * HUMMED * k * time) / k for k in range(1, 8)) * (0.15 + 0.05 * np.sin(2 * np.pi * time))
    path = Path(_HUM.name) / "hum.wav"
    path.write_bytes(Sound(tone[:, None].astype(np.float32), 48_000).as_file())
    return path


CHROMIUM = [*DEVICES, f"--use-file-for-fake-audio-capture={hum()}"]


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=PATIENCE)


def shown(page, name: str) -> float:
    return float(page.evaluate(f"document.body.dataset.{name} || 0"))


def test_a_voice_is_recorded_learned_played_and_kept(home, workbench, visitor):
    project = Project.create("Voice", home=home)
    visit = visitor("/collect?project=voice")
    page = visit.page
    choose(page, "Microphone")
    page.locator(".takes .record").wait_for()
    page.locator("[data-testid=stRadio]").get_by_text("Mine", exact=True).click()
    page.get_by_text("Whose: mine").wait_for()
    page.get_by_role("button", name=re.compile("Record a take")).click()
    page.get_by_label("Length of this take").filter(has_text=re.compile(r"0:0[3-9]")).wait_for()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Add 1 take").click()
    [take] = until(lambda: project.items(kind="sound"))
    augment.build(project, augment.Recipe([]), name="hum", kind="sound")

    visit.go(f"{workbench.address}/train?project=voice&model=ddsp")
    expect(page.get_by_text("That is short")).to_be_visible()
    press(page, "Start")
    page.wait_for_url("**/run?**")
    [run] = project.runs()
    until(lambda: run.checkpoints())
    press(page, "Stop")
    until(lambda: run.state == "stopped")

    visit.go(f"{workbench.address}/generate?project=voice&run={run.id}")
    link = page.get_by_role("link", name="Play, and hear it at once")
    page.goto(workbench.address + re.sub("^https?://[^/]+", "", link.get_attribute("href")))
    page.get_by_text("Ready: play.").wait_for()
    page.keyboard.down("KeyQ")
    until(lambda: page.evaluate("document.body.dataset.sounds") == "true")
    note = page.locator("#note").inner_text()
    assert re.fullmatch(r"C\d", note)
    page.get_by_role("button", name="An octave higher").click()
    expect(page.locator("#note")).to_have_text(f"C{int(note[1]) + 1}")
    page.keyboard.press("Escape")
    until(lambda: page.evaluate("document.body.dataset.sounds") == "false")
    page.get_by_role("button", name="An octave lower").click()

    page.get_by_role("button", name="Camera").click()
    until(lambda: shown(page, "motion") > 0 and page.evaluate("document.body.dataset.sounds") == "true")
    page.get_by_role("button", name="Microphone").click()
    until(lambda: abs(12 * np.log2(max(shown(page, "hertz"), 1) / HUMMED)) < 0.3)
    expect(page.locator("#heard-words")).to_have_text("G3, 196 Hz")
    page.keyboard.press("Escape")       # whatever sounds and leads ends at once
    until(lambda: page.evaluate("document.body.dataset.sounds") == "false")
    expect(page.get_by_role("button", name="Keys", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Microphone").click()
    until(lambda: page.evaluate("document.body.dataset.sounds") == "true")
    press(page, "Record")
    until(lambda: page.get_by_role("button", name="Stop (2 s)").count())
    page.get_by_role("button", name=re.compile("Stop")).click()
    press(page, "Keep")
    page.get_by_text("Kept, with its story").wait_for()
    [output] = project.outputs()
    assert output.provenance()["played_by"] == "microphone" and output.provenance()["run"] == run.id
    sound = open_sound(output.path)
    middle = sound.mono()[None, len(sound.samples) // 2 :][:, :1024]
    assert sound.rate == 16_000 and 1.5 < sound.seconds < 20 and abs(12 * np.log2(clear_pitch.find(middle, 16_000)[0][0] / HUMMED)) < 0.3
    posted = [url for url in visit.asked if url.endswith("/keep")]
    assert len(posted) == 1 and visit.hosts() == {"127.0.0.1"} and visit.complaints == [] and take.id in run.learned_from
