"""Covers asking one's own papers in Chromium: read, asked, a sentence opens its paper at the place, the picture of how it works; by
keyboard; on a phone; and after a no."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from lib import collect, ledger
from lib.chat import conversations
from lib.project import Consent, Project
from tests.chat.conftest import DIARY, LETTER

PATIENCE = 90_000   # ms; the machine may be busy
EATEN = "What did the goat eat?"
MINE, MILAS = (Consent(state="given", purposes=["retrieve", "show"], person=person) for person in (None, "Mila"))


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=PATIENCE)


@pytest.fixture
def project(home, tmp_path) -> Project:
    """A diary of one's own and a letter that somebody else wrote, both of which a chat may quote."""
    project = Project.create("Letters", home=home)
    for name, words, consent in (("diary.md", DIARY, MINE), ("letter.txt", LETTER, MILAS)):
        (tmp_path / name).write_text(words, encoding="utf-8")
        collect.add_files(project, tmp_path / name, consent=consent)
    return project


@pytest.fixture
def come(visitor, project):
    """`come(width=390)`: somebody at the page Chat, once all papers are read, with the papers alone as the speaker."""

    def arrive(width: int = 1280):
        visit = visitor("/chat?project=letters", width=width)
        expect(visit.page.get_by_text("all read")).to_be_visible()
        return visit

    return arrive


def quote_only(page: Page) -> None:
    page.get_by_test_id("stRadio").get_by_text("Passages only", exact=True).click()
    expect(page.get_by_text("Nobody: what your documents say, word for word.")).to_be_visible()


def ask(page: Page, question: str) -> None:
    line = page.get_by_role("textbox", name="Ask your papers")
    line.fill(question)
    line.press("Enter")


def answer(page: Page):
    """The underlined sentences of the last answer."""
    return page.locator(".answer").last.get_by_role("button")


def is_whole(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def tab_to(page: Page, what: str, key: str = "Tab", most: int = 150) -> None:
    """Presses Tab until something that fits this selector has the focus, also within a component."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate("what => { let one = document.activeElement; while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement; return !!one?.matches(what); }", what):
            return
    raise AssertionError(f"no way by {key} to {what}")


def test_from_papers_to_a_question_to_the_sentence_in_the_paper_and_the_picture_of_it_with_the_mouse_the_keyboard_and_on_a_phone(come, visitor):
    visit = come()
    with_the_mouse(visit.page)
    with_the_keyboard(visit)
    phone = visitor("/chat?project=letters", width=390)
    on_a_phone(phone)
    assert all(each.refused == [] and each.complaints == [] and each.hosts() == {"127.0.0.1"} for each in (visit, phone))


def with_the_mouse(page: Page) -> None:
    """Asks, opens the paper at the sentence, and looks at the same as a picture, of which a point is the passage."""
    quote_only(page)
    ask(page, EATEN)
    expect(answer(page).first).to_contain_text("the goat ate my hat")
    answer(page).first.click()
    expect(page.locator(".words mark")).to_have_text("the goat ate my hat.")
    expect(page.locator(".words")).to_contain_text("Uncle Pavle laughed until he cried.")
    expect(answer(page).first).to_have_attribute("aria-pressed", "true")

    page.get_by_role("radio", name="How it works").click()
    expect(page.get_by_text("became a row of numbers")).to_be_visible()
    found = page.get_by_role("list", name="The passages that were found").get_by_role("button", name="letter.txt")
    found.first.click()
    expect(found.first).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".st-key-chat-picture").get_by_text("Uncle Pavle laughed until he cried.")).to_be_visible()


def with_the_keyboard(visit) -> None:
    """Another conversation, with keys alone: who answers, the question, the paper."""
    page = visit.page
    visit.go(page.url.partition("/chat")[0] + "/chat?project=letters")
    expect(page.get_by_text("all read")).to_be_visible()
    expect(page.get_by_text("How papers are read")).to_be_visible()      # the last of what comes beside the conversation
    visit.settle()
    tab_to(page, "input[type=radio]")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Nobody: what your documents say, word for word.")).to_be_visible()
    tab_to(page, "textarea")
    page.keyboard.type(EATEN)
    page.keyboard.press("Enter")
    expect(answer(page).first).to_contain_text("the goat ate my hat")
    tab_to(page, ".answer button", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".words mark")).to_be_visible()
    tab_to(page, ".words")


def on_a_phone(visit) -> None:
    """The conversation comes first, nothing is wider than the screen, and everything opens."""
    page = visit.page
    expect(page.get_by_text("all read")).to_be_visible()
    line = page.get_by_role("textbox", name="Ask your papers")
    top = lambda part: part.bounding_box()["y"]
    assert top(line) < top(page.get_by_role("heading", name="Where it stands")) < top(page.get_by_role("heading", name="Papers")) and is_whole(page)
    quote_only(page)
    ask(page, EATEN)
    answer(page).first.click()
    expect(page.locator(".words mark")).to_be_visible()
    assert is_whole(page) and page.locator(".st-key-chat-talk").bounding_box()["height"] < 480      # as long as what was said
    page.get_by_role("radio", name="How it works").click()
    expect(page.get_by_text("became a row of numbers")).to_be_visible()
    folded = {
        "More": page.get_by_role("slider", name="At least"), "Ollama": page.get_by_role("button", name="Look again"),
        "How papers are read": page.get_by_role("region", name="The passages, as a model sees them"), "My questions": page.get_by_text("Write down what you would ask"),
    }  # fmt: skip
    for name, within in folded.items():     # the next one is pressed once this one has opened, and all below it has moved
        page.locator("summary", has_text=re.compile(f"{name}$")).click()
        expect(within).to_be_visible()
        visit.settle()
    assert is_whole(page)


def test_after_a_no_the_old_answer_says_withdrawn_and_the_next_one_no_longer_knows_it(come, project):
    page = come().page
    quote_only(page)
    ask(page, EATEN)
    expect(answer(page).first).to_contain_text("the goat ate my hat")
    ledger.withdraw(project, person="Mila", confirm=True)
    page.reload()
    expect(page.get_by_text("This answer was withdrawn")).to_be_visible()
    expect(page.get_by_text("1 paper that may be quoted")).to_be_visible()
    quote_only(page)
    ask(page, EATEN)
    expect(page.get_by_text("This is not in your documents.").or_(page.locator(".answer")).first).to_be_visible()
    said = page.locator(".st-key-chat-talk").inner_text()
    assert "ate my hat" not in said and "Pavle" not in said
    assert len(conversations.every(project)[0].turns) == 2


def test_what_stands_there_in_part_has_its_missing_words_marked_and_opens_the_paper(visitor, project, come):
    come()      # all papers are read
    where = answered_in_part(project)
    for width in (1280, 390):
        page = visitor(f"/chat?project=letters&conversation={where}", width=width).page
        whole, partly = answer(page).first, page.locator(".answer button.partly")
        expect(partly).to_have_count(1)
        expect(partly.locator("mark")).to_have_text(["poem"])
        expect(page.get_by_text("(found in part; not there: “poem”)")).to_be_visible()
        expect(page.locator(".answer .loose")).to_have_text("The moon is green.")
        assert "dotted" in partly.evaluate("one => getComputedStyle(one).textDecorationStyle")
        partly.click()
        expect(page.locator(".words mark")).to_contain_text("wrote a letter to Ana")
        expect(partly).to_have_attribute("aria-pressed", "true")
        expect(whole).to_have_attribute("aria-pressed", "false")
        assert is_whole(page)


def answered_in_part(project: Project) -> str:
    """A conversation with an answer whose sentences have all three verdicts, as the player would have written it."""
    from lib import chat
    from lib.chat import citing
    from lib.chat.answering import Answer

    question = "What did grandmother write to Ana on Sunday?"
    found = tuple(chat.find(project, question, top_k=3))
    ties = tuple(citing.tie("Grandmother stayed in and wrote a letter to Ana. Grandmother stayed in and wrote a poem to Ana. The moon is green.", found))
    assert [(tied.passage is not None, tied.partly is not None) for tied in ties] == [(True, False), (False, True), (False, False)]
    conversation = conversations.begin(project, question)
    turn = conversations.add_turn(project, conversation.id, question, {"speaker": "smollm2", "documents_only": False})
    spoken = " ".join(tied.text for tied in ties)
    conversations.change_turn(project, conversation.id, turn.id, **conversations.of_answer(Answer(question, spoken, "smollm2", "Librarian", found, ties)))
    return conversation.id
