"""Covers sounds that are lent to a model: taken in verified, found again by their address, heard by whoever lent them, and never a datapoint."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib.errors import UserError
from lib.generate import given
from lib.media.sound import Sound
from lib.project import outputs
from lib.ui.http import addresses, routes, uploads
from lib.ui.widgets import sound_player
from tests.audio.conftest import voices_project

TOKEN = "0123456789abcdef"
TONE = Sound((0.3 * np.sin(np.arange(16_000) / 8))[:, None].astype(np.float32), 16_000).as_file()


@pytest.fixture
def client(home):
    return TestClient(Starlette(routes=routes.ROUTES))


def test_a_take_is_lent_and_heard_and_added_to_nothing(client, project):
    about = {"token": TOKEN, "kind": "lent", "lend": True, "name": "take 1"}
    answer = uploads.receive(project, about, io.BytesIO(TONE))
    assert answer == uploads.receive(project, about, io.BytesIO(TONE)) and not project.items()
    path = given.find(project, answer["given"])
    assert path and path.name == "take 1.wav"
    heard = sound_player.of_given(project, path)
    assert client.get(heard.source).status_code == 200 and client.get(heard.source).headers["content-type"] == "audio/wav"
    told = json.loads(client.get(heard.overview).content)
    assert told["seconds"] == 1.0 and told["rate"] == 16_000 and -20 < told["lufs"] < 0
    for wrong in ("nobody/take 1.wav", f"{path.parent.name}/../{path.parent.name}/take 1.wav", "", "../x"):
        assert given.find(project, wrong) is None
    assert client.get(addresses.given(project, "nobody/take 1.wav")).status_code == 404


def test_what_is_no_sound_is_refused_by_name_and_leaves_nothing(project):
    with pytest.raises(UserError) as refused:
        given.keep_sound(project, "notes.txt", b"It rained.")
    assert "notes.txt" in refused.value.what
    with pytest.raises(UserError):
        given.keep_sound(project, "broken.wav", TONE[:100])
    assert not [path for path in (project.path / "cache" / "given").rglob("*") if path.is_file()]


def test_the_source_of_a_made_sound_is_heard_beside_it_as_long_as_it_may_be(client, home):
    project, run = voices_project(home)
    item = project.items("sound")[0]
    kept = outputs.keep_input(project, _copy(project, item), item.sha256, item.id)
    told = {"sound": {"sha256": item.sha256, "name": "", "item": item.id, "file": "/".join(kept.parts[-3:])}}
    story = {**outputs.base_story(project, run, project.dataset(run.dataset_path)), "way": "make", "inputs": told, "controls": {}}
    made = outputs.save(project, Sound(np.zeros((800, 1), np.float32), 8000), 0, story)
    source = sound_player.of_source(project, made)
    assert source and client.get(source.source).status_code == client.get(source.overview).status_code == 200
    assert client.get(addresses.source(project, made, "nothing")).status_code == 404
    from lib.project import Consent

    project.set_consent([item.id], Consent(state="refused"))
    assert client.get(source.source).status_code == client.get(source.overview).status_code == 404


def _copy(project, item):
    path = project.path / "cache" / item.path.name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(item.path.read_bytes())
    return path


def test_a_prepared_sound_has_an_overview_and_nothing_outside_has(client, home):
    project, run = voices_project(home)
    heard = sound_player.of_prepared(project, run.dataset_path, "train/000001.wav", "Number 1")
    assert client.get(heard.source).status_code == client.get(heard.overview).status_code == 200
    for name in ("train/000099.wav", "train/../dataset.json", "other/000001.wav"):
        assert client.get(addresses.overview(project, "datasets", run.dataset_path.name, *name.split("/"))).status_code == 404
