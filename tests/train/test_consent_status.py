"""Covers what the page Train asks before a start: who may be trained on today, and how long it takes, without holding it up."""

from __future__ import annotations

import collections
import datetime

import psutil
import pytest

from lib import augment, collect, jobs, train
from lib.errors import UserError
from lib.jobs import devices
from lib.media import locks
from lib.project import Consent
from lib.train import estimates
from tests.project.test_datasets import draw_digits


def test_all_may_be_trained_on_until_somebody_changes_their_mind(project, dataset):
    found = train.standing(project, dataset)
    assert found.whole and (found.allowed, found.of, found.why) == (24, 24, {})
    ids = [item.id for item in project.items()]
    project.set_consent(ids[:2], Consent(state="withdrawn"))
    yesterday = datetime.date.today() - datetime.timedelta(days=1)
    project.set_consent(ids[2:5], Consent(state="given", purposes=["train"], until=yesterday))
    found = train.standing(project, project.dataset("digits"))
    assert not found.whole and found.allowed == 19
    assert found.why == {"consent has run out": 3, "consent was withdrawn": 2}
    project.set_consent(ids, Consent(state="given", purposes=["train"]))
    assert train.standing(project, dataset).whole


def test_two_projects_are_not_mixed_up(project, dataset, home, tmp_path):
    other = type(project).create("Other", home=home)
    collect.add_files(other, draw_digits(tmp_path / "more", 12), consent=Consent(state="given", purposes=["train"]))
    twin = augment.build(other, augment.Recipe([augment.Resize(32)]), name="digits")
    assert (train.standing(project, dataset).of, train.standing(other, twin).of) == (24, 12)


def test_it_is_worked_out_once_for_as_long_as_nothing_changes(project, dataset, monkeypatch):
    train.standing(project, dataset)
    monkeypatch.setattr("lib.project.consent.record.standings", lambda *_: pytest.fail("asked again"))
    assert train.standing(project, project.dataset("digits")).whole


def test_an_estimate_is_known_only_after_it_was_measured(project, dataset, monkeypatch):
    monkeypatch.setattr(estimates, "_machine_is_busy", lambda: False)
    monkeypatch.setattr(estimates, "_probe", lambda *_: {"start": 1.0, "step": 0.1, "sample": 0.5})
    assert train.known(project, "gan", dataset, steps=100) is None
    train.estimate(project, "gan", dataset, steps=100)
    assert train.known(project, "gan", dataset, steps=600).minutes == pytest.approx((1 + 59.9 + 11) / 60)
    assert train.known(project, "gan", dataset, steps=600, width=32) is None


def test_an_estimate_that_nobody_waits_for_any_more_ends_at_once(project, dataset):
    asked = []
    assert train.estimate(project, "gan", dataset, width=4, should_stop=lambda: asked.append(1) or len(asked) > 1) is None
    assert len(asked) == 2      # once told to stop, it asks no more, …
    alive = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    assert not any("lib.jobs.probe" in " ".join(child.cmdline()) for child in alive)    # … tries no more
    assert train.known(project, "gan", dataset, width=4) is None    # … and keeps nothing of it


def test_what_is_measured_while_other_programs_work_is_at_most_that_and_tried_again_when_they_rest(project, dataset, monkeypatch):
    monkeypatch.setattr(estimates, "_machine_is_busy", lambda *_: False)
    monkeypatch.setattr(estimates, "_probe", lambda *_: {"start": 10.0, "step": 1.0, "sample": 0.5, "others": 0.6})
    found = train.estimate(project, "gan", dataset, steps=3600)
    assert found.rough and str(found) == "at most about 1 h 0 min (this computer is busy now)"
    assert not train.worth_another_try(found)       # not so soon
    monkeypatch.setattr(estimates, "_AGAIN_AFTER", 0)
    assert train.worth_another_try(found)
    monkeypatch.setattr(estimates, "_machine_is_busy", lambda *_: True)
    assert not train.worth_another_try(found)
    monkeypatch.setattr(estimates, "_machine_is_busy", lambda *_: False)
    monkeypatch.setattr(estimates, "_probe", lambda *_: {"start": 10.0, "step": 0.5, "sample": 0.5, "others": 0.1})
    found = train.estimate(project, "gan", dataset, steps=3600)
    assert not found.rough and str(found).startswith("about 30 min")
    assert not train.worth_another_try(found)


def test_what_others_take_of_the_processors_is_seen_without_the_process_itself(monkeypatch):
    times = [{"user": 0.0, "system": 0.0, "idle": 0.0, "guest": 0.0}, {"user": 8.0, "system": 1.0, "idle": 1.0, "guest": 8.0}]
    shape = collections.namedtuple("Times", times[0])
    spent = iter([shape(**one) for one in times])
    monkeypatch.setattr(estimates.psutil, "cpu_times", lambda: next(spent))
    others = estimates._Others(0)
    others._own = 4.0
    assert others.part() == pytest.approx(0.5)


def test_a_run_is_refused_from_the_moment_that_somebody_says_no_until_they_say_yes(project, dataset, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    run = train.start(project, "gan", dataset, steps=3)
    assert train.refusal(project, run) is None
    ids = [item.id for item in project.items()][:1]
    project.set_consent(ids, Consent(state="refused"))
    assert "may not be used for training today" in train.refusal(project, run).why
    project.set_consent(ids, Consent(state="given", purposes=["train"]))
    assert train.refusal(project, run) is None
    monkeypatch.setattr("lib.project.consent.require_run", lambda *_: pytest.fail("asked at every look"))
    assert train.refusal(project, run) is None


def test_measuring_goes_on_by_itself_and_only_for_the_last_question(project, dataset, monkeypatch):
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    first = train.measure(project, "gan", "digits-v1", preset="quick", width=4)
    assert train.measure(project, "gan", "digits-v1", preset="quick", width=4, steps=7) == first
    second = train.measure(project, "gan", "digits-v1", preset="good")
    assert second != first and first.is_stopping and not second.is_stopping
    assert train.under_measurement(project, "gan", "digits-v1", preset="good") == second
    assert train.under_measurement(project, "gan", "digits-v1", preset="quick", width=4) is None


def test_no_trial_takes_memory_from_a_training_on_the_same_card(project, dataset, monkeypatch):
    monkeypatch.setattr(devices, "available", lambda: ("cuda:0",))
    monkeypatch.setattr(estimates, "_probe", lambda *_: pytest.fail("it was tried"))
    with locks.take(devices.lock_path("cuda:0")):
        with pytest.raises(UserError, match="cannot be measured now"):
            train.estimate(project, "gan", dataset, steps=2)
