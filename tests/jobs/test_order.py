"""Whose turn it is, and which device a run may take: decisions without a process."""

from __future__ import annotations

import importlib
from pathlib import Path

from lib.jobs import devices, dispatcher
from lib.jobs.dispatcher import Waiting, fair_order, last_served


def job(name: str, actor: str, queued: str) -> Waiting:
    return Waiting(Path(name), actor, queued, ("cpu",))


def names(jobs) -> list[str]:
    return [str(one.path) for one in jobs]


def test_the_person_served_least_recently_comes_first():
    waiting = [job("a1", "ana", "10:00"), job("b1", "ben", "10:01"), job("c1", "cy", "10:02")]
    assert names(fair_order(waiting, {"ana": "09:59", "ben": "09:00"})) == ["c1", "b1", "a1"]


def test_one_person_with_many_runs_does_not_hold_up_the_others():
    waiting = [
        job("a1", "ana", "10:00"),
        job("a2", "ana", "10:01"),
        job("a3", "ana", "10:02"),
        job("b1", "ben", "10:03"),
    ]
    assert names(fair_order(waiting, {})) == ["a1", "b1", "a2", "a3"]


def test_within_one_person_the_oldest_comes_first():
    assert names(fair_order([job("a2", "ana", "10:01"), job("a1", "ana", "10:00")], {})) == ["a1", "a2"]


def test_being_served_is_remembered_from_the_folders():
    statuses = {
        Path("runs/1"): {"started": "10:00"},
        Path("runs/2"): {"started": "11:00"},
        Path("runs/3"): {"state": "queued"},
        Path("tasks/4"): {"started": "12:00"},  # freezing a dataset is no turn on the card
    }
    assert last_served(statuses, lambda path: "ana") == {"ana": "11:00"}


def test_a_run_takes_a_card_where_there_is_one_and_the_processor_otherwise(monkeypatch):
    monkeypatch.setenv("HANDMADE_DEVICES", "cuda:0,cuda:1")
    devices.available.cache_clear()
    assert devices.lanes("auto") == devices.lanes("cuda") == ("cuda:0", "cuda:1")
    assert devices.lanes("cpu") == ("cpu",)
    monkeypatch.setenv("HANDMADE_DEVICES", "cpu")
    devices.available.cache_clear()
    assert devices.lanes("auto") == ("cpu",)
    assert devices.lanes("cuda") == ()
    devices.available.cache_clear()


def test_a_worker_sees_the_one_card_it_was_given(monkeypatch):
    assert devices.environment("cuda:1")["CUDA_VISIBLE_DEVICES"] == "1"
    assert devices.environment("cpu")["CUDA_VISIBLE_DEVICES"] == ""


def test_what_is_fetched_from_the_network_holds_up_no_other_task():
    lanes = lambda function: dispatcher._lanes(Path("somewhere") / "tasks" / "one", {"function": function})
    fetching = {lane for function in dispatcher._FETCHING for lane in lanes(function)}
    assert fetching.isdisjoint(lanes("train.estimate")) and lanes("train.estimate") == lanes("augment.build")
    for function in dispatcher._FETCHING:
        capability, _, name = function.partition(".")
        assert name in importlib.import_module(f"lib.{capability}").__all__, function
