"""Covers what the browser sends by itself: once for each token, only from our own page, with whose it is, and not too much."""

from __future__ import annotations

import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib import collect
from lib.ui.collect import consent, recorder
from lib.ui.http import routes, uploads
from tests.collect.test_made_here import MINE, drawing, take

FROM_HERE = {"X-Handmade": "1", "Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
CONSENT = recorder.plain_consent(MINE)


@pytest.fixture
def post(project, monkeypatch):
    """Sends something to the project as its page would."""
    monkeypatch.setattr(uploads, "_answers", type(uploads._answers)())
    monkeypatch.setattr(uploads, "_sent", {})
    client = TestClient(Starlette(routes=routes.ROUTES))

    def send(content: bytes = b"", headers=FROM_HERE, path=f"/files/{project.path.name}/made", **about):
        about = {"token": "0123456789abcdef", "kind": "drawing", "consent": CONSENT, **about}
        return client.post(path, content=json.dumps(about).encode() + b"\n" + content, headers=headers)

    return send


def test_a_drawing_that_is_sent_twice_goes_in_once_and_stays_out_once_removed(project, post):
    first = post(drawing().getvalue(), seconds=4.2, limit=30)
    assert first.status_code == 200 and first.json()["number"] == 1 and first.json()["is_new"]
    collect.remove(project, first.json()["item"])
    assert post(drawing().getvalue(), seconds=4.2, limit=30).json() == first.json()
    assert project.count() == 0
    other = post(drawing().getvalue(), token="f" * 32)       # another of the same look: brought again on purpose
    assert other.json()["number"] == 1 and project.count() == 1


def test_a_take_is_looked_at_without_going_in_and_then_trimmed(project, post):
    looked = post(take().getvalue(), kind="take", look=True, consent=None)
    assert looked.json()["seconds"] == pytest.approx(2.3) and project.count() == 0
    post(take().getvalue(), kind="take", name="drip 1", trim=True)
    [item] = project.items(kind="sound")
    assert item.source_name == "drip 1.wav" and item.facts["seconds"] < 1.3


@pytest.mark.parametrize("headers", [
    {}, {"X-Handmade": "1", "Origin": "http://elsewhere.example"}, {"X-Handmade": "1", "Sec-Fetch-Site": "cross-site"},
    {"X-Handmade": "1", "Sec-Fetch-Site": "same-site"}, {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
])  # fmt: skip
def test_no_other_web_site_can_send(project, post, headers):
    assert post(drawing().getvalue(), headers=headers).status_code == 403
    assert project.count() == 0


@pytest.mark.parametrize("about, said", [
    ({"consent": None}, "whose"), ({"consent": {"state": "given"}}, "yes to nothing"), ({"consent": {"state": "sure"}}, "no state"),
    ({"consent": {"hidden": 1}}, "no part of a consent"), ({"token": "../.."}, "token"), ({"token": 7}, "token"),
    ({"kind": "program"}, "Only drawings"), ({"limit": -1}, "time_limit"), ({"seconds": "long"}, "seconds"), ({"name": 7}, "name"),
])  # fmt: skip
def test_what_cannot_go_in_is_refused_with_the_reason(project, post, about, said):
    answer = post(drawing().getvalue(), **about)
    assert answer.status_code == 422 and said in answer.json()["refused"]["what"]
    assert project.count() == 0


def test_a_project_that_is_not_there_and_words_that_are_none_are_refused(post, project):
    assert post(path="/files/nothing/made").status_code == 422
    assert post(path="/files/..%2f..%2fetc/made").status_code in (404, 422)
    answer = TestClient(Starlette(routes=routes.ROUTES)).post(f"/files/{project.path.name}/made", content=b"\x00\xff" * 9000, headers=FROM_HERE)
    assert answer.status_code == 422


def test_too_much_at_once_and_too_large_are_refused(post, project, monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST", 5000)
    assert post(b"x" * 6000).status_code == 422
    monkeypatch.setattr(uploads, "_MOST", 2)
    assert [post(drawing().getvalue(), token=f"{n:032x}").status_code for n in range(2)] == [200, 429]


def test_the_answer_of_the_page_can_be_sent_as_plain_values():
    said = recorder.plain_consent(MINE)
    assert json.loads(json.dumps(said)) == said
    assert recorder.plain_consent(consent.Answer(None).consent) is None
