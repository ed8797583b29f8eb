"""Covers a mosaic in Chromium: two makers, a training of seconds, a beat made of both, who is heard when, a marked part; then one withdraws."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from lib import augment, collect, ledger
from lib.project import Consent, Project
from tests.jobs.waiting import until
from tests.models.test_mosaic import knock, tone, wav
from tests.test_journey_made_here import choose
from tests.test_journey_train import press

PATIENCE = 180_000  # ms; the machine may be busy


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=PATIENCE)


@pytest.fixture
def project(home, tmp_path) -> Project:
    """Ana hums, Ben knocks."""
    project = Project.create("Voices", home=home)
    for name, sounds in (("Ana", [tone(hertz, 0.6) for hertz in (220, 262, 330)]), ("Ben", [knock(seed=seed) for seed in range(3)])):
        person = project.add_person(name, credit="name")
        files = [wav(tmp_path / f"{name}{number}.wav", np.concatenate([np.zeros(4000, np.float32), samples])) for number, samples in enumerate(sounds)]
        collect.add_files(project, files, consent=Consent(state="given", purposes=["train", "show"], person=person.id))
    augment.build(project, augment.Recipe([]), name="voices", kind="sound")
    return project


def test_two_makers_are_heard_and_seen_until_one_withdraws(visitor, project, workbench):
    visit = visitor("/train?project=voices&model=mosaic")
    page = visit.page
    press(page, "Start")
    page.wait_for_url("**/run?**")
    [run] = project.runs()
    until(lambda: run.state == "finished")
    page.get_by_text("What came out").wait_for()
    expect(page.locator(".sound .facts").first).to_contain_text("LUFS")

    visit.go(f"{workbench.address}/audio?project=voices&run={run.id}")
    choose(page, "A beat")
    page.get_by_role("textbox", name="A beat").fill("x.o.xxo.")
    page.get_by_role("textbox", name="A beat").press("Tab")
    press(page, "Make 1")
    until(lambda: project.outputs())
    [output] = project.outputs()
    player = page.locator(".sound").first
    expect(player.locator(".facts")).to_contain_text("LUFS")
    heard = {person["credit"] for person in output.provenance()["people"]}
    expect(player.locator(".who")).to_have_text(re.compile("|".join(heard)))
    assert player.locator(".voice i").count() > 3

    # Heard, marked, and heard again and again.
    sheet = player.locator(".sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.30 * box["width"], box["y"] + 40, steps=4)
    page.mouse.up()
    player.get_by_role("button", name="Loop").click()
    player.get_by_role("button", name="Play").click()
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    places: list[float] = []
    until(lambda: places.append(float(sheet.get_attribute("aria-valuenow"))) or any(later < before for before, later in zip(places, places[1:])))
    assert 1.4 < min(places) < max(places) < 1.9, places
    player.get_by_role("button", name="Pause").click()
    assert page.request.get(workbench.address + player.locator(".flac").get_attribute("href")).status == 200

    ledger.withdraw(project, person="Ben", confirm=True)
    visit.go(f"{workbench.address}/audio?project=voices&run={run.id}")
    page.get_by_text("This model plays without them").wait_for()
    choose(page, "Nothing")
    press(page, "Make 1")
    until(lambda: [made for made in project.outputs() if {person["credit"] for person in made.provenance()["people"]} == {"Ana"}])
    expect(page.locator(".sound .who").first).to_contain_text("Ana")
    expect(page.locator(".sound .who").first).not_to_contain_text("Ben")
    assert visit.hosts() == {"127.0.0.1"} and visit.complaints == []
