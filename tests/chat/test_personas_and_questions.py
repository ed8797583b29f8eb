"""In whose manner a model answers, and one's own questions with what they should find."""

from __future__ import annotations

import pytest

from lib import chat
from lib.chat import documents, personas, questions
from lib.errors import UserError
from tests.chat.test_answering import says  # noqa: F401 - a fixture


def test_a_persona_of_ones_own_is_told_to_the_model_until_it_is_forgotten(papers, says):  # noqa: F811
    personas.keep(papers, "Aunt  Mila", "You are a patient aunt.", 0.5)
    personas.keep(papers, "Aunt Mila", "You are a kind aunt.", 0.5)
    assert [one.name for one in personas.every(papers)] == ["Librarian", "Aunt Mila"]
    given = says("Grandmother stayed in.")
    answer = chat.ask(papers, "What did grandmother do on Sunday?", persona="Aunt Mila", threshold=0.0)
    assert answer.persona == "Aunt Mila" and given[0][0].startswith("You are a kind aunt.")
    personas.forget(papers, "Aunt Mila")
    with pytest.raises(UserError, match="no persona called Aunt Mila"):
        chat.ask(papers, "Who?", persona="Aunt Mila")


@pytest.mark.parametrize("name, words, temperature", [("", "You are kind.", 0.2), ("Librarian", "You are kind.", 0.2), ("Mila", "x" * 1001, 0.2), ("Mila", "Kind.", 3.0)])
def test_a_persona_that_does_not_fit_is_refused(papers, name, words, temperature):
    with pytest.raises(UserError):
        personas.keep(papers, name, words, temperature)
    assert personas.every(papers) == [personas.LIBRARIAN]


def test_ones_own_questions_tell_how_often_and_how_high_their_document_is_found(papers):
    by_title = {document.title: document.id for document in documents.every(papers)}
    questions.add(papers, "What did the goat eat?", by_title["letter.txt"])
    questions.add(papers, "Where did the family move in July?", by_title["diary.md"])
    questions.add(papers, "What did the goat eat, which ate my hat?", by_title["diary.md"])     # the other one comes first
    figures = questions.measure(papers, top_k=5)
    places = [figures.places[question.id] for question in questions.every(papers)]
    assert places[:2] == [1, 1] and places[2] != 1
    ranks = [1 / place if place else 0.0 for place in places]
    assert figures.count == 3 and figures.hit_rate == pytest.approx(sum(place > 0 for place in places) / 3)
    assert figures.reciprocal_rank == pytest.approx(sum(ranks) / 3) and questions.history(papers)[0] == figures
