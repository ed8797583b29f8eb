"""Covers pictures of the camera as the browser sends them: each goes in once, cleaned, with its consent; all else is refused."""

from __future__ import annotations

import io
import json
import secrets

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib import collect
from lib.errors import UserError
from lib.project import allows
from lib.ui.http import routes, uploads

YES = {"state": "given", "purposes": ["train"], "person": "Mila"}


def jpeg(colour: str = "tomato") -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "JPEG")
    return file


def test_a_shot_goes_in_and_remembers_where_it_came_from(project):
    [item] = collect.add_shot(project, jpeg(), YES).added
    assert item.facts["made"] == "camera" and item.source_name.startswith("camera 20") and allows(item, "train")
    assert [person.name for person in project.people()] == ["Mila"]
    named = collect.add_shot(project, jpeg("blue"), name="a/b\\c").added
    assert [item.source_name for item in named] == ["a b c.jpg"]


def test_what_is_no_picture_is_refused_by_name(project):
    [refusal] = collect.add_shot(project, io.BytesIO(b"no picture"), YES, name="blot").refusals
    assert refusal["what"].startswith("blot.jpg ")


def test_the_same_shot_sent_twice_goes_in_once_and_needs_an_answer(project):
    about = {"token": secrets.token_hex(16), "kind": "shot", "consent": YES}
    first, second = uploads.receive(project, about, jpeg()), uploads.receive(project, about, jpeg())
    assert first == second and first["number"] == 1 and project.count() == 1
    with pytest.raises(UserError, match="Nobody has said whose"):
        uploads.receive(project, {**about, "token": secrets.token_hex(16), "consent": None}, jpeg("blue"))


def test_only_a_page_of_ours_may_send_one(project):
    client = TestClient(Starlette(routes=routes.ROUTES))
    body = json.dumps({"token": secrets.token_hex(16), "kind": "shot", "consent": YES}).encode() + b"\n" + jpeg().getvalue()
    assert client.post("/files/tulips/made", content=body).status_code == 403
    assert client.post("/files/tulips/made", content=body, headers={"X-Handmade": "1", "Origin": "http://elsewhere.org"}).status_code == 403
    answer = client.post("/files/tulips/made", content=body, headers={"X-Handmade": "1"})
    assert answer.status_code == 200 and answer.json()["number"] == 1
