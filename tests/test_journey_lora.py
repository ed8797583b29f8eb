"""Covers a LoRA in Chromium: twelve pictures are captioned, taught, compared with what the base knew before, tabled, and handed on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from safetensors import safe_open

from lib import augment, collect, label
from lib.project import Consent, Project
from tests.conftest import ROOT
from tests.jobs.waiting import until

WAIT = 300_000  # ms: torch takes long to wake up on a busy machine
SNAILS = ROOT / "assets" / "samples" / "snails"


@pytest.fixture
def snails(workbench) -> Project:
    """Twelve pictures without a word."""
    project = Project.create("Snails", home=workbench.home)
    collect.add_files(project, SNAILS, Consent(state="given", purposes=["train", "show", "publish_model"]))
    return project


def press(page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def test_twelve_are_captioned_taught_compared_with_the_base_tabled_and_handed_on(visitor, snails, tmp_path):
    visit = visitor("/label?project=snails")
    page = visit.page
    expect.set_options(timeout=WAIT)
    for number in range(1, 13):
        page.locator(".desk .facts", has_text=f"{number} of 12").wait_for(timeout=WAIT)
        page.keyboard.press("c")
        page.keyboard.insert_text(f"a snail, number {number}")
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowRight")
    until(lambda: label.rows(snails, labelled=True)["total"] == 12)
    augment.build(snails, augment.Recipe([augment.Resize(64)]), name="snails-64")

    # Taught: the very words are shown before, and it begins with a press.
    visit.go(page.url.split("/label")[0] + "/train?project=snails&model=lora")
    page.get_by_text("All 12 pictures have a caption.").wait_for(timeout=WAIT)
    page.locator("summary", has_text="Settings").first.click()
    box = page.get_by_role("spinbutton", name="Steps")
    box.fill("12")
    box.press("Tab")
    press(page, "Start")
    page.wait_for_url("**/run?**", timeout=WAIT)
    [run] = snails.runs()
    assert (run.model, run.settings["steps"]) == ("lora", 12) and run.wait(timeout=300) == "finished", run.log()

    # Handed on: both files.
    press(page, "Files for other programs")
    for name, key in (("Download for ComfyUI and AUTOMATIC1111", "lora_unet_"), ("Download for diffusers", "unet.")):
        with page.expect_download(timeout=WAIT) as download:
            press(page, name)
        download.value.save_as(tmp_path / download.value.suggested_filename)
        with safe_open(tmp_path / download.value.suggested_filename, "np") as file:
            assert all(word.startswith(key) for word in file.keys()) and file.metadata()["consent"]

    # Played: with and without, side by side, and a table of strengths by seeds.
    press(page, "Generate pictures")
    words = page.get_by_role("textbox", name="Prompt")
    words.fill("a red snail on blue paper")
    words.press("Control+Enter")
    press(page, "What did the base know before?")
    page.get_by_text("With the same seed the two differ each time").wait_for(timeout=WAIT)
    page.get_by_text("A table: change one thing, keep the seeds").click()
    visit.settle()
    what = page.get_by_role("combobox", name="What changes")
    what.fill("Strength")       # a list that was opened with the mouse would fold when the page is drawn again
    what.press("Enter")
    expect(what).to_have_value("Strength")
    lines = page.get_by_role("textbox", name="To what, one a line")
    lines.fill("0.5\n1.5")
    lines.press("Control+Enter")
    press(page, "Make what is missing")
    page.get_by_text("All are there: seeds from left to right, the same in each row.").nth(1).wait_for(timeout=WAIT)
    assert visit.refused == [] and visit.complaints == [] and visit.hosts() == {"127.0.0.1"}
