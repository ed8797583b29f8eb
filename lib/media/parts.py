"""The parts of a document that is a zip inside (Word, OpenDocument, EPUB): counted before they are unpacked, and read as XML that can do nothing.

`check` looks at the table of contents only, so the one who asks can do it; `Parts` is for the process that documents.py starts.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from lib.media.source import Refusal, broken, cut_off

UNPACKED = 400_000_000  # bytes of all parts
MOST = 5_000  # parts
LARGEST = 60_000_000  # bytes of one part that holds words
RATIO = 400  # unpacked bytes for each packed one: Word's own XML reaches 60
SMALL = 1_000_000  # bytes unpacked: below this the ratio does not matter
_WORDS = re.compile(r"\.(xml|xhtml|html?|opf|rels)$", re.I)


def locked() -> Refusal:
    return Refusal(
        "is locked with a password",
        "Its words cannot be read.",
        "Open it with its password, save it without one, and add that.",
    )


def bomb() -> Refusal:
    fix = "Open it, copy its words, and paste them under Text."
    return Refusal("would grow very large when unpacked", "Honest documents do not do that.", fix)


def check(file: BinaryIO, needed: set[str]) -> None:
    """Raises Refusal for a document that is damaged, locked or a bomb, or whose `needed` parts are not there."""
    try:
        infos = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise cut_off("Its table of contents, which stands at the end, is missing or damaged.") from error
    if not needed <= {info.filename for info in infos}:
        why = "It is not what its name says."
        raise Refusal(
            "is a zip archive under a document's name",
            why,
            "If you trust it, rename it to end in .zip and add it again.",
        )
    if any(info.flag_bits & 1 for info in infos):
        raise locked()
    if len(infos) > MOST or sum(info.file_size for info in infos) > UNPACKED:
        raise bomb()
    if any(info.file_size > LARGEST and _WORDS.search(info.filename) for info in infos):
        raise bomb()
    if any(info.file_size > SMALL and info.file_size > RATIO * info.compress_size for info in infos):
        raise bomb()


class Parts:
    """The parts of a document by their names; as a folder would, `in` says whether there is one."""

    def __init__(self, path: Path):
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
            raise cut_off() from error
        self._names = {info.filename.lower(): info for info in self._zip.infolist()}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    def read(self, name: str) -> bytes:
        """Raises Refusal where the part is not there or damaged."""
        info = self._names.get(name.lower())
        if info is None:
            raise broken(f"A part of it is missing: {posixpath.basename(name)}.")
        if info.file_size > LARGEST:
            raise bomb()
        try:
            return self._zip.read(info)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise broken(f"A part of it is damaged: {posixpath.basename(name)}.") from error

    def xml(self, name: str):
        """The root of a part. Entities are not filled in, and nothing outside is asked for. Raises Refusal."""
        from lxml import etree

        try:
            return as_xml(self.read(name))
        except etree.XMLSyntaxError as error:
            raise broken(f"A part of it makes no sense: {posixpath.basename(name)}.") from error


def as_xml(content: bytes):
    """The root of an XML document. Raises lxml's XMLSyntaxError, also for one that is deeper than honest ones are."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(content, parser=parser)


def local(element) -> str:
    """The name of an element without its namespace: "p"; "" for an entity that stayed one."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element, name: str) -> str:
    """The value of an attribute of whatever namespace, or ""."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def beside(name: str, target: str) -> str:
    """The name of the part to which `target` leads from the part `name`."""
    return posixpath.normpath(
        target.lstrip("/") if target.startswith("/") else posixpath.join(posixpath.dirname(name), target)
    )
