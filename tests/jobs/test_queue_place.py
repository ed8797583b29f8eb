"""Covers where a waiting run stands: in the dispatcher's own order, with as many minutes as are really known."""

from __future__ import annotations

import pytest

from lib import jobs, train
from lib.jobs import devices
from lib.media import locks
from lib.project import Project


@pytest.fixture
def start(project, dataset, monkeypatch):
    """start("ana", seconds=60): a run in the queue, without anybody to begin it."""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)

    def put(actor: str, seconds: float | None = None):
        monkeypatch.setattr("lib.train.estimates.known_seconds", lambda *_: seconds)
        return train.start(Project.open(project.path, actor=actor), "gan", dataset, steps=10)

    return put


def test_people_take_turns_as_the_dispatcher_will_have_it(start):
    first, second, third = start("ana", 60), start("ana", 60), start("ben", 60)
    places = [jobs.queue_place(run) for run in (first, second, third)]
    assert [(place.number, place.of) for place in places] == [(1, 3), (3, 3), (2, 3)]
    assert [place.seconds for place in places] == [0, 120, 60]
    assert all(place.sure for place in places)


def test_what_runs_counts_with_what_it_has_left(start):
    running, waiting = start("ana"), start("ben")
    running.set_status(state="running", lane="cpu", seconds_left=90.0)
    with locks.take(running.path / "worker.lock"), locks.take(devices.lock_path("cpu")):
        place = jobs.queue_place(waiting)
        assert (place.number, place.seconds, place.sure) == (1, 90, True)
        assert jobs.queue_place(running) is None


def test_what_nobody_knows_is_not_made_up(start):
    start("ana")
    behind = start("ana")
    place = jobs.queue_place(behind)
    assert (place.number, place.seconds, place.sure) == (2, 0, False)


def test_a_device_that_another_workspace_uses_is_free_nobody_knows_when(start):
    run = start("ana")
    with locks.take(devices.lock_path("cpu")):
        assert not jobs.queue_place(run).sure
    assert jobs.queue_place(run).sure
