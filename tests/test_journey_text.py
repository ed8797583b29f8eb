"""Covers a text in Chromium: poems are pasted, a small GPT learns them, the next letters are seen while one types, it writes, and one text is kept."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from lib import augment
from lib.models.microgpt import generate
from lib.project import Project, outputs
from tests.jobs.waiting import until

WAIT = 300_000  # ms: torch takes long to wake up on a busy machine
POEMS = """The rain came down the garden wall
and asked the snail its name.

The snail said nothing much at all:
it rained on all the same.

A tulip opened in the night
and nobody was there.

The moon looked in, as white as white,
and combed the willow's hair.

I wrote a letter to the sea,
the sea wrote back in sand.

What stood in it is known to me:
I held it in my hand.

The kettle sings, the window weeps,
the cat has gone to bed.

Whoever wakes, whoever sleeps,
the tulip's still as red."""


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=WAIT)


def press(page, name: str) -> None:
    page.get_by_role("button", name=re.compile(rf"(^|\\s){name}$")).first.click()


def choose(page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).first.click()


def test_poems_are_pasted_learned_looked_into_written_on_and_kept(workbench, visitor):
    project = Project.create("Poems", home=workbench.home)
    visit = visitor("/collect?project=poems&way=Text")
    page = visit.page

    # Pasted, and whose they are.
    words = page.get_by_role("textbox", name="Your words")
    words.fill(POEMS)
    words.press("Control+Enter")
    page.locator("[data-testid=stRadio]").get_by_text("Mine", exact=True).click()
    press(page, "Add 1 text")
    until(lambda: project.count(kind="text") == 1)
    augment.build(project, augment.Recipe([]), name="poems", kind="text")

    # What it will see is told, then it learns for a moment.
    visit.go(f"{workbench.address}/train?project=poems")
    page.get_by_text("held back: they say which step was best").wait_for()
    page.locator("summary", has_text="Settings").first.click()
    choose(page, "poems")
    page.get_by_text("It learns from 7 poems").wait_for()
    box = page.get_by_role("spinbutton", name="Steps")
    box.fill("60")
    box.press("Tab")
    press(page, "Start")
    page.wait_for_url("**/run?**")
    [run] = project.runs()
    assert (run.model, run.settings["documents"], run.settings["steps"]) == ("microgpt", "poems", 60) and run.wait(timeout=300) == "finished", run.log()

    # Looked into: the browser computes what the model does.
    choose(page, "Inside")
    typed = page.get_by_label("Type, and it guesses the next letter")
    typed.fill("the rainß")
    page.get_by_text("It never saw “ß” while it learned: passed over.").wait_for()
    writer = generate.load(run.path)
    shares = generate.Reader(writer.network).guess([writer.tokens.end, *writer.tokens.encode("the rain")]).softmax(-1)
    best = int(shares.argmax())
    first = page.locator(".next li").first
    name = {" ": "space", "\n": "new line", "": "the end"}.get(writer.tokens.names[best], writer.tokens.names[best])
    expect(first.locator(".letter")).to_have_text(name)
    assert abs(float(first.locator(".share").inner_text().split()[0]) - 100 * float(shares[best])) < 1
    first.locator(".share").click()
    expect(page.locator(".why")).to_contain_text(f"Why {name}?")
    expect(page.locator(".attention tr")).to_have_count(5)      # four heads, and the letters
    assert page.locator(".map text").count() == len(writer.tokens)
    expect(page.get_by_text("Which lines surprise it")).to_be_visible()

    # Written on from a beginning, checked for what it knows by heart, and one is kept.
    press(page, "Generate texts")
    page.wait_for_url("**/generate?**")
    beginning = page.get_by_role("textbox", name="Beginning")
    copied = POEMS[:64]
    beginning.fill(copied)
    beginning.press("Control+Enter")
    page.get_by_text("Write on", exact=True).first.click()
    choose(page, "2")
    press(page, "Make 2")
    page.get_by_text("By heart:").nth(1).wait_for()
    until(lambda: len(outputs.listed(project)) == 2)
    expect(page.get_by_text(re.compile("line 1 of number 1")).first).to_be_visible()
    press(page, "Keep")
    until(lambda: [output.marked for output in outputs.listed(project)].count("kept") == 1)
    assert all(len(output.path.read_text(encoding="utf-8")) == len(copied) + 200 and output.path.read_text(encoding="utf-8").startswith(copied) for output in outputs.listed(project))
    assert visit.refused == [] and visit.complaints == [] and visit.hosts() == {"127.0.0.1"}
