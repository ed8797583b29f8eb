"""Covers texts (lib/collect/texts.py): whole or split, tables by their column, and documents as a task takes them in."""

from __future__ import annotations

import io

import pytest

from lib import collect
from lib.collect import texts
from lib.errors import UserError
from lib.project import Consent
from tests.media.test_documents import docx, pdf

MINE = Consent(state="given", purposes=["train"])
POEMS = "Rain\n  falls\n\n\nSun\n\t\nWind\n"


@pytest.fixture
def file(tmp_path):
    """`file("a.txt", "words")`: a file with these words, or bytes."""

    def written(name: str, content: str | bytes):
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path / name

    return written


def words(project) -> list[str]:
    return [item.path.read_text("utf-8") for item in project.items(kind="text")]


@pytest.mark.parametrize(("split", "expected"), [
    ("whole", [POEMS.rstrip()]), ("paragraphs", ["Rain\n  falls", "Sun", "Wind"]), ("lines", ["Rain", "  falls", "Sun", "Wind"]),
])  # fmt: skip
def test_a_corpus_is_cut_where_it_is_said_and_keeps_its_line_breaks(split, expected):
    assert list(texts.cut(POEMS, split)) == expected and texts.pieces(POEMS, split) == len(expected)
    assert list(texts.cut(POEMS.replace("\n", "\r\n"), split)) == expected


def test_a_text_as_a_whole_is_kept_letter_by_letter(project, file):
    assert str(collect.add_texts(project, file("poems.txt", POEMS), MINE)) == "1 added"
    assert words(project) == [POEMS]


def test_each_piece_is_a_datapoint_that_knows_where_it_is_from(project, file):
    report = collect.add_texts(project, file("poems.md", POEMS), MINE, split="paragraphs")
    assert words(project) == ["Rain\n  falls", "Sun", "Wind"]
    assert report.added[1].facts["part_of"] == {"name": "poems.md", "part": 2, "of": 3}
    assert report.added[1].source_name == "poems 2.md" and report.added[1].consent.allows("train")


def test_of_a_table_one_column_becomes_texts(project, file):
    path = file("answers.csv", 'name;answer;n\nMila;"It rains,\nstill";1\nAna;;2\nR.;Sun;3\n')
    seen = texts.peek(open(path, "rb"))
    assert seen.columns == ["name", "answer", "n"] and seen.rows[0] == ["Mila", "It rains,\nstill", "1"]
    collect.add_texts(project, path, split="rows", column="answer")
    assert words(project) == ["It rains,\nstill", "Sun"]
    with pytest.raises(UserError, match="no column called"):
        list(texts.rows_of("a,b\n1,2", "c"))


def test_a_table_without_names_and_one_with_twice_the_same(file):
    assert texts.peek(io.BytesIO(b"1,2\n3,4"), header=False).columns == ["column 1", "column 2"]
    assert texts.peek(io.BytesIO(b"a,a,\n3,4,5")).columns == ["a", "a (2)", "column 3"]
    assert list(texts.rows_of("1,2\n3,4", "2", header=False)) == ["2", "4"]
    assert texts.peek(io.BytesIO("Märchen,b\nä,ö".encode("cp1252"))).columns[0] == "Märchen"
    with pytest.raises(UserError, match="empty"):
        texts.peek(io.BytesIO(b""))
    long = texts.peek(io.BytesIO(b"a,b\n" + b"x,y\n" * 200_000))
    assert len(long.rows) == 5


def test_a_column_can_be_a_number_and_what_cannot_be_names_is_said(project, file):
    path = file("answers.csv", "who,answer\nMila,yes\nOtto,no\n")
    collect.add_texts(project, path, split="rows", column=2)
    assert words(project) == ["yes", "no"]
    for wrong in ({"column": 0}, {"column": [2]}, {"names": ["x"]}, {"names": "x"}, {"names": {5: "x"}}, {"split": None}):
        with pytest.raises(UserError):
            collect.add_texts(project, path, **{"split": "rows", **wrong})
    with pytest.raises(UserError, match="names cannot be"):
        collect.add_files(project, [path], names=["x"])
    assert project.count() == 2


def test_documents_come_in_as_words_also_from_a_folder(project, file, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "essay.docx").write_bytes(docx(lambda one: [one.add_heading("Rain", 1), one.add_paragraph("It falls.")]))
    (tmp_path / "in" / "poems.pdf").write_bytes(pdf("One.\nTwo.", "Three."))
    (tmp_path / "in" / "scan.pdf").write_bytes(pdf(""))
    (tmp_path / "in" / "not.docx").write_bytes(b"PK\x03\x04 broken")
    report = collect.add_files(project, tmp_path / "in")
    assert sorted((item.source_name, item.path.suffix, item.facts["document"]) for item in report.added) == [
        ("essay.docx", ".md", "docx"), ("poems.pdf", ".txt", "pdf"),
    ]  # fmt: skip
    assert next(item for item in report.added if item.source_name == "poems.pdf").facts["pages"] == 2
    assert sorted(name for name, _ in report.rejected) == ["not.docx", "scan.pdf"]
    collect.add_texts(project, tmp_path / "in" / "poems.pdf", split="lines")
    assert words(project)[2:] == ["One.", "Two.", "Three."]
    assert project.items(kind="text")[2].facts["part_of"]["pages"] == 2


def test_what_cannot_be_split_is_refused_by_name_while_the_rest_goes_in(project, file, monkeypatch):
    monkeypatch.setattr(texts, "MOST", 3)
    bad = [file("many.txt", "a\nb\nc\nd"), file("no.txt", b"\x00\x01\x02" * 50), file("page.html", "<html>")]
    report = collect.add_texts(project, [*bad, file("good.txt", "x\ny")], split="lines")
    assert len(report.added) == 2 and [name for name, _ in report.rejected] == ["many.txt", "no.txt", "page.html"]
    assert [name for name, _ in collect.add_texts(project, file("a.txt", "x"), split="rows").rejected] == ["a.txt"]
    with pytest.raises(UserError, match="cannot be split at"):
        collect.add_texts(project, file("a.txt", "x"), split="chapters")


def test_a_task_splits_what_was_handed_over_and_goes_on_after_a_stop(project):
    inbox = collect.bring(project, [("lines.txt", io.BytesIO("\n".join(f"line {n}" for n in range(500)).encode()))])
    cut = {"split": "lines"}
    assert collect.add_inbox(project, inbox, MINE, way="texts", cut=cut, should_stop=lambda: project.count() >= 200) is None
    assert project.count() == 200
    result = collect.add_inbox(project, inbox, MINE, way="texts", cut=cut)
    assert result["added"] == 500 and result["duplicate_count"] == 0 and project.count() == 500


def test_a_guess_is_told_and_another_reading_of_the_same_file_can_be_added(project, file):
    path = file("names.txt", "Jiří".encode("cp852"))
    report = collect.add_files(project, path, MINE)
    assert [name for name, _ in report.notes] == ["names.txt"] and "could also be" in report.notes[0][1] and "1 worth a look" in str(report)
    collect.remove(project, report.added)
    right = collect.add_files(project, path, MINE, encodings={"names.txt": "cp852"})
    assert len(right.added) == 1 and words(project) == ["Jiří"] and right.notes == []
    assert collect.add_files(project, path, MINE, encodings={"names.txt": "cp852"}).duplicates == [("names.txt", right.added[0].number)]


@pytest.mark.parametrize("add", [collect.add_files, collect.add_texts])
def test_a_text_is_read_as_it_is_said(project, file, add):
    path = file("names.txt", "Jiří\nŽofie\n".encode("cp852"))
    report = add(project, path, MINE, encodings={"names.txt": "windows-1250"})
    assert words(project) == ["Jiří\nŽofie\n".encode("cp852").decode("cp1250")]
    assert report.notes == [] and report.added[0].facts["encoding"] == "cp1250"
    with pytest.raises(UserError, match="encodings cannot be"):
        add(project, path, encodings="cp1250")


def test_pieces_of_an_old_text_are_read_as_it_is_said_and_remember_it(project, file):
    path = file("names.txt", "Jiří\nŽofie\n".encode("cp852"))
    report = collect.add_texts(project, path, MINE, split="lines", encodings={"names.txt": "cp852"})
    assert words(project) == ["Jiří", "Žofie"] and report.notes == []
    assert report.added[0].facts["part_of"]["encoding"] == "cp852"


def test_a_table_of_an_old_mac_and_one_of_windows_have_their_columns(project, file):
    mac = file("mac.csv", "wer;Antwort\rZoë;schön\rAna;größer\r".encode("mac_roman"))
    assert texts.peek(open(mac, "rb")).columns == ["wer", "Antwort"]
    polish = file("polish.csv", "kto;odpowiedź\nŁucja;żółw i źdźbło trawy są tutaj\n".encode("cp1250"))
    assert texts.peek(open(polish, "rb")).columns == ["kto", "odpowiedź"]
    collect.add_texts(project, [mac, polish], split="rows", column=2)
    assert words(project) == ["schön", "größer", "żółw i źdźbło trawy są tutaj"]


def test_pages_can_be_read_one_by_one_and_pieces_know_theirs(project, file):
    path = file("poems.pdf", pdf("One.\nTwo.", "", "Three."))
    report = collect.add_files(project, path, MINE)
    assert collect.pages(report.added[0]) == {1: "One.\nTwo.", 3: "Three."}
    assert report.notes == [("poems.pdf", "poems.pdf: page 2 has no words. What stands there may be a picture.")]
    pieces = collect.add_texts(project, path, MINE, split="lines").added
    assert [collect.pages(piece) for piece in pieces] == [{1: "One."}, {1: "Two."}, {3: "Three."}]
    assert collect.pages(collect.add_files(project, file("a.txt", "x"), MINE).added[0]) == {}


def test_a_task_tells_what_is_worth_a_look(project):
    inbox = collect.bring(project, [("a.txt", io.BytesIO("Jiří".encode("cp852"))), ("poems.pdf", io.BytesIO(pdf("One.", "")))])
    result = collect.add_inbox(project, inbox, MINE)
    assert result["note_count"] == 2 and [name for name, _ in result["notes"]] == ["a.txt", "poems.pdf"]
    chosen = collect.bring(project, [("b.txt", io.BytesIO("Jiřík".encode("cp852")))])
    assert collect.add_inbox(project, chosen, MINE, encodings={"b.txt": "cp852"})["note_count"] == 0
    assert words(project)[-1] == "Jiřík"
