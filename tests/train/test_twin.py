"""The twin on the page of a run: asked for by the browser, computed in the player's process, refused in words."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import save_file
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib import ledger, player
from lib.errors import UserError
from lib.media.files import write_json
from lib.models.microgpt.network import GPT
from lib.models.microgpt.tokens import learn
from lib.project.runs import INSIDE, INSIDE_FACTS, LIVE
from lib.train import twin
from lib.ui.http import addresses, routes
from lib.ui.runs import twin as on_the_page
from tests.generate.conftest import written  # noqa: F401 - a fixture

FACTS = {"context": 8, "width": 8, "heads": 2, "layers": 1}


@pytest.fixture
def looked_into(written, monkeypatch):  # noqa: F811
    """A run with a network of nobody's, laid out to be looked into; what is asked of the player is answered at once."""
    project, people, _ = written
    [run] = project.runs()

    def lay_out(**facts) -> None:
        told, tokens = {**FACTS, **facts}, learn(["it rained"], [])
        torch.manual_seed(0)
        (run.path / LIVE).mkdir(exist_ok=True)
        save_file(GPT(len(tokens), **told).state_dict(), run.path / LIVE / INSIDE)
        write_json(run.path / LIVE / INSIDE_FACTS, {"step": 5, **told, "documents": "lines", "tokens": tokens.as_plain(), "surprises": []})

    def answer(project, request):
        for medium in twin.serve(project, request):
            if medium.content == "\u0004":
                return
            yield medium.content

    monkeypatch.setattr(player, "answer", answer)
    lay_out()
    return project, run, people, lay_out


def test_the_browser_is_told_what_both_compute(looked_into):
    project, run, *_ = looked_into
    client = TestClient(Starlette(routes=routes.ROUTES))
    answer = client.get(addresses.twin(project, run), params={"text": "rain"})
    told = answer.json()
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store" and len(told["tokens"]) == 5 and told["rows"][-1]["name"] == "likely"
    assert client.get(addresses.twin(project, run), params={"text": "rain", "what": "learn"}).json()["moved"] > 0
    refused = client.get(addresses.twin(project, run), params={"text": "r" * 201})
    assert refused.status_code == 409 and "Up to 200 letters" in refused.json()["error"]["why"]
    assert "tokens" in json.loads(answer.text)


def test_without_a_text_only_the_beginning_is_read(looked_into):
    project, run, *_ = looked_into
    assert len(twin.ask(project, run, "")["tokens"]) == 1


def test_a_larger_model_or_another_kind_says_why_not(looked_into):
    project, run, _, lay_out = looked_into
    assert twin.refusal(run) == "" and on_the_page.is_open(run)
    lay_out(width=64, context=128)
    assert "one step by hand would take about" in twin.refusal(run) and on_the_page.is_open(run)
    with pytest.raises(UserError, match="no twin"):
        twin.ask(project, run, "rain")


def test_nothing_is_computed_with_a_model_whose_data_was_withdrawn(looked_into):
    project, run, people, _ = looked_into
    ledger.withdraw(project, person=people["Mila"].id, confirm=True)
    with pytest.raises(UserError):
        twin.ask(project, run, "rain")
