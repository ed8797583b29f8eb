"""Texts: let in as plain UTF-8, and drawn as a small page. Read `clean` first.

A text is never interpreted: markup and scripts inside one stay letters.
"""

from __future__ import annotations

import codecs
import functools
import importlib.util
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lib.media.sniff import CONTROLS
from lib.media.source import Refusal, broken, empty, naming, opened, size_of

LARGEST = 50_000_000      # bytes of a text
LONGEST_LINE = 1_000_000  # bytes of a line in a table (.csv)
BLOCK = 1 << 18
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_AS_UTF8 = "Save it as UTF-8 text and add that."


@dataclass(frozen=True)
class Decoded:
    """text: without a mark at its start. encoding: in which it was written. certain: False where that is only likely."""

    text: str
    encoding: str
    certain: bool = True


def decode(raw: bytes) -> Decoded:
    """The letters that these bytes mean. Bytes that mean none become a replacement character (U+FFFD)."""
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return Decoded(raw[len(mark) :].decode(encoding, "replace"), encoding)
    try:
        return Decoded(raw.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return Decoded(raw.decode("cp1252", "replace"), "cp1252", certain=False)


def clean(source: Path, stem: Path, suffix: str) -> tuple[Path, dict]:
    """Writes a verified copy of a text; bit for bit where it is UTF-8 already, else converted to UTF-8.

    suffix: .txt, .md, .csv or .json, kept.   Known are UTF-8, UTF-16 with a mark at its start, and Windows-1252.
    Returns the copy's path and facts: characters. Raises Refusal.
    """
    target = Path(f"{stem}{suffix}")
    with opened(source) as file:
        _check_size(size_of(file))
        start, encoding = _encoding(file)
        characters, blank = 0, True
        with open(target, "wb") as copy:
            for letters in _checked(_letters(file, start, encoding), suffix):
                characters += len(letters)
                blank = blank and not letters.strip()
                copy.write(letters.encode("utf-8"))
    if blank:
        raise empty()
    return target, {"characters": characters}


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise Refusal(f"is too large for a text: {size / 1e6:,.0f} MB", f"Texts may have up to {LARGEST // 10**6} MB.",
                      "Cut it into several files and add those.")


def _encoding(file: BinaryIO) -> tuple[int, str]:
    """Where the letters begin, and how they are written."""
    head = file.read(4)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return len(mark), encoding
    try:
        for _ in _letters(file, 0, "utf-8"):
            pass
        return 0, "utf-8"
    except UnicodeDecodeError:
        _refuse_damaged(file)
        return 0, "cp1252"


def _letters(file: BinaryIO, start: int, encoding: str) -> Iterator[str]:
    """The text, a block at a time. Raises UnicodeDecodeError."""
    file.seek(start)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    while block := file.read(BLOCK):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


_UTF8_LETTER = re.compile(rb"[\xc3-\xf4][\x80-\xbf]{1,3}")
_HIGH = bytes(range(128, 256))
_COMMON = "€‚„…‘’“”•–—\u00a0§«°´·»¿©ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ".encode("cp1252")


def _refuse_damaged(file: BinaryIO) -> None:
    """Raises Refusal where bytes above 127 are neither a whole UTF-8 text nor likely letters of Windows-1252."""
    high = common = pairs = count = 0
    file.seek(0)
    while block := file.read(BLOCK):
        count += len(block)
        high += len(block) - len(block.translate(None, _HIGH))
        common += len(block) - len(block.translate(None, _COMMON))
        pairs += sum(len(found) for found in _UTF8_LETTER.findall(block))
    if pairs > high / 2:
        raise broken("It is nearly UTF-8, but some of its letters are damaged or cut in half.")
    if high > count * 0.4 or common < high * 0.8:
        raise Refusal("is not a text that can be read", "Its letters are written in a way that is not known here.",
                      _AS_UTF8)


def _checked(blocks: Iterator[str], suffix: str) -> Iterator[str]:
    """Passes a text on, and raises Refusal at what no text has."""
    line = 0
    try:
        for letters in blocks:
            if "\x00" in letters or _controls(letters) > max(len(letters) * 0.01, 3):
                raise Refusal("is not a text", "It holds bytes that no text has.",
                              f"If it is a text in a rare encoding: {_AS_UTF8[0].lower()}{_AS_UTF8[1:]}")
            if suffix == ".csv":
                line = _longest_line(letters, line)
            yield letters
    except UnicodeDecodeError as error:
        raise Refusal("is not a text that can be read", "Some of its letters are damaged or cut in half.",
                      _AS_UTF8) from error


def _controls(letters: str) -> int:
    return sum(map(letters.count, map(chr, CONTROLS)))


def _longest_line(letters: str, before: int) -> int:
    """The length of the line that is still open after `letters`. Raises Refusal where a line is too long."""
    lines = re.split(r"[\r\n]", letters)
    lengths = [before + len(lines[0]), *map(len, lines[1:])]
    if max(lengths) > LONGEST_LINE:
        raise Refusal("has a line of more than a million letters", "A table has short lines, one for each entry.",
                      "Check how the table was saved, or add it as .txt.")
    return lengths[-1]


# --- small ------------------------------------------------------------------------------------------------------

def beginning(path: Path, characters: int) -> str:
    """How a text of ours begins. Raises OSError if its file is gone."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read(characters)


def thumbnail(path: Path, size: int = 256) -> bytes:
    """The first lines of a text, set on paper: a WebP of `size` x `size` pixels. Raises UserError."""
    from PIL import Image, ImageDraw

    from lib.media.picture import INK, PAPER, as_webp

    path = Path(path)
    with naming(path.name):
        with opened(path) as file:
            beginning = file.read(4000).decode("utf-8", errors="ignore")
        letter, margin = max(size // 16, 6), size // 12
        font = _font(letter)
        image = Image.new("RGB", (size, size), PAPER)
        pen = ImageDraw.Draw(image)
        for row, line in enumerate(_lines(beginning, size - 2 * margin, font.getlength)):
            top = margin + row * letter * 1.4
            if top + letter > size - margin:
                break
            pen.text((margin, top), line, INK, font)
        return as_webp(image)


_FONT = "mpl-data/fonts/ttf/DejaVuSans.ttf"  # Latin, Cyrillic, Greek, Hebrew, Arabic, Georgian … (matplotlib carries it)


@functools.cache
def _font(size: int):
    """The carried font at a size in px. matplotlib itself is not loaded for it."""
    from PIL import ImageFont

    carrier = importlib.util.find_spec("matplotlib")
    path = Path(carrier.origin).parent / _FONT if carrier and carrier.origin else Path()
    return ImageFont.truetype(path, size) if path.is_file() else ImageFont.load_default(size)


@functools.lru_cache(maxsize=4096)
def _drawable(letter: str) -> str:
    """The letter where the carried font has it; without its accents where it has only that; else a wave."""
    if letter.isspace() or not letter.isprintable():
        return " "
    if unicodedata.category(letter).startswith("M"):
        return ""  # a mark that belongs to the letter before it, and is no letter with it
    if _has(letter):
        return letter
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain if plain and plain.isprintable() else "~"


def _has(letter: str) -> bool:
    return letter.isascii() or bytes(_font(16).getmask(letter)) != bytes(_font(16).getmask(_NO_LETTER))


_NO_LETTER = "\U0010fffe"  # no font has it, so the box for what is missing is drawn


def _lines(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The lines of a text, broken where they are wider than `width` pixels."""
    letters = max(int(width / measure("n")), 1)
    lines: list[str] = []
    for line in text.splitlines()[:40]:
        lines += textwrap.wrap("".join(map(_drawable, unicodedata.normalize("NFC", line))), letters) or [""]
    return lines
