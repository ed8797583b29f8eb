"""Covers the order in which the words of a PDF are read (lib/media/pdf.py, layout.py), its pages, and its locks."""

from __future__ import annotations

import pytest

from lib.errors import UserError
from lib.media import pdf as reader
from lib.media.intake import clean_copy
from tests.media.made_pdfs import by_rows, column, drawn, locked

LEFT = ("The tulip was cut", "from red paper and", "then glued to white", "card by my mother.")
MIDDLE = ("Rain fell on the old", "harbour as the last", "boat came home from", "the island at night.")
RIGHT = ("Every window was lit", "and somebody sang a", "song that nobody had", "heard for years here.")


@pytest.fixture
def read(tmp_path):
    """`read(content)`: the clean copy of a PDF."""

    def copied(content: bytes, name: str = "a.pdf"):
        (tmp_path / name).write_bytes(content)
        (tmp_path / "in").mkdir(exist_ok=True)
        return clean_copy(tmp_path / name, tmp_path / "in")

    return copied


@pytest.fixture
def lines(tmp_path):
    """`lines(words, …)`: the lines of a page on which these words are drawn."""

    def found(words: list, **more) -> list[str]:
        (tmp_path / "a.pdf").write_bytes(drawn(words, **more))
        return [line for line in reader.read(tmp_path / "a.pdf", 9)[0] if line]

    return found


@pytest.mark.parametrize("drawn_by", ["rows", "columns", "columns from the right"])
def test_two_columns_are_read_one_after_the_other_however_they_are_drawn(lines, drawn_by):
    left, right = column(20, 250, *LEFT), column(220, 250, *RIGHT)
    words = {"rows": by_rows(left, right), "columns": left + right, "columns from the right": right + left}[drawn_by]
    assert lines(words) == [*LEFT, *RIGHT]


@pytest.mark.parametrize("is_by_rows", [True, False])
def test_three_columns_are_read_one_after_the_other(lines, is_by_rows):
    columns = column(20, 250, *LEFT), column(150, 250, *MIDDLE), column(280, 250, *RIGHT)
    assert lines(by_rows(*columns) if is_by_rows else [word for one in columns for word in one]) == [*LEFT, *MIDDLE, *RIGHT]


@pytest.mark.parametrize("heading", [(60, 280, "A long heading that stands across both of the columns", 12), (150, 280, "Short title", 16)])
def test_a_heading_across_columns_comes_first(lines, heading):
    words = by_rows(column(20, 250, *LEFT), column(220, 250, *RIGHT))
    assert lines([*words, heading]) == [heading[2], *LEFT, *RIGHT]


def test_a_heading_in_between_parts_the_columns_above_it_from_those_below(lines):
    above = by_rows(column(20, 280, *LEFT), column(220, 280, *RIGHT))
    below = by_rows(column(20, 170, *MIDDLE), column(220, 170, *LEFT))
    assert lines([*below, *above, (20, 205, "The second part of this page stands across all of it", 11)]) == [
        *LEFT, *RIGHT, "The second part of this page stands across all of it", *MIDDLE, *LEFT,
    ]  # fmt: skip


def test_columns_of_unlike_length_and_lines_out_of_step_are_columns_too(lines):
    left, right = column(20, 250, *LEFT, *MIDDLE, step=14), column(220, 245, *RIGHT, step=15)
    assert lines(sorted(left + right, key=lambda word: -word[1])) == [*LEFT, *MIDDLE, *RIGHT]


def test_a_table_is_read_row_by_row(lines):
    cells = [("Name", "Age", "Town"), ("Mila", "12", "Novi Sad"), ("Otto", "14", "Graz"), ("Ana", "9", "Ljubljana")]
    words = [(x, 250 - 15 * row, cell) for row, three in enumerate(cells) for x, cell in zip((20, 120, 220), three, strict=True)]
    by_columns = sorted(words, key=lambda word: word[0])
    for drawn_words in (words, by_columns):
        assert [" ".join(line.split()) for line in lines(drawn_words)] == [" ".join(row) for row in cells]


def test_a_numbered_list_and_a_form_keep_their_lines(lines):
    numbers = [(x, 250 - 15 * row, cell) for row, two in enumerate([("1.", LEFT[0]), ("2.", LEFT[1]), ("3.", LEFT[2]), ("4.", LEFT[3])]) for x, cell in zip((20, 60), two, strict=True)]
    assert [" ".join(line.split()) for line in lines(numbers)] == [f"{n}. {line}" for n, line in enumerate(LEFT, start=1)]


def test_a_running_head_and_a_page_number_stay_above_and_below_the_columns(lines):
    words = by_rows(column(20, 250, *LEFT), column(220, 250, *RIGHT))
    found = lines([*words, (20, 288, "Chapter two"), (350, 288, "Paper"), (20, 8, "14")])
    assert " ".join(found[0].split()) == "Chapter two Paper" and found[1:] == [*LEFT, *RIGHT, "14"]


def test_words_that_are_drawn_one_by_one_make_lines(lines):
    words = [(20 + 60 * n, 250 - 15 * row, word) for row, line in enumerate(("one two three", "four five six")) for n, word in reversed(list(enumerate(line.split())))]
    assert [line.split() for line in lines(words)] == [["one", "two", "three"], ["four", "five", "six"]]


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_page_that_is_written_sideways_is_read(lines, turn):
    places = {1: lambda n: (100 + 15 * n, 50), 2: lambda n: (350, 100 + 15 * n), 3: lambda n: (300 - 15 * n, 280)}[turn]
    assert lines([(*places(n), line, 10, turn) for n, line in enumerate(LEFT)]) == list(LEFT)


def test_words_in_the_margin_at_a_right_angle_come_last(lines):
    assert lines([(12, 40, "margin", 8, 1), *column(60, 250, *LEFT)]) == [*LEFT, "margin"]


def test_words_outside_the_page_are_not_read(lines):
    assert lines([*column(20, 250, *LEFT), (20, -40, "cutting marks"), (900, 100, "colour bar")]) == list(LEFT)


def test_a_large_initial_belongs_to_its_word(lines):
    assert lines([(20, 236, "T", 34), (46, 250, "he tulip was cut"), (46, 236, "from red paper and"), (20, 222, "then glued to white card")])[0] == "The tulip was cut"


def test_a_wide_gap_between_lines_parts_paragraphs(read):
    clean = read(drawn([*column(20, 280, *LEFT), *column(20, 190, *RIGHT)]))
    assert clean.path.read_text("utf-8") == "\n".join(LEFT) + "\n\n" + "\n".join(RIGHT) + "\n"


@pytest.mark.parametrize(("above", "below", "whole"), [
    ("a flam-", "boyant figure", "a flamboyant\nfigure"), ("a well-", "known figure", "a well-known\nfigure"), ("pages 3-", "5 of it", "pages 3-5\nof it"),
    ("he came –", "late as ever", "he came –\nlate as ever"), ("the co\u00ad", "lour", "the colour"),
])  # fmt: skip
def test_a_word_that_was_broken_is_whole_and_real_hyphens_stay(read, above, below, whole):
    assert read(drawn([(20, 250, above), (20, 235, below)])).path.read_text("utf-8") == whole + "\n"


def test_a_word_that_is_broken_between_columns_or_pages_is_whole(read):
    left, right = column(20, 250, *LEFT[:3], "a card of carda-"), column(220, 250, "mom by my mother", *RIGHT[1:])
    assert "carda-" not in read(drawn(left + right)).path.read_text("utf-8")
    both = read(drawn([(20, 250, "the flam-")], [(20, 250, "boyant figure")]), "b.pdf")
    assert both.path.read_text("utf-8") == "the flamboyant\n\nfigure\n" and both.facts["page_starts"] == [[1, 0], [2, 16]]


def test_pages_keep_their_own_numbers(read):
    from lib.media import text

    clean = read(drawn([], [(20, 250, "two")], [], [(20, 250, "four"), (20, 235, "more")], []))
    words = clean.path.read_text("utf-8")
    assert words == "two\n\nfour\nmore\n" and clean.facts["pages"] == 5 and clean.facts["wordless_pages"] == [1, 3, 5]
    assert text.pages(words, clean.facts) == {2: "two", 4: "four\nmore"}
    assert "pages 1, 3 and 5 have no words" in text.notes("a.pdf", clean.facts)[0]


@pytest.mark.parametrize("way", ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
def test_a_pdf_that_is_locked_for_changing_only_is_read_and_one_with_a_password_is_named(read, way):
    content = drawn([(20, 250, "open words")])
    assert read(locked(content, "", way), f"{way}.pdf").path.read_text("utf-8") == "open words\n"
    with pytest.raises(UserError, match=rf"secret {way}\.pdf is locked with a password"):
        read(locked(content, "word", way), f"secret {way}.pdf")
