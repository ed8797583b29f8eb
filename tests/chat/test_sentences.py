"""Where sentences end, and how they become passages."""

from __future__ import annotations

import pytest

from lib.chat.documents import Document
from lib.chat.passages import cut
from lib.chat.sentences import sentences


def split(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("It rained. We stayed in! Why? Nobody knows…", ["It rained.", "We stayed in!", "Why?", "Nobody knows…"]),
        ("Dr. Smith came at 3.15 p.m. and J. R. stayed.", ["Dr. Smith came at 3.15 p.m. and J. R. stayed."]),
        ('"Why?" she asked. "Because."', ['"Why?" she asked.', '"Because."']),
        ("A line that a PDF\nbroke in two. Another.", ["A line that a PDF\nbroke in two.", "Another."]),
        ("The rain falls,\nThe tulips bend,\nNobody is home.", ["The rain falls,", "The tulips bend,", "Nobody is home."]),
        ("# Title\nText.\n- one\n- two", ["# Title", "Text.", "- one", "- two"]),
        ("今日は雨。花が咲く！", ["今日は雨。", "花が咲く！"]),
        ("  \n\n ", []),
    ],
)
def test_sentences_end_where_people_end_them(text, expected):
    assert split(text) == expected


def test_no_letter_is_lost_or_said_twice_and_none_is_longer_than_a_reader_takes():
    text = ("word, " * 400 + "\n\n" + "Short one. " * 30).strip()
    spans = sentences(text)
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False)) and max(b - a for a, b in spans) <= 600
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())


def of(text: str) -> Document:
    return Document("text:1", "text", "a.txt", "1", None, text, page_starts=((1, 0), (2, text.find("Page two"))))


def test_a_passage_holds_whole_sentences_repeats_the_last_ones_and_knows_its_page():
    text = " ".join(f"Sentence number {n} is here." for n in range(20)) + "\n\nPage two begins. It ends."
    passages = cut(of(text), size=120, overlap=30)
    assert all(passage.text == text[passage.start : passage.end] and len(passage.text) <= 120 for passage in passages)
    assert all(a.end > b.start >= a.start for a, b in zip(passages[:-2], passages[1:-1], strict=True))
    assert passages[0].page == 1 and passages[-1].page == 2 or "Page two" in passages[-1].text
    assert {passage.sentence(0)[:8] for passage in passages[:-1]} == {"Sentence"}


def test_without_overlap_nothing_is_repeated_and_what_a_reader_cannot_take_in_is_cut_shorter():
    text = " ".join(f"Sentence number {n} is here." for n in range(20))
    passages = cut(of(text), size=400, overlap=0, fits=lambda words: len(words) <= 90)
    assert max(len(passage.text) for passage in passages) <= 90
    assert " ".join(passage.text for passage in passages) == text


def test_a_passage_ends_at_a_paragraph_that_ends_near_its_size():
    text = "One two three four. " * 7 + "\n\n" + "Five six seven. " * 20
    assert cut(of(text), size=200, overlap=0)[0].text == ("One two three four. " * 7).strip()
