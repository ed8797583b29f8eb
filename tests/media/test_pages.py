"""Covers the pages of a PDF as pictures (lib/media/pages.py), and the places of words on them (lib/media/places.py)."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from lib.media import pages, places
from lib.media.intake import clean_copy
from lib.media.source import Refusal
from tests.media.made_pdfs import by_rows, column, drawn

LEFT = ["The flamboyant cat sat on the wall and waited", "for the grandmother who had gone to the mar-", "ket. She came back in the evening with", "strawberries, and the cat was glad."]
RIGHT = [line.replace("cat", "dog") for line in LEFT]


@pytest.fixture(autouse=True)
def quickly(here):
    """Pages are read and drawn in this process: to start another takes longer than all the rest."""


@pytest.fixture
def read(tmp_path):
    """`read(pdf)`: the clean copy of its words, and of its pages."""

    def taken(pdf: bytes):
        (tmp_path / "paper.pdf").write_bytes(pdf)
        (tmp_path / "in").mkdir()
        return clean_copy(tmp_path / "paper.pdf", tmp_path / "in")

    return taken


def found(clean, words: str, page: int = 1, start: int = 0) -> list[list[float]]:
    """The boxes of these words, in points of a page that is 400 wide and 300 high, from its top."""
    text = clean.path.read_text("utf-8")
    place = text.index(words, start)
    letters = pages.draw(clean.pages, page, clean.path.with_suffix(".webp"))
    scale = 10 * letters.width / 400
    return [[value / scale for value in box] for box in places.boxes(text, place, place + len(words), letters.letters, letters.boxes)]


@pytest.mark.parametrize("drawn_by", [lambda *columns: [word for one in columns for word in one], by_rows])
def test_words_are_found_in_their_column_line_by_line_also_where_one_is_broken(read, drawn_by):
    clean = read(drawn(drawn_by(column(20, 280, *LEFT), column(220, 280, *RIGHT)), size=7))
    boxes = found(clean, "the market.\nShe came back", start=clean.path.read_text("utf-8").index("dog"))
    assert len(boxes) == 2 and all(left >= 219 and right <= 400 for left, _, right, _ in boxes)
    assert [round(300 - bottom) for _, _, _, bottom in boxes] == pytest.approx([266, 252], abs=3) and boxes[1][0] == pytest.approx(220, abs=2)


def test_of_words_that_stand_there_twice_those_that_are_meant_are_found(read):
    clean = read(drawn(column(20, 280, "it rained all day", "nothing else happened", "it rained all day")))
    first, = found(clean, "it rained all day")
    last, = found(clean, "it rained all day", start=5)
    assert first[1] < 25 < 35 < last[1]


def test_two_letters_in_one_sign_are_found(read):
    clean = read(drawn([(20, 200, "to \x01nd a \x02ower there")]))
    assert "find a flower" in clean.path.read_text("utf-8")
    box, = found(clean, "flower")
    assert 40 < box[0] < 70 and box[2] < 90


def test_on_a_page_that_lies_on_its_side_words_are_found_where_they_are_drawn(read):
    clean = read(drawn([(100, 100, "sideways", 20, 1)]))
    lefts, tops, rights, bottoms = zip(*found(clean, "sideways"), strict=True)
    with Image.open(clean.path.with_suffix(".webp")) as picture:
        ink = picture.convert("L").point(lambda value: 255 * (value < 128)).getbbox()
    scale = picture.width / 400
    around = [scale * side for side in (min(lefts), min(tops), max(rights), max(bottoms))]
    assert around[0] <= ink[0] + 2 and around[1] <= ink[1] + 2 and around[2] >= ink[2] - 2 and around[3] >= ink[3] - 2
    assert around[2] - around[0] < 2.5 * (ink[2] - ink[0])


def test_a_picture_of_a_page_is_a_thousand_dots_wide_and_an_endless_one_is_not_endless(read, tmp_path):
    (tmp_path / "strip.pdf").write_bytes(drawn([(20, 20, "words")], width=20, height=14_000))
    letters = pages.draw(tmp_path / "strip.pdf", 1, tmp_path / "strip.webp")
    with Image.open(tmp_path / "strip.webp") as picture:
        assert picture.size == (letters.width, letters.height) and picture.height == 3000
    letters = pages.draw(read(drawn([(20, 20, "words")])).pages, 1, tmp_path / "a.webp")
    assert (letters.width, letters.height) == (1000, 750) and letters.letters == "words"


def test_what_is_broken_or_not_there_is_refused(tmp_path):
    (tmp_path / "broken.pdf").write_bytes(drawn([(20, 20, "words")])[:200])
    for name, number in (("broken.pdf", 1), ("gone.pdf", 1)):
        with pytest.raises(Refusal):
            pages.draw(tmp_path / name, number, tmp_path / "a.webp")
    (tmp_path / "whole.pdf").write_bytes(drawn([(20, 20, "words")]))
    with pytest.raises(Refusal):
        pages.draw(tmp_path / "whole.pdf", 2, tmp_path / "a.webp")


def test_nothing_of_a_pdf_is_kept_but_its_pages(read):
    from pypdf import PdfReader, PdfWriter
    from pypdf.actions import JavaScript
    from pypdf.annotations import FreeText, Link

    writer, file = PdfWriter(clone_from=PdfReader(io.BytesIO(drawn([(20, 200, "The goat ate my hat.")])))), io.BytesIO()
    writer.add_metadata({"/Author": "Marisol Secret", "/Title": "Secret title"})
    writer.xmp_metadata = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>Secret xmp</x:xmpmeta>"
    writer.add_open_action(JavaScript("app.alert('Secret script');"))
    writer.add_attachment("secret.txt", b"Secret attachment")
    writer.add_outline_item(title="Secret heading", page_number=0)
    writer.add_annotation(0, Link(rect=(10, 10, 60, 60), url="https://secret.test"))
    note = FreeText(text="Secret note", rect=(100, 100, 200, 120))
    writer.add_annotation(0, note)
    writer.write(file)
    assert b"ecret" in file.getvalue()
    kept = PdfReader(clean := read(file.getvalue()).pages)
    assert len(kept.pages) == 1 and "goat" in kept.pages[0].extract_text() and "/Annots" not in kept.pages[0]
    assert "ecret" not in clean.read_bytes().decode("latin-1") and set(kept.trailer["/Root"]) <= {"/Type", "/Pages"}


@pytest.mark.parametrize(
    ("words", "start", "end", "expected"),
    [("The goat ate.", 4, 8, [[3, 0, 7, 1]]), ("The goat ate.", 0, 0, []), ("gone for ever", 0, 4, []), ("The goatate", 4, 11, [[3, 0, 10, 1]])],
)
def test_words_are_found_by_their_letters(words, start, end, expected):
    letters = "Thegoatate."
    assert places.boxes(words, start, end, letters, [[place, 0, place + 1, 1] for place in range(len(letters))]) == expected


def test_a_word_of_which_half_stands_on_the_next_page_is_found_as_far_as_it_is_here():
    letters = "shewenttothemar-"
    assert places.boxes("she went to the market", 12, 22, letters, [[place, 0, place + 1, 1] for place in range(len(letters))]) == [[9, 0, 15, 1]]
