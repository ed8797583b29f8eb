"""Covers the whole way of a no in Chromium: given, trained, generated; then a no, nothing is shown; deleted for good, nothing is
left; and the same training again, without them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from lib import augment, collect, ledger
from lib.project import Consent, Project, items, outputs
from tests.jobs.waiting import until
from tests.ledger.test_withdrawing import noise, where
from tests.project.test_datasets import draw_digits
from tests.test_journey_generate import choose
from tests.test_journey_train import begin, labelled, press

PATIENCE = 180_000  # ms; the machine may be busy
NAME = "Marisol Okonkwo"


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=PATIENCE)


@pytest.fixture
def project(home, tmp_path) -> Project:
    """Sixteen digits of one's own, and six pictures about which nobody has been asked."""
    project = Project.create("Digits", home=home)
    collect.add_files(project, draw_digits(tmp_path / "digits", 16), consent=Consent(state="given", purposes=["train", "show"]))
    collect.add_files(project, noise(tmp_path / "theirs", 6, seed=7))
    return project


def answer(page, choice: str) -> None:
    page.get_by_test_id("stRadio").get_by_text(choice, exact=True).click()


def test_the_whole_way_of_a_no(visitor, project, workbench):
    visit = visitor("/collect?project=digits")
    page = visit.page

    # Given: asked on the page, for the six.
    page.get_by_role("button", name=re.compile("6 datapoints are not decided yet")).click()
    answer(page, "Given by somebody")
    name = page.get_by_role("textbox", name="Who?")
    name.fill(NAME)
    name.press("Tab")
    for use in ("train models on them", "show them"):
        page.get_by_text(use, exact=True).click()
    press(page, "Write it down for 6")
    until(lambda: items.count(project, consent="train") == 22)
    marisol = next(person.id for person in project.people())
    theirs = items.find(project, person=marisol)
    dataset = augment.build(project, augment.Recipe([augment.Resize(64)]), name="both")
    planted = {"name": NAME.encode(), "file name": b"marisol-7-"}
    for item in theirs:
        raw = item.path.read_bytes()
        planted[item.id] = raw[len(raw) // 2 : len(raw) // 2 + 32]

    # Trained, and generated from what it has learned.
    visit.go(f"{workbench.address}/train?project=digits")
    run = begin(page, project, steps=8)
    until(lambda: run.state == "finished" or run.error)
    visit.go(f"{workbench.address}/generate?project=digits&run={run.id}")
    choose(page, "4")
    press(page, "Make 4")
    until(lambda: len(outputs.listed(project)) == 4)
    made = outputs.listed(project)
    addresses = [f"/files/digits/items/{theirs[0].id}", f"/files/digits/thumbnails/{theirs[0].id}/256", f"/files/digits/datasets/{dataset.path.name}.png",
                 f"/files/digits/runs/{run.id}/{run.samples()[0].name}", f"/files/digits/outputs/{made[0].path.name}"]  # fmt: skip
    codes = lambda: [page.context.request.get(workbench.address + address).status for address in addresses]
    assert codes() == [200] * 5

    # A no: what it ends and touches stands there before it is written down.
    visit.go(f"{workbench.address}/datapoint?project=digits&item={theirs[0].id}")
    page.get_by_text("Consent: what was said").click()
    answer(page, "They say no")
    page.get_by_text(f"The same for all 6 datapoints of {NAME}").click()
    expect(page.get_by_text("This ends: training, showing.")).to_be_visible()
    expect(page.get_by_text("1 dataset that holds them · 1 model that learned from them · 4 outputs of such models")).to_be_visible()
    assert codes() == [200] * 5 and project.item(theirs[0].id).consent.allows("train")
    press(page, "Write it down")
    expect(page.get_by_text("Written down for 6 datapoints.")).to_be_visible()
    assert codes() == [404] * 5 and theirs[0].path.exists()
    visit.go(f"{workbench.address}/run?project=digits&run={run.id}")
    expect(page.get_by_text("A model cannot unlearn")).to_be_visible()

    # Carried out, asked twice, from Collect.
    visit.go(f"{workbench.address}/collect?project=digits&consent=They+say+no")
    expect(page.get_by_text("Somebody said no to these 6")).to_be_visible()
    press(page, "Delete all of it for good…")
    assert theirs[0].path.exists()
    expect(page.get_by_text("the record with the name and contact")).to_be_visible()
    press(page, "Yes, delete for good")
    expect(page.get_by_text("6 datapoints are gone for good.").first).to_be_visible()
    assert where(project, planted) == {} and codes() == [404, 404, 200, 404, 404]
    assert project.count() == 16 and project.people() == [] and len(project.dataset("both").items) == 16
    assert ledger.touched(project, items=project.items()).outputs and outputs.listed(project) == []

    # And the same training again, without them.
    page.get_by_role("link", name=labelled("Train again without them")).click()
    page.wait_for_url("**/run?**")
    press(page, "Train again without them")
    again = until(lambda: next((one for one in project.runs() if one.id != run.id), None))
    until(lambda: again.state == "finished" or again.error)
    assert again.state == "finished", again.log()
    assert again.settings == run.settings and not {item.id for item in theirs} & set(again.learned_from)
    assert visit.complaints == []
