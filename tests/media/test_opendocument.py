"""Covers the words of an OpenDocument text (lib/media/opendocument.py): changes tracked, notes, lists, tables."""

from __future__ import annotations

import io
import zipfile

import pytest

from lib.errors import UserError
from lib.media.intake import clean_copy

_OPEN = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><office:body><office:text>'
)


def odt(body: str, manifest: str = "<manifest/>") -> bytes:
    """A text by hand, around what stands in its body."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        archive.writestr("content.xml", f"{_OPEN}{body}</office:text></office:body></office:document-content>")
        archive.writestr("META-INF/manifest.xml", manifest)
    return file.getvalue()


def p(words: str) -> str:
    return f"<text:p>{words}</text:p>"


DELETED = '<text:changed-region text:id="c1"><text:deletion><office:change-info><dc:creator>Ana</dc:creator></office:change-info><text:p>red</text:p></text:deletion></text:changed-region>'
INSERTED = '<text:changed-region text:id="c2"><text:insertion><office:change-info><dc:creator>Ana</dc:creator></office:change-info></text:insertion></text:changed-region>'

FORMS = {
    "changes tracked": (
        f"<text:tracked-changes>{DELETED}{INSERTED}</text:tracked-changes>"
        + p('The <text:change-start text:change-id="c2"/>crimson<text:change-end text:change-id="c2"/><text:change text:change-id="c1"/> fox'),
        "The crimson fox\n\n",
    ),
    "a note of the margin": (p('seen<office:annotation><dc:creator>Ana</dc:creator><text:p>hidden</text:p></office:annotation> too'), "seen too\n\n"),
    "blanks, tabs and breaks": (p('a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d<!-- nothing -->'), "a   b\tc\nd\n\n"),
    "spans and links": (p('<text:span>so <text:a>it</text:a></text:span> goes'), "so it goes\n\n"),
    "a list": ("<text:list><text:list-item>" + p("one") + "</text:list-item><text:list-item>" + p("two") + "</text:list-item></text:list>", "- one\n- two\n\n"),
    "a table": ("<table:table><table:table-row><table:table-cell>" + p("a") + "</table:table-cell><table:table-cell>" + p("b") + "</table:table-cell></table:table-row></table:table>", "a | b\n"),
}


@pytest.fixture
def read(tmp_path):
    def words(content: bytes) -> str:
        (tmp_path / "a.odt").write_bytes(content)
        (tmp_path / "in").mkdir(exist_ok=True)
        return clean_copy(tmp_path / "a.odt", tmp_path / "in").path.read_text("utf-8")

    return words


@pytest.mark.parametrize("form", FORMS)
def test_what_comes_in_is_what_a_person_reads(read, form):
    body, expected = FORMS[form]
    assert read(odt(body + p("end"))) == f"{expected}end\n\n"


def test_headings_are_headings_and_notes_stand_at_the_end(read):
    note = '<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>the note</text:p></text:note-body></text:note>'
    assert read(odt('<text:h text:outline-level="2">Diary</text:h>' + p(f"First.{note} Second."))) == "## Diary\n\nFirst.[1] Second.\n\n[1] the note\n"


def test_a_locked_one_and_a_broken_one_are_named(read):
    locked = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:encryption-data/></manifest:manifest>'
    with pytest.raises(UserError, match=r"a\.odt is locked with a password"):
        read(odt(p("secret"), locked))
    with pytest.raises(UserError, match=r"a\.odt"):
        read(odt("<text:p>"))
