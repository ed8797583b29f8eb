"""Covers how a paper is looked at in Chat, in a real Chromium: a sentence is pressed, and its page is there with the words marked."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from lib import chat
from lib.chat import conversations
from lib.project import Project
from tests.chat.conftest import MINE, embedder  # noqa: F401 - a fixture
from tests.media.made_pdfs import column, drawn

SAID = "The goat ate the hat of uncle Pavle."


@pytest.fixture
def asked(home, tmp_path, embedder) -> str:  # noqa: F811
    """The address of a conversation with one answer, which stands on page 2 of a paper."""
    project = Project.create("Letters", home=home, actor="ana")
    (tmp_path / "letters.pdf").write_bytes(drawn([(20, 250, "Dear Ana,")], column(20, 250, "It rained. The goat ate the hat", "of uncle Pavle. He laughed."), []))
    chat.add_documents(project, tmp_path / "letters.pdf", consent=MINE)
    [found] = chat.find(project, "What did the goat eat?", top_k=1)
    conversation = conversations.begin(project, "What did the goat eat?")
    turn = conversations.add_turn(project, conversation.id, "What did the goat eat?", {"speaker": "passages"})
    start = chat.list_documents(project)[0].text.index("The goat")
    conversations.change_turn(
        project, conversation.id, turn.id, state=conversations.ANSWERED, answer={"text": SAID, "refused": False, "left_out": [], "half": "", "notes": [], "seed": 0},
        passages=conversations.of_found([found]), sentences=[{"text": SAID, "passage": 0, "source": [start, start + len(SAID)], "score": 0.9}],
    )  # fmt: skip
    return f"/chat?project=letters&conversation={conversation.id}"


def test_a_sentence_that_is_pressed_opens_its_page_with_the_words_marked_and_pages_are_turned(visitor, asked):
    visit = visitor(asked)
    page = visit.page
    page.get_by_role("button", name=SAID).click()
    expect(page.get_by_role("img", name="Page 2 of 3 of letters.pdf; 2 lines marked")).to_be_visible()
    expect(page.locator(".marks > div")).to_have_count(2)
    expect(page.get_by_role("status").filter(has_text="page 2 of 3")).to_be_visible()
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.locator(".words mark")).to_have_text("The goat ate the hat\nof uncle Pavle.")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("This page has no words.")).to_be_visible()
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    page.get_by_role("button", name="Page", exact=True).click()
    page.get_by_role("button", name="Previous page").click()
    page.get_by_role("button", name="Larger").click()
    expect(page.locator("dialog[open] .words mark")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Larger")).to_be_focused()
    assert visit.refused == [] and visit.complaints == [] and visit.hosts() == {"127.0.0.1"}


def test_the_name_of_a_paper_opens_it_on_a_phone_too(visitor, asked):
    page = visitor(asked, width=390).page
    page.get_by_role("button", name="letters.pdf").press("Enter")
    picture = page.get_by_role("img", name="Page 1 of 3 of letters.pdf")
    expect(picture).to_be_visible()
    assert picture.bounding_box()["width"] <= 390 and page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Close the paper").press("Enter")
    expect(picture).to_be_hidden()
