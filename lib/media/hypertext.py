"""The words of a page of HTML as a person reads them: of the web, or a chapter of a book. Read `Page`, then `read`.

Runs only in the process that documents.py starts. Nothing in it runs, and nothing that it points at is asked for.
"""

from __future__ import annotations

import html.entities
import re
from pathlib import Path

from lib.media.parts import as_xml, attribute, local
from lib.media.source import broken

_SKIPPED = set("head script style template svg annotation annotation-xml rt rp rtc audio video iframe object noscript".split())
_PARAGRAPHS = set(
    "p h1 h2 h3 h4 h5 h6 blockquote pre ul ol dl table section article aside header footer figure hr body main nav".split()
)
_LINES = set("div li dt dd tr figcaption caption thead tbody tfoot address details summary center".split())
_NOT_READ = {"toc", "landmarks", "page-list", "pagebreak"}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_BLANKS = re.compile(r"[ \t\r\n\f]+")

def read(path: Path) -> tuple[list[str], bool]:
    """The words of a page that was saved from the web, and whether some are headings (Markdown). Raises Refusal."""
    try:
        page = Page(root_of(path.read_bytes()))
    except ValueError as error:
        raise broken("It is not a whole page.") from error
    return [page.text + "\n"], page.has_headings


def root_of(content: bytes):
    """The root of a page or chapter, read strictly, or as browsers do where that fails. Raises ValueError."""
    from lxml import etree
    from lxml import html as loose

    from lib.media import page

    if b"<!ENTITY" in content:
        raise ValueError("words of its own making, which grow without end in a bomb")
    try:
        return as_xml(_without_named(content))
    except etree.XMLSyntaxError:
        pass
    try:
        return loose.document_fromstring(
            page.as_letters(content), parser=loose.HTMLParser(no_network=True, huge_tree=False, remove_comments=True)
        )
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise ValueError("no page") from error


_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_OF_XML = {b"amp", b"lt", b"gt", b"quot", b"apos"}


def _without_named(content: bytes) -> bytes:
    """ "&nbsp;" as its number: XML knows such names only from a list that is not asked for."""

    def numbered(match: re.Match) -> bytes:
        letters = html.entities.html5.get(match[1].decode() + ";", "")
        return (
            match[0] if match[1] in _OF_XML or not letters else b"".join(b"&#%d;" % ord(letter) for letter in letters)
        )

    return _NAMED.sub(numbered, content)


class Page:
    """A page or a chapter as text: a blank line between paragraphs, headings as in Markdown, the cells of a row beside each other."""

    def __init__(self, root) -> None:
        self.has_headings = False
        self._out: list[str] = []
        self._line: list[str] = []
        self._gap = 0  # line breaks that stand before the next line
        self._prefix = ""
        self._walk(root)
        self._end(0)
        self.text = "".join(self._out)

    def _walk(self, element) -> None:
        name = local(element).lower()
        if name and name not in _SKIPPED and not _is_unseen(element):
            self._element(element, name)
        self._say(element.tail)

    def _element(self, element, name: str) -> None:
        gap = 2 if name in _PARAGRAPHS else 1 if name in _LINES else 0
        if gap:
            self._end(gap)
        self._begin(element, name)
        if name == "pre":
            self._put("".join(element.itertext()).strip("\n"))
        else:
            self._inner(element)
        if gap:
            self._end(gap)
        if name in ("td", "th") and element.getnext() is not None:
            self._line.append(" | ")

    def _inner(self, element) -> None:
        is_call = "noteref" in attribute(element, "type").split() or attribute(element, "role") == "doc-noteref"
        self._line += ["["] if is_call else []
        self._say(element.text)
        for child in element:
            self._walk(child)
        self._line += ["]"] if is_call else []

    def _begin(self, element, name: str) -> None:
        if name == "br":
            self._line.append("\n")
        elif name == "li":
            above = element.getparent()
            number = sum(1 for sibling in element.itersiblings(preceding=True) if local(sibling) == "li") + 1
            self._prefix = f"{number}. " if above is not None and local(above) == "ol" else "- "
        elif re.fullmatch("h[1-6]", name) and "".join(element.itertext()).strip():
            self.has_headings, self._prefix = True, "#" * int(name[1]) + " "

    def _say(self, text: str | None) -> None:
        if text:
            self._line.append(_BLANKS.sub(" ", text))

    def _end(self, gap: int) -> None:
        """Ends the line that is being written, if there is one; `gap` breaks at least stand before what follows."""
        line = "".join(self._line).replace("\u00ad", "")
        line = re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", line)).strip(" \n")
        self._line = []
        self._put(line.replace("\n", " ") if self._prefix.startswith("#") else line)
        self._gap = max(self._gap, gap)

    def _put(self, line: str) -> None:
        if line:
            self._out.append(("\n" * self._gap if self._out else "") + self._prefix + line)
            self._prefix, self._gap = "", 0


def _is_unseen(element) -> bool:
    kinds = {
        *attribute(element, "type").split(),
        *(role.removeprefix("doc-") for role in attribute(element, "role").split()),
    }
    return "hidden" in element.attrib or bool(_HIDDEN.search(element.get("style") or "")) or bool(kinds & _NOT_READ)
