"""What the player does for a chat besides answering: it wakes up beforehand, says what it waits for, and can be stopped at once."""

from __future__ import annotations

import threading

import pytest

from lib.chat import answering, conversations, embedding, service, speakers
from lib.errors import UserError
from lib.models.playing import Request
from lib.player import order_store
from lib.player.order_store import OrderStore
from lib.player.order_worker import OrderWorker


@pytest.fixture(autouse=True)
def no_player(monkeypatch):
    """Orders are written down, and a test makes them itself."""
    from lib.player import client

    monkeypatch.setattr(client, "ensure_player", lambda workspace: None)


def test_what_it_waits_for_is_written_down_until_the_answer_is_there(papers, monkeypatch):
    stages = []
    change = conversations.change_turn
    monkeypatch.setattr(conversations, "change_turn", lambda *where, **changes: (stages.append(changes.get("stage", {}).get("name")), change(*where, **changes)))
    where, _ = service.order(papers, "What did the goat eat?", speaker="passages", threshold=0.0)
    [order] = OrderStore(papers.home).open_orders()
    assert OrderWorker(papers.home).serve(order).state == order_store.FINISHED
    assert [stage for stage in stages if stage] == [answering.LOOKING]
    [turn] = conversations.get(papers, where).turns
    assert turn.stage == {} and turn.sense


def test_a_model_is_woken_and_reads_before_it_writes(papers, monkeypatch):
    monkeypatch.setattr(speakers, "is_awake", lambda speaker: False)
    monkeypatch.setattr(speakers, "count_tokens", lambda speaker, words: len(words.split()))
    monkeypatch.setattr(speakers, "chat_model", lambda *_: (_ for _ in ()).throw(OSError("no weights")))
    seen = []
    with pytest.raises(UserError, match="does not answer"):
        for event in answering.stream(papers, "What did the goat eat?", threshold=0.0):
            seen.append(event)
    stages = [event.name for event in seen if isinstance(event, answering.Stage)]
    assert stages == [answering.LOOKING, answering.WAKING, answering.READING] and seen[-1].tokens > 10


def test_stopping_does_not_wait_for_the_player(papers):
    where, _ = service.order(papers, "What did the goat eat?", speaker="passages")
    [turn] = conversations.get(papers, where).turns
    service.stop(papers, where, turn)
    [turn] = conversations.get(papers, where).turns
    assert turn.state == conversations.STOPPED and turn.answer["half"]
    [order] = OrderStore(papers.home).open_orders()
    assert OrderWorker(papers.home).serve(order).state == order_store.STOPPED
    assert conversations.get(papers, where).turns[0].state == conversations.STOPPED


def test_waking_holds_nobody_up_and_loads_what_the_speaker_needs(papers, monkeypatch, embedder):
    woken, done = [], threading.Event()
    monkeypatch.setattr(speakers, "wake", lambda speaker: (woken.append(speaker.id), done.set()))
    embedder.asked.clear()
    service.wake(papers, "passages")
    [order] = OrderStore(papers.home).open_orders()
    assert OrderWorker(papers.home).serve(order).state == order_store.FINISHED
    assert done.wait(20) and woken == ["passages"] and embedder.asked
    assert list(service.serve(papers, Request("chat", "chat", {"wake": "nobody"}))) == []     # what goes wrong is said at the question


def test_whoever_asks_first_loads_and_the_others_wait_for_the_same(monkeypatch):
    made, begun = [], threading.Event()

    class Slow:
        def __init__(self):
            begun.set()
            begun.wait(0.05)
            made.append(self)

    monkeypatch.setattr(embedding, "MiniLM", Slow)
    monkeypatch.setattr(embedding, "_held", [])
    threads = [threading.Thread(target=embedding.carried) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and embedding.carried() is made[0]
