"""A web page of strangers: its pictures with their alt texts, its meta tags and the licence it names. Read `read`.

Nothing of it runs and nothing that it points at is asked for. lxml is loaded when a page is read, never before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from lib.media import text
from lib.media.source import Refusal

PICTURES = 500  # of one page
_TINY = 32      # px: what says that it is smaller is an icon or a counter
_DATA = 1_000_000  # letters of a JSON-LD block that are read
_NODES = 20_000    # parts of it that are looked at
_ALT = 1_000

# creativecommons.org/licenses/by-sa/4.0/deed.de -> ("licenses", "by-sa", "4.0")
_CC = re.compile(r"creativecommons\.org/(licenses|publicdomain)/([a-z-]+)(?:/(\d\.\d))?", re.I)


@dataclass(frozen=True)
class Picture:
    """address: whole. alt: what its page says that it shows. licence: as the page says it of this picture, or ""."""

    address: str
    alt: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Page:
    title: str = ""
    licence: str = ""
    metas: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


def read(content: bytes, address: str, charset: str = "") -> Page:
    """What is of use in a page. content: as it came. address: its own, for those that lead on from it.

    Raises ValueError for what cannot be a page.
    """
    from lxml import etree, html

    known = _known(charset)
    parser = html.HTMLParser(encoding=known, no_network=True, remove_comments=True, huge_tree=False)
    try:
        root = html.document_fromstring(content if known else as_letters(content), parser=parser)
    except (etree.LxmlError, LookupError, AssertionError) as error:
        raise ValueError("no page") from error
    base = root.find(".//base[@href]")
    start = urljoin(address, base.get("href")) if base is not None else address
    licences = {urljoin(start, source): licence for source, licence in _licences_in_data(root)}
    licence = _licence_in(root)
    title = root.findtext(".//title") or ""
    return Page(" ".join(title.split())[:200], licence, _metas(root), _pictures(root, start, licences))


def as_letters(content: bytes) -> bytes | str:
    """A page that says itself how it is written as it is; the letters of any other, as they make the best sense.

    Raises ValueError for what is no text.
    """
    if _SAYS_ITSELF.search(content[:4096]) or content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return content
    try:
        return text.decode(content).text
    except Refusal as error:
        raise ValueError("no page") from error


_SAYS_ITSELF = re.compile(rb"<meta[^>]{0,200}charset\s*=|<\?xml[^>]{0,100}encoding\s*=", re.I)


def licence_words(address: str) -> str:
    """"CC BY-SA 4.0" for an address of Creative Commons; any other words as they are."""
    match = _CC.search(address)
    if not match:
        return " ".join(address.split())[:300]
    kind, name, version = match[1].lower(), match[2].lower(), match[3] or ""
    if kind == "publicdomain":
        return "CC0 1.0" if name == "zero" else "Public domain"
    return f"CC {name.upper()} {version}".strip()


def licence_in_links(values: list[str]) -> str:
    """Of `Link` headers: <https://creativecommons.org/licenses/by/4.0/>; rel="license"."""
    for value in values:
        for target, more in re.findall(r"<([^<>]{1,2000})>([^<,]{0,500})", value):
            if re.search(r"rel\s*=\s*\"?[^\";]*\blicen[cs]e\b", more, re.I):
                return licence_words(target)
    return ""


def _known(charset: str) -> str | None:
    import codecs

    try:
        return codecs.lookup(charset).name if charset else None
    except LookupError:
        return None


def _metas(root) -> list[tuple[str, str]]:
    return [(meta.get("name"), meta.get("content") or "") for meta in root.iter("meta") if meta.get("name")][:500]


def _pictures(root, start: str, licences: dict[str, str]) -> list[Picture]:
    pictures: dict[str, Picture] = {}
    for image in root.iter("img"):
        address = _largest(image)
        if not address or _is_tiny(image):
            continue
        address = urljoin(start, address.strip()).partition("#")[0]
        if urlsplit(address).scheme not in ("http", "https") or urlsplit(address).path.lower().endswith((".svg", ".ico")):
            continue
        alt = " ".join((image.get("alt") or "").split())[:_ALT]
        known = pictures.get(address)
        if known is None or (alt and not known.alt):
            pictures[address] = Picture(address, alt, licences.get(address) or _licence_near(image))
        if len(pictures) >= PICTURES:
            break
    return list(pictures.values())


def _largest(image) -> str:
    """The widest of those that a picture offers, or the one that it names."""
    offers = [image.get("srcset") or image.get("data-srcset") or ""]
    above = image.getparent()
    if above is not None and above.tag == "picture":
        offers += [source.get("srcset") or "" for source in above.iter("source") if (source.get("type") or "") not in ("image/avif", "image/jxl")]
    sizes = []
    for offer in offers:
        words = offer[:20_000].split()
        for address, width in zip(words, words[1:], strict=False):
            if (size := re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)[wx],?", width)) and len(address) <= 2000:
                sizes.append((float(size[1]), address.lstrip(",")))
    plain = image.get("src") or ""
    if plain.startswith("data:") or not plain:
        plain = image.get("data-src") or image.get("data-original") or ""
    return max(sizes)[1] if sizes else plain


def _is_tiny(image) -> bool:
    return any(re.fullmatch(r"\d{1,5}(px)?", side) and int(side.removesuffix("px")) < _TINY for side in (image.get("width") or "", image.get("height") or "") if side)


def _licence_in(root) -> str:
    """What the page says of itself: a link with rel=license, a meta tag, or a link to Creative Commons that stands alone."""
    for link in root.iter("link", "a"):
        if "license" in (link.get("rel") or "").lower().split() and link.get("href"):
            return licence_words(link.get("href"))
    for meta in root.iter("meta"):
        if (meta.get("name") or meta.get("property") or "").lower() in ("dcterms.license", "dc.rights", "dcterms.rights", "license", "copyright"):
            if meta.get("content"):
                return licence_words(meta.get("content"))
    named = {licence_words(link.get("href")) for link in root.iter("a") if _CC.search(link.get("href") or "")}
    return named.pop() if len(named) == 1 else ""


def _licence_near(image) -> str:
    """A licence that stands in the same figure as a picture."""
    figure = next(image.iterancestors("figure"), None)
    if figure is None:
        return ""
    for link in figure.iter("a"):
        href = link.get("href") or ""
        if href and ("license" in (link.get("rel") or "").lower().split() or _CC.search(href)):
            return licence_words(href)
    return ""


def _licences_in_data(root) -> Iterator[tuple[str, str]]:
    """(address, licence) of every schema.org ImageObject in the page's JSON-LD."""
    for script in root.iter("script"):
        if (script.get("type") or "").lower() != "application/ld+json" or len(script.text or "") > _DATA:
            continue
        try:
            left = [json.loads(script.text or "")]
        except (ValueError, RecursionError):
            continue
        for _ in range(_NODES):
            if not left:
                break
            node = left.pop()
            if isinstance(node, list):
                left += node[:_NODES]
            elif isinstance(node, dict):
                left += [part for part in node.values() if isinstance(part, dict | list)]
                yield from _of_image(node)


def _of_image(node: dict) -> Iterator[tuple[str, str]]:
    kinds = node.get("@type")
    licence = node.get("license")
    licence = licence.get("url") or licence.get("@id") if isinstance(licence, dict) else licence
    if "ImageObject" in (kinds if isinstance(kinds, list) else [kinds]) and isinstance(licence, str) and licence:
        for name in ("contentUrl", "url", "@id"):
            if isinstance(node.get(name), str):
                yield node[name], licence_words(licence)
