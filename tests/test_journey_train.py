"""Covers a training as a person follows it in Chromium: started, watched live, found again, stopped, continued, finished,
removed and brought back; and one that outlives a server that was killed."""

from __future__ import annotations

import contextlib
import re

import psutil
import pytest
from playwright.sync_api import Page, expect

from lib import augment, collect, train
from lib.project import Consent, Project
from lib.project.runs import Run
from tests.jobs.waiting import until
from tests.project.test_datasets import draw_digits

STEPS = 30
PATIENCE = 180_000  # ms; the machine may be busy


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=PATIENCE)


@pytest.fixture
def project(home, tmp_path) -> Project:
    """Forty digits, frozen at 64 px: large enough that a step takes a moment."""
    project = Project.create("Digits", home=home)
    collect.add_files(project, draw_digits(tmp_path / "digits", 40), consent=Consent(state="given", purposes=["train"]))
    augment.build(project, augment.Recipe([augment.Resize(64)]), name="digits")
    return project


def rows(page: Page):
    """The names of the rows of the sample grid: "step 12"."""
    return page.locator(".row .name", has_text=re.compile(r"^step"))


def state(page: Page, word: str):
    expect(page.get_by_test_id("stMain").locator(".stMarkdownBadge", has_text=word)).to_be_visible()


def curves_are_shown(page: Page) -> None:
    """Both the lit choice and what stands below it."""
    expect(page.get_by_role("radio", name="Curves")).to_be_checked()
    expect(page.locator("svg.plot").or_(page.get_by_text("nothing to draw yet")).first).to_be_visible()
    expect(rows(page)).to_have_count(0)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=labelled(name)).click()


def labelled(name: str) -> re.Pattern:
    """A button's name begins with that of its icon."""
    return re.compile(rf"(^|\s){name}$")


def fill(page: Page, label: str, value: int) -> None:
    box = page.get_by_role("spinbutton", name=label)
    box.fill(str(value))
    box.press("Tab")


def begin(page: Page, project: Project, steps: int) -> Run:
    """Chooses on the page Train and presses Start."""
    page.locator("summary", has_text="Settings").first.click()
    fill(page, "Steps", steps)
    fill(page, "Pictures a step", 4)
    expect(page.get_by_role("spinbutton", name="Pictures a step")).to_have_value("4")
    press(page, "Start")
    page.wait_for_url("**/run?**", timeout=PATIENCE)
    [run] = project.runs()
    assert run.settings["steps"] == steps and run.settings["batch"] == 4
    return run


@contextlib.contextmanager
def held(run: Run, samples: int):
    """Holds the training's process as soon as it has so many samples: what a person does meanwhile is not a race."""
    until(lambda: len(run.samples()) >= samples or run.error)
    process = psutil.Process(run.status["pid"])
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def test_a_training_is_followed_from_start_to_finish(visitor, project):
    visit = visitor("/train?project=digits")
    page = visit.page
    run = begin(page, project, steps=STEPS)
    assert f"run={run.id}" in page.url
    page.evaluate("window.sameAsBefore = true")

    # Samples appear by themselves, and a picture that is looked at stays where it is.
    with held(run, samples=1):
        state(page, "running")
        expect(rows(page)).to_have_count(len(run.samples()))
        before = rows(page).count()
        page.locator(".row button.picture").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        looked_at = page.locator("dialog[open] .what").inner_text()
    with held(run, samples=before + 1):
        expect(rows(page)).to_have_count(len(run.samples()))
        expect(page.locator("dialog[open] .what")).to_have_text(looked_at)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.get_by_role("radio", name="Log").click()
        expect(page.get_by_text("Nothing was printed").or_(page.get_by_text("Download the whole log")).first).to_be_visible()
        assert page.evaluate("window.sameAsBefore")

        # A second tab and a reload find the same run, on its way.
        other = visit.context.new_page()
        for tab in (other, page):
            tab.goto(page.url)
            expect(tab.get_by_role("heading", level=1)).to_contain_text("GAN on digits-v1")
            state(tab, "running")

        # A sample when one asks for it, besides those that come by themselves.
        had = len(run.samples())
        press(other, "Sample now")
        until(lambda: run.sample_is_asked_for)
        expect(other.get_by_role("button", name=labelled("A sample is coming"))).to_be_visible()
        other.close()
    until(lambda: not run.sample_is_asked_for)
    with held(run, samples=had + 1):
        page.get_by_role("radio", name="Curves").click()
        expect(page.locator("svg.plot").or_(page.get_by_text("nothing to draw yet")).first).to_be_visible()
        press(page, "Stop")
        until(lambda: run.is_stopping)
    state(page, "stopped")
    curves_are_shown(page)      # the page was drawn anew by itself, and shows what is lit
    assert run.status["step"] < STEPS
    press(page, "Continue")
    state(page, "finished")
    curves_are_shown(page)
    expect(page.get_by_role("heading", name="What came out")).to_be_visible()
    expect(page.get_by_role("heading", name="What to try next")).to_be_visible()
    assert [line["step"] for line in run.metrics()] == list(range(1, STEPS + 1))
    expect(page.locator("svg.plot[role=img]").first).to_have_attribute("aria-label", re.compile(f"Painter and judge.*step {STEPS}"))

    # Removing asks first, and can be undone.
    page.get_by_role("link", name=labelled("All runs")).click()
    press(page, "Remove")
    press(page, "Remove it")
    expect(page.get_by_text("Removed: 1 run")).to_be_visible()
    assert project.runs() == []
    page.get_by_text("Removed: 1 run").click()
    press(page, "Bring back")
    expect(page.get_by_role("link", name=labelled("Open"))).to_be_visible()
    assert project.runs() == [run] and run.result
    assert visit.refused == [] and visit.complaints == []


@pytest.mark.real_processes
def test_a_training_outlives_a_server_that_was_killed(visitor, workbench, project):
    visit = visitor("/train?project=digits")
    run = begin(visit.page, project, steps=STEPS)
    with held(run, samples=2):
        workbench.kill()
        here = run.status["step"]
        assert here < STEPS
    until(lambda: run.status["step"] > here)
    workbench.start()
    page = visitor("/runs?project=digits").page
    page.get_by_role("link", name=re.compile("Look at it|Open")).last.click()
    page.wait_for_url(f"**run={run.id}*", timeout=PATIENCE)
    expect(page.get_by_role("heading", level=1)).to_contain_text("GAN on digits-v1")
    state(page, "finished")
    assert [line["step"] for line in run.metrics()] == list(range(1, STEPS + 1))
    assert train.how_it_goes(run) and len(run.samples()) >= 20
