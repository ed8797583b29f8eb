"""What a hand changed in a text: whole words, parts of words, lines; and that both texts can be told from it."""

from __future__ import annotations

import random
import re

import pytest

from lib.media.changes import PUT, STAYED, TAKEN, compare


def told(before: str, after: str) -> str:
    marks = {STAYED: "{}", TAKEN: "[-{}-]", PUT: "[+{}+]"}
    return "".join(marks[piece.kind].format(piece.words) for piece in compare(before, after).pieces)


@pytest.mark.parametrize(("before", "after", "said"), [
    ("The rain came", "The rain came", "The rain came"),
    ("The rain came", "The rains came", "The rain[+s+] came"),
    ("The rain came", "The sun came", "The[- rain-][+ sun+] came"),
    ("a wall", "a low wall", "a[+ low+] wall"),
    ("one\ntwo", "one\n\ntwo", "one\n[+\n+]two"),
    ("one two", "", "[-one two-]"),
    ("", "one", "[+one+]"),
])  # fmt: skip
def test_what_a_hand_changed_is_told_word_by_word(before, after, said):
    assert told(before, after) == said


def test_letters_are_counted_without_blanks():
    changes = compare("The rain came", "The rain  never came")
    assert (changes.kept, changes.written, changes.stands) == (11, 11, 16) and changes.share_kept == 1 and changes.share_new == pytest.approx(5 / 16)
    assert compare("", "").share_kept == 1 and compare("", "").share_new == 0 and compare("a", "a").is_none


def test_whatever_is_changed_what_stands_there_now_can_be_read_from_it():
    luck = random.Random(1)
    words = "the a rain wall snail\n\n moon, white. old".split(" ")
    for _ in range(60):
        before, after = (" ".join(luck.choices(words, k=luck.randrange(12))) for _ in range(2))
        pieces = compare(before, after).pieces
        assert "".join(piece.words for piece in pieces if piece.kind != TAKEN) == after
        assert "".join(piece.words for piece in pieces if piece.kind != PUT) == before
        assert all(one.kind != other.kind for one, other in zip(pieces, pieces[1:]))


def test_two_books_are_compared_line_by_line_and_quickly():
    line = "and the evening and the morning were the first day of many days"
    before = "\n".join(f"{line} {number}" for number in range(600))
    pieces = compare(before, before.replace(" 300", " three hundred")).pieces
    assert [piece.kind for piece in pieces] == [STAYED, TAKEN, PUT, STAYED] and re.search("three hundred", pieces[2].words)
