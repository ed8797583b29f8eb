"""Covers the reading's addresses: kept texts as they may be shown now, a text as it is written, and nothing that a browser could keep."""

from __future__ import annotations

import json
import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib import generate, ledger
from lib.errors import UserError
from lib.project import outputs
from lib.ui.generate import reading
from lib.ui.http import addresses, routes
from tests.generate.conftest import written  # noqa: F401 - a fixture


@pytest.fixture
def client(home):
    return TestClient(Starlette(routes=routes.ROUTES))


@pytest.fixture
def kept(written):  # noqa: F811
    project, people, save = written
    wrote = save("It rains\n\non the sea.")
    outputs.mark(project, wrote, "kept")
    generate.rewrite(project, save("The moon was old."), "The moon is old.")
    return project, people


def test_the_page_runs_only_our_own_script_and_nothing_of_it_is_kept(client, kept):
    project, _ = kept
    generate.arrange(project, title="Rain & <wind>")
    answer = client.get(addresses.reading(project))
    assert answer.status_code == 200 and "Rain &amp; &lt;wind&gt;" in answer.text and "<button" not in answer.text
    assert answer.headers["cache-control"] == "no-store" and "script-src 'self';" in answer.headers["content-security-policy"]
    for name, kind in reading.PARTS.items():
        part = client.get(f"/reading/{name}")
        assert part.status_code == 200 and part.headers["content-type"].startswith(kind) and not re.search(r"localStorage|sessionStorage|cookie|https?:", part.text)
    assert client.get("/reading/reading.html").status_code == 404


def test_kept_texts_come_in_their_order_without_a_name_and_go_when_somebody_says_no(client, kept):
    project, people = kept
    told = client.get(f"{addresses.reading(project)}/texts").json()
    assert [one["words"] for one in told] == ["It rains\n\non the sea.", "The moon is old."]
    assert [one["from"] for one in told] == ["written by a machine, chosen by hand", "written with a machine, changed by hand"]
    assert not any(name in json.dumps(told) for name in ("Ruth", "Mila", "ana"))
    ledger.withdraw(project, person=people["Ruth"].id, confirm=True)
    assert client.get(f"{addresses.reading(project)}/texts").json() == []


def test_a_text_comes_as_it_is_written_and_a_refusal_is_nothing(client, kept, monkeypatch):
    project, _ = kept
    [run] = project.runs()
    asked = []
    monkeypatch.setattr(generate, "poem", lambda *given: asked.append(given) or iter(["It ", "räins."]))
    answer = client.get(f"{addresses.reading(project, run)}/poem?seed=7&temperature=0.9")
    assert answer.text == "It räins." and answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert asked[0][0].path == project.path and asked[0][1:] == (run.id, 7, {"temperature": "0.9"})
    client.get(f"{addresses.reading(project, run)}/poem?seed=-1")
    assert asked[-1][2:] == (0, {})

    def refuse(*given):
        raise UserError("It is not played.", "", "")

    monkeypatch.setattr(generate, "poem", refuse)
    assert client.get(f"{addresses.reading(project, run)}/poem?seed=7").status_code == 404
    assert client.get(addresses.reading(project, run)).status_code == 200 and client.get("/reading/texts/2026-01-01_0000_gan_x").status_code == 404


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}])
def test_no_other_web_site_reads_along(client, kept, headers):
    assert client.get(f"{addresses.reading(kept[0])}/texts", headers=headers).status_code == 403
