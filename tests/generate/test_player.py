"""Covers the internal player: one process for a workspace, behind a token, whose pictures are the same as anywhere else."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import time
import urllib.error
import urllib.request

import psutil
import pytest
from PIL import Image

from lib import generate
from lib.errors import UserError
from lib.generate import player_client
from lib.generate.order_store import OrderStore
from lib.generate.player_files import LOCK, player_folder, read_card, write_card
from lib.media import locks
from lib.project import Consent
from tests.conftest import processes_of
from tests.generate.conftest import played_project

PATIENCE = 120  # seconds; what comes sooner is not waited for


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A workspace with two projects that can be played, shared by all tests here, since Gradio takes long to wake up."""
    base = tmp_path_factory.mktemp("player")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDMADE_HOME", str(base / "home"))
        patch.setenv("HANDMADE_LOCKS", str(base / "locks"))
        patch.setenv("HANDMADE_DEVICES", "cpu")
        (base / "home").mkdir()
        yield [played_project(base / "home", "one"), played_project(base / "home", "two")]
        for process in processes_of(base / "home"):
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


def ask(card: dict, path: str, token: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    request = urllib.request.Request(f"http://127.0.0.1:{card['port']}{path}", headers=headers)
    with contextlib.suppress(urllib.error.HTTPError):
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return answer.status
    return 403


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


def test_nobody_comes_in_without_the_token(one):
    project, _ = one
    card = player_client._wait_for_door(project.home)
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/call/make/x", "/gradio_api/file=/etc/passwd"):
        assert ask(card, path) == 403
        assert ask(card, path, token="") == 403
        assert ask(card, path, token=card["token"][:-1]) == 403
    assert ask(card, "/config", token=card["token"]) == 200
    assert stat.S_IMODE((player_folder(project.home) / "player.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(player_folder(project.home).stat().st_mode) == 0o700


def test_it_listens_only_here_and_speaks_to_nobody_else(one):
    card = player_client._wait_for_door(one[0].home)
    addresses = psutil.Process(card["pid"]).net_connections("inet")
    assert {line.laddr.ip for line in addresses if line.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
    assert {line.raddr.ip for line in addresses if line.raddr} <= {"127.0.0.1"}


@pytest.mark.parametrize("project_name, run_name", [("../one", ""), ("/etc", ""), ("nowhere", ""), (None, "../../two/runs/x"), (None, "/etc")])
def test_it_takes_names_and_never_paths(one, project_name, run_name):
    project, run = one
    card = player_client._wait_for_door(project.home)
    values = [project_name or project.path.name, run_name or run.id, "pictures", json.dumps({"count": 1})]
    [answer] = list(player_client._events(card, "make", values))
    assert answer["error"]["what"].startswith("There is no ")


def test_what_cannot_be_made_is_answered_in_words(one):
    project, run = one
    for wrong in ({"truncation": 9}, {"count": 0}, {"seed": -1}):
        with pytest.raises(UserError):
            generate.order(project, run, **wrong)
    card = player_client._wait_for_door(project.home)
    for values in ("{", json.dumps({"count": 5000}), json.dumps({"nonsense": 1})):
        [answer] = list(player_client._events(card, "make", [project.path.name, run.id, "pictures", values]))
        assert answer["error"]["what"]


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
    generate.ensure_player(project.home)
    card = player_client._wait_for_door(project.home)
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
    waits = player_client.asking.pictures(project, run, 1, 0)
    project.set_consent([project.items()[2].id], Consent(state="withdrawn"))
    with pytest.raises(UserError, match="is not played"):
        generate.order(project, run, count=1)
    order = ended(project, OrderStore(project.home).place(project, waits))       # ordered before, made after
    assert order.state == "failed" and "is not played" in order.error["what"] and order.made == ()


@pytest.mark.parametrize("gone", ["card", "workspace"])
def test_it_ends_at_once_when_its_card_or_its_workspace_is_gone(tmp_path, gone):
    """Without waiting for a quarter of an hour, and without making the folder anew."""
    home = tmp_path / "home"
    home.mkdir()
    generate.ensure_player(home)
    folder = player_folder(home)
    until(lambda: read_card(folder).get("port"))
    process, _ = player_client._started[home.resolve()]
    (folder / "player.json").unlink() if gone == "card" else shutil.rmtree(home)
    until(lambda: process.poll() is not None, 20)
    assert process.poll() == 0
    assert home.exists() == (gone == "card")


def test_it_ends_when_nobody_wants_anything_and_a_stale_card_misleads_nobody(one, monkeypatch):
    project, run = one
    for process in processes_of(project.home, "lib.generate.player"):
        process.kill()
    folder = player_folder(project.home)
    until(lambda: not locks.is_held(folder / LOCK))
    write_card(folder, {"pid": os.getpid(), "since": 0, "doing": "", "token": "old", "port": 9})
    assert generate.player_state(project.home).state == "off"
    monkeypatch.setenv("HANDMADE_PLAYER_IDLE", "4")
    assert len(list(generate.play(project, run, count=2, seed=0))) == 2
    until(lambda: not locks.is_held(folder / LOCK))
    assert "token" not in read_card(folder)
    assert generate.player_state(project.home).state == "off"
