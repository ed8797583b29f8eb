"""Captions: a table finds its files however it was written, texts beside pictures are their words, and what found none is told."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile

import numpy as np
import pytest
import soundfile
from PIL import Image

from lib import collect
from lib.collect import beside
from lib.collect.captions import Row, SourceFile, match
from lib.errors import UserError
from lib.project import Consent, labels

MINE = Consent(state="given", purposes=["train"])
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-mark", "utf-16-be-mark", "cp1252"]
WORDS = {"001": "None", "002": "grün, hell; \"neu\"", "010": "NA"}


def picture(path, colour="red"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), colour).save(path)
    return path


def encoded(text: str, encoding: str) -> bytes:
    if encoding.endswith("-mark"):
        return ("\ufeff" + text).encode(encoding.removesuffix("-mark"))
    return text.encode(encoding)


def table(path, rows, encoding="utf-8", mark=",", heads=("file", "class", "caption")):
    out = io.StringIO()
    csv.writer(out, delimiter=mark).writerows([heads, *rows])
    path.write_bytes(encoded(out.getvalue(), encoding))
    return path


def captions(project) -> dict[str, str]:
    return {item.source_name: item.caption for item in project.items()}


@pytest.fixture
def three(tmp_path):
    return [picture(tmp_path / f"{name}.png", colour) for name, colour in zip(WORDS, ("red", "green", "blue"))]


# ---- tables --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["", ".png", ".PNG"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_table_of_any_spreadsheet_finds_its_pictures_and_none_and_na_are_words(project, three, tmp_path, encoding, mark, ending):
    written = table(tmp_path / "t.csv", [(name + ending, "x", words) for name, words in WORDS.items()], encoding, mark)
    report = collect.add_files(project, three, MINE, captions=written)
    assert captions(project) == {f"{name}.png": words for name, words in WORDS.items()}
    assert str(report).startswith("3 added, 3 with captions") and (report.unmatched, report.rejected) == ([], [])
    assert [name for name, _ in report.notes] in ([], ["t.csv"] if encoding == "cp1252" else [])


@pytest.mark.parametrize("head", [("file_name", "text"), ("Image", "Prompt"), ("filename", "Description"), ("FILE", "Caption"), ("path", "words")])
def test_the_columns_may_be_called_as_people_call_them(project, three, tmp_path, head):
    table(tmp_path / "t.csv", WORDS.items(), mark=";", heads=head)
    collect.add_files(project, three, captions=tmp_path / "t.csv")
    assert list(captions(project).values()) == list(WORDS.values())


def test_excels_line_about_the_mark_two_columns_without_names_and_a_comma_in_the_words(project, three, tmp_path):
    (tmp_path / "t.csv").write_text("sep=;\nfile;caption\n001;a; b\n002;c\n", encoding="utf-8")
    report = collect.add_files(project, three[:2], captions=tmp_path / "t.csv")
    assert list(captions(project).values()) == ["a; b", "c"] and not report.unmatched
    (tmp_path / "u.csv").write_text("010.png,a blue square, and no other\n", encoding="utf-8")
    collect.add_files(project, three, captions=tmp_path / "u.csv")
    assert captions(project)["010.png"] == "a blue square, and no other"


@pytest.mark.parametrize("kept", ["NFC", "NFD"])
@pytest.mark.parametrize("written", ["NFC", "NFD"])
@pytest.mark.parametrize("way", ["loose", "folder", "zip"])
def test_accents_of_a_mac_and_of_windows_are_one_name(project, tmp_path, kept, written, way):
    name, said = (unicodedata.normalize(form, "Blüte é 한.png") for form in (kept, written))
    files = tmp_path / "in"
    picture(files / name)
    if way == "zip":
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.write(files / name, name)
            archive.writestr("__MACOSX/._" + name, b"litter")
    what = {"loose": files / name, "folder": files, "zip": tmp_path / "a.zip"}[way]
    report = collect.add_files(project, what, captions={said.upper().replace(".PNG", ".png"): "a blossom"})
    assert [item.caption for item in project.items()] == ["a blossom"] and not report.unmatched


@pytest.mark.parametrize(("said", "files", "expected"), [
    ("1", ["001.png"], ["001.png"]),                                # a spreadsheet has eaten the zeros
    ("img 7.jpg", ["IMG 007.JPEG", "img 70.jpg"], ["IMG 007.JPEG"]),
    ("1", ["001.png", "01.png"], []),                               # could be either
    ("1", ["001.png", "1.png"], ["1.png"]),
    ("001", ["001.png", "001.wav"], ["001.png", "001.wav"]),
    ("A/1.png", ["A/1.png", "B/1.png"], ["A/1.png"]),
    ("1.png", ["A/1.png", "B/1.png"], []),
    ("1.png", ["A/1.png"], ["A/1.png"]),
    ("C:\\Users\\mila\\A\\1.PNG", ["A/1.png", "B/1.png"], ["A/1.png"]),
    ("A/1.png", ["1.png"], ["1.png"]),
    ("A/1.png", ["B/1.png"], []),                                   # they contradict each other
    ("x/A/1", ["album.zip: A/1.jpg", "album.zip: B/1.jpg"], ["album.zip: A/1.jpg"]),
    ("1.jpg", ["1.png"], []),
    ("v1.2", ["v1.2.png", "v1.png"], ["v1.2.png"]),
    (" 001.png ", ["001.png"], ["001.png"]),
    ("Screenshot 3.04 PM", ["Screenshot 3.04\u202fPM.png"], ["Screenshot 3.04\u202fPM.png"]),
])  # fmt: skip
def test_a_name_is_read_as_it_is_meant_and_never_guessed(said, files, expected):
    found, left = match([Row(said, "words", 2)], [SourceFile.called(which, name) for which, name in enumerate(files)])
    assert sorted(name for _, name in found) == sorted(expected)
    assert len(left) == (0 if expected else 1)


def test_the_surer_reading_has_the_file_and_the_looser_one_is_told():
    files = [SourceFile.called(0, "001.png"), SourceFile.called(1, "002.png")]
    found, left = match([Row("1", "loose", 2), Row("001", "sure", 3), Row("002.png", "two", 4), Row("002.png", "again", 5)], files)
    assert {name: row.words for (_, name), row in found.items()} == {"001.png": "sure", "002.png": "two"}
    assert [(row.line, why) for row, why in left] == [(2, "No file of this name is among them."), (5, "002.png has its words from line 4.")]
    found, left = match([Row("A/1.png", "one", 2), Row("B/1.png", "other", 3)], [SourceFile.called(0, "1.png")])
    assert not found and [row.line for row, _ in left] == [2, 3]


def test_two_folders_with_the_same_names_are_told_apart_by_where_they_lie(project, tmp_path):
    for place, colour in (("A", "red"), ("B", "blue")):
        picture(tmp_path / place / "1.png", colour)
    collect.add_files(project, [tmp_path / "A", tmp_path / "B"], captions={"A/1.png": "red", "B/1": "blue"})
    assert [item.caption for item in project.items()] == ["red", "blue"]


def test_rows_that_found_no_file_are_named_and_the_rest_goes_in(project, three, tmp_path):
    written = table(tmp_path / "t.csv", [("001", "", "red"), ("004.png", "", "lost"), ("", "", "nobody's"), ("002", "", "")])
    report = collect.add_files(project, three, captions=written)
    assert captions(project) == {"001.png": "red", "002.png": "", "010.png": ""}
    assert [(line, name) for line, name, _ in report.unmatched] == [(3, "004.png"), (4, "")]
    [refusal] = report.refusals
    assert refusal["name"] == "t.csv" and refusal["what"] == "2 rows of t.csv found no file." and "line 3, 004.png" in refusal["why"]
    assert str(report) == "3 added, 1 with captions, 1 refused"
    again = collect.add_files(project, three[0], captions={"nowhere.png": "x"})
    assert again.unmatched == [(0, "nowhere.png", "No file of this name is among them.")]


def test_a_row_whose_words_were_cut_in_two_is_told_and_not_taken(project, three, tmp_path):
    (tmp_path / "t.csv").write_text("file,caption,class\n001,a red square, alone,x\n002,fine,y\n")
    report = collect.add_files(project, three, captions=tmp_path / "t.csv")
    assert captions(project)["001.png"] == "" and captions(project)["002.png"] == "fine"
    assert report.unmatched[0][:2] == (2, "001") and "4 cells for 3 columns" in report.unmatched[0][2]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04 a workbook", b"file,caption\n\0\0\n", b"file,class\n1,2\n"])
def test_what_is_no_table_of_captions_is_refused_by_name_before_anything_goes_in(project, three, tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(UserError, match="t.csv"):
        collect.add_files(project, three, captions=tmp_path / "t.csv")
    assert project.count() == 0


def test_what_is_here_already_is_given_its_words_and_keeps_what_somebody_wrote(project, three):
    collect.add_files(project, three)
    first, second, _ = project.items()
    labels.change(project, second.id, "caption", "mine")
    report = collect.add_files(project, three[:2], captions={"001": "red", "002": "green"})
    assert captions(project) == {"001.png": "red", "002.png": "mine", "010.png": ""}
    assert [name for name, _ in report.rejected] == ["002.png"] and "other words" in report.rejected[0][1]
    labels.undo(project)
    assert project.item(first.id).caption == ""
    later = collect.add_files(project, [], captions={"10": "blue", "11": "x"}, known=True)
    assert captions(project)["010.png"] == "blue" and [name for _, name, _ in later.unmatched] == ["11"]


# ---- texts beside --------------------------------------------------------------------------------------------------


def bring(tmp_path, way):
    """The files of tmp_path/in as one brings them."""
    files = tmp_path / "in"
    if way == "zip":
        with zipfile.ZipFile(tmp_path / "album.zip", "w") as archive:
            for path in sorted(files.rglob("*.*")):
                archive.write(path, path.relative_to(files))
        return tmp_path / "album.zip"
    return files if way == "folder" else sorted(files.rglob("*.*"))


@pytest.mark.parametrize("way", ["loose", "folder", "zip"])
@pytest.mark.parametrize(("text", "of"), [("p.txt", "p.png"), ("p.caption", "p.webp"), ("P.TXT", "p.jpg"), ("p.png.txt", "p.png"), ("a/é.txt", "a/e\u0301.png")])
def test_a_text_beside_a_picture_is_its_caption_with_all_its_lines(project, tmp_path, way, text, of):
    picture(tmp_path / "in" / of)
    (tmp_path / "in" / text).write_bytes("a red square\r\nzweite Zeile: grün\n".encode("cp1252"))
    report = collect.add_files(project, bring(tmp_path, way), MINE)
    assert [(item.kind, item.caption) for item in project.items()] == [("image", "a red square\nzweite Zeile: grün")]
    assert len(report.captioned) == 1 and str(report) == "1 added, 1 with captions"


def test_a_text_without_a_picture_stays_a_text_and_so_does_any_other_if_asked(project, tmp_path):
    picture(tmp_path / "in" / "p.png")
    for name in ("p.txt", "q.txt", "r.caption", "other/p.txt"):
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(f"words of {name}")
    collect.add_files(project, tmp_path / "in", MINE)
    assert captions(project) == {"p.png": "words of p.txt", "q.txt": "", "r.caption": "", "other/p.txt": ""}
    collect.add_files(project, tmp_path / "in", MINE, beside=False)
    assert project.items()[-1].source_name == "p.txt" and project.count(kind="text") == 4


def test_a_sound_has_its_words_beside_it_too_and_one_text_serves_both(project, tmp_path):
    picture(tmp_path / "in" / "p.png")
    soundfile.write(tmp_path / "in" / "p.wav", np.sin(np.arange(8000) / 9) / 2, 8000)
    (tmp_path / "in" / "p.txt").write_text("a hum")
    collect.add_files(project, tmp_path / "in")
    assert captions(project) == {"p.png": "a hum", "p.wav": "a hum"}


def test_two_texts_for_one_picture_and_a_table_do_not_quarrel_in_silence(project, tmp_path):
    for name in ("p", "q", "r"):
        picture(tmp_path / "in" / f"{name}.png", {"p": "red", "q": "blue", "r": "green"}[name])
        (tmp_path / "in" / f"{name}.txt").write_text(f"text {name}")
    (tmp_path / "in" / "p.caption").write_text("another")
    (tmp_path / "in" / "q.caption").write_text("text q")
    report = collect.add_files(project, tmp_path / "in", captions={"r": "of the table"})
    assert captions(project) == {"p.png": "text p", "q.png": "text q", "r.png": "of the table"}
    assert sorted(name for name, _ in report.rejected) == ["p.caption", "r.txt"]


def test_a_text_that_cannot_be_a_caption_goes_its_own_way(project, tmp_path):
    for name in ("broken", "book", "void", "blob"):
        picture(tmp_path / "in" / f"{name}.png", {"broken": "red", "book": "blue", "void": "green", "blob": "gray"}[name])
    (tmp_path / "in" / "broken.png").write_bytes(b"no picture")
    (tmp_path / "in" / "broken.txt").write_text("words of nothing")
    (tmp_path / "in" / "book.txt").write_text("word " * 3000)
    (tmp_path / "in" / "void.txt").write_bytes(b"")
    (tmp_path / "in" / "blob.txt").write_bytes(bytes(range(32)) * 5)
    report = collect.add_files(project, tmp_path / "in")
    assert captions(project) == {"blob.png": "", "book.png": "", "book.txt": "", "void.png": ""}
    assert sorted(name for name, _ in report.rejected) == ["blob.txt", "broken.png", "broken.txt", "void.txt"]


def test_texts_find_what_is_in_the_project_only_where_that_is_asked(project, three, tmp_path):
    collect.add_files(project, three)
    (tmp_path / "001.txt").write_text("red, at last")
    (tmp_path / "007.txt").write_text("a poem")
    texts = [tmp_path / "001.txt", tmp_path / "007.txt"]
    report = collect.add_files(project, texts, known=True)
    assert captions(project) == {"001.png": "red, at last", "002.png": "", "010.png": "", "007.txt": ""}
    assert report.captioned == [("001.png", "001.txt")]
    collect.add_files(project, texts)
    assert project.items()[-1].source_name == "001.txt"


# ---- beforehand, and in the background ------------------------------------------------------------------------------


def as_uploads(tmp_path, *names) -> list:
    return [(name, io.BytesIO((tmp_path / name).read_bytes())) for name in names]


def test_what_may_be_captions_is_counted_before_anybody_hands_them_over(project, three, tmp_path):
    (tmp_path / "001.txt").write_text("red")
    (tmp_path / "poem.txt").write_text("a poem")
    table(tmp_path / "t.csv", [("002", "", "green"), ("10", "", "blue"), ("99", "", "lost")], mark=";")
    table(tmp_path / "other.csv", [("a", "", "b")])
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in ("001.png", "001.txt", "poem.txt"):
            archive.write(tmp_path / name, f"in/{name}")
    see = lambda *names: beside.foresee(project, as_uploads(tmp_path, *names))
    assert not see("001.png", "poem.txt", "other.csv") and not see("001.txt")
    assert see("001.png", "001.txt", "poem.txt") == see("all.zip") == beside.Foresight(texts=1)
    assert see("001.png", "002.png", "010.png", "other.csv", "t.csv") == beside.Foresight(table="t.csv", rows=2, lost=1)
    collect.add_files(project, three)
    assert see("001.txt", "poem.txt") == beside.Foresight(known=1)
    assert see("001.txt", "t.csv") == beside.Foresight(known=1, table="t.csv", rows=2, lost=1)


def test_a_task_takes_the_words_along_under_the_names_that_people_gave(project, three, tmp_path):
    (tmp_path / "001.txt").write_text("red")
    table(tmp_path / "t.csv", [("002", "", "green"), ("99", "", "lost")])
    names = ("001.png", "002.png", "001.txt", "t.csv")
    box = collect.bring(project, as_uploads(tmp_path, *names))
    told = collect.add_inbox(project, box, captions="t.csv", known=True)
    assert captions(project) == {"001.png": "red", "002.png": "green"}
    assert (told["added"], told["captioned"], told["refused_count"]) == (2, 2, 1)
    assert told["refused"][0]["name"] == "t.csv" and "line 3, 99" in told["refused"][0]["why"]
    told = collect.add_inbox(project, collect.bring(project, as_uploads(tmp_path, *names)), beside=False)
    assert sorted(name for name, caption in captions(project).items() if not caption) == ["001.txt", "t.csv"]
    assert (told["added"], told["captioned"]) == (2, 0)
