"""Covers a rhythm in Chromium from the tapping to MIDI: a microphone hears two kinds of taps, they are frozen and learned a little, and sound on the pad."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from lib import augment
from lib.media import midi
from lib.media.sound import Sound, open_sound
from lib.models.rhythm_vae import bars
from lib.project import Project
from tests.chromium import DEVICES, PATIENCE
from tests.jobs.waiting import until
from tests.test_journey_made_here import choose
from tests.test_journey_train import fill, press

RATE = 48_000
BEAT = 0.5              # seconds: 120 beats a minute
KICK, SNARE = 0, 1
BARS = (((0, KICK), (1, SNARE), (2, KICK), (3, SNARE)), ((0, KICK), (1, SNARE), (2, KICK), (2.5, KICK), (3, SNARE)))
_TAPS = tempfile.TemporaryDirectory(prefix="handmade-taps-")


def taps() -> Path:
    """What the microphone of this browser hears, over and over: two bars on a table, with the palm and with a pen."""
    time = np.arange(RATE // 8) / RATE
    palm = 0.6 * np.sin(2 * np.pi * 110 * time) * np.exp(-time / 0.02)
    pen = 0.3 * np.random.default_rng(0).standard_normal(len(time)) * np.exp(-time / 0.01)
    table = np.zeros(round(8 * BEAT * RATE), np.float32)
    for number, bar in enumerate(BARS):
        for beat, drum in bar:
            at = round((4 * number + beat) * BEAT * RATE)
            table[at : at + len(time)] += (palm, pen)[drum]
    path = Path(_TAPS.name) / "taps.wav"
    path.write_bytes(Sound(table[:, None], RATE).as_file())
    return path


CHROMIUM = [*DEVICES, f"--use-file-for-fake-audio-capture={taps()}", "--autoplay-policy=no-user-gesture-required"]


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=3 * PATIENCE)


def test_what_is_tapped_is_learned_and_played_on_the_pad_and_leaves_as_midi(home, workbench, visitor):
    project = Project.create("Table", home=home)
    visit = visitor("/collect?project=table")
    page = visit.page
    choose(page, "Microphone")
    page.locator(".takes .record").wait_for()
    page.locator("[data-testid=stRadio]").get_by_text("Mine", exact=True).click()
    page.get_by_text("Whose: mine").wait_for()
    page.get_by_role("button", name=re.compile("Record a take")).click()
    page.get_by_label("Length of this take").filter(has_text=re.compile(r"0:(09|[1-5]\d)")).wait_for()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Add 1 take").click()
    [take] = until(lambda: project.items(kind="sound"))
    sound = open_sound(take.path)
    heard = bars.of_recording(sound.mono(), sound.rate)
    assert abs(heard.tempo[0] - 120) < 1 and len(heard) >= 4 and set(heard.hit.sum((0, 2)).nonzero()[0]) >= {KICK, SNARE}
    augment.build(project, augment.Recipe([]), name="taps", kind="sound")

    visit.go(f"{workbench.address}/train?project=table&model=rhythm_vae")
    page.locator("summary", has_text="Settings").first.click()
    fill(page, "Steps", 60)
    expect(page.get_by_role("spinbutton", name="Steps")).to_have_value("60")
    press(page, "Start")
    page.wait_for_url("**/run?**")
    [run] = project.runs()
    until(lambda: run.state == "finished" or run.error, 3 * PATIENCE / 1000)
    assert not run.error

    visit.go(f"{workbench.address}/audio?project=table&run={run.id}")
    link = page.get_by_role("link", name="Play it on the rhythm pad")
    page.goto(workbench.address + re.sub("^https?://[^/]+", "", link.get_attribute("href")))
    until(lambda: page.evaluate("!!window.rhythmPad?.me.isWhole"), PATIENCE / 1000)
    assert len(page.evaluate("rhythmPad.facts.bars")) == len(heard)     # each bar that was tapped has its place
    page.locator("#play").click()
    until(lambda: int(page.locator(".level").get_attribute("aria-valuenow")) > -45)
    page.locator("#keep").click()
    page.locator("#kept li").wait_for()
    answer = page.request.get(workbench.address + page.get_by_role("link", name="MIDI").first.get_attribute("href"))
    song = midi.read(answer.body())
    [output] = project.outputs()
    told = output.provenance()
    assert told["run"] == run.id and told["way"] == "live" and len(song.notes) == len(told["rhythm"]["hits"]) > 4
    assert abs(song.tempo - 120) < 1 and {note.pitch for note in song.notes} & {36, 38}
    assert visit.hosts() == {"127.0.0.1"} and visit.complaints == []
