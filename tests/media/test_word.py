"""Covers the words of a Word file (lib/media/word.py): changes tracked, notes, boxes, headers, tables, controls."""

from __future__ import annotations

import io
import zipfile

import pytest

from lib.errors import UserError
from lib.media.intake import clean_copy

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'


def word(body: str, main: str = "word/document.xml", space: str = _W, **more: str) -> bytes:
    """A .docx by hand. more: parts that belong to the main one, by their kind ("footnotes", "header1")."""
    def root(name: str, inner: str) -> str:
        return (
            f'<w:{name} xmlns:w="{space}" xmlns:r="{_R}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
            f'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:v="urn:schemas-microsoft-com:vml">{inner}</w:{name}>'
        )

    names = {"footnotes": "footnotes", "endnotes": "endnotes", "styles": "styles"}
    links = "".join(f'<Relationship Id="{kind}" Type="{_R}/{kind.rstrip("0123456789")}" Target="{kind}.xml"/>' for kind in more)
    folder, _, file = main.rpartition("/")
    parts = {
        "[Content_Types].xml": "<Types/>", "_rels/.rels": _RELS.format(f'<Relationship Id="m" Type="{_R}/officeDocument" Target="{main}"/>'),
        main: root("document", f"<w:body>{body}</w:body>"), f"{folder}/_rels/{file}.rels": _RELS.format(links),
        **{f"{folder}/{kind}.xml": root(names.get(kind, "hdr"), inner) for kind, inner in more.items()},
    }  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def p(*runs: str, mark: str = "") -> str:
    return f"<w:p><w:pPr><w:rPr>{mark}</w:rPr></w:pPr>{''.join(runs)}</w:p>"


def r(words: str, tag: str = "t", more: str = "") -> str:
    return f'<w:r>{more}<w:{tag} xml:space="preserve">{words}</w:{tag}></w:r>'


def ins(inner: str) -> str:
    return f'<w:ins w:id="1" w:author="x">{inner}</w:ins>'


def gone(words: str) -> str:
    return f'<w:del w:id="2" w:author="x">{r(words, "delText")}</w:del>'


def table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/>{''.join(rows)}</w:tbl>"


def row(*cells: str, more: str = "") -> str:
    return f"<w:tr><w:trPr>{more}</w:trPr>{''.join(f'<w:tc><w:tcPr/>{cell}</w:tc>' for cell in cells)}</w:tr>"


BOX = '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><w:txbxContent>{0}</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>{0}</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>'
OLD_BOX = "<w:r><w:pict><v:shape><v:textbox><w:txbxContent>{0}</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
CONTROL = "<w:sdt><w:sdtPr>{1}</w:sdtPr><w:sdtContent>{0}</w:sdtContent></w:sdt>"

FORMS = {
    "inserted": (p(r("The "), ins(r("crimson")), gone("red"), r(" fox")), "The crimson fox\n"),
    "inserted in a link": (p(f'<w:hyperlink r:id="x">{r("see ")}{ins(r("here"))}</w:hyperlink>'), "see here\n"),
    "inserted within inserted": (p(ins(ins(r("twice")) + r(" more"))), "twice more\n"),
    "inserted and deleted again": (p(r("a"), ins(gone("b")), r("c")), "ac\n"),
    "a paragraph that was inserted": (p(r("one")) + p(ins(r("two")), mark="<w:ins/>") + p(r("three")), "one\ntwo\nthree\n"),
    "a paragraph's end that was deleted": (p(r("one "), mark="<w:del/>") + p(r("two")), "one two\n"),
    "a paragraph that was deleted": (p(r("one")) + p(gone("two"), mark="<w:del/>") + p(r("three")), "one\nthree\n"),
    "moved": (p(f'<w:moveFrom w:id="3">{r("moved words")}</w:moveFrom>', mark="<w:moveFrom/>") + p(r("then ")) + p(f'<w:moveTo w:id="4">{r("moved words")}</w:moveTo>'), "then \nmoved words\n"),
    "in a table": (table(row(p(r("a"), ins(r("b"))), p(gone("c"), r("d")))), "ab | d\n\n"),
    "a row that was deleted": (table(row(p(r("a"))), row(p(gone("b")), more="<w:del/>"), row(p(ins(r("c"))), more="<w:ins/>")), "a\nc\n\n"),
    "a table in a table": (table(row(p(r("a")) + table(row(p(r("b")), p(r("c")))) + p(), p(r("d")))), "a b | c | d\n\n"),
    "a table in a control": (CONTROL.format(table(CONTROL.format(row(p(r("a")), p(r("b"))), "")), ""), "a | b\n\n"),
    "breaks and tabs": (p(r("a"), "<w:r><w:br/></w:r>", r("b"), "<w:r><w:tab/><w:t>c</w:t><w:cr/><w:t>d</w:t></w:r>"), "a\nb\tc\nd\n"),
    "hyphens": (p(r("well"), "<w:r><w:noBreakHyphen/></w:r>", r("known co"), "<w:r><w:softHyphen/></w:r>", r("lour")), "well-known colour\n"),
    "controls": (p(CONTROL.format(r("filled in"), "")) + CONTROL.format(p(r("a block")), ""), "filled in\na block\n"),
    "a control that nobody filled in": (p(r("Name: "), CONTROL.format(r("Click here"), "<w:showingPlcHdr/>")), "Name: \n"),
    "a text box": (p(r("before"), BOX.format(p(r("in the box ") + ins(r("too"))))) + p(r("after")), "before\nin the box too\nafter\n"),
    "an old text box": (p(OLD_BOX.format(p(r("in it")))), "\nin it\n"),
    "hidden words": (p(r("seen"), r("hidden", more="<w:rPr><w:vanish/></w:rPr>"), r(" too", more='<w:rPr><w:vanish w:val="0"/></w:rPr>')), "seen too\n"),
    "a field": (p('<w:r><w:fldChar w:fldCharType="begin"/></w:r>', r(" DATE ", "instrText"), '<w:r><w:fldChar w:fldCharType="separate"/></w:r>', r("1 May")), "1 May\n"),
    "readings above": (p('<w:r><w:ruby><w:rt><w:r><w:t>ame</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>雨</w:t></w:r></w:rubyBase></w:ruby></w:r>'), "雨\n"),
    "a formula": (p(r("so "), "<m:oMath><m:r><m:t>a=b</m:t></m:r></m:oMath>"), "so a=b\n"),
    "a symbol": (p('<w:r><w:sym w:font="Symbol" w:char="F0B7"/></w:r>', r(" dot")), "• dot\n"),
}  # fmt: skip


@pytest.fixture
def read(tmp_path):
    def words(content: bytes, name: str = "a.docx") -> str:
        (tmp_path / name).write_bytes(content)
        (tmp_path / "in").mkdir(exist_ok=True)
        return clean_copy(tmp_path / name, tmp_path / "in").path.read_text("utf-8")

    return words


@pytest.mark.parametrize("form", FORMS)
def test_what_comes_in_is_what_a_person_reads(read, form):
    body, expected = FORMS[form]
    words = read(word(body + p(r("end"))))
    assert words == expected + "end\n"


@pytest.mark.parametrize("form", ["inserted", "in a table", "a text box"])
def test_the_strict_form_and_another_name_of_the_main_part_are_read_too(read, form):
    body, expected = FORMS[form]
    assert read(word(body, main="word/document2.xml", space=_STRICT)) == expected


def test_notes_stand_at_the_end_with_their_marks(read):
    body = p(r("First."), '<w:r><w:footnoteReference w:id="7"/></w:r>', r(" Second."), '<w:r><w:endnoteReference w:id="2"/></w:r>')
    footnotes = f'<w:footnote w:id="7">{p("<w:r><w:footnoteRef/></w:r>", r("the "), ins(r("note")), gone("gone"))}</w:footnote><w:footnote w:id="8">{p(r("uncalled"))}</w:footnote>'
    endnotes = f'<w:endnote w:id="2">{p(r("at the end"))}</w:endnote>'
    assert read(word(body, footnotes=footnotes, endnotes=endnotes)) == "First.[1] Second.[i]\n\n[1] the note\n[i] at the end\n"


def test_headers_and_footers_stand_once_above_and_below_and_page_numbers_stay_out(read):
    section = '<w:sectPr><w:headerReference w:type="default" r:id="header1"/><w:footerReference w:type="default" r:id="footer1"/></w:sectPr>'
    first = f"<w:p><w:pPr>{section}</w:pPr>{r('one')}</w:p>"
    body = first + p(r("two")) + section.replace("footer1", "footer2")
    parts = {"header1": p(r("The "), ins(r("paper"))), "footer1": p(r("12")), "footer2": p(r("Printed in May"))}
    assert read(word(body, **parts)) == "The paper\n\none\ntwo\nPrinted in May\n\n"


def test_headings_are_known_in_every_language_and_through_other_styles(read):
    styles = (
        '<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>'
        '<w:style w:styleId="Own"><w:name w:val="Mine"/><w:basedOn w:val="berschrift2"/></w:style>'
        '<w:style w:styleId="Round"><w:name w:val="Round"/><w:basedOn w:val="Round"/></w:style>'
    )
    body = "".join(f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{r(style)}</w:p>' for style in ("berschrift2", "Own", "Round"))
    assert read(word(body, styles=styles)) == "## berschrift2\n\n## Own\n\nRound\n"


@pytest.mark.parametrize(("inside", "says"), [("EncryptedPackage", "is locked with a password"), ("WordDocument", "in the old form")])
def test_a_locked_word_file_and_an_old_one_are_named(read, inside, says):
    with pytest.raises(UserError, match=rf"letter\.docx .*{says}"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + inside.encode("utf-16-le") + bytes(500), "letter.docx")


def test_a_word_file_with_nothing_but_deleted_words_holds_none(read):
    with pytest.raises(UserError, match="holds no words"):
        read(word(p(gone("all of it"))))
