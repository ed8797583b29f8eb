"""The words of a book (.epub), chapter by chapter in the order of its spine. Read `read`. Runs in the process that documents.py starts.

Contents that a reading program shows beside the book (its navigation) stay out; a book that only one shop's program opens
is refused by name. Nothing in it runs, and nothing that it points at is asked for.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from lib.media.hypertext import Page, root_of
from lib.media.parts import Parts, attribute, beside, local
from lib.media.source import Refusal, broken

_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_PAGES = {"application/xhtml+xml", "text/html", "application/xml", "text/xml", ""}
# Fonts may be scrambled so that nobody takes them out of a book; its words are plain all the same.
_SCRAMBLED_FONTS = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}


def read(path: Path) -> tuple[list[str], bool, list[str]]:
    """The chapters as text, whether some have headings (Markdown), and the names of chapters that are missing or damaged.

    Raises Refusal: locked, broken.
    """
    parts = Parts(path)
    package = _package(parts)
    names = _spine(parts.xml(package), package)
    _refuse_locked(parts, {package, *names})
    chapters, lost, has_headings = [], [], False
    for name in names:
        try:
            page = Page(root_of(parts.read(name)))
        except (Refusal, ValueError):
            lost.append(name.rpartition("/")[2])
            continue
        chapters.append(page.text)
        has_headings = has_headings or page.has_headings
    if names and len(lost) == len(names):
        raise broken("None of its chapters can be read.")
    return [chapter + "\n\n" for chapter in chapters if chapter.strip()], has_headings, lost


def _package(parts: Parts) -> str:
    """The part that says what the book is made of."""
    for element in parts.xml(_CONTAINER).iter():
        if local(element) == "rootfile" and attribute(element, "full-path"):
            return beside("", attribute(element, "full-path"))
    raise broken("It does not say where its chapters are.")


def _spine(package, name: str) -> list[str]:
    """The parts with the chapters, in the order of reading, each once, without the navigation."""
    manifest = {attribute(item, "id"): item for item in package.iter() if local(item) == "item"}
    contents = {
        _place(name, attribute(element, "href"))
        for element in package.iter()
        if local(element) == "reference" and attribute(element, "type") == "toc"
    }
    places: dict[str, None] = {}
    for itemref in (element for element in package.iter() if local(element) == "itemref"):
        item = manifest.get(attribute(itemref, "idref"))
        if (
            item is None
            or attribute(item, "media-type").lower() not in _PAGES
            or "nav" in attribute(item, "properties").split()
        ):
            continue
        places[_place(name, attribute(item, "href"))] = None
    return [place for place in places if place not in contents or len(places) == 1]


def _place(name: str, href: str) -> str:
    return beside(name, unquote(urlsplit(href).path))


def _refuse_locked(parts: Parts, names: set[str]) -> None:
    """Raises Refusal where the words themselves are encrypted."""
    if _ENCRYPTION not in parts:
        return
    names = {name.lower() for name in names}
    for data in (element for element in parts.xml(_ENCRYPTION).iter() if local(element) == "EncryptedData"):
        ways = {attribute(element, "Algorithm") for element in data if local(element) == "EncryptionMethod"}
        about = {
            beside("", unquote(attribute(element, "URI"))).lower() for element in data.iter() if local(element) == "CipherReference"
        }
        if about & names and not ways & _SCRAMBLED_FONTS:
            raise Refusal(
                "is protected against copying (DRM)", "Its words are encrypted, and only the program of the shop that sold it opens them.",
                "Add a copy without such a protection, if you have the right to one.",
            )  # fmt: skip
