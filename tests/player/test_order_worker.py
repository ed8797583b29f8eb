"""Covers the player's worker without its process: warm models, a training that wants the card, orders that end badly."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from PIL import Image

from lib import models
from lib.errors import UserError, disk_full
from lib.jobs import devices, supervisor
from lib.media import locks
from lib.models.playing import Medium, numbered
from lib.player import client, keeping, model_cache, order_store, order_worker, playing, requests
from lib.player.folder import LOG, player_folder, write_card
from lib.player.keeping import Keeper
from lib.player.order_store import OrderStore
from lib.player.order_worker import OrderWorker
from lib.player.playable import Playable
from lib.project import Consent, outputs
from tests.player.conftest import played_project


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    base = tmp_path_factory.mktemp("worker")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDMADE_LOCKS", str(base / "locks"))
        patch.setenv("HANDMADE_DEVICES", "cpu")
        (base / "home").mkdir()
        yield played_project(base / "home", "one")


@pytest.fixture
def painter(monkeypatch):
    """A model that paints without torch, and says what it was asked for."""
    loads = []

    def load(path, device):
        loads.append(device)
        return SimpleNamespace(device=device)

    def play(model, request):
        return numbered(Image.new("RGB", (4, 4), (request.seed + number, 0, 0)) for number in range(request.count))

    monkeypatch.setattr(models, "generator", lambda name: SimpleNamespace(load=load, play=play))
    return loads


def place_order(project, run, count: int = 3, seed: int = 0):
    return OrderStore(project.home).place(project, requests.check(project, run, count=count, seed=seed))


def test_a_model_is_loaded_once_and_the_least_recently_used_goes_first(place, painter):
    project, run = place
    held = model_cache.ModelCache(most=1)
    trained = Playable(run.id, run.model, run.path, run)
    held.get(trained), held.get(trained)
    assert len(painter) == 1 and held.names() == [run.id]
    held.get(Playable("other", "gan", project.path / "runs" / "other"))
    assert held.names() == ["other"]
    held.get(trained)
    assert len(painter) == 3


def test_when_a_training_takes_the_card_the_models_leave_it_in_the_middle_of_an_order(place, painter, monkeypatch):
    project, run = place
    monkeypatch.setattr(devices, "available", lambda: ("cuda:0",))
    worker, taken = OrderWorker(project.home), []
    save = Keeper.keep

    def save_and_train(keeper, medium):
        if medium.number == 0:
            taken.append(locks.take(devices.lock_path("cuda:0")))
        return save(keeper, medium)

    monkeypatch.setattr(Keeper, "keep", save_and_train)
    done = worker.serve(place_order(project, run, 3, 5))
    taken[0].release()
    assert (done.state, done.done) == ("finished", 3)
    assert painter == ["cuda:0", "cpu"]
    assert [outputs.get(project, name).provenance()["seed"] for name in done.made] == [5, 6, 7]
    assert not playing.is_taken("cuda:0")


def test_a_model_that_breaks_is_told_in_words_and_what_it_made_stays(place, painter, monkeypatch):
    project, run = place

    def broken(generator, model, request, start):
        yield Medium(Image.new("RGB", (4, 4)))
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(playing, "play", broken)
    done = OrderWorker(project.home).serve(place_order(project, run))
    assert done.state == "failed" and "ZeroDivisionError" in done.error["why"] and len(done.made) == 1


def test_an_order_that_has_killed_two_players_is_not_begun_again(place, painter):
    project, run = place
    order = OrderStore(project.home).write(place_order(project, run), starts=2)
    done = OrderWorker(project.home).serve(order)
    assert done.state == "failed" and "ended twice" in done.error["why"] and done.made == ()


def test_the_store_forgets_old_orders_and_passes_over_what_is_none(place, painter):
    project, run = place
    worker = OrderWorker(project.home)
    for number in range(24):
        last = worker.serve(place_order(project, run, 1, number))
    folder = worker.store._path("over", project.path.name, "x").parent
    assert len(list(folder.glob("*.json"))) == 20
    (folder / "zzz.json").write_text("[]")
    assert worker.store.newest(project.path.name) in (None, last)
    assert worker.store.get(project.path.name, "../../../player") is None
    (folder / "zzz.json").unlink()
    assert worker.store.newest(project.path.name) == last and worker.store.open_orders() == []


def test_where_the_disk_is_full_an_order_ends_once_and_says_so_when_there_is_room_again(place, painter, monkeypatch):
    project, run = place
    order, at_work, write = place_order(project, run), OrderWorker(project.home), OrderStore.write
    tries = []

    def full(store, order, **changes):
        tries.append(order.id)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(OrderStore, "write", full)
    assert at_work.serve(order).state == "failed"
    for _ in range(20):
        at_work._take_next()
    assert len(tries) == 2 and not at_work._at_work     # begun once, ended once; the next try comes later
    monkeypatch.setattr(OrderStore, "write", write)
    monkeypatch.setattr(order_worker, "_TRY_AGAIN", 0)
    at_work._unwritten[order.id] = (0.0, at_work._unwritten[order.id][1])
    at_work._take_next()
    told = OrderStore(project.home).get(order.project, order.id)
    assert told.state == "failed" and told.error["what"] == "The disk is full." and not OrderStore(project.home).open_orders()


def test_a_full_disk_is_told_at_the_order_while_it_is_full(place, painter, monkeypatch):
    project, run = place
    order, at_work = place_order(project, run), OrderWorker(project.home)

    def full(path, content, durable=True):
        raise disk_full(path) from OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(order_store, "write_json", full)
        at_work.serve(order)
        told = OrderStore(project.home).get(order.project, order.id)
        assert told.state == "failed" and told.error["what"] == "The disk is full."
    assert not OrderStore(project.home).open_orders() and not at_work._unwritten
    assert not list((player_folder(project.home) / "orders").rglob("*.room"))


def test_what_a_killed_player_left_half_written_is_cleared_away_by_the_next(place, painter):
    project, run = place
    dead = f".writing-{_number_of_nobody()}-abc"
    order = place_order(project, run)
    orders = player_folder(project.home) / "orders" / "open" / order.project
    left = [project.path / "outputs" / f"{dead}.png", orders / f"{dead}.json"]
    left[0].parent.mkdir(exist_ok=True)
    left[0].write_bytes(b"half")
    left[1].write_text((orders / f"{order.id}.json").read_text())
    under_way = project.path / "outputs" / f".writing-{os.getppid()}-def.png"
    under_way.write_bytes(b"of somebody who lives")
    assert OrderStore(project.home).open_orders() == [order]
    OrderWorker(project.home).store.clear_up()
    assert not any(path.exists() for path in left) and under_way.exists()
    under_way.unlink()
    assert OrderWorker(project.home).serve(order).state == "finished"


def _number_of_nobody() -> int:
    nobody = subprocess.Popen([sys.executable, "-c", ""])
    nobody.wait()
    return nobody.pid


def test_an_order_under_way_ends_when_somebody_says_no(place, painter, monkeypatch):
    project, run = place
    item = project.items()[2].id
    monkeypatch.setattr(keeping, "_ASK_AGAIN", 0)
    save = Keeper.keep

    def save_and_refuse(keeper, medium):
        made = save(keeper, medium)
        if medium.number == 1:
            project.set_consent([item], Consent(state="refused"))
        return made

    monkeypatch.setattr(Keeper, "keep", save_and_refuse)
    before = len(project.outputs())
    done = OrderWorker(project.home).serve(place_order(project, run, 9))
    assert done.state == "failed" and "not played any further" in done.error["what"] and len(done.made) == 2
    assert project.outputs() == []
    project.set_consent([item], Consent(state="given", purposes=["train", "show"]))
    assert len(project.outputs()) == before + 2


def test_a_player_that_dies_twice_while_it_wakes_up_says_why_at_the_order(place, painter, monkeypatch):
    project, run = place
    folder, started = player_folder(project.home), []

    def spawn(command, log, environment):
        started.append(SimpleNamespace(pid=10_000_000 + len(started), poll=lambda: 1))
        write_card(folder, {"pid": started[-1].pid, "doing": "importing"})
        log.write(b"Traceback\nImportError: libtorch.so is broken\n")
        return started[-1]

    monkeypatch.setattr(client.jobs, "spawn", spawn)
    monkeypatch.setattr(supervisor, "PAUSE", 0)
    order = place_order(project, run)
    for _ in range(5):
        client.ensure_player(project.home)
    assert len(started) == 2
    told = OrderStore(project.home).get(order.project, order.id)
    assert told.state == "failed" and "libtorch.so is broken" in told.error["why"]
    state = client.player_state(project.home)
    assert state.state == "broken" and "libtorch.so" in state.doing
    with pytest.raises(UserError, match="does not start"):
        next(client.play(project, requests.check(project, run)))
    tries = len(started)
    client.place(project, requests.check(project, run))       # another try
    assert len(started) == tries + 1
    client.players.forget(), (folder / LOG).unlink()
    OrderStore(project.home).write(client.newest_order(project), state="stopped")


def test_it_ends_within_seconds_once_it_is_wanted_no_more(place, painter):
    project, _ = place
    began = time.monotonic()
    OrderWorker(project.home).attend(600, wanted=lambda: False)
    assert time.monotonic() - began < 10


def test_a_picture_that_forms_is_handed_on_and_is_no_output_before_it_is_whole(place, painter, monkeypatch):
    project, run = place
    worker, seen = OrderWorker(project.home), []

    def forms(generator, model, request, start):
        for step in (1, 2):
            for number in (0, 1):
                yield Medium(Image.new("RGB", (4, 4), (step, 0, 0)), number, False, {"step": step, "of": 3})
        seen.extend(worker.store.pieces(order))
        seen.append(Image.open(seen[-1].file).getpixel((0, 0))[0])
        worker.store.stop(order)
        yield Medium(Image.new("RGB", (4, 4)))

    monkeypatch.setattr(playing, "play", forms)
    order = place_order(project, run, 2)
    done = worker.serve(order)
    *pieces, pixel = seen
    assert [(piece.number, round(piece.done, 2)) for piece in pieces] == [(0, 0.33), (1, 0.33), (0, 0.67), (1, 0.67)]
    assert pixel == 2 and len({piece.file for piece in pieces}) == 2     # one file for each picture: how it looks by now
    assert done.state == "stopped" and done.made == () and worker.store.pieces(order) == []
