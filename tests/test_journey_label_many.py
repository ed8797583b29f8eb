"""Covers Label's other ways in a real Chromium: the map with its lasso, saying the same about many, suggestions, readers."""

from __future__ import annotations

import math

from lib import label
from lib.project import items
from lib.ui.home import samples


def test_from_the_map_to_the_grid_to_suggestions(home, visitor):
    tulips = samples.tulips()
    label.look_at_all(tulips)
    visit = visitor("/label?project=tulips&mode=The+whole")
    page = visit.page
    page.get_by_text("200 of 200 in sight").wait_for()
    page.get_by_role("button", name="Lasso").click()
    box = page.locator("canvas").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle[0] + 160, middle[1])
    page.mouse.down()
    for turn in range(1, 21):
        angle = turn / 20 * 2 * math.pi
        page.mouse.move(middle[0] + 160 * math.cos(angle), middle[1] + 130 * math.sin(angle))
    page.mouse.up()
    page.get_by_role("button", name="Say something about them").click()

    page.get_by_role("checkbox", name="Picture ", checked=True).first.wait_for()
    visit.settle()
    page.get_by_role("button", name="Choose none").click()
    page.get_by_text("0 of 200 chosen").wait_for()
    boxes = page.get_by_role("checkbox", name="Picture ")
    boxes.nth(0).click()
    boxes.nth(3).click(modifiers=["Shift"])
    page.get_by_text("4 of 200 chosen").wait_for()
    boxes.nth(3).press("ArrowLeft")
    page.keyboard.press("Space")
    page.get_by_text("3 of 200 chosen").wait_for()
    page.get_by_role("button", name="Say something about 3").click()
    page.get_by_role("combobox", name="Class").fill("open")
    page.get_by_role("combobox", name="Class").press("Enter")
    page.get_by_role("button", name="Change 3 datapoints").click()
    page.get_by_text("3 datapoints changed").wait_for()
    assert [item.number for item in items.find(tulips, class_name="open")] == [1, 2, 4]
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back").wait_for()
    assert items.count(tulips, class_name="open") == 0

    label.change_many(tulips, [item.id for item in tulips.items()[:10]], class_name="open")
    label.change_many(tulips, [item.id for item in tulips.items()[10:20]], class_name="closed")
    label.suggest_from_neighbours(tulips, "class_name")
    waiting = len(label.suggestions(tulips))
    page.get_by_role("radio", name="Suggestions").click()
    page.get_by_role("heading", name=f"{waiting} suggestions to decide").wait_for()
    page.get_by_role("button", name="Accept: Number").first.click()
    page.get_by_role("heading", name=f"{waiting - 1} suggestions to decide").wait_for()
    page.get_by_role("button", name="Decline: Number").first.click()
    page.get_by_role("heading", name=f"{waiting - 2} suggestions to decide").wait_for()
    assert items.count(tulips, labelled=True, class_name="") == 179 and label.shares(tulips, "class_name")["machine"] == 1
    assert visit.refused == [] and visit.complaints == []
