"""The words of a Word file (.docx) as a person reads them. Read `read`. Runs only in the process that documents.py starts.

What was inserted with changes tracked is there, what was deleted or moved away is not. Elements are told apart by their
names alone, since the two standards of the format differ only in their namespaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lib.media.parts import Parts, attribute, beside, local
from lib.media.source import broken

_MAIN = "word/document.xml"
_GONE = {"del", "moveFrom", "delText", "instrText", "delInstrText", "rt", "annotationRef", "txbxContent", "Fallback"}
_BOXES = {"drawing", "pict", "object"}
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NO = {"0", "false", "off", "none"}


def read(path: Path) -> tuple[list[str], bool]:
    """Pieces of text with their line breaks, and whether some are headings (Markdown). Raises Refusal."""
    document = _Document(Parts(path))
    pieces = list(document.pieces())
    return pieces, document.has_headings


class _Document:
    def __init__(self, parts: Parts):
        self.parts = parts
        self.main = self._main()
        self.links = self._links(self.main)
        self.levels = self._levels()
        self.notes: list[tuple[str, str, str]] = []  # (kind, id, mark), in the order in which they are called for
        self.has_headings = False

    def pieces(self) -> Iterator[str]:
        body = next((element for element in self.parts.xml(self.main) if local(element) == "body"), None)
        if body is None:
            raise broken("It is not a whole Word document.")
        head, foot = "", ""
        seen: set[str] = set()
        for blocks, section in _sections(body):
            head, foot = self._edge(section, "headerReference", head), self._edge(section, "footerReference", foot)
            yield from _once(head, seen)
            yield from self.blocks(blocks)
            yield from _once(foot, seen)
        yield from self._called_notes()

    # ---- parts -----------------------------------------------------------------------------------------------------

    def _main(self) -> str:
        """Where the words are: some programs give that part another name."""
        if "_rels/.rels" in self.parts:
            for link in self.parts.xml("_rels/.rels"):
                if attribute(link, "Type").endswith("/officeDocument"):
                    return beside("", attribute(link, "Target"))
        return _MAIN

    def _links(self, name: str) -> dict[str, tuple[str, str]]:
        """{id: (type, name of the part)} of the parts that belong to one."""
        folder, _, file = name.rpartition("/")
        rels = f"{folder}/_rels/{file}.rels"
        links = (
            [link for link in self.parts.xml(rels) if attribute(link, "TargetMode") != "External"]
            if rels in self.parts
            else []
        )
        return {
            attribute(link, "Id"): (attribute(link, "Type").rpartition("/")[2], beside(name, attribute(link, "Target")))
            for link in links
        }

    def _part(self, kind: str):
        """The root of the part of a kind ("styles"), or nothing to go through."""
        name = next((name for its_kind, name in self.links.values() if its_kind == kind and name in self.parts), None)
        return self.parts.xml(name) if name else ()

    def _levels(self) -> dict[str, int]:
        """{id of a style: level of the heading that it makes}, also where it is based on another."""
        own, based = {}, {}
        for style in self._part("styles"):
            if local(style) == "style":
                name = _value(style, "name").casefold()
                number = re.fullmatch(r"heading (\d)", name)
                style_id = attribute(style, "styleId")
                own[style_id] = 1 if name == "title" else min(int(number[1]), 6) if number else 0
                based[style_id] = _value(style, "basedOn")
        return {style: self._inherited(style, own, based) for style in own}

    @staticmethod
    def _inherited(style: str, own: dict[str, int], based: dict[str, str]) -> int:
        for _ in range(20):  # a circle of styles ends too
            if own.get(style) or style not in based:
                break
            style = based[style]
        return own.get(style, 0)

    def _edge(self, section, kind: str, before: str) -> str:
        """The words that stand above or below each page of a section: its own, or those of the section before."""
        ids = [attribute(element, "id") for element in section if local(element) == kind] if section is not None else []
        names = [self.links[key][1] for key in ids if key in self.links and self.links[key][1] in self.parts]
        if not names:
            return before
        texts = dict.fromkeys("".join(self.blocks(self.parts.xml(name))).strip() for name in names)
        return "\n".join(text for text in texts if re.search(r"[^\W\d_]{2}", text))

    def _called_notes(self) -> Iterator[str]:
        """What stands below the pages, or at the end: each note that the text calls for, once."""
        roots = {
            kind: {attribute(note, "id"): note for note in self._part(f"{kind}s")} for kind in ("footnote", "endnote")
        }
        place = 0
        while place < len(self.notes):  # a note may call for another
            kind, note_id, mark = self.notes[place]
            note = roots[kind].get(note_id)
            if note is not None:
                yield ("\n" if place == 0 else "") + f"[{mark}] {''.join(self.blocks(note)).strip()}\n"
            place += 1

    # ---- blocks ----------------------------------------------------------------------------------------------------

    def blocks(self, container) -> Iterator[str]:
        """Paragraphs and tables as text; a paragraph whose end was deleted goes on in the next."""
        open_text = ""
        for block in _inside(container):
            if local(block) == "tbl":
                yield from self._rows(block)
                yield "\n"
            elif local(block) == "p":
                text, boxes = self._paragraph(block)
                open_text += text
                if _mark_is_gone(block):
                    continue
                yield self._as_heading(block, open_text)
                yield from boxes
                open_text = ""
        if open_text:
            yield open_text + "\n"

    def _as_heading(self, paragraph, text: str) -> str:
        level = self.levels.get(_value(_child(paragraph, "pPr"), "pStyle"), 0)
        if not level or not text.strip():
            return f"{text}\n"
        self.has_headings = True
        return f"{'#' * level} {text.strip()}\n\n"

    def _rows(self, table) -> Iterator[str]:
        for row in _inside(table, "tr"):
            if _child(_child(row, "trPr"), "del") is None:
                cells = [cell for cell in _inside(row, "tc") if _child(_child(cell, "tcPr"), "cellDel") is None]
                yield " | ".join(" ".join("".join(self.blocks(cell)).split("\n")).strip() for cell in cells) + "\n"

    # ---- words -----------------------------------------------------------------------------------------------------

    def _paragraph(self, paragraph) -> tuple[str, list[str]]:
        """Its own words, and those of the text boxes that hang on it."""
        boxes: list[str] = []
        return "".join(self._words(paragraph, boxes)), boxes

    def _words(self, element, boxes: list[str]) -> Iterator[str]:
        for child in element:
            name = local(child)
            if name == "t":
                yield child.text or ""
            elif name in _SIGNS:
                yield _SIGNS[name]
            elif name == "sym":
                yield _symbol(child)
            elif name in ("footnoteReference", "endnoteReference"):
                yield self._mark(child, name.removesuffix("Reference"))
            elif name in _BOXES:
                boxes += self._boxes(child)
            elif name and name not in _GONE and not name.endswith("Pr") and not _is_unseen(child):
                yield from self._words(child, boxes)

    def _boxes(self, drawing) -> Iterator[str]:
        """The words in the text boxes of a drawing."""
        for child in drawing:
            if local(child) == "txbxContent":
                yield from self.blocks(child)
            elif local(child) not in ("Fallback", "") and local(child) not in ("del", "moveFrom"):
                yield from self._boxes(child)

    def _mark(self, reference, kind: str) -> str:
        """ "[1]" where a note is called for, as Word counts them; "" where the text has a mark of its own."""
        count = sum(its_kind == kind for its_kind, _, _ in self.notes) + 1
        mark = str(count) if kind == "footnote" else _roman(count)
        self.notes.append((kind, attribute(reference, "id"), mark))
        return f"[{mark}]" if attribute(reference, "customMarkFollows") in {"", *_NO} else ""


def _sections(body) -> Iterator[tuple[list, object]]:
    """(blocks, how their pages are set) of each section."""
    blocks: list = []
    for block in body:
        if local(block) == "sectPr":
            yield blocks, block
            return
        blocks.append(block)
        if (section := _child(_child(block, "pPr"), "sectPr")) is not None:
            yield blocks, section
            blocks = []
    yield blocks, None


def _once(text: str, seen: set[str]) -> Iterator[str]:
    if text and text not in seen:
        seen.add(text)
        yield f"{text}\n\n"


def _inside(container, name: str = "") -> Iterator:
    """Paragraphs and tables (or rows, or cells), also those in content controls and in what was inserted or moved here."""
    for child in container:
        kind = local(child)
        if kind == name or (not name and kind in ("p", "tbl")):
            yield child
        elif kind == "sdt":
            yield from () if _is_unseen(child) else _inside(child, name)
        elif kind in ("sdtContent", "customXml", "ins", "moveTo", "AlternateContent", "Choice", "smartTag"):
            yield from _inside(child, name)


def _child(element, name: str):
    """The first child of a name, or None."""
    return None if element is None else next((child for child in element if local(child) == name), None)


def _value(element, name: str) -> str:
    """The value of a property that is a child, or ""."""
    child = _child(element, name)
    return "" if child is None else attribute(child, "val")


def _is_on(element, name: str) -> bool:
    child = _child(element, name)
    return child is not None and attribute(child, "val").lower() not in _NO


def _is_unseen(element) -> bool:
    """True for hidden words, and for what a content control asks for while nobody has filled it in."""
    return _is_on(_child(element, "rPr"), "vanish") or _is_on(_child(element, "sdtPr"), "showingPlcHdr")


def _mark_is_gone(paragraph) -> bool:
    """True where the end of a paragraph was deleted, or went away with what was moved."""
    mark = _child(_child(paragraph, "pPr"), "rPr")
    return any(_child(mark, name) is not None for name in ("del", "moveFrom"))


def _symbol(element) -> str:
    """A sign of a symbol font by its number: those of the private zone are dots before list items, or nothing known."""
    code = int(attribute(element, "char") or "0", 16)
    return "•" if code == 0xF0B7 else chr(code) if 32 <= code < 0xD800 else ""


def _roman(number: int) -> str:
    """1 -> "i", 4 -> "iv": as Word marks endnotes."""
    signs = (
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    )
    written = ""
    for value, sign in signs:
        written, number = written + sign * (number // value), number % value
    return written
