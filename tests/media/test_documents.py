"""Covers the words of Word files and PDFs (lib/media/documents.py): what comes out, and what bombs and locks are told."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest

from lib.errors import UserError
from lib.media import apart, documents
from lib.media.intake import clean_copy
from tests.media.made_pdfs import scan


def pdf(*pages: str, more: bytes = b"") -> bytes:
    """A small PDF by hand: one text a page; "" is a page without words."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for words in pages:
        lines = b" T* ".join(b"(" + line.encode("latin-1") + b") Tj" for line in words.split("\n"))
        stream = b"BT /F1 12 Tf 14 TL 20 200 Td " + lines + b" ET" if words else b""
        objects.append(b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream")
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % len(objects))
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [" + b" ".join(kids) + b"] /Count %d >>" % len(pages)
    return written(objects, more)


def written(objects: list[bytes], more: bytes = b"") -> bytes:
    file, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(file + b"trailer\n<< /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, more, start))


def docx(build) -> bytes:
    from docx import Document

    document, file = Document(), io.BytesIO()
    build(document)
    document.save(file)
    return file.getvalue()


def packed(words: bytes, **more: bytes) -> bytes:
    """A .docx by hand, around what stands in word/document.xml."""
    file = io.BytesIO()
    kinds = (
        b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        b'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
        b'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    links = (
        b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"[Content_Types].xml": kinds, "_rels/.rels": links, "word/document.xml": words, **more}.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.fixture
def copy(tmp_path):
    """`copy("essay.docx", content)`: the clean copy, or the UserError that it met."""

    def taken(name: str, content: bytes):
        (tmp_path / name).write_bytes(content)
        (tmp_path / "clean").mkdir(exist_ok=True)
        return clean_copy(tmp_path / name, tmp_path / "clean")

    return taken


def test_a_word_file_becomes_its_words_with_headings_and_tables_as_lines(copy):
    def build(document):
        document.add_heading("Rain", 1)
        document.add_paragraph("It rains.\nStill.")
        table = document.add_table(2, 2)
        for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
            cell.text = f"cell {number}"
        document.add_paragraph("Äöü – 雨")

    clean = copy("essay.docx", docx(build))
    assert (clean.kind, clean.suffix, clean.facts["document"]) == ("text", ".md", "docx")
    assert clean.path.read_text("utf-8") == "# Rain\n\nIt rains.\nStill.\ncell 0 | cell 1\ncell 2 | cell 3\n\nÄöü – 雨\n"


def test_a_pdf_becomes_its_words_page_by_page(copy):
    clean = copy("poems.pdf", pdf("It rains.\nStill.", "", "The sun."))
    assert (clean.kind, clean.suffix) == ("text", ".txt") and clean.facts["pages"] == 3 and clean.facts["document"] == "pdf"
    assert clean.path.read_text("utf-8") == "It rains.\nStill.\n\nThe sun.\n"


def test_a_scan_comes_in_without_a_word_and_two_of_them_are_not_alike(copy):
    one, other = copy("scan.pdf", scan(["one"], ["two"])), copy("other.pdf", scan([""]))
    assert one.path.read_text() == "" and one.facts == {"characters": 0, "document": "pdf", "pages": 2, "page_starts": [], "wordless_pages": [1, 2]}
    assert one.sha256 == one.source_sha256 != other.sha256 and one.pages.exists()


def test_where_nobody_can_read_its_letters_a_scan_is_refused_with_what_to_do(copy, monkeypatch):
    monkeypatch.setattr(documents, "_START", apart.start("documents", "from lib.media import recognition; recognition.is_there = lambda: False; "))
    with pytest.raises(UserError, match="scan.pdf holds no words.*as pictures"):
        copy("scan.pdf", scan(["one"]))


def test_a_pdf_with_neither_words_nor_pictures_is_no_scan(copy):
    with pytest.raises(UserError, match="blank.pdf holds no words"):
        copy("blank.pdf", pdf("", ""))


def test_a_locked_pdf_is_refused_unless_its_lock_is_open(copy):
    from pypdf import PdfReader, PdfWriter

    def locked(word: str) -> bytes:
        writer, file = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("secret")))), io.BytesIO()
        writer.encrypt(word, "owner", algorithm="RC4-128")
        writer.write(file)
        return file.getvalue()

    with pytest.raises(UserError, match="locked with a password"):
        copy("locked.pdf", locked("word"))
    assert copy("open.pdf", locked("")).path.read_text("utf-8") == "secret\n"


def test_too_many_pages_are_refused(copy, monkeypatch):
    monkeypatch.setattr(documents, "_START", apart.start("documents", "documents.PAGES = 2; "))
    with pytest.raises(UserError, match="has 3 pages"):
        copy("long.pdf", pdf("a", "b", "c"))


W = b'<?xml version="1.0"?>%s<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>%s</w:body></w:document>'


def test_a_document_never_names_another_file_of_this_computer(copy, tmp_path):
    (tmp_path / "secret.txt").write_text("secret words")
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret.txt">]>'.encode()
    try:
        found = copy("reads.docx", packed(W % (entity, b"<w:p><w:r><w:t>seen: &e;</w:t></w:r></w:p>"))).path.read_text("utf-8")
    except UserError:
        found = ""
    assert "secret" not in found


def laughs() -> bytes:
    entities = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    return packed(W % (b'<!DOCTYPE x [<!ENTITY a0 "ha">' + entities + b"]>", b"<w:p><w:r><w:t>&a9;</w:t></w:r></w:p>"))


def flate() -> bytes:
    """300 million bytes in 1.3 million."""
    squeeze = zlib.compressobj(1)
    stream = b"".join(squeeze.compress(bytes(1_000_000)) for _ in range(300)) + squeeze.flush()
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>"
    content = b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(stream) + stream + b"\nendstream"
    return written([CATALOGUE, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, content])


CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
BOMBS = {
    "zip.docx": lambda: packed(W % (b"", b" " * 50_000_000)),
    "laughs.docx": laughs,
    "deep.docx": lambda: packed(W % (b"", b"<w:p>" * 20_000)),
    "no-word.docx": lambda: packed(b"not xml at all"),
    "cut.docx": lambda: packed(W % (b"", b""))[:400],
    "circle.pdf": lambda: written([CATALOGUE, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]),
    "deep.pdf": lambda: written([CATALOGUE, b"[" * 100_000]),
    "flate.pdf": flate,
    "cut.pdf": lambda: pdf("words")[:120],
    "empty.pdf": lambda: b"%PDF-1.7\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_name_and_leaves_nothing(copy, tmp_path, name):
    with pytest.raises(UserError, match=name):
        copy(name, BOMBS[name]())
    assert list((tmp_path / "clean").iterdir()) == []


@pytest.mark.parametrize(("limit", "words"), [("SECONDS", "takes too long"), ("MEMORY", "too much memory")])
def test_who_reads_too_long_or_too_much_is_ended(copy, monkeypatch, limit, words):
    monkeypatch.setattr(documents, limit, 0.2 if limit == "SECONDS" else 1_000_000)
    monkeypatch.setattr(documents, "_START", "import time; time.sleep(60)")
    with pytest.raises(UserError, match=words):
        copy("slow.pdf", pdf("words"))


def test_a_zip_under_the_name_of_a_document_stays_out(copy):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(UserError, match="under a document's name"):
        copy("letter.docx", file.getvalue())
