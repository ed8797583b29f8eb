"""Covers Audio in Chromium with a microphone that sings: record, through a mosaic, beside each other, mine or a copy, kept as FLAC; and lines drawn by hand."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from lib.media import story_inside
from lib.media.sound import Sound, open_sound
from tests.audio.conftest import voices_project
from tests.chromium import DEVICES, IDLE
from tests.jobs.waiting import until
from tests.models.test_mosaic import hertz_of, tone
from tests.test_journey_made_here import choose, faults
from tests.test_journey_train import press

_FOLDER = tempfile.TemporaryDirectory(prefix="handmade-microphone-")
SUNG = Path(_FOLDER.name) / "sung.wav"      # what the microphone hears, again and again: 330 Hz
SUNG.write_bytes(Sound(tone(330, 4.0, rate=48_000)[:, None], 48_000).as_file())
CHROMIUM = [*DEVICES, f"--use-file-for-fake-audio-capture={SUNG}", "--autoplay-policy=no-user-gesture-required"]


@pytest.fixture
def learned(home):
    return voices_project(home)


@pytest.fixture
def audio(learned, visitor):
    project, run = learned
    visit = visitor(f"/audio?project=voices&run={run.id}")
    visit.page.set_viewport_size({"width": 1280, "height": 1400})
    return visit


def test_what_is_recorded_goes_through_a_mosaic_and_is_kept_with_its_story(learned, audio, workbench):
    project, run = learned
    page = audio.page
    choose(page, "Record")
    page.locator(".takes .record").click()
    until(lambda: int(page.locator(".takes .meter").get_attribute("aria-valuenow")) > -50)
    until(lambda: float(page.locator(".takes .clock").inner_text().partition(":")[2]) > 1.5)
    page.locator(".takes .record").click()
    expect(page.locator(".takes .use")).to_have_text("In use")
    expect(page.locator(".sound .facts").first).to_contain_text("LUFS")       # the take has a player

    press(page, "Make 1")
    until(lambda: project.outputs())
    [output] = project.outputs()
    told = output.provenance()
    assert told["inputs"]["sound"]["name"].endswith(".wav") and {person["credit"] for person in told["people"]} <= {"Ana", "Ben"}
    sound = open_sound(output.path)
    assert abs(hertz_of(sound.mono()[round(0.5 * sound.rate) : round(1.2 * sound.rate)], sound.rate) - 330) < 4      # Ana sings along

    # Beside what it follows: one position, heard in turns.
    pair = page.locator(".pair").first
    expect(pair.locator(".side h4").nth(1)).to_contain_text("LUFS")
    pair.get_by_role("button", name="Play").click()
    until(lambda: float(pair.locator(".side.heard .sheet").get_attribute("aria-valuenow")) > 0.3)
    pair.get_by_role("radio", name="B: what it made").click()
    expect(pair.locator(".side.heard h4")).to_contain_text("what it made")
    assert float(pair.locator(".side.heard .sheet").get_attribute("aria-valuenow")) > 0.2
    pair.get_by_role("button", name="Pause").click()

    page.get_by_role("button", name="Mine or a copy?").click()
    page.get_by_text("it is most like number").wait_for()
    expect(page.locator(".pair").nth(1).locator(".region").first).to_be_visible()
    press(page, "Keep")
    until(lambda: output.mark == "kept")
    answer = page.request.get(workbench.address + page.locator(".sound .flac:visible").first.get_attribute("href"))
    assert answer.status == 200 and json.loads(story_inside.read_from_flac(answer.body()))["run"] == run.id
    page.wait_for_selector(IDLE)        # what is drawn anew is pale meanwhile
    assert faults(page) == []
    assert audio.hosts() == {"127.0.0.1"} and audio.complaints == []


def test_lines_are_drawn_with_the_mouse_and_with_keys_and_followed(learned, audio):
    project, _ = learned
    page = audio.page
    choose(page, "Lines by hand")
    sheet = page.locator(".curves canvas")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.move(*at(0.1, 0.9))
    page.mouse.down()
    page.mouse.move(*at(0.5, 0.1), steps=12)
    page.mouse.up()
    drawn = numbers(page)
    assert drawn[0] == (0, None) and drawn[-1][1] is None and abs(drawn[1][0] - 0.4) < 0.05 and abs(drawn[-2][1] - 90) < 3 and len(drawn) < 8
    page.keyboard.press("Control+z")
    assert numbers(page) == []

    for key in ("Home", "Enter", "End", *["ArrowUp"] * 10, "Enter"):       # from the middle up to nearly the top
        page.keyboard.press(key)
    assert numbers(page) == [(0.0, 50.0), (4.0, 90.0)]
    expect(page.locator(".curves .at")).to_contain_text("Height 90 %")
    page.keyboard.press("PageDown")
    expect(page.locator(".curves .tabs [aria-checked=true]")).to_have_text("Loudness")
    page.locator(".curves .length input").fill("2")
    page.keyboard.press("Tab")
    page.locator(".curves summary").click()
    page.locator(".curves textarea").fill("0 -20\n2 -70")
    page.keyboard.press("Tab")
    expect(page.locator(".curves .wrong")).to_contain_text("Loudness goes from -30 to 0")
    page.locator(".curves textarea").fill("0 -20\n2 0")
    page.keyboard.press("Tab")
    expect(page.locator(".curves .wrong")).to_be_empty()
    assert faults(page) == []

    press(page, "Make 1")
    until(lambda: project.outputs())
    [output] = project.outputs()
    lines = output.provenance()["inputs"]["drawn"]
    assert lines == {"seconds": 2, "lines": {"height": [[0, 50], [2, 70]], "loudness": [[0, -20], [2, 0]]}}
    samples = open_sound(output.path).mono()
    first, last = (np.sqrt(np.square(part).mean()) for part in (samples[: len(samples) // 4], samples[-len(samples) // 4 :]))
    assert abs(open_sound(output.path).seconds - 2) < 0.01 and last > 2 * first


def numbers(page) -> list[tuple[float, float | None]]:
    """The curve that is drawn on, as its numbers stand there."""
    lines = [line.split() for line in page.locator(".curves textarea").input_value().splitlines()]
    return [(float(time), None if value == "–" else float(value)) for time, value in lines]
