"""The words of an OpenDocument text (.odt) as a person reads them. Read `read`. Runs only in the process that documents.py starts.

What was inserted with changes tracked is there, what was deleted is not: it lies in a part of its own, which is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lib.media.parts import Parts, attribute, local, locked
from lib.media.source import broken

_CONTENT, _MANIFEST = "content.xml", "META-INF/manifest.xml"
_GONE = {"tracked-changes", "annotation", "annotation-end", "ruby-text", "forms", "sequence-decls", "note-citation", "bookmark", "change"}
_SIGNS = {"tab": "\t", "line-break": "\n", "soft-page-break": ""}


def read(path: Path) -> tuple[list[str], bool]:
    """Pieces of text with their line breaks, and whether some are headings (Markdown). Raises Refusal: locked, broken."""
    parts = Parts(path)
    if _MANIFEST in parts and any(local(element) == "encryption-data" for element in parts.xml(_MANIFEST).iter()):
        raise locked()
    body = next((element for element in parts.xml(_CONTENT).iter() if local(element) == "body"), None)
    if body is None:
        raise broken("It is not a whole OpenDocument text.")
    document = _Document()
    pieces = [*document.blocks(body), *document.called_notes()]
    return pieces, document.has_headings


class _Document:
    def __init__(self) -> None:
        self.has_headings = False
        self.notes: list[str] = []

    def blocks(self, element, prefix: str = "") -> Iterator[str]:
        """Paragraphs and headings with a blank line after each, entries of lists and rows of tables with a line break."""
        for child in element:
            name = local(child)
            if name in _GONE:
                continue
            if name == "h":
                self.has_headings = True
                level = attribute(child, "outline-level")
                yield f"{'#' * min(6, int(level) if level.isdecimal() and int(level) else 1)} {' '.join(self.words(child).split())}\n\n"
            elif name == "p":
                if words := self.words(child).strip("\n"):
                    yield f"{prefix}{words}\n" if prefix else f"{words}\n\n"
            elif name == "table-row":
                cells = (" ".join("".join(self.blocks(cell)).split()) for cell in child if local(cell) == "table-cell")
                yield " | ".join(cells) + "\n"
            elif name == "list":
                yield from self.blocks(child, "- ")
                yield "" if prefix else "\n"
            else:
                yield from self.blocks(child, prefix)

    def words(self, element) -> str:
        """The words of a paragraph; what a note says comes at the end of the text."""
        said = [element.text or ""]
        for child in element:
            name = local(child)
            if name == "s":
                said.append(" " * max(1, int(attribute(child, "c") or 1)))
            elif name == "note":
                self.notes.append("".join(part for body in child if local(body) == "note-body" for part in self.blocks(body)).strip())
                said.append(f"[{len(self.notes)}]")
            elif name in _SIGNS:
                said.append(_SIGNS[name])
            elif name not in _GONE:
                said.append(self.words(child))
            said.append(child.tail or "")
        return "".join(said)

    def called_notes(self) -> Iterator[str]:
        for number, words in enumerate(self.notes, start=1):
            yield f"[{number}] {words}\n"
