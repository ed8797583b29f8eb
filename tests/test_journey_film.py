"""Covers films, sheets and the camera at Collect in Chromium: looked at, chosen among, found again after a reload, added."""

from __future__ import annotations

import re
import subprocess

import imageio_ffmpeg
import pytest
from PIL import Image
from playwright.sync_api import expect
from skimage import data

from lib import collect
from lib.project import Project, items
from tests.chromium import DEVICES
from tests.test_journey_collect import answer, until, upload

CHROMIUM = DEVICES


@pytest.fixture
def brought(tmp_path):
    """A film of Mila (out of focus in its third second), one of Otto, and a photograph of 24 coins."""
    for name, filters in (("Mila.mp4", "gblur=sigma=6:enable='between(t,1.95,2.95)'"), ("Otto.mp4", "negate")):
        source = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10:duration=4", "-vf", filters, "-pix_fmt", "yuv420p"]
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *source, str(tmp_path / name)], check=True)
    Image.fromarray(data.coins()).save(tmp_path / "coins.png")
    return tmp_path


def test_films_are_looked_at_a_sheet_is_cut_apart_and_the_camera_takes_many(workbench, visitor, brought):
    project = Project.create("Class", home=workbench.home)
    visit = visitor("/collect?project=class")
    page = visit.page

    page.get_by_text("Film", exact=True).first.click()
    page.get_by_text("Choose films").wait_for()
    upload(page, [brought / "Mila.mp4", brought / "Otto.mp4"])
    page.get_by_text("About 8 stills").wait_for()
    page.get_by_text("A square of it").click()
    page.get_by_role("slider", name=re.compile("Where")).wait_for()
    page.get_by_role("button", name="Look at them first").click()
    page.get_by_text("8 stills would come").wait_for()
    page.reload()           # the desk is as it was
    visit.settle()
    page.get_by_text("8 stills would come").wait_for()
    assert "1 is much softer" in page.inner_text("body") and project.count() == 0
    blurred = page.get_by_role("button", name="Left out: Mila.mp4 at 0:02, soft")
    expect(blurred).to_have_attribute("aria-pressed", "true")
    blurred.focus()
    blurred.press("Enter")      # kept: it was meant so
    expect(page.get_by_role("button", name="Leave out: Mila.mp4 at 0:02, soft")).to_be_focused()
    page.get_by_role("button", name="Add 8 stills").wait_for()
    answer(page, "Given by somebody")
    page.get_by_role("combobox", name=re.compile("Otto")).wait_for()
    page.get_by_text("train models on them").click()
    page.wait_for_function("[...document.querySelectorAll('button')].some(b => b.innerText.includes('Add 8 stills') && !b.disabled)")
    page.get_by_role("button", name="Add 8 stills").click()
    page.get_by_text("8 added").wait_for()
    people = {person.name: person.id for person in project.people()}
    assert {name: items.count(project, person=one) for name, one in people.items()} == {"Mila": 4, "Otto": 4}
    assert all((item.facts["width"], item.facts["height"]) == (90, 90) for item in project.items())

    page.get_by_text("Scan", exact=True).first.click()
    page.get_by_text("Choose scans").wait_for()
    upload(page, [brought / "coins.png"])
    page.get_by_text("24 pieces", exact=True).wait_for()
    page.get_by_role("button", name="Piece 5", exact=True).click()
    second = page.get_by_role("button", name="Piece 2", exact=True)
    second.focus()
    second.press("Enter")
    page.get_by_text("2 switched off").wait_for()
    answer(page, "Mine")
    page.get_by_role("button", name="Add 22 pieces").click()
    until(lambda: project.count() == 30)
    assert {item.facts["sheet"] for item in project.items()[8:]} == {"coins.png"}

    page.get_by_text("Camera", exact=True).first.click()
    none_here = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'))"
    page.evaluate(f"() => {{ navigator.mediaDevices.kept = navigator.mediaDevices.getUserMedia; {none_here}; }}")
    page.get_by_role("button", name="Open the camera").click()
    page.get_by_text("There is no camera here").wait_for()
    assert "bring pictures with Files" in page.locator(".camera .why").inner_text()
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = navigator.mediaDevices.kept; }")
    page.get_by_role("button", name="Open it again").click()
    page.get_by_text("Whose: mine").wait_for()      # as it was said at the last way in
    take = page.get_by_role("button", name="Take one")
    expect(take).to_be_enabled()
    take.click()
    until(lambda: project.count() == 31)
    page.get_by_label("Pictures in a row").fill("3")
    page.get_by_label("Seconds between").fill("0.2")
    page.get_by_label("Seconds between").press("Tab")
    page.get_by_role("button", name="Take 3 in a row").click()
    until(lambda: project.count() == 34)
    last = page.get_by_role("button", name="Delete the last one, number 34")
    last.click()
    until(lambda: project.count() == 33)
    page.get_by_text("Number 34 is removed").wait_for()
    visit.settle()
    page.get_by_role("heading", name="Collect").click()
    page.keyboard.press("Space")    # even where the camera is just beginning again, the press counts
    until(lambda: project.count() == 34)
    assert all(item.facts["made"] == "camera" for item in project.items()[30:])
    assert len(collect.batches(project)) >= 1 and visit.complaints == []
