"""The map of passages: made with the index, a question finds its place on it, and what was withdrawn is on it no longer."""

from __future__ import annotations

import numpy as np

from lib import chat, ledger
from lib.chat import conversations, finding, index, sense_map
from lib.media import likeness


def test_each_passage_has_a_place_and_a_question_lies_nearest_to_what_it_is_about(papers):
    chat.choose(papers, size=100, overlap=0)
    chat.update(papers)
    drawn, known = index.map_of(papers), index.read(papers)
    assert len(drawn.places) == len(known) > 3 and drawn.places.min() >= 0 and drawn.places.max() <= 1
    assert list(drawn.documents.values()) == ["diary.md", "letter.txt"]
    asked = "The strawberries were three euros a bowl."
    place = drawn.place(sense_map.packed(finding.question_vector(known, asked)))
    nearest = int(np.abs(drawn.places - place).sum(1).argmin())
    assert "strawberries" in known.passages[nearest].text


def test_what_was_found_is_known_again_on_it(papers):
    found = conversations.of_found(chat.find(papers, "What did the goat eat?", top_k=2))
    drawn = index.map_of(papers)
    numbers = drawn.numbers(found)
    assert [drawn.spans[number].tolist()[1:] for number in numbers] == [[one["start"], one["end"]] for one in found]
    assert drawn.numbers([found[0] | {"start": 7}, found[0] | {"document": "text:gone"}]) == [None, None]


def test_a_question_that_was_found_by_its_words_or_by_another_embedder_has_no_place(papers):
    assert sense_map.packed(None) == ""
    assert index.map_of(papers).place(sense_map.packed(np.ones(7, np.float32))) is None


def test_there_is_none_while_nothing_was_embedded(papers):
    chat.choose(papers, size=100, overlap=0)
    chat.update(papers, should_stop=lambda: True)
    assert index.map_of(papers) is None
    chat.update(papers)
    assert index.map_of(papers) is not None


def test_after_a_no_it_is_drawn_from_the_others_alone(papers):
    letter = next(item for item in papers.items(kind="text") if item.source_name == "letter.txt")
    ledger.withdraw(papers, items=[letter.id], confirm=True)
    drawn, rest = index.map_of(papers), index.read(papers)
    assert list(drawn.documents.values()) == ["diary.md"] and len(drawn.places) == len(rest)
    assert np.allclose(drawn.plane.mean, rest.vectors.mean(0))


def test_where_nothing_differs_everything_lies_in_the_middle():
    rows = np.ones((1, 5), np.float32)
    assert likeness.plane(rows).places(rows).tolist() == [[0.5, 0.5]]
