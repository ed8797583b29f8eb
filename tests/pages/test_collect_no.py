"""Covers a no on the page: what it ends and touches before, the two questions, what became of it, also in the background."""

from __future__ import annotations

import pytest
from PIL import Image

from lib import augment, collect, jobs, ledger
from lib.project import Consent, items
from lib.ui.collect import consent, withdrawal
from tests.pages.conftest import words


@pytest.fixture
def given(project, tmp_path):
    """Four squares, three of them Mila's, frozen."""
    paths = []
    for number, colour in enumerate(("red", "green", "blue", "gold")):
        paths.append(tmp_path / f"{number}.png")
        Image.new("RGB", (16, 16), colour).save(paths[-1])
    collect.add_files(project, paths[:1], consent=Consent("given", ["train", "show"]))
    collect.add_files(project, paths[1:], consent=Consent("given", ["train", "show", "print"], person="Mila"))
    augment.build(project, augment.Recipe([augment.Resize(16)]), name="squares")
    return project


def button(page, label):
    return next(one for one in page.button if one.label == label)


def test_what_a_yes_to_less_ends_is_said_before_it_is_written_down(visit, given):
    page = visit("make/datapoint.py", given, item=given.items()[1].id)
    page.radio[0].set_value(consent.GIVEN).run()
    next(one for one in page.checkbox if one.label == "show them").check().run()
    assert "**This ends: training, printing.**" in words(page) and "1 dataset that holds it" in words(page)
    next(one for one in page.checkbox if one.label.startswith("The same for all 3")).check().run()
    assert "**3 datapoints** · 1 dataset that holds them" in words(page)
    assert len(items.ids(given, consent="train")) == 4, "nothing was written down"
    for use in ("train models on them", "print them"):
        next(one for one in page.checkbox if one.label == use).check().run()
    assert "This ends" not in words(page)


def test_a_no_that_is_written_down_is_carried_out_after_two_questions(visit, given):
    mila = given.people()[0].id
    given.set_consent(items.ids(given, person=mila), Consent("refused", person=mila))
    page = visit("make/collect.py", given, consent="They say no")
    assert "Somebody said no to these 3" in words(page)
    button(page, "Delete all of it for good…").click().run()
    said = words(page)
    assert "Delete 3 datapoints for good?" in said and "with the name and contact" in said and "cannot be undone" in said
    assert "**Shrinks:** 1 dataset" in said and given.count() == 4
    button(page, "Keep").click().run()
    assert "cannot be undone" not in words(page)
    button(page, "Delete all of it for good…").click().run()
    button(page, "Yes, delete for good").click().run()
    assert given.count() == 1 and given.people() == [] and len(given.dataset("squares").items) == 1
    assert "**3 datapoints are gone for good.** 1 dataset shrank." in words(page)
    button(page, "Dismiss").click().run()
    assert "gone for good" not in words(page)


def test_one_of_several_is_deleted_from_its_own_page_and_the_person_stays(visit, given):
    mila = given.people()[0].id
    first = items.find(given, person=mila)[0]
    given.set_consent([first.id], Consent("refused", person=mila))
    page = visit("make/datapoint.py", given, item=first.id)
    assert "shown nowhere, also not here" in words(page)
    button(page, "Delete it for good…").click().run()
    assert "with the name" not in words(page)
    button(page, "Yes, delete for good").click().run()
    assert given.count() == 3 and [person.id for person in given.people()] == [mila]


def test_many_are_withdrawn_in_the_background_and_collect_tells_how_far_it_is(visit, given, monkeypatch):
    monkeypatch.setattr(withdrawal, "_INLINE", 2)
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    mila = given.people()[0].id
    given.set_consent(items.ids(given, person=mila), Consent("refused", person=mila))
    page = visit("make/collect.py", given, consent="They say no")
    button(page, "Delete all of it for good…").click().run()
    button(page, "Yes, delete for good").click().run()
    [task] = jobs.tasks(given, "ledger.withdraw")
    assert given.count() == 4 and "Deleting for good" in page.get("progress")[0].proto.text
    task.set_status(state="failed", error={"what": "The disk is full.", "why": "", "fix": "Make room."})
    page.run()
    assert "The disk is full" in words(page)
    button(page, "Dismiss").click().run()
    assert jobs.tasks(given, "ledger.withdraw") == []


def test_in_numbers_it_says_one_and_many():
    one = ledger.Touched(items=[object()], datasets=[object()])
    assert withdrawal.numbers(one) == "**1 datapoint** · 1 dataset that holds it"
    many = ledger.Touched(items=[object()] * 6, runs=[object()], outputs=[object()] * 5)
    assert withdrawal.numbers(many) == "**6 datapoints** · 1 model that learned from them · 5 outputs of such models"
    assert withdrawal.ends_words({"train": 3, "show": 2}, 3) == "training, showing (for 2)"
    assert withdrawal.done_words(withdrawal._Done(6, 2, 5, ["a"])).endswith("2 datasets shrank. 1 model and 5 outputs are used no more.")


def test_the_no_of_somebody_with_a_name_is_not_overruled_but_a_mistake_can_be_mended(visit, given):
    mila = given.people()[0].id
    first = items.find(given, person=mila)[0]
    given.set_consent([first.id], Consent("refused", person=mila))
    collect.decide(given, first, Consent("given", ["train"]))
    page = visit("make/datapoint.py", given, item=first.id)
    assert "**Mila said no.**" in words(page) and "stays until Mila decides otherwise" in words(page)
    button(page, "That no was written down by mistake").click().run()
    assert given.item(first.id).consent.state == "unknown"
    assert "said no" not in words(visit("make/datapoint.py", given, item=first.id))
    collect.decide(given, first, Consent("given", ["train"]))
    assert given.item(first.id).consent.allows("train")
