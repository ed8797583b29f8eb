"""The page Chat: what may be asked, an answer with the places where it stands, and what is chosen beside it."""

from __future__ import annotations

import pytest

from lib.chat import conversations, service
from lib.chat.conversations import Turn
from lib.project import Consent
from tests.chat.conftest import embedder, papers  # noqa: F401 - fixtures
from tests.chat.test_ollama import server  # noqa: F401 - a fixture
from tests.pages.conftest import words

FETCH, READING = "chat.ollama.open", "chat.reading"     # what unfolds


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
    assert any("Looking in your papers" in bar.proto.text for bar in page.get("progress"))


def test_an_answer_shows_its_passages_what_the_model_was_given_and_what_was_left_out(papers, visit):  # noqa: F811
    turn = answered(papers)
    page = visit("play/chat.py", papers, conversation=turn)
    said = words(page)
    assert "2 sentences of these passages were not handed to it" in said
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


def test_a_player_is_woken_once_a_session_before_anybody_asks(papers, visit, monkeypatch):  # noqa: F811
    from lib import player
    from lib.player.order_store import OrderStore

    monkeypatch.setattr(player, "player_state", lambda workspace: player.PlayerState("starting"))

    page = visit("play/chat.py", papers)
    page.run()
    [order] = OrderStore(papers.home).open_orders()
    assert order.request.inputs == {"wake": "smollm2"}


def test_the_picture_shows_the_question_on_the_map_and_the_four_steps(papers, visit):  # noqa: F811
    page = visit("play/chat.py", papers, conversation=answered(papers))
    next(choice for choice in page.get("button_group") if choice.label == "Show").set_value("How it works").run()
    assert not page.exception
    said = words(page)
    assert "became a row of numbers" in said and "was given" in said and "1 of 2 sentences stand in the passages" in said


def test_where_there_is_no_ollama_it_says_how_to_get_it(papers, visit):  # noqa: F811
    page = opened(visit("play/chat.py", papers), FETCH)
    assert "install it from ollama.com" in words(page)


def test_models_of_ollama_are_listed_with_their_size_chosen_and_fetched(papers, visit, server):  # noqa: F811
    from lib import jobs

    page = opened(visit("play/chat.py", papers), FETCH)
    who = next(choice for choice in page.radio if choice.key == "chat.speaker")
    assert "llama3.2:3b (2.0 GB)" in who.options and "nomic" not in str(who.options) and "cloud" not in str(who.options)
    assert "0.3 GB, finds passages" in words(page)
    who.set_value("ollama:llama3.2:3b").run()
    page.chat_input[0].set_value("What did the goat eat?").run()
    assert conversations.every(papers)[0].turns[0].how["speaker"] == "ollama:llama3.2:3b"
    page = opened(page, FETCH)
    next(choice for choice in page.selectbox if choice.key == "chat.ollama.name").set_value("qwen3:4b")
    next(button for button in opened(page, FETCH).button if button.label == "Fetch").click()
    opened(page, FETCH)
    [task] = jobs.tasks(papers, "chat.pull")
    assert task.summary["arguments"] == {"model": "qwen3:4b"} and not page.exception
    assert any("Fetching" in bar.proto.text for bar in opened(page, FETCH).get("progress"))


def test_another_embedder_or_size_says_that_all_is_read_again_before_it_is(papers, visit, server):  # noqa: F811
    from lib.chat import index

    page = opened(visit("play/chat.py", papers), READING)
    assert "becomes **" in words(page) and "read again" not in words(page)
    next(choice for choice in page.selectbox if choice.key == "chat.embedder").set_value("ollama:nomic-embed-text:latest")
    opened(page, READING)
    assert "cannot be compared. All 2 papers are read again" in words(page)
    next(slider for slider in page.slider if slider.key == "chat.size").set_value(100)
    next(button for button in opened(page, READING).button if button.label == "Read all papers anew").click()
    opened(page, READING)
    assert not page.exception
    now = index.settings(papers)
    assert (now.size, now.embedder) == (100, "ollama:nomic-embed-text:latest")


def opened(page, key: str):
    """The page as it is after what was chosen, with a line unfolded."""
    page.session_state[key] = True
    return page.run()


def answered(project) -> str:
    """A conversation with one answer: as if the player had written it."""
    from lib import chat
    from lib.chat import index, sense_map

    [found] = chat.find(project, "What did the goat eat?", top_k=1)
    conversation = conversations.begin(project, "What did the goat eat?")
    turn: Turn = conversations.add_turn(project, conversation.id, "What did the goat eat?", {"speaker": "smollm2"})
    spans = found.passage.sentences
    conversations.change_turn(
        project, conversation.id, turn.id, state=conversations.ANSWERED,
        answer={"text": "The goat ate my hat.", "refused": False, "left_out": ["Goats are mammals."], "unread": 2, "half": "", "notes": [], "seed": 0},
        passages=conversations.of_found([found]), sentences=[{"text": "The goat ate my hat.", "passage": 0, "source": list(spans[0]), "score": 0.9}],
        prompt=[["system", "Rules"], ["human", "Question"]], used=40, room=450, sense=sense_map.packed(index.read(project).vectors[0]),
    )  # fmt: skip
    assert service.look_after(project, conversations.get(project, conversation.id)).turns
    return conversation.id


def test_a_paper_is_opened_by_its_name_and_scanned_pages_can_be_read(project, visit, tmp_path, embedder, monkeypatch):  # noqa: F811
    from lib import chat, jobs
    from tests.chat.conftest import MINE
    from tests.media.made_pdfs import drawn

    (tmp_path / "letters.pdf").write_bytes(drawn([(20, 200, "The goat ate my hat.")], []))
    chat.add_documents(project, tmp_path / "letters.pdf", consent=MINE)
    page = visit("play/chat.py", project)
    assert "no words on page 2: only a picture of them" in words(page)
    next(button for button in page.button if button.label == "letters\\.pdf").click().run()
    assert not page.exception and any(button.label == "Close the paper" for button in page.button)
    next(button for button in page.button if button.label == "Read the letters of 1 page").click().run()
    assert not page.exception and [task.summary["function"] for task in jobs.tasks(project, "chat.read_letters")] == ["chat.read_letters"]


def test_where_there_are_only_scans_their_letters_are_offered_to_be_read(project, visit, tmp_path, embedder):  # noqa: F811
    from lib import chat
    from tests.chat.conftest import MINE
    from tests.media.made_pdfs import scan

    (tmp_path / "scan.pdf").write_bytes(scan([""], [""]))
    chat.add_documents(project, tmp_path / "scan.pdf", consent=MINE)
    page = visit("play/chat.py", project)
    assert "1 paper here is a scan" in words(page) and [button.label for button in page.button if "Read" in button.label] == ["Read the letters of 2 pages"]
