"""Covers where things stand in a real Chromium: what folds is one line, the preview stays in sight, titles and the sample come early."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from lib import augment
from lib.project import Project

SIX = augment.Recipe([augment.CropSquare(), augment.Resize(64), augment.ConvertMode(), augment.Sharpen(), augment.Rotate(), augment.Colour()])
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture
def tulips(tulips) -> Project:
    augment.keep_plan(tulips, augment.Plan(SIX, mirrored=False))
    return tulips


def top(part) -> float:
    return part.bounding_box()["y"]


def seen(page, part) -> float:
    """How much of it is in the window, as a share of its height."""
    box, height = part.bounding_box(), page.viewport_size["height"]
    return max(0.0, min(box["y"] + box["height"], height) - max(box["y"], 0)) / box["height"]


def lines(page):
    return page.locator("[class*=st-key-foldable]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_six_steps_the_preview_stays_in_sight_however_far_one_scrolls(tulips, visitor, scheme):
    visit = visitor("/augment?project=tulips", scheme=scheme)
    page = visit.page
    page.set_viewport_size(WIDE)
    before, sheet = page.get_by_role("heading", name="Before and after"), page.get_by_role("img", name="The first 64 pictures")
    sheet.wait_for()
    page.get_by_role("img", name="Number 1 as it is").first.wait_for()
    assert lines(page).count() == 6 and all(lines(page).nth(at).bounding_box()["height"] <= 44 for at in range(6))
    assert seen(page, lines(page).nth(5)) == 1 and seen(page, before) == 1
    for line in (5, 0):                                 # the last step and the first, opened
        page.locator(f".st-key-fold-{line} button").click()
        page.locator(f".st-key-fold-{line} button[aria-expanded=true]").wait_for()
        page.get_by_role("button", name="Freeze as").evaluate("button => button.scrollIntoView({block: 'end'})")     # as far as one reads
        assert seen(page, before) == 1 and seen(page, page.get_by_role("img", name="Number 1 as it is").first) == 1 and seen(page, sheet) > 0.5
    assert page.locator(".st-key-stays-in-view").bounding_box()["y"] >= 48
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth") and visit.complaints == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_step_opens_and_folds_with_the_keyboard_and_only_one_shows_its_fields(tulips, visitor, size):
    page = visitor("/augment?project=tulips", width=size["width"]).page
    page.set_viewport_size(size)
    resize, crop = page.locator(".st-key-fold-1 button"), page.locator(".st-key-fold-0 button")
    field = page.get_by_text("Size, px", exact=True).first
    expect(resize).to_have_attribute("aria-expanded", "false")
    assert not field.is_visible()
    resize.focus()
    page.keyboard.press("Enter")
    expect(resize).to_have_attribute("aria-expanded", "true")
    expect(field).to_be_visible()
    expect(resize).to_be_focused()
    page.get_by_role("slider", name="Size, px").first.focus()
    page.keyboard.press("ArrowRight")
    expect(resize).to_contain_text("128 px")
    expect(page.get_by_role("slider", name="Size, px").first).to_be_focused()
    crop.focus()
    page.keyboard.press("Space")
    expect(crop).to_have_attribute("aria-expanded", "true")
    expect(resize).to_have_attribute("aria-expanded", "false")
    expect(field).not_to_be_visible()
    crop.press("Enter")
    expect(crop).to_have_attribute("aria-expanded", "false")
    assert all(lines(page).nth(at).bounding_box()["height"] <= 44 for at in range(6))
    resize.press("Enter")
    says = page.get_by_text("the shape stays. Done by Pillow.")
    expect(says).to_be_visible()
    assert says.evaluate("words => words.parentElement.scrollWidth <= words.parentElement.clientWidth && words.getBoundingClientRect().height > 30")    # whole, on two lines
    assert page.locator(":is([class*=st-key-Up-], [class*=st-key-Down-], [class*=st-key-Remove-]) [aria-expanded]").count() == 0
    for name in ("Up", "Down", "Remove"):               # what moves a step has a name for whoever listens, and is large enough to hit
        box = page.get_by_role("button", name=name, exact=True).nth(1).bounding_box()
        assert min(box["width"], box["height"]) >= (40 if size is PHONE else 24)


@pytest.mark.parametrize("size, scheme", [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light")], ids=["wide", "wide, dark", "phone"])
def test_on_collect_the_pictures_are_the_biggest_thing_and_add_more_opens_with_the_keyboard(tulips, visitor, size, scheme):
    visit = visitor("/collect?project=tulips", width=size["width"], scheme=scheme)
    page = visit.page
    page.set_viewport_size(size)
    add, upload = page.get_by_role("button", name="Add more"), page.get_by_text("Choose pictures, sounds, texts or a zip")
    grid = page.locator("[data-testid=stMain] .sheet figure")
    grid.nth(8).wait_for()
    assert not upload.is_visible() and not page.get_by_text("Microphone", exact=True).is_visible()
    assert lines(page).count() == 1 and lines(page).first.bounding_box()["height"] <= 44
    assert top(grid.first) < size["height"] / 2 and seen(page, grid.nth(5)) == 1
    add.focus()
    page.keyboard.press("Enter")
    expect(upload).to_be_visible()
    expect(add).to_have_attribute("aria-expanded", "true")
    expect(add).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="Files")).to_be_focused()
    page.locator("[data-testid=stFileUploaderDropzone] input[type=file]").first.set_input_files(
        {"name": "a note.txt", "mimeType": "text/plain", "buffer": b"It rained all day."})      # fmt: skip
    page.get_by_role("button", name="Add 1 file").wait_for()
    page.locator("[data-testid=stRadio]").get_by_text("Mine", exact=True).click()
    expect(page.get_by_role("button", name="Add 1 file")).to_be_enabled()
    page.get_by_role("button", name="Add 1 file").click()
    page.get_by_text("1 added").first.wait_for()
    expect(add).to_have_attribute("aria-expanded", "false")
    expect(upload).not_to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth") and visit.complaints == []


def test_the_first_drawing_of_a_project_leaves_the_paper_as_it_is(home, visitor):
    Project.create("Drawn", home=home)
    page = visitor("/collect?project=drawn&way=Draw").page
    paper = page.locator(".paper")
    page.locator("[data-testid=stRadio]").get_by_text("Mine", exact=True).click()
    page.get_by_text("Whose:").wait_for()       # the question folds, once the answer is heard
    paper.evaluate("paper => paper.is_the_same = true")
    box = paper.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 180, box["y"] + 120, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="Add this drawing").click()
    page.get_by_role("button", name="Add more").wait_for()
    expect(page.get_by_role("button", name="Add more")).to_have_attribute("aria-expanded", "true")
    expect(paper).to_be_visible()
    assert paper.evaluate("paper => paper.is_the_same")


def test_on_a_phone_the_sample_is_on_the_first_screen_of_home_above_the_form(home, visitor):
    page = visitor("/", width=390).page
    page.set_viewport_size(PHONE)
    sample, name, start = page.get_by_role("button", name="Try a sample"), page.get_by_role("textbox"), page.get_by_role("button", name="Start a project")
    assert seen(page, sample) == 1 and top(sample) < top(name) < top(start)
    assert name.bounding_box()["width"] > 340
    page.set_viewport_size(WIDE)
    beside = [page.get_by_role("heading", name=words) for words in ("Start a project", "Try it with a sample")]
    assert top(beside[0]) == top(beside[1]) and name.bounding_box()["x"] < sample.bounding_box()["x"]
