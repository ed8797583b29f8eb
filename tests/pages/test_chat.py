"""The page Chat: what may be asked, an answer with the places where it stands, and what is chosen beside it."""

from __future__ import annotations

import pytest

from lib.chat import conversations, service
from lib.chat.conversations import Turn
from lib.project import Consent
from tests.chat.conftest import embedder, papers  # noqa: F401 - fixtures
from tests.pages.conftest import words


@pytest.fixture(autouse=True)
def no_processes(monkeypatch):
    """Orders and tasks are written down; nobody carries them out."""
    from lib import jobs, player

    monkeypatch.setattr(player, "ensure_player", lambda workspace: None)
    monkeypatch.setattr("lib.player.client.ensure_player", lambda workspace: None)
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda home: None)


def test_where_there_is_nothing_to_ask_it_says_how_to_begin(project, visit):
    page = visit("play/chat.py", project)
    assert "Add papers" in words(page) and not page.chat_input


def test_texts_that_may_not_be_quoted_are_named_with_the_reason(project, visit, tmp_path):
    from lib import collect

    path = tmp_path / "a.txt"
    path.write_text("The goat ate my hat.", encoding="utf-8")
    collect.add_files(project, path, consent=Consent(state="given", purposes=["train"]))
    assert "1 text in this project cannot be asked" in words(visit("play/chat.py", project))


def test_a_question_is_written_down_and_its_answer_waited_for(papers, visit):  # noqa: F811
    page = visit("play/chat.py", papers)
    assert "2 papers that may be quoted" in words(page)
    page.chat_input[0].set_value("What did the goat eat?").run()
    assert not page.exception
    [conversation] = conversations.every(papers)
    assert conversation.turns[0].question == "What did the goat eat?" and conversation.turns[0].how["speaker"] == "smollm2"
    assert "Looking through your papers" in words(page)


def test_an_answer_shows_its_passages_what_the_model_was_given_and_what_was_left_out(papers, visit):  # noqa: F811
    turn = answered(papers)
    page = visit("play/chat.py", papers, conversation=turn)
    said = words(page)
    assert "1 passage found" in said and "1 sentence left out" in str(page.expander) and "letter.txt" in str(page.expander)


def test_a_withdrawn_answer_says_so(papers, visit):  # noqa: F811
    where = answered(papers)
    conversations.forget(papers, papers.items(kind="text"))
    assert "was withdrawn" in words(visit("play/chat.py", papers, conversation=where))


def test_questions_of_ones_own_are_kept_and_taken_out(papers, visit):  # noqa: F811
    from lib.chat import documents, questions

    page = visit("play/chat.py", papers)
    next(field for field in page.text_input if field.label == "Question").set_value("Who ate the hat?")
    next(button for button in page.button if button.label == "Write it down").click().run()
    assert [question.words for question in questions.every(papers)] == ["Who ate the hat?"] and "not asked yet" in words(page)
    letter = next(one for one in documents.every(papers) if one.title == "letter.txt")
    questions.add(papers, "What did the goat eat?", letter.id)
    assert questions.measure(papers).places[questions.every(papers)[1].id] >= 1


def answered(project) -> str:
    """A conversation with one answer: as if the player had written it."""
    from lib import chat

    [found] = chat.find(project, "What did the goat eat?", top_k=1)
    conversation = conversations.begin(project, "What did the goat eat?")
    turn: Turn = conversations.add_turn(project, conversation.id, "What did the goat eat?", {"speaker": "smollm2"})
    spans = found.passage.sentences
    conversations.change_turn(
        project, conversation.id, turn.id, state=conversations.ANSWERED,
        answer={"text": "The goat ate my hat.", "refused": False, "left_out": ["Goats are mammals."], "half": "", "notes": [], "seed": 0},
        passages=conversations.of_found([found]), sentences=[{"text": "The goat ate my hat.", "passage": 0, "source": list(spans[0]), "score": 0.9}],
        prompt=[["system", "Rules"], ["human", "Question"]], used=40, room=450,
    )  # fmt: skip
    assert service.look_after(project, conversations.get(project, conversation.id)).turns
    return conversation.id
