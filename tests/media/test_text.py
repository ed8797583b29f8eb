"""Covers lib/media/text.py: texts as UTF-8, never interpreted, and drawn as a small page."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from lib.errors import UserError
from lib.media import text
from lib.media.intake import clean_copy

POEM = "Der Regen fällt.\r\nIch höre ihm zu – „leise“ – naïve, señor, 5 €.\r\n"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder


def let_in(folder, name, content):
    (folder.parent / name).write_bytes(content)
    return clean_copy(folder.parent / name, folder)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.json", "A.TXT"])
def test_utf8_texts_are_kept_as_they_are(name, folder):
    clean = let_in(folder, name, POEM.encode())
    assert clean.path.read_bytes() == POEM.encode() and clean.sha256 == clean.source_sha256
    assert clean.suffix == name[1:].lower() and clean.facts == {"characters": len(POEM)}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings_become_utf8_with_the_same_letters(encoding, folder):
    clean = let_in(folder, "a.txt", POEM.encode(encoding))
    assert clean.path.read_bytes() == POEM.encode() and clean.facts["characters"] == len(POEM)


@pytest.mark.parametrize(
    "words", ["日本語の詩。雨が降る。\n" * 50, "Дождь идёт.\n" * 50, "مطر\n" * 50, "🌷🌧️ " * 50, "e"]
)
def test_texts_of_every_script_come_in(words, folder):
    for encoding in ("utf-8", "utf-16"):
        assert let_in(folder, "a.txt", words.encode(encoding)).path.read_text(encoding="utf-8") == words


def test_a_long_text_is_read_in_pieces_that_cut_no_letter(folder):
    words = "äöü€🌷" * 200_000
    clean = let_in(folder, "a.txt", words.encode())
    assert clean.facts["characters"] == len(words) and clean.path.read_text(encoding="utf-8") == words


@pytest.mark.parametrize(
    "content",
    [
        b"hello\x00world",
        "hello".encode("utf-16-le")[:-1],
        "hello".encode("utf-32"),
        bytes(range(256)) * 20,
        b"\x01\x02\x03\x04" * 9,
        "Schöne Grüße aus Köln".encode()[:-1] + b"\xc3",
        b"\xff\xfe\x00\xd8",
    ],
    ids=range(7),
)
def test_what_cannot_be_read_is_refused(content, folder):
    with pytest.raises(UserError, match=r"odd\.txt") as refusal:
        let_in(folder, "odd.txt", content)
    assert refusal.value.fix and not list(folder.iterdir())


@pytest.mark.parametrize(("words", "encoding"), [("hello", "utf-16-le"), ("Дождь идёт" * 9, "cp1251"), ("雨が降る" * 9, "shift_jis")])
def test_what_was_refused_before_is_read_now(words, encoding, folder):
    assert let_in(folder, "odd.txt", words.encode(encoding)).path.read_text(encoding="utf-8") == words


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"  \n\t\n"])
def test_an_empty_text_is_refused(content, folder):
    with pytest.raises(UserError, match=r"empty\.txt is empty"):
        let_in(folder, "empty.txt", content)


def test_a_table_with_an_endless_line_is_refused_and_a_long_table_is_not(folder):
    assert let_in(folder, "long.csv", b"1;2;3\n" * 400_000).facts["characters"] == 2_400_000
    with pytest.raises(UserError, match="a line of more than a million letters"):
        let_in(folder, "endless.csv", b"a;b\n" + b"x" * 1_100_000)
    assert let_in(folder, "endless.txt", b"x" * 1_100_000).kind == "text"


def test_a_thumbnail_sets_the_first_lines_on_paper(tmp_path):
    for words in (POEM, "word " * 3000, "x" * 5000, "日本語\n", "\n\n\n", "\u202eevil\x07"):
        (tmp_path / "a.txt").write_text(words, encoding="utf-8")
        image = Image.open(io.BytesIO(text.thumbnail(tmp_path / "a.txt", 200))).convert("L")
        pixels = np.asarray(image)
        assert image.size == (200, 200) and pixels[:12].min() > 230 and pixels[:, :12].min() > 230
        assert (pixels.min() < 120) == bool(words.strip())


@pytest.mark.parametrize(("letter", "drawn"), [("a", "a"), ("Ж", "Ж"), ("š", "š"), ("Đ", "Đ"), ("σ", "σ"), ("—", "—"), ("本", "~"), ("\t", " ")])
def test_letters_are_drawn_as_they_are_where_the_carried_font_has_them(letter, drawn):
    assert text._drawable(letter) == drawn
