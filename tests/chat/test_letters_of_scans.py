"""Scanned pages in a chat: a machine reads their letters, which says so and can be put right; with a no all of it goes."""

from __future__ import annotations

import pytest

from lib import chat, ledger
from lib.chat import documents, scans
from lib.errors import UserError
from lib.media import recognition
from lib.media.recognition import Line
from lib.project import Consent, papers
from tests.media.made_pdfs import bound, drawn, scan

MINE = Consent(state="given", purposes=["train", "retrieve"], person="Mila")


@pytest.fixture(autouse=True)
def quickly(here):
    """Pages are read and drawn in this process: to start another takes longer than all the rest."""


@pytest.fixture
def letters(project, tmp_path, embedder):
    """A paper of three pages, of which the second is a scan."""
    words = drawn([(20, 200, "The goat ate my hat.")]), drawn([(20, 200, "Ana laughed.")])
    (tmp_path / "letters.pdf").write_bytes(bound(words[0], scan(["It rained all day, in 1962."]), words[1]))
    return chat.add_documents(project, tmp_path / "letters.pdf", consent=MINE).added[0]


@pytest.fixture
def reads(monkeypatch):
    """What the machine sees on a page that is 1,500 px wide."""
    lines = [Line("It rained a11 day.", 0.9, (90.0, 90.0, 600.0, 130.0))]
    monkeypatch.setattr(recognition, "read", lambda picture: lines)


def test_a_scan_can_be_asked_once_a_machine_has_read_it(project, tmp_path, embedder):
    (tmp_path / "scan.pdf").write_bytes(scan(["The goat ate my hat.", "Uncle Pavle laughed."]))
    [item] = chat.add_documents(project, tmp_path / "scan.pdf", consent=MINE).added
    assert documents.every(project) == [] and [paper.title for paper in documents.scans(project)] == ["scan.pdf"]
    assert "scan" in item.excluded and [number for _, number in scans.unread(project)] == [1]
    assert chat.read_letters(project) == {"pages": 1, "with_words": 1}
    [paper] = documents.every(project)
    assert paper.text == "The goat ate my hat.\nUncle Pavle laughed.\n" and paper.by_machine == (1,) and paper.wordless == ()
    [found] = chat.find(project, "What did the goat eat?", top_k=1)
    assert "goat ate my hat" in found.text and paper.page_at(found.passage.start) == 1
    words = papers.text_of(project, item)
    [[left, top, width, height]] = papers.marked(project, item, papers.leaves(item, words)[0], words.text, 21, 41)
    assert (left, top) == pytest.approx((6, 17), abs=1.5) and 25 < width < 40 and height < 9


def test_pages_that_a_machine_read_stand_where_they_belong_and_all_keep_their_numbers(project, letters, reads):
    chat.read_letters(project)
    [paper] = documents.every(project)
    assert paper.text == "The goat ate my hat.\n\nIt rained a11 day.\n\nAna laughed.\n"
    assert [paper.page_at(paper.text.index(word)) for word in ("goat", "rained", "Ana")] == [1, 2, 3]
    assert scans.unread(project) == [] and letters.path.read_text("utf-8") == "The goat ate my hat.\n\nAna laughed.\n"


def test_what_a_machine_read_is_put_right_by_hand_and_read_anew_for_the_chat(project, letters, reads):
    with pytest.raises(UserError, match="Nothing was read on page 2"):
        papers.correct(project, letters, 2, "It rained.")
    chat.read_letters(project)
    papers.correct(project, letters, 2, "It rained all day. \r\n")
    [page] = papers.read_pages(project, letters).values()
    assert page.words == "It rained all day." and page.corrected and page.by == recognition.NAME
    chat.update(project)
    [found] = chat.find(project, "Did it rain all day?", top_k=1)
    assert "rained all day." in found.text


def test_stopped_in_the_middle_it_keeps_what_was_read(project, tmp_path, embedder, reads):
    (tmp_path / "scan.pdf").write_bytes(scan(["one"], ["two"], ["three"]))
    [item] = chat.add_documents(project, tmp_path / "scan.pdf", consent=MINE).added
    seen = []
    chat.read_letters(project, progress=lambda done, total: seen.append((done, total)), should_stop=lambda: len(seen) == 2)
    assert seen == [(1, 3), (2, 3)] and list(papers.read_pages(project, item)) == [1, 2]


def test_after_a_no_nothing_that_was_read_is_left(project, letters, reads):
    chat.read_letters(project)
    ledger.withdraw(project, person=letters.person, confirm=True)
    kept = b"".join(path.read_bytes() for path in project.path.rglob("*") if path.is_file())
    assert b"rained" not in kept and list((project.path / "papers").iterdir()) == []


def test_where_nobody_can_read_letters_it_is_said(project, monkeypatch):
    monkeypatch.setattr(recognition, "is_there", lambda: False)
    with pytest.raises(UserError, match="cannot be read here.*setup"):
        chat.read_letters(project)
