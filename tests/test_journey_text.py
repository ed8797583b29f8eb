"""Covers a text in Chromium: poems are pasted, a small GPT learns them, the next letters are seen while one types, it is computed by hand beside the
fast one, it writes, one text is kept, changed by hand and kept as one's own, and read letter by letter on a whole screen, also while it is written."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from lib import augment
from lib import generate as generating
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

    # By hand: the twin beside the fast one, and where a number comes from.
    choose(page, "By hand")
    page.get_by_label("A text; both read it, and say what comes next").fill("the rain")
    press(page, "Compute both")
    likely = page.locator(".step", has_text="How likely each comes").locator("button")
    expect(likely).to_have_count(len(writer.tokens))
    expect(page.locator(".twin .says")).to_contain_text("times as long, measured just now")
    expect(likely.nth(best)).to_have_attribute("aria-pressed", "true")
    assert abs(float(likely.nth(best).evaluate("button => button.lastChild.data")) - float(shares[best])) < 0.006
    page.keyboard.press("Tab")
    likely.nth(best).focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".twin .why h4")).to_have_text(f"Points for each letter: {name}")
    parts = page.locator(".twin .why tr td:last-child").all_inner_texts()
    assert abs(sum(float(part.replace("−", "-")) for part in parts) - float(page.locator(".twin .why .value").inner_text().replace("−", "-"))) < 0.005
    expect(page.locator(".twin .why .now")).to_contain_text('points = through(weights["next.weight"], row)')
    press(page, "Let both learn it")
    expect(page.locator(".twin .losses tr")).to_have_count(4)

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

    # One is changed by hand, and kept as one's own, with both stories.
    page.get_by_role("link", name="Edit").first.click()
    page.wait_for_url("**/edit?**")
    own = page.get_by_label("Your text")
    own.fill("The rain came up the garden wall\nand had a snail for tea.")
    expect(page.locator(".rewrite .figures")).to_contain_text("of the letters are yours")
    expect(page.locator(".rewrite ins").first).to_be_visible()
    page.get_by_role("button", name="Keep as my own text").click()
    page.get_by_text("Kept as your own text").wait_for()
    [changed] = [output for output in outputs.listed(project) if output.by_hand]
    told = generating.rewritten(changed)
    assert told.written.startswith(copied) and 0 < told.changes.share_kept < 1 and changed.provenance()["run"] == run.id and changed.marked == "kept"

    # The kept texts in their order, and the reading of them: no control, a letter after the other, and Escape leads back.
    visit.go(f"{workbench.address}/kept?project=poems")
    page.get_by_text("2 texts").first.wait_for()
    page.goto(f"{workbench.address}/reading/poems/kept?pace=200&breath=1")
    page.get_by_text("Press a key, or touch.").wait_for()
    page.keyboard.press("Space")
    text = page.locator("#text")
    expect(text).to_contain_text("The rain came", timeout=WAIT)
    expect(text).to_contain_text("had a snail for tea", timeout=WAIT)
    assert page.locator("button, a, input").count() == 0 and page.evaluate("Object.keys({...localStorage, ...sessionStorage}).filter(key => key.startsWith('handmade.re'))") == []
    page.context.set_offline(True)       # the connection is lost: what is known is read on
    expect(text).to_contain_text(copied.split("\n")[1], timeout=WAIT)
    page.context.set_offline(False)
    page.keyboard.press("Escape")
    page.wait_for_url("**/kept?**")
    visit.settle()

    # The same while it is written, and nothing of that is kept.
    before = len(outputs.listed(project, withdrawn=True))
    page.goto(f"{workbench.address}/reading/poems/{run.id}?pace=200&breath=1&letters=40&scheme=dark")
    page.keyboard.press("Space")
    expect(page.locator("#from.seen")).to_have_text("written just now, by a machine", timeout=WAIT)
    assert text.inner_text().strip() and len(outputs.listed(project, withdrawn=True)) == before
    assert visit.refused == [] and visit.hosts() == {"127.0.0.1"}
    assert [said for said in visit.complaints if "ERR_INTERNET_DISCONNECTED" not in said] == []
