"""Papers as they come: long, empty, locked, scanned, enormous; and the pages on which their sentences stand."""

from __future__ import annotations

import re

import pytest

from lib import chat
from lib.chat import documents, index
from tests.chat.conftest import MINE
from tests.media.made_pdfs import column, drawn, locked


@pytest.fixture(autouse=True)
def quickly(here):
    """Pages are read and drawn in this process: to start another takes longer than all the rest."""


@pytest.fixture
def add(project, tmp_path, embedder):
    """`add("letters.pdf", content)`: what became of it."""

    def added(name: str, content: bytes):
        (tmp_path / name).write_bytes(content)
        return chat.add_documents(project, tmp_path / name, consent=MINE)

    return added


def test_a_paper_of_three_hundred_pages_is_found_by_its_words_on_its_true_page(project, add):
    pages = [column(20, 280, f"This is page {number} of the diary.", *(f"Nothing happened {word}." for word in ("here", "there"))) for number in range(1, 301)]
    pages[211] = column(20, 280, "The goat ate the hat of un-", "cle Pavle, who laughed.")
    assert len(add("diary.pdf", drawn(*pages)).added) == 1
    [diary] = documents.every(project)
    assert len(diary.page_starts) == 300 and diary.page_at(diary.text.index("page 150 ")) == 150
    assert index.about(project).passages >= 30
    [found] = chat.find(project, "What did the goat of uncle Pavle eat?", top_k=1)
    place = diary.text.index("The goat")
    assert found.passage.start <= place < found.passage.end and diary.page_at(place) == 212


REFUSED = {
    "nothing.pdf": (lambda: b"", "is empty"),
    "no-pages.pdf": (lambda: drawn(), "is broken.*not a whole PDF"),
    "locked.pdf": (lambda: locked(drawn([(20, 200, "secret")]), "word", "AES-256"), "is locked with a password.*save it without one"),
    "huge.txt": (lambda: b"The goat ate my hat. " * 10, "is too large for a text: 100 MB.*up to 50 MB.*Cut it into several files"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_the_reason_and_what_to_do(project, tmp_path, embedder, name):
    content, says = REFUSED[name]
    (tmp_path / name).write_bytes(content())
    if name == "huge.txt":
        with open(tmp_path / name, "r+b") as file:
            file.truncate(100_000_000)
    report = chat.add_documents(project, tmp_path / name, consent=MINE)
    [(refused, why)] = report.rejected
    assert refused == name and not report.added and re.search(says, why), why


def test_scanned_pages_among_others_are_named_and_the_others_keep_their_numbers(project, add):
    report = add("letters.pdf", drawn([(20, 200, "The goat ate my hat.")], [], [(20, 200, "It rained all day.")]))
    assert "page 2 has no words" in report.notes[0][1]
    [letters] = documents.every(project)
    assert letters.wordless == (2,) and letters.page_at(letters.text.index("It rained")) == 3


def test_lines_that_end_as_on_an_old_mac_are_lines(project, add):
    add("old.txt", b"The goat ate my hat.\rIt rained all day.\r\rAna laughed.")
    [old] = documents.every(project)
    assert old.text == "The goat ate my hat.\nIt rained all day.\n\nAna laughed."


def test_two_columns_are_asked_in_the_order_in_which_they_are_read(project, add):
    left = ["The goat ate my hat and", "uncle Pavle laughed un-", "til he cried about it."]
    right = ["It rained all day and we", "stayed at home where we", "wrote letters to Ana."]
    add("paper.pdf", drawn([word for pair in zip(column(20, 200, *left), column(220, 200, *right), strict=True) for word in pair]))
    [found] = chat.find(project, "Why did uncle Pavle laugh?", top_k=1)
    assert "uncle Pavle laughed until\nhe cried about it.\nIt rained all day" in found.text
