"""Covers the words of a book (lib/media/epub.py): the order of its spine, what stays out, and what is refused by name."""

from __future__ import annotations

import io
import zipfile

import pytest

from lib import collect
from lib.errors import UserError
from lib.media.intake import clean_copy

CONTAINER = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="{}" media-type="application/oebps-package+xml"/></rootfiles></container>'
CHAPTER = '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>not read</title></head><body>{}</body></html>'


def book(chapters: dict[str, str | bytes], spine: list[str] | None = None, package: str = "OEBPS/content.opf", properties: dict | None = None, **more: str | bytes) -> bytes:
    """chapters: {href: what stands in its body, or the whole file as bytes}. more: other parts, with "/" written "__"."""
    folder = package.rpartition("/")[0]
    items = "".join(f'<item id="c{n}" href="{href}" media-type="application/xhtml+xml" properties="{(properties or {}).get(href, "")}"/>' for n, href in enumerate(chapters))
    order = "".join(f'<itemref idref="c{list(chapters).index(href)}"/>' for href in (chapters if spine is None else spine))
    opf = f'<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><manifest>{items}<item id="p" href="a.png" media-type="image/png"/></manifest><spine>{order}</spine></package>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER.format(package))
        archive.writestr(package, opf)
        for href, body in chapters.items():
            if body != "missing":
                archive.writestr(f"{folder}/{href}".lstrip("/"), body if isinstance(body, bytes) else CHAPTER.format(body))
        for name, content in more.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file.getvalue()


@pytest.fixture
def read(tmp_path):
    """`read(content)`: the clean copy."""

    def copied(content: bytes, name: str = "a.epub"):
        (tmp_path / name).write_bytes(content)
        (tmp_path / "in").mkdir(exist_ok=True)
        return clean_copy(tmp_path / name, tmp_path / "in")

    return copied


def words(clean) -> str:
    return clean.path.read_text("utf-8")


def test_chapters_come_in_the_order_of_the_spine(read):
    clean = read(book({"a.xhtml": "<p>third</p>", "b.xhtml": "<h1>One</h1><p>first</p>", "c.xhtml": "<p>second</p>"}, ["b.xhtml", "c.xhtml", "a.xhtml"]))
    assert words(clean) == "# One\n\nfirst\n\nsecond\n\nthird\n"
    assert (clean.kind, clean.suffix, clean.facts["document"]) == ("text", ".md", "epub")


@pytest.mark.parametrize("package", ["content.opf", "OEBPS/content.opf", "deep/er/book.opf"])
def test_the_package_may_lie_anywhere_and_names_may_be_written_with_signs(read, package):
    file = book({"text/ch%201.xhtml": "<p>here</p>"}, package=package)
    moved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(moved, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace("%20", " "), old.read(name))
    assert words(read(moved.getvalue())) == "here\n"


def test_the_navigation_and_what_only_links_to_pages_stay_out(read):
    nav = '<nav epub:type="toc"><ol><li>Chapter one</li></ol></nav>'
    chapters = {"nav.xhtml": nav, "a.xhtml": f'{nav}<p>One <span epub:type="pagebreak" title="4">4</span>two</p><nav epub:type="landmarks">x</nav>'}
    assert words(read(book(chapters, properties={"nav.xhtml": "nav"}))) == "One two\n"


FORMS = {
    "paragraphs": ("<p>one\n   line</p><p>two</p>", "one line\n\ntwo"),
    "line breaks": ("<p>a<br/>b <br/> c</p>", "a\nb\nc"),
    "verse": ("<div><div>a</div><div>b</div></div><p>c</p>", "a\nb\n\nc"),
    "emphasis within a word": ("<p>un<em>believ</em>able <b>so</b></p>", "unbelievable so"),
    "lists": ("<ul><li>a</li><li><p>b</p></li></ul><ol><li>c</li><li>d</li></ol>", "- a\n\n- b\n\n1. c\n2. d"),
    "a table": ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a | b\nc | d"),
    "named letters": ("<p>caf&eacute;&nbsp;&mdash; &lt;b&gt; &amp;</p>", "café\u00a0— <b> &"),
    "soft hyphens and ligatures": ("<p>flam&shy;boyant ﬁnd</p>", "flamboyant find"),
    "readings above": ("<p><ruby>雨<rp>(</rp><rt>ame</rt><rp>)</rp></ruby></p>", "雨"),
    "what nobody sees": ('<p hidden="hidden">a</p><p style="display: none">b</p><script>c</script><style>d</style><p>e</p>', "e"),
    "empty elements": ('<p><a id="x"/>a<script src="x"/></p><div/><p>b</p>', "a\n\nb"),
    "typed lines": ("<pre>a\n  b</pre>", "a\n  b"),
    "a call for a note": ('<p>so.<a epub:type="noteref" href="#n">1</a></p><aside epub:type="footnote">the note</aside>', "so.[1]\n\nthe note"),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_comes_in_is_what_a_person_reads(read, form):
    body, expected = FORMS[form]
    assert words(read(book({"a.xhtml": body}))).rstrip("\n") == expected


@pytest.mark.parametrize("content", [
    "<html><body><p>été<br>não<p>b</html>".encode(), '<html><head><meta charset="iso-8859-1"></head><body><p>été<br>não<p>b'.encode("latin-1"),
    '<?xml version="1.0" encoding="utf-16"?><html><body><p>été<br/>não</p><p>b</p></body></html>'.encode("utf-16"),
    '<?xml version="1.0" encoding="windows-1252"?><html><body><p>été<br/>n&atilde;o</p><p>b</p></body></html>'.encode("cp1252"),
], ids=["loose", "named in the page", "sixteen bits", "named in the declaration"])  # fmt: skip
def test_a_chapter_may_be_written_in_every_way(read, content):
    assert words(read(book({"a.xhtml": content}))) == "été\nnão\n\nb\n"


def test_a_chapter_that_is_missing_is_told_and_the_rest_comes_in(project, tmp_path):
    (tmp_path / "a.epub").write_bytes(book({"a.xhtml": "<p>here</p>", "lost.xhtml": "missing"}))
    report = collect.add_files(project, tmp_path / "a.epub")
    assert report.added[0].path.read_text("utf-8") == "here\n" and report.added[0].facts["lost_chapters"] == ["lost.xhtml"]
    assert "lost.xhtml" in report.notes[0][1]


def encrypted(*ways: tuple[str, str]) -> str:
    one = '<EncryptedData><EncryptionMethod Algorithm="{}"/><CipherData><CipherReference URI="{}"/></CipherData></EncryptedData>'
    return f"<encryption>{''.join(one.format(*way) for way in ways)}</encryption>"


def test_a_book_that_only_its_shop_opens_is_refused_by_name(read):
    content = book({"a.xhtml": b"\x99\x88\x77" * 50}, **{"META-INF__encryption_xml": encrypted(("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OEBPS/a.xhtml"))})
    with pytest.raises(UserError, match=r"novel\.epub is protected against copying \(DRM\)"):
        read(content, "novel.epub")


@pytest.mark.parametrize("way", ["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"])
def test_a_book_with_scrambled_fonts_is_read(read, way):
    assert words(read(book({"a.xhtml": "<p>here</p>"}, **{"META-INF__encryption_xml": encrypted((way, "OEBPS/font.otf"))}))) == "here\n"


def laughs() -> bytes:
    entities = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    return f'<!DOCTYPE html [{entities}]><html xmlns="http://www.w3.org/1999/xhtml"><body><p>&i;</p></body></html>'.encode()


BOMBS = {
    "large.epub": lambda: book({"a.xhtml": b"<p>" + b" " * 50_000_000}),
    "laughs.epub": lambda: book({"a.xhtml": laughs()}),
    "no-package.epub": lambda: book({"a.xhtml": "<p>a</p>"}).replace(b"content.opf", b"content.xyz", 1),
    "no-words.epub": lambda: book({"a.xhtml": '<p><img src="a.png" alt="x"/></p>'}),
    "nothing.epub": lambda: book({"a.xhtml": "missing"}),
    "cut.epub": lambda: book({"a.xhtml": "<p>a</p>"})[:300],
    "outside.epub": lambda: book({"../../../etc/passwd": "missing"}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_or_a_broken_book_is_refused_by_name_and_leaves_nothing(read, tmp_path, name):
    with pytest.raises(UserError, match=name):
        read(BOMBS[name](), name)
    assert list((tmp_path / "in").iterdir()) == []


def test_a_zip_under_the_name_of_a_book_stays_out(read):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(UserError, match="under a document's name"):
        read(file.getvalue())


def test_a_book_comes_in_from_a_folder_and_can_be_split(project, tmp_path):
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "poems.epub").write_bytes(book({"a.xhtml": "<h1>Rain</h1><p>one</p><p>two</p>"}))
    assert str(collect.add_files(project, tmp_path / "books")) == "1 added"
    report = collect.add_texts(project, tmp_path / "books" / "poems.epub", split="paragraphs")
    assert [item.path.read_text("utf-8") for item in report.added] == ["# Rain", "one", "two"]
