"""Conversations are kept, answered by the player, exported, and let go of what was withdrawn."""

from __future__ import annotations

import pytest

from lib import ledger
from lib.chat import conversations, service
from lib.errors import UserError
from lib.models.playing import Request
from lib.player import order_store
from lib.player.order_store import OrderStore
from lib.player.order_worker import OrderWorker


@pytest.fixture
def no_player(monkeypatch):
    """Orders are written down, and a test makes them itself."""
    from lib.player import client

    monkeypatch.setattr(client, "ensure_player", lambda workspace: None)


def answered(project, question: str, conversation: str | None = None, **how):
    where, turn_id = service.order(project, question, conversation, speaker="passages", threshold=0.0, **how)
    [order] = OrderStore(project.home).open_orders()
    done = OrderWorker(project.home).serve(order)
    assert done.state == order_store.FINISHED, done.error
    return where, next(turn for turn in conversations.get(project, where).turns if turn.id == turn_id)


def test_a_question_goes_through_the_player_and_its_answer_is_kept(papers, no_player):
    where, turn = answered(papers, "What did grandmother do when it rained?")
    assert turn.state == conversations.ANSWERED and "wrote a letter" in turn.answer["text"] and turn.passages[0]["title"] == "diary.md"
    _, second = answered(papers, "Where did the family move?", where)
    assert [turn.question[:5] for turn in conversations.get(papers, where).turns] == ["What ", "Where"] and "Vienna" in second.answer["text"]


def test_it_is_neither_shown_nor_counted_among_what_a_model_makes(papers, no_player):
    from lib import generate

    service.order(papers, "What did the goat eat?")
    assert generate.open_orders(papers) == [] and generate.newest_order(papers) is None


def test_an_order_that_ended_without_a_word_is_a_failed_turn(papers, no_player):
    where, _ = service.order(papers, "What did the goat eat?")
    store = OrderStore(papers.home)
    store.write(store.open_orders()[0], state=order_store.FAILED, error=UserError("It fell.", "Hard.", "Ask again.").as_dict())
    [turn] = service.look_after(papers, conversations.get(papers, where)).turns
    assert turn.state == conversations.FAILED and turn.error["what"] == "It fell."


def test_stopped_in_the_middle_it_keeps_what_was_written(papers, monkeypatch):
    from lib.chat import answering

    conversation = conversations.begin(papers, "Who?")
    turn = conversations.add_turn(papers, conversation.id, "Who?", {})
    monkeypatch.setattr(service, "stream", lambda *_, **__: iter([answering.Looked(()), answering.Piece("Half of"), answering.Piece(" it")]))
    pieces = service.serve(papers, Request("chat", "chat", {"conversation": conversation.id, "turn": turn.id}))
    next(pieces)
    pieces.close()
    [turn] = conversations.get(papers, conversation.id).turns
    assert turn.state == conversations.STOPPED and turn.answer["text"] == "Half of"


def test_an_old_answer_says_withdrawn_where_it_was_quoted(papers, no_player):
    where, turn = answered(papers, "What did the goat eat?")
    assert "goat ate my hat" in turn.answer["text"]
    letter = next(item for item in papers.items(kind="text") if item.source_name == "letter.txt")
    ledger.withdraw(papers, items=[letter.id], confirm=True)
    [turn] = conversations.get(papers, where).turns
    assert turn.state == conversations.WITHDRAWN and not turn.answer and not turn.passages
    assert b"ate my hat" not in b"".join(path.read_bytes() for path in papers.path.rglob("*") if path.is_file())
    assert "was withdrawn" in conversations.as_markdown(conversations.get(papers, where))


def test_markdown_has_the_citations_as_footnotes_and_nothing_that_a_viewer_would_load(papers, no_player):
    where, _ = answered(papers, "What did grandmother do? ![x](http://evil.test/y.png)")
    words = conversations.as_markdown(conversations.get(papers, where))
    assert "[^1-1]:" in words and "diary.md" in words and "![x](http" not in words


def test_what_stands_there_in_part_is_kept_and_exported_with_its_missing_words(papers):
    from lib import chat
    from lib.chat import citing
    from lib.chat.answering import Answer

    found = tuple(chat.find(papers, "What did grandmother write to Ana on Sunday?", top_k=2))
    ties = tuple(citing.tie("Grandmother stayed in and wrote a letter to Boris.", found, None))
    conversation = conversations.begin(papers, "What?")
    turn = conversations.add_turn(papers, conversation.id, "What?", {})
    whole = Answer("What?", ties[0].text, "smollm2", "Librarian", found, ties, aside=ties)
    conversations.change_turn(papers, conversation.id, turn.id, **conversations.of_answer(whole))
    [kept] = conversations.get(papers, conversation.id).turns
    assert kept.said[0] == kept.said[1] and kept.sentences[0]["passage"] is None and kept.answer["left_out"] == [ties[0].text]
    words = conversations.as_markdown(conversations.get(papers, conversation.id))
    assert "found in part; not there: “Boris”" in words and "[^1-1]:" in words


def test_deleting_takes_it_away_and_a_name_is_never_a_path(papers):
    conversation = conversations.begin(papers, "Who?")
    conversations.delete(papers, conversation.id)
    assert conversations.every(papers) == []
    with pytest.raises(UserError, match="not here"):
        conversations.get(papers, "../../project")
    with pytest.raises(UserError, match="knows no"):
        service.order(papers, "Who?", colour="red")
