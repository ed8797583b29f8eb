"""What a service of the player answers and nobody keeps: all of it arrives, also the last piece, and its order ends at once."""

from __future__ import annotations

import sys
import threading
import types

import pytest

from lib import player
from lib.errors import UserError
from lib.models.playing import MAKE, Medium, Request
from lib.player import client, services
from lib.player.order_store import OrderStore
from lib.player.order_worker import OrderWorker
from lib.player.services import until_taken


@pytest.fixture
def answers(monkeypatch, project):
    """answers(serve) is what a service with this `serve` answers; its worker is a thread."""
    monkeypatch.setattr(client, "ensure_player", lambda workspace: None)
    over = threading.Event()

    def ask(serve):
        monkeypatch.setitem(services.SERVICES, "echo", "an_echo")
        monkeypatch.setitem(sys.modules, "an_echo", types.SimpleNamespace(serve=serve))
        worker = OrderWorker(project.home)
        thread = threading.Thread(target=worker.attend, args=(30.0, lambda: not over.is_set()), daemon=True)
        thread.start()
        yield from player.answer(project, Request("echo", MAKE, {"words": "a b c"}))

    yield ask
    over.set()


def test_every_piece_arrives_and_the_order_is_ended(answers, project):
    def serve(project, request):
        yield from (Medium(word, is_whole=False) for word in request.words("words").split())
        yield from until_taken()

    assert list(answers(serve)) == ["a", "b", "c"]
    store = OrderStore(project.home)
    assert player.open_orders(project) == [] and all(store.is_to_stop(order) for order in store.open_orders(project.path.name))


def test_an_error_of_the_service_is_told(answers):
    def serve(project, request):
        yield Medium("a", is_whole=False)
        raise UserError("It broke.", "", "")

    with pytest.raises(UserError, match="It broke"):
        list(answers(serve))
