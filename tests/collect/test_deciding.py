"""Covers deciding about datapoints that are in: a no reaches trainings under way, "mine" takes another name away."""

from __future__ import annotations

import pytest

from lib import augment, collect, jobs, train
from lib.project import Consent
from tests.project.test_datasets import draw_digits

TRAIN = Consent(state="given", purposes=["train"])


@pytest.fixture
def waiting(project, tmp_path, monkeypatch):
    """A training that waits for its turn, on all but the last datapoint."""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    collect.add_files(project, draw_digits(tmp_path / "digits", 13), consent=TRAIN)
    only = [item.id for item in project.items()[:12]]
    dataset = augment.build(project, augment.Recipe([augment.Resize(32)]), name="digits", only=only)
    return train.start(project, "gan", dataset, steps=3)


@pytest.mark.parametrize("said", [Consent(state="refused", person="Mila"), Consent(state="given", purposes=["show"]), Consent()])
def test_a_training_under_way_that_learns_from_it_is_asked_to_stop(project, waiting, said):
    item = project.items()[3]
    run = train.start(project, "gan", "digits", steps=3)
    run.set_status(state="stopped")
    assert collect.decide(project, item, said) == [waiting]
    assert waiting.is_stopping and not (run.path / "STOP").exists()
    assert collect.learning_from(project, item) == [waiting]


def test_a_training_that_does_not_learn_from_it_goes_on(project, waiting):
    assert collect.decide(project, project.items()[12], Consent(state="refused")) == []
    assert not waiting.is_stopping


def test_deleting_it_for_good_stops_the_training_and_removing_alone_does_not(project, waiting):
    item = project.items()[3]
    collect.remove(project, item)
    assert not waiting.is_stopping
    collect.delete_removed(project, item, confirm=True)
    assert waiting.is_stopping


def test_a_yes_stops_nothing(project, waiting):
    assert collect.decide(project, project.items(), TRAIN) == []
    assert not waiting.is_stopping


def test_what_is_mine_after_all_has_no_other_maker_and_the_record_remembers(project, tmp_path):
    [item] = collect.add_files(project, draw_digits(tmp_path / "one", 1), consent=Consent(state="given", purposes=["show"], person="Mila")).added
    collect.decide(project, item, TRAIN)
    assert project.item(item.id).person is None
    from lib.project.consent import decisions

    assert [one.basis for one in decisions(project, item.id)] == ["person", "own"]
