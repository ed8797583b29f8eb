"""Covers the pages of texts (lib/project/papers.py): kept with a PDF, drawn once, and gone with its words."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from lib import collect, ledger
from lib.media import pages
from lib.project import Consent, handing_out, papers, withdrawal
from lib.ui.http.zip_stream import zip_of_project
from tests.media.made_pdfs import column, drawn

MINE = Consent(state="given", purposes=["train", "retrieve", "show"], person="Mila")


@pytest.fixture(autouse=True)
def quickly(here):
    """Pages are read and drawn in this process: to start another takes longer than all the rest."""


@pytest.fixture
def pdf(tmp_path):
    path = tmp_path / "letters.pdf"
    path.write_bytes(drawn([(20, 200, "The goat ate my hat.")], [], [(20, 200, "It rained all day.")]))
    return path


def places_in(project) -> list[str]:
    folders = [project.path / "papers", project.path / "cache" / "pages"]
    return [path.name for folder in folders if folder.exists() for path in folder.rglob("*") if path.is_file()]


def test_a_pdf_is_kept_beside_its_words_and_a_page_is_drawn_once(project, pdf, monkeypatch):
    [item] = collect.add_files(project, pdf, consent=MINE).added
    assert papers.kept(project, item).suffix == ".pdf" and item.path.suffix == ".txt"
    leaves, words = papers.leaves(item, papers.text_of(project, item)), papers.text_of(project, item).text
    assert [words[leaf.start : leaf.end].strip() for leaf in leaves] == ["The goat ate my hat.", "", "It rained all day."]
    start = words.index("It rained")
    assert papers.leaf_at(leaves, start) == 3
    [[left, top, width, height]] = papers.marked(project, item, leaves[2], words, start, start + 9)
    assert (left, top) == pytest.approx((5, 30), abs=2) and 5 < width < 15 and 2 < height < 8
    monkeypatch.setattr(pages, "draw", None)
    assert papers.drawn(project, item, 3)[1].letters == "Itrainedallday."
    assert papers.marked(project, item, leaves[1], words, start, start + 9) == []


def test_a_text_without_pages_comes_in_parts_that_lose_no_letter(project, tmp_path):
    (tmp_path / "long.txt").write_text("One sentence follows another. \n" * 900 + "x" * 9000, encoding="utf-8")
    [item] = collect.add_files(project, tmp_path / "long.txt", consent=MINE).added
    leaves, words = papers.leaves(item, papers.text_of(project, item)), papers.text_of(project, item).text
    assert "".join(words[leaf.start : leaf.end] for leaf in leaves) == words and 10 < len(leaves) < 20
    assert all(words[leaf.end - 1] == "\n" for leaf in leaves[:8]) and papers.kept(project, item) is None
    assert papers.leaf_at(leaves, len(words) - 1) == leaves[-1].number


def test_deleted_for_good_no_page_and_no_picture_of_it_stays(project, pdf):
    [item] = collect.add_files(project, pdf, consent=MINE).added
    papers.drawn(project, item, 1)
    assert len(places_in(project)) == 3
    ledger.withdraw(project, person=item.person, confirm=True)
    assert places_in(project) == []


def test_pieces_share_its_pages_which_go_with_the_last_or_at_the_first_no(project, tmp_path):
    (tmp_path / "two.pdf").write_bytes(drawn([*column(20, 280, "The goat ate", "my new", "hat."), *column(20, 200, "It rained all day.")], [(20, 200, "Ana laughed.")]))
    one, two, three = collect.add_texts(project, tmp_path / "two.pdf", consent=MINE, split="paragraphs").added
    assert papers.kept(project, one) == papers.kept(project, three) and len(places_in(project)) == 1
    assert [leaf.number for leaf in papers.leaves(three, papers.text_of(project, three))] == [1, 2]
    withdrawal.carry_out(project, [one], said="deleted")
    assert len(places_in(project)) == 1
    project.set_consent([two.id], Consent(state="refused"))
    assert not handing_out.pages(project, three)
    withdrawal.carry_out(project, [two])
    assert places_in(project) == [] and papers.kept(project, three) is None


def test_what_somebody_said_no_to_leaves_in_no_zip(project, pdf):
    [item] = collect.add_files(project, pdf, consent=MINE).added
    assert len(packed(project)) == 1
    project.set_consent([item.id], Consent(state="refused"))
    assert packed(project) == []


def packed(project) -> list[str]:
    names = zipfile.ZipFile(BytesIO(b"".join(zip_of_project(project)))).namelist()
    return [name for name in names if "papers/" in name]


def test_a_pdf_that_came_in_before_its_pages_were_kept_gets_them_when_it_is_brought_again(project, pdf):
    from lib.project import database as db

    [item] = collect.add_files(project, pdf, consent=MINE).added
    papers.kept(project, item).unlink()
    with project.database.write() as connection:
        connection.execute(db.items.update().values(facts=item._facts.replace("kept_pdf", "other")))
    assert papers.kept(project, project.item(item.id)) is None
    report = collect.add_files(project, pdf, consent=MINE)
    assert len(report.duplicates) == 1 and papers.kept(project, project.item(item.id)).exists()
