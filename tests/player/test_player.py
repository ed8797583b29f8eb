"""Covers the internal player: one process for a workspace, behind a token, whose pictures are the same as anywhere else."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import time

import psutil
import pytest
from PIL import Image

from lib import generate
from lib.errors import UserError
from lib.media import locks
from lib.models.playing import Request
from lib.player import client, requests
from lib.player.folder import LOCK, player_folder, read_card, write_card
from lib.player.order_store import OrderStore
from lib.player.order_worker import find_project
from lib.player.process import main
from lib.project import Consent
from tests.conftest import processes_of
from tests.nursery import forks
from tests.player.conftest import played_project

PATIENCE = 120  # seconds; what comes sooner is not waited for


@pytest.fixture(scope="module")
def place(tmp_path_factory, nursery):
    """A workspace with two projects that can be played, shared by all tests here, since torch takes long to wake up."""
    base = tmp_path_factory.mktemp("player")
    with pytest.MonkeyPatch.context() as patch, forks():
        patch.setenv("HANDMADE_HOME", str(base / "home"))
        patch.setenv("HANDMADE_LOCKS", str(base / "locks"))
        patch.setenv("HANDMADE_DEVICES", "cpu")
        (base / "home").mkdir()
        yield [played_project(base / "home", "one"), played_project(base / "home", "two")]
        for process in processes_of(base / "home"):
            with contextlib.suppress(psutil.Error):     # it has just ended
                process.kill()


@pytest.fixture
def one(place):
    return place[0]


def until(true, seconds: float = PATIENCE):
    """Waits for something on the disk, and returns it."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def ended(project, order):
    return until(lambda: (now := OrderStore(project.home).get(order.project, order.id)).is_over and now)


def pixels(outputs) -> list[bytes]:
    return [Image.open(output.path).tobytes() for output in outputs]


def test_it_starts_by_itself_and_paints_what_a_notebook_would(one):
    project, run = one
    assert generate.player_state(project.home).state == "off"
    order = generate.order(project, run, count=4, seed=7, truncation=0.8)
    assert generate.player_state(project.home).state == "starting"
    assert generate.player_state(project.home).expected > 0
    done = ended(project, order)
    assert (done.state, done.done, done.error) == ("finished", 4, None)
    made = generate.outputs_of(project, done)
    assert [output.provenance()["seed"] for output in made] == [7, 8, 9, 10]
    assert generate.player_state(project.home).state == "ready"
    assert pixels(made) == pixels(generate.images(project, run, count=4, seed=7, truncation=0.8))
    assert generate.newest_order(project) == done


def test_it_hands_over_pictures_one_by_one_and_keeps_two_projects_apart(place):
    for project, run in place:
        made = [output.path for output in generate.play(project, run, count=3, seed=1)]
        assert len(made) == 3 and all(path.is_relative_to(project.path) and path.exists() for path in made)
    [(card_of_one, _), (card_of_two, _)] = [(read_card(player_folder(project.home)), run) for project, run in place]
    assert card_of_one == card_of_two   # one player for the workspace


def awake(project) -> dict:
    """The card of its player, once that takes orders."""
    generate.ensure_player(project.home)
    return until(lambda: (card := read_card(player_folder(project.home))).get("doing") == "" and card)


def test_it_opens_no_port_and_speaks_to_nobody(one):
    project, _ = one
    assert psutil.Process(awake(project)["pid"]).net_connections("inet") == []
    assert stat.S_IMODE((player_folder(project.home) / "player.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(player_folder(project.home).stat().st_mode) == 0o700


@pytest.mark.parametrize("project_name, run_name", [("../one", ""), ("/etc", ""), ("nowhere", ""), (None, "../../two/runs/x"), (None, "/etc")])
def test_it_takes_names_and_never_paths(one, project_name, run_name):
    project, run = one
    with pytest.raises(UserError, match="There is no "):
        requests.again(find_project(project.home, project_name or project.path.name), Request(run_name or run.id))


def test_what_cannot_be_made_is_answered_in_words(one):
    project, run = one
    for wrong in ({"truncation": 9}, {"count": 0}, {"count": 5000}, {"seed": -1}, {"nonsense": 1}):
        with pytest.raises(UserError):
            generate.order(project, run, **wrong)
        with pytest.raises(UserError):
            generate.play(project, run, **wrong)


def test_a_walk_is_a_film_and_a_gif(one):
    project, run = one
    film, gif = generate.play_walk(project, run, 3, 9, seconds=0.6, fps=10)
    assert (film.path.suffix, gif.path.suffix, film.provenance()["frames"]) == (".mp4", ".gif", 6)
    with Image.open(gif.path) as picture:
        picture.seek(picture.n_frames - 1)
    assert ended(project, generate.order_walk(project, run, 3, 9, seconds=0.4)).state == "finished"


def test_a_long_order_can_be_stopped_and_the_next_one_follows(one):
    project, run = one
    long = generate.order(project, run, count=1000, seed=0)
    short = generate.order(project, run, count=1, seed=5)
    assert generate.before(project, short) == 1
    until(lambda: (now := OrderStore(project.home).get(long.project, long.id)) and now.done >= 2)
    assert OrderStore(project.home).get(short.project, short.id).state == "waiting"      # one after the other
    generate.stop_order(project, long)
    long = ended(project, long)
    assert long.state == "stopped" and 2 <= long.done < 1000
    assert len(generate.outputs_of(project, long)) == long.done      # what is made stays
    assert ended(project, short).state == "finished"


def test_leaving_the_loop_ends_the_order(one):
    project, run = one
    playing = generate.play(project, run, count=1000, seed=0)
    next(playing)
    playing.close()
    assert ended(project, generate.newest_order(project)).state == "stopped"


def test_a_killed_player_is_replaced_and_goes_on_where_it_was(one):
    project, run = one
    card = awake(project)
    order = generate.order(project, run, count=400, seed=100)   # long enough to be killed in the middle
    until(lambda: OrderStore(project.home).get(order.project, order.id).done >= 2)
    psutil.Process(card["pid"]).kill()
    until(lambda: not locks.is_held(player_folder(project.home) / LOCK))
    assert (player_folder(project.home) / "player.json").exists()      # it had no time to take its card away
    assert generate.player_state(project.home).state == "off"
    generate.ensure_player(project.home)                        # as the page does at its next look
    done = ended(project, order)
    assert (done.state, done.starts, len(done.made)) == ("finished", 2, 400)
    seeds = [output.provenance()["seed"] for output in generate.outputs_of(project, done)]
    assert seeds == list(range(100, 500))
    assert read_card(player_folder(project.home))["pid"] != card["pid"]


def test_what_was_taken_back_is_not_played(place):
    project, run = place[1]
    waits = requests.check(project, run)
    project.set_consent([project.items()[2].id], Consent(state="withdrawn"))
    with pytest.raises(UserError, match="is not played"):
        generate.order(project, run, count=1)
    order = ended(project, OrderStore(project.home).place(project, waits))       # ordered before, made after
    assert order.state == "failed" and "is not played" in order.error["what"] and order.made == ()


@pytest.mark.parametrize("gone", ["card", "workspace"])
def test_it_ends_at_once_when_its_card_or_its_workspace_is_gone(tmp_path, forked, gone):
    """Without waiting for a quarter of an hour, and without making the folder anew."""
    home = tmp_path / "home"
    home.mkdir()
    generate.ensure_player(home)
    folder = player_folder(home)
    until(lambda: read_card(folder).get("doing") == "")
    process = client.players.child(home.resolve())
    (folder / "player.json").unlink() if gone == "card" else shutil.rmtree(home)
    until(lambda: process.poll() is not None, 20)
    assert process.poll() == 0
    assert home.exists() == (gone == "card")


def test_a_workspace_that_goes_at_the_very_moment_it_is_awake_is_no_mistake(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()

    def write_and_take_away(folder, card):
        write_card(folder, card)
        if not card["doing"]:
            shutil.rmtree(home)

    monkeypatch.setattr("lib.player.process.write_card", write_and_take_away)
    main(home, time.time())
    assert not home.exists()


def test_it_ends_when_nobody_wants_anything_and_a_stale_card_misleads_nobody(one, monkeypatch):
    project, run = one
    for process in processes_of(project.home, "lib.player.process"):
        process.kill()
    folder = player_folder(project.home)
    until(lambda: not locks.is_held(folder / LOCK))
    write_card(folder, {"pid": os.getpid(), "since": 0, "doing": ""})
    assert generate.player_state(project.home).state == "off"
    monkeypatch.setenv("HANDMADE_PLAYER_IDLE", "4")
    assert len(list(generate.play(project, run, count=2, seed=0))) == 2
    until(lambda: not locks.is_held(folder / LOCK))
    assert read_card(folder)["doing"] == "ended"
    assert generate.player_state(project.home).state == "off"
