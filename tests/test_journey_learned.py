"""Covers in Chromium all that the tiny base learned from (a word is pressed, a picture looked at by keys alone, a page turned), and painting with it."""

from __future__ import annotations

import pytest

from lib.models.tiny_base import learned
from lib.project import outputs

WAIT = 180_000  # ms: torch takes long to wake up on a busy machine


@pytest.fixture
def shown(project, visitor):
    """The page, on a phone."""
    return visitor("/learned?project=tulips", width=390)


def test_from_all_of_them_by_a_word_and_by_keys_alone_to_one_and_to_a_picture_of_ones_own_words(shown, project):
    page = shown.page
    page.get_by_text("All 10,000, in the order of their numbers.").wait_for()
    page.get_by_role("button", name="fish 1,688").click()
    page.get_by_text("1,688 of 10,000 captions have the word fish.").wait_for()
    found = learned.search(["fish"])
    page.get_by_role("button", name=f"Number {found[0]}: {learned.caption(found[0])}").wait_for()
    pictures = page.locator("[class*=st-key-learned] figure button.picture")
    assert pictures.count() == 48
    pictures.first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_text(learned.caption(found[0])).wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_role("dialog").get_by_text(learned.caption(found[1])).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Page 2", exact=True).click()
    page.get_by_role("button", name=f"Number {found[48]}: {learned.caption(found[48])}").wait_for()
    assert "words=fish" in page.url and "page=2" in page.url

    # Typed, and no page too many.
    box = page.get_by_role("textbox", name="Words")
    box.fill("two red fish")
    box.press("Enter")
    page.get_by_text("captions have the words two, red and fish.").wait_for()
    page.get_by_role("button", name="red 66").wait_for()
    page.get_by_role("link", name="Next: Play it").click()
    page.get_by_role("heading", name="Generate").wait_for()

    # The same words, and what it makes of them beside the nearest that it has seen.
    words = page.get_by_role("textbox", name="Prompt")
    words.fill("two red fish on blue paper")
    words.press("Control+Enter")
    page.get_by_role("radio", name="1", exact=True).or_(page.get_by_role("button", name="1", exact=True)).first.click()
    page.get_by_role("button", name="Make 1", exact=True).click()
    page.get_by_text("The latest").wait_for(timeout=WAIT)
    [made] = outputs.listed(project)
    assert (made.base, made.words) == ("tiny_base", "two red fish on blue paper")
    page.get_by_text("The nearest").first.wait_for()
    assert shown.refused == [] and shown.complaints == [] and shown.hosts() == {"127.0.0.1"}
