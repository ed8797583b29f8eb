"""Covers frames to the player and back: what it answers, that nothing is kept, who is let in, and what a no and a killed player do."""

from __future__ import annotations

import asyncio
import io
import json

import psutil
import pytest
from PIL import Image, ImageDraw
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from lib import augment, generate
from lib.player.folder import player_folder, read_card
from lib.project import Consent
from lib.ui.http import addresses, frames, routes
from tests.share.conftest import learned_project

ORIGIN = {"origin": "http://testserver"}


@pytest.fixture
def ready(home, forked):
    return learned_project(home)


@pytest.fixture
def client(ready):
    return TestClient(Starlette(routes=routes.ROUTES))


def frame(kind: str = "PNG", side: int = 64) -> bytes:
    picture = Image.new("RGB", (side, side), "white")
    ImageDraw.Draw(picture).line((10, 10, 50, 40), "black", 3)
    content = io.BytesIO()
    picture.save(content, kind)
    return content.getvalue()


def told(socket) -> tuple[dict, bytes]:
    words, _, rest = socket.receive_bytes().partition(b"\n")
    return json.loads(words), rest


def until_ready(socket) -> None:
    said, _ = told(socket)
    if said == {"waking": True}:
        said, _ = told(socket)
    assert said == {"ready": True}


def files(project) -> set:
    return {path for path in project.path.rglob("*") if path.is_file() and "project.db" not in path.name}


def test_a_frame_is_answered_as_a_notebook_would_and_nothing_of_it_is_written_down(client, ready, tmp_path):
    project, run = ready
    before = files(project)
    with client.websocket_connect(f"{addresses.live(project, run)}/frames", headers=ORIGIN) as socket:
        until_ready(socket)
        answers = []
        for prefix, content in ((b"1", frame()), (b"0", frame())):
            socket.send_bytes(prefix + content)
            said, pictures = told(socket)
            answers.append([Image.open(io.BytesIO(part)).convert("RGB") for part in (pictures[: said["source"]], pictures[said["source"] :])])
        assert said["milliseconds"] >= 0
        socket.send_bytes(b"1no picture")
        assert "is no picture" in told(socket)[0]["error"]["what"]
        socket.send_bytes(b"1" + frame("JPEG"))         # and it goes on
        assert "source" in told(socket)[0]
    assert files(project) == before
    (tmp_path / "drawn.png").write_bytes(frame())
    for prepare, (source, made) in zip((False, True), answers):
        expected = generate.translate(project, run, tmp_path / "drawn.png", prepare=prepare)
        assert made.tobytes() == Image.open(expected.path).convert("RGB").tobytes()
        assert prepare or source.tobytes() == Image.open(io.BytesIO(frame())).tobytes()
    drawn = augment.prepare_source(project.dataset("edges"), Image.open(io.BytesIO(frame())))
    assert answers[1][0].tobytes() == drawn.convert("RGB").tobytes()


@pytest.mark.parametrize("headers", [{}, {"origin": "http://elsewhere.example"}, {"origin": "null"}])
def test_no_other_web_site_opens_it(client, ready, headers):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(f"{addresses.live(*ready)}/frames", headers=headers):
        pass


def test_more_visitors_than_there_is_room_for_come_later(client, ready, monkeypatch):
    monkeypatch.setattr(frames, "MOST", 0)
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect(f"{addresses.live(*ready)}/frames", headers=ORIGIN):
        pass
    assert closed.value.code == 1013


def test_what_is_not_there_is_said_and_the_socket_is_closed(client, ready):
    project, run = ready
    for address in (f"/live/nowhere/{run.id}/frames", f"/live/{project.path.name}/nothing/frames"):
        with client.websocket_connect(address, headers=ORIGIN) as socket:
            said, _ = told(socket)
            said = told(socket)[0] if said == {"waking": True} else said
            assert said["over"] and said["error"]["what"]


def test_after_a_no_it_plays_no_further(client, ready, monkeypatch):
    project, run = ready
    with client.websocket_connect(f"{addresses.live(project, run)}/frames", headers=ORIGIN) as socket:
        until_ready(socket)
        project.set_consent([project.items()[0].id], Consent(state="refused"))
        said = {}
        for _ in range(400):
            socket.send_bytes(b"1" + frame())
            said, _ = told(socket)
            if "over" in said:
                break
            asyncio.run(asyncio.sleep(0.02))
        assert said["over"] and run.id in said["error"]["what"]


def test_a_killed_player_is_followed_by_another(client, ready):
    project, run = ready
    with client.websocket_connect(f"{addresses.live(project, run)}/frames", headers=ORIGIN) as socket:
        until_ready(socket)
        psutil.Process(read_card(player_folder(project.home))["pid"]).kill()
        socket.send_bytes(b"1" + frame())
        until_ready(socket)
        socket.send_bytes(b"1" + frame())
        assert "source" in told(socket)[0]


def test_the_newest_frame_wins():
    async def look():
        newest = frames._Newest()
        for number in (b"1", b"2", b"3"):
            newest.put(number)
        return await newest.take()

    assert asyncio.run(look()) == b"3"
