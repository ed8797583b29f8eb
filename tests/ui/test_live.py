"""Covers the live page's addresses: true media types, a policy that lets only our own scripts run, and keeping what was made."""

from __future__ import annotations

import io
import json
import re
import secrets
import tomllib

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib.project import Consent, outputs
from lib.ui.http import addresses, routes
from lib.ui.http.live import VERSION
from lib.ui.live import page
from tests.conftest import ROOT
from tests.share.conftest import learned_project


@pytest.fixture
def client(home):
    return TestClient(Starlette(routes=routes.ROUTES))


@pytest.fixture
def ready(home):
    return learned_project(home, live=True)


def png(colour: str, side: int = 64) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(content, "PNG")
    return content.getvalue()


def sent(given: bytes, made: bytes, **more) -> bytes:
    about = {"token": secrets.token_hex(16), "by": "drawing", "source": len(given), **more}
    return json.dumps(about).encode() + b"\n" + given + made


def facts_of(answer) -> dict:
    [facts] = re.findall(r'<script type="application/json" id="facts">(.*?)</script>', answer.text)
    return json.loads(facts)


def test_the_page_may_run_only_what_this_server_hands_out(client, ready):
    project, run = ready
    answer = client.get(addresses.live(project, run))
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    assert policy.startswith("default-src 'none'") and "script-src 'self' 'wasm-unsafe-eval'" in policy and "sandbox" not in policy
    assert "unsafe-inline" not in policy and "unsafe-eval'" in policy.replace("'wasm-", "")
    told = facts_of(answer)
    assert told["size"] == 64 and told["live"]["camera"] == "edges"
    model = client.get(told["model"])
    assert model.status_code == 200 and model.content == (run.path / "live" / "model.onnx").read_bytes()
    again = client.get(told["model"], headers={"If-None-Match": model.headers["etag"]})
    assert again.status_code == 304 and again.content == b""


def test_a_name_is_a_text_and_never_a_tag(client, ready):
    project, run = ready
    told = page.page(project, run, {"size": 64, "direction": "</script><b>", "live": {"why_not": "</script><b>"}}, "/live/x/y", "/r/")
    assert "<b>" not in told


@pytest.mark.parametrize("name, kind", [
    ("ort.wasm.min.mjs", "text/javascript"), ("ort-wasm-simd-threaded.mjs", "text/javascript"), ("ort-wasm-simd-threaded.wasm", "application/wasm"),
])  # fmt: skip
def test_what_runs_models_comes_with_its_true_type_and_may_be_kept_for_good(client, name, kind):
    answer = client.get(f"/onnxruntime/{VERSION}/{name}")
    assert answer.status_code == 200 and answer.headers["content-type"].split(";")[0] == kind
    assert "immutable" in answer.headers["cache-control"] and "sandbox" not in answer.headers["content-security-policy"]
    assert "wasm-unsafe-eval" in answer.headers["content-security-policy"]


def test_nothing_else_lies_at_these_addresses(client, ready):
    project, run = ready
    for path in (f"/onnxruntime/{VERSION}/LICENSE", "/onnxruntime/0.1/ort.wasm.min.mjs", f"/onnxruntime/{VERSION}/..", "/live/page.py",
                 "/live/nowhere/run", "/live/digits/run", "/live/nowhere/run/model.onnx"):  # fmt: skip
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("name", list(page.PARTS))
def test_the_pages_own_parts_are_there(client, name):
    answer = client.get(f"/live/{name}")
    assert answer.status_code == 200 and answer.headers["content-type"].split(";")[0] == page.PARTS[name]


def test_before_it_is_made_ready_the_page_plays_by_the_player(client, home):
    project, run = learned_project(home)
    answer = client.get(addresses.live(project, run))
    told = facts_of(answer)
    assert answer.status_code == 200 and told["runtime"] == "" and told["frames"].endswith("/frames")
    assert client.get(told["model"]).status_code == 404


def test_what_the_player_made_is_kept_without_an_exported_file(client, home):
    project, run = learned_project(home)
    answer = client.post(f"{addresses.live(project, run)}/keep", content=sent(png("white"), png("red"), **{"in": "player"}), headers={"X-Handmade": "1"})
    assert answer.status_code == 200 and project.outputs()[0].provenance()["made_in"] == "the player"


def test_it_shows_from_what_to_what_and_pictures_to_trace(client, ready):
    project, run = ready
    page_words = client.get(addresses.live(project, run)).text
    shown = re.findall(r'<img src="(/files/[^"]+)"', page_words)
    assert len(shown) > 4 and "/source/" in shown[0] and "/target/" in shown[1]
    for address in shown:
        assert client.get(address).status_code == 200


def test_after_a_no_nothing_of_it_is_answered(client, ready):
    project, run = ready
    project.set_consent([project.items()[0].id], Consent(state="refused"))
    address = addresses.live(project, run)
    for path in (address, f"{address}/model.onnx"):
        assert client.get(path).status_code == 404
    answer = client.post(f"{address}/keep", content=sent(png("white"), png("red")), headers={"X-Handmade": "1"})
    assert answer.status_code == 422 and not project.outputs()


def test_what_is_kept_becomes_an_output_with_its_story_once(client, ready):
    project, run = ready
    body = sent(png("white"), png("red"), by="camera")
    answers = [client.post(f"{addresses.live(project, run)}/keep", content=body, headers={"X-Handmade": "1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200] and answers[0].json() == answers[1].json()
    [output] = project.outputs()
    story = output.provenance()
    given = story["inputs"]["picture"]
    assert output.path.name == answers[0].json()["output"] and story["way"] == "live" and story["run"] == run.id and story["made_in"] == "a browser"
    assert given["name"] == "camera.png" and len(given["sha256"]) == 64 and story["controls"]["ready"] is True
    assert Image.open(project.path / "outputs" / given["file"]).getpixel((0, 0)) == (255, 255, 255)
    assert Image.open(output.path).convert("RGB").getpixel((0, 0)) == (255, 0, 0)
    assert outputs.listed(project, run=run.id)[0].path == output.path


def test_what_is_no_pair_of_its_pictures_is_refused(client, ready):
    project, run = ready
    address = f"{addresses.live(project, run)}/keep"
    wrong = [sent(png("white"), png("red", 65)), sent(b"GIF89a", png("red")), sent(png("white"), b""), sent(png("white"), png("red"), by="x"),
             sent(png("white"), png("red"), source=-1), sent(png("white"), png("red"), **{"in": "x"}), b"no line", sent(png("white"), png("red"), token="x")]  # fmt: skip
    for body in wrong:
        answer = client.post(address, content=body, headers={"X-Handmade": "1"})
        assert answer.status_code == 422 and answer.json()["refused"]["what"]
    assert client.post(address, content=sent(png("white"), png("red"))).status_code == 403
    assert not project.outputs()


def test_it_has_the_colours_of_the_other_pages():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    style = page.part("live.css").decode()
    assert style.count("@font-face") == 2
    for scheme in ("light", "dark"):
        for name in ("primaryColor", "backgroundColor", "secondaryBackgroundColor", "textColor", "linkColor", "borderColor"):
            assert theme[scheme][name] in style, (scheme, name)
