"""In a real Chromium: somebody draws, undoes, loses the network and the page, and finds all of it again; and records a take."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from lib.media.sound import open_sound
from lib.project import Project, allows
from tests.chromium import DEVICES

CHROMIUM = DEVICES


def stroke(page, *points: tuple[float, float]) -> None:
    """Draws from point to point with the mouse; (0, 0) to (1, 1) is the paper."""
    box = page.locator(".paper").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def faults(page) -> list[str]:
    """What a keyboard or a screen reader cannot use."""
    found = Axe().run(page).response["violations"]
    return [node["html"] for fault in found if fault["impact"] in ("serious", "critical") for node in fault["nodes"]]


def choose(page, way: str) -> None:
    page.get_by_role("radio", name=way, exact=True).or_(page.get_by_role("button", name=way, exact=True)).first.click()


def test_drawings_and_takes_go_in_and_none_is_lost_with_the_network_or_the_page(workbench, visitor):
    project = Project.create("Portraits", home=workbench.home)
    visit = visitor("/collect?project=portraits")
    page = visit.page
    page.set_viewport_size({"width": 1280, "height": 1400})
    choose(page, "Draw")
    paper, add = page.locator(".paper"), page.get_by_role("button", name="Add this drawing")
    grid = page.locator("[data-testid=stMain] .sheet figure")

    stroke(page, (0.2, 0.2), (0.8, 0.2))
    expect(add).to_be_disabled()        # nobody has said whose it is
    expect(page.locator(".drawing .missing")).to_have_text("First answer: Whose are they?")
    page.locator("[data-testid=stRadio]").get_by_text("Mine", exact=True).click()
    expect(add).to_be_enabled()
    stroke(page, (0.2, 0.5), (0.5, 0.9), (0.8, 0.5))
    expect(paper).to_have_attribute("aria-label", "Paper, 2 strokes on it.")
    assert faults(page) == []
    page.keyboard.press("Control+z")
    expect(paper).to_have_attribute("aria-label", "Paper, 1 stroke on it.")
    page.keyboard.press("Enter")
    page.get_by_text("Number 1 is in.").wait_for()
    expect(grid).to_have_count(1)
    expect(paper).to_have_attribute("aria-label", "Paper, 0 strokes on it.")
    [first] = project.items()
    picture = first.path.read_bytes()
    assert picture[:4] == b"\x89PNG" and picture[25] == 2 and allows(first, "train")      # 2: RGB

    page.route("**/files/portraits/made", lambda route: route.abort())      # the network is gone
    stroke(page, (0.5, 0.1), (0.5, 0.9))
    page.keyboard.press("Enter")
    page.get_by_text("1 drawing waits in this browser").wait_for()
    stroke(page, (0.1, 0.9), (0.9, 0.9))
    page.reload()           # the paper is open again
    visit.settle()
    expect(paper).to_have_attribute("aria-label", "Paper, 1 stroke on it.")
    page.get_by_text("1 drawing waits in this browser").wait_for()
    assert project.count() == 1
    page.unroute("**/files/portraits/made")
    page.get_by_text("Number 2 is in.").wait_for()
    expect(grid).to_have_count(2)
    expect(paper).to_have_attribute("aria-label", "Paper, 1 stroke on it.")      # what is being drawn stays

    page.get_by_role("button", name="Delete number 2").click()
    page.get_by_text("Number 2 is removed.").wait_for()
    assert [item.number for item in project.items()] == [1]
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("button", name="Yes, clear it").click()
    expect(paper).to_have_attribute("aria-label", "Paper, 0 strokes on it.")

    choose(page, "Microphone")
    page.locator(".takes .record").wait_for()
    page.locator("[data-testid=stRadio]").get_by_text("Mine", exact=True).click()
    page.get_by_text("Whose: mine").wait_for()
    record = page.get_by_role("button", name=re.compile("Record a take|Stop recording"))
    record.click()
    page.get_by_label("Length of this take").filter(has_text=re.compile(r"0:0[1-9]")).wait_for()
    page.keyboard.press("Space")
    expect(page.locator(".takes .list li")).to_have_count(1)
    page.get_by_text(re.compile(r"take 1 · .* s of silence would go")).wait_for()
    page.get_by_label("Name of the takes").fill("beep")      # counts for what was recorded without a name
    assert faults(page) == []
    page.get_by_role("button", name="Add 1 take").click()
    page.get_by_text("beep 1 is in as number 3.").wait_for()
    expect(grid).to_have_count(2)
    [take] = project.items(kind="sound")
    sound = open_sound(take.path)
    assert (sound.rate, sound.channels) == (48_000, 1) and 0.1 < abs(sound.samples).max()
    assert take.source_name == "beep 1.wav"
    assert [said for said in visit.complaints if "ERR_FAILED" not in said] == []
