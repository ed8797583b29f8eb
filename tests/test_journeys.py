"""Covers the whole way as a person goes it, in a real Chromium: from an empty workspace to a zip of new pictures.

Once with the mouse, watching the samples appear, and once with the keyboard alone.
"""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.chromium import PATIENCE

TRAINED = 240_000  # ms; a few small steps on a busy machine


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=PATIENCE)


def figures(page):
    """The pictures of the grid on the main part of a page."""
    return page.get_by_test_id("stMain").locator("figure")


@pytest.mark.real_processes
def test_from_an_empty_home_to_a_zip_of_new_pictures(visitor):
    visit = visitor("/")
    page = visit.page
    page.get_by_role("button", name="Try a sample").click()
    page.wait_for_url(re.compile(r"/train\?project=tulips"))
    expect(page.get_by_text(re.compile("All 200.* may be trained on today"))).to_be_visible()

    page.get_by_text("Settings", exact=True).click()
    set_number(page, "Steps", 16)
    page.get_by_role("button", name="Start").click()

    page.wait_for_url(re.compile(r"/run\?"))
    expect(page.get_by_text(re.compile("step 1$")).first).to_be_visible(timeout=TRAINED)       # it grew while we looked
    seen = page.get_by_test_id("stMain").locator(".row.named").count()
    expect(page.get_by_text("finished").first).to_be_visible(timeout=TRAINED)
    expect(page.get_by_text("step 16").first).to_be_visible()
    assert page.get_by_test_id("stMain").locator(".row.named").count() > seen

    page.get_by_role("link", name="Generate").last.click()
    page.wait_for_url(re.compile(r"/generate\?"))
    make(page, 9)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download all 9").click()
    with zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes())) as archive:
        pictures = [name for name in archive.namelist() if name.endswith(".png")]
        assert len(pictures) == 9
        for name in pictures:
            with Image.open(io.BytesIO(archive.read(name))) as picture:
                picture.load()
                assert picture.size == (64, 64)
    assert visit.hosts() == {"127.0.0.1"}
    assert visit.refused == [] and visit.complaints == []


def set_number(page, label: str, value: int) -> None:
    box = page.get_by_label(label, exact=True).first
    box.fill(str(value))
    box.press("Enter")


def make(page, count: int) -> None:
    page.get_by_test_id("stMain").get_by_text(str(count), exact=True).first.click()
    page.get_by_role("button", name=f"Make {count}").first.click()
    expect(page.get_by_role("link", name=f"Download all {count}")).to_be_visible(timeout=TRAINED)
    assert figures(page).count() >= count


def test_the_keyboard_alone_leads_from_home_to_new_pictures(visitor):
    page = visitor("/").page
    press(page, page.get_by_role("button", name="Try a sample"))
    page.wait_for_url(re.compile(r"/train\?project=tulips"))
    press(page, page.locator("summary", has_text="Settings").first)
    reach(page, page.get_by_label("Steps", exact=True))
    page.keyboard.press("Control+A")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    press(page, page.get_by_role("button", name="Start").first)

    page.wait_for_url(re.compile(r"/run\?"))
    expect(page.get_by_text("finished").first).to_be_visible(timeout=TRAINED)
    press(page, figures(page).first.locator("button"))
    expect(page.get_by_role("button", name="Close (Escape)")).to_be_visible()
    before = page.locator("dialog[open] .what").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator("dialog[open] .what").inner_text() != before
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Close (Escape)")).to_be_hidden()

    press(page, page.get_by_role("link", name=re.compile("Generate")).last)
    page.wait_for_url(re.compile(r"/generate\?"))
    press(page, page.get_by_role("button", name=re.compile("Make 16")).first)
    expect(page.get_by_role("link", name=re.compile("Download all"))).to_be_visible(timeout=TRAINED)


def reach(page, thing) -> None:
    """Goes there with the Tab key alone."""
    thing.wait_for()
    for _ in range(150):
        if thing.evaluate("it => { const root = it.getRootNode(); return root.activeElement === it }"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The keyboard does not reach {thing}.")


def press(page, thing) -> None:
    reach(page, thing)
    page.keyboard.press("Enter")
