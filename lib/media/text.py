"""Texts: let in as plain UTF-8, and drawn as a small page. Read `clean` first; `decode` for bytes that are letters somewhere else.

A text is never interpreted: markup and scripts inside one stay letters. Which letters an old text means is weighed in
codepages.py.
"""

from __future__ import annotations

import codecs
import functools
import io
import itertools
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lib.media import codepages
from lib.media.sniff import CONTROLS
from lib.media.source import Refusal, broken, empty, naming, opened, size_of

LARGEST = 50_000_000      # bytes of a text
LONGEST_LINE = 1_000_000  # bytes of a line in a table (.csv)
BLOCK = 1 << 18
_HEAD = 4096              # bytes by which a text in 16 bits without a mark is known
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_AS_UTF8 = "Save it as UTF-8 text and add that."


@dataclass(frozen=True)
class Reading:
    """One way to read a text. encoding: as Python calls it. says: as people do. line: its first line in which readings differ."""

    encoding: str
    says: str
    line: str


@dataclass(frozen=True)
class Decoded:
    """text: without a mark at its start; every line ends in "\\n" or "\\r\\n". encoding: as Python calls it.

    certain: False where another reading is nearly as likely. readings: then the 2 to 4 likely ones, the best first.
    """

    text: str
    encoding: str
    certain: bool = True
    readings: tuple[Reading, ...] = ()


def decode(raw: bytes, encoding: str = "", *, is_cut: bool = False) -> Decoded:
    """The letters of a text, a table, subtitles or a page that came as bytes, however it was written.

    encoding: where it is known or was chosen; else it is found out. is_cut: the bytes may end in the middle of a letter.
    Raises Refusal for what is no text, or damaged (`naming` makes it a UserError with the file's name).
    """
    detected = _detect(io.BytesIO(raw), encoding, is_cut)
    text = "".join(_checked(_lines_ended(_letters(io.BytesIO(raw), detected, is_cut)), ""))
    return Decoded(text, detected.encoding, detected.certain, detected.readings)


def clean(source: Path, stem: Path, suffix: str, encoding: str = "") -> tuple[Path, dict]:
    """Writes a verified copy of a text; bit for bit where it is UTF-8 with whole line ends, else converted to UTF-8.

    suffix: .txt, .md, .csv or .json, kept. encoding: where somebody said how it is written; else it is found out.
    Returns the copy's path and facts: characters; of a text that was read in an old code page "encoding", and where another
    reading is likely too "encoding_certain" (False) and "encodings" (those that are likely). Raises Refusal.
    """
    target = Path(f"{stem}{suffix}")
    with opened(source) as file:
        _check_size(size_of(file))
        detected = _detect(file, encoding)
        characters, blank = 0, True
        with open(target, "wb") as copy:
            for letters in _checked(_lines_ended(_letters(file, detected)), suffix):
                characters += len(letters)
                blank = blank and not letters.strip()
                copy.write(letters.encode("utf-8"))
    if blank:
        raise empty()
    return target, {"characters": characters, **detected.facts}


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise Refusal(f"is too large for a text: {size / 1e6:,.0f} MB", f"Texts may have up to {LARGEST // 10**6} MB.",
                      "Cut it into several files and add those.")


@dataclass(frozen=True)
class _Detected:
    """How a text is written: where its letters begin, and what is known of its code page."""

    encoding: str
    start: int = 0
    certain: bool = True
    readings: tuple[Reading, ...] = ()

    @property
    def facts(self) -> dict:
        """Nothing to say of a text that says itself how it is written."""
        if self.encoding == "utf-8" or self.start:
            return {}
        doubt = {} if self.certain else {"encoding_certain": False, "encodings": [reading.encoding for reading in self.readings]}
        return {"encoding": self.encoding, **doubt}


def _detect(file: BinaryIO, chosen: str = "", is_cut: bool = False) -> _Detected:
    """How a text is written: as its mark says, as it was chosen, as UTF-8, else as its letters make the best sense."""
    file.seek(0)
    head = file.read(_HEAD)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return _Detected(encoding, len(mark))
    if chosen:
        return _chosen(chosen)
    if encoding := codepages.without_mark(head, is_whole=len(head) < _HEAD and not is_cut):
        return _Detected(encoding)
    if _fits(file, _Detected("utf-8"), is_cut):
        return _Detected("utf-8")
    _refuse_damaged(file)
    return _weighed(file, is_cut)


def _chosen(encoding: str) -> _Detected:
    try:
        return _Detected(codepages.known(encoding))
    except LookupError as error:
        why = f"There is no way of writing letters called {encoding!r}."
        raise Refusal("cannot be read in the way that was chosen", why, 'Choose another one, such as "cp1250" or "koi8_r".') from error


def _weighed(file: BinaryIO, is_cut: bool) -> _Detected:
    file.seek(0)
    sample, is_whole = codepages.telling(iter(lambda: file.read(BLOCK), b""))
    ranked = codepages.ranked(sample, is_whole and not is_cut)
    if not codepages.is_readable(ranked):
        raise Refusal("is not a text that can be read", "Its letters are written in a way that is not known here.", _AS_UTF8)
    # A long text is gone through for each, so only as many as may be asked about.
    fitting = list(itertools.islice((guess for guess in ranked if _fits(file, _Detected(guess.encoding), is_cut)), codepages.MOST + 1))
    if not fitting:
        raise _damaged()
    if codepages.is_certain(fitting):
        return _Detected(fitting[0].encoding)
    readings = tuple(Reading(guess.encoding, guess.says, guess.line) for guess in codepages.worth_asking(fitting))
    return _Detected(fitting[0].encoding, certain=False, readings=readings)


def _fits(file: BinaryIO, detected: _Detected, is_cut: bool) -> bool:
    try:
        for _ in _letters(file, detected, is_cut):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _letters(file: BinaryIO, detected: _Detected, is_cut: bool = False) -> Iterator[str]:
    """The text, a block at a time. Raises UnicodeDecodeError."""
    file.seek(detected.start)
    decoder = codecs.getincrementaldecoder(detected.encoding)("strict")
    while block := file.read(BLOCK):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=not is_cut)


def _lines_ended(blocks: Iterator[str]) -> Iterator[str]:
    """With "\n" where an old Mac wrote "\r"; "\r\n" stays as it is."""
    waiting = ""
    for letters in blocks:
        letters = waiting + letters
        waiting = "\r" if letters.endswith("\r") else ""
        yield _LONE_RETURN.sub("\n", letters[: len(letters) - len(waiting)])
    yield "\n" if waiting else ""


_LONE_RETURN = re.compile(r"\r(?!\n)")
_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = bytes(range(128, 256))


def _refuse_damaged(file: BinaryIO) -> None:
    """Raises Refusal where most bytes above 127 are whole letters of UTF-8, and some are not."""
    high = pairs = 0
    file.seek(0)
    while block := file.read(BLOCK):
        high += len(block) - len(block.translate(None, _HIGH))
        pairs += sum(len(letters) for letters in _UTF8_LETTER.findall(block))
    if pairs > high * 0.6:
        raise broken("It is nearly UTF-8, but some of its letters are damaged or cut in half.")


def _damaged() -> Refusal:
    return Refusal("is not a text that can be read", "Some of its letters are damaged or cut in half.", _AS_UTF8)


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
        raise _damaged() from error


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


# --- pages ------------------------------------------------------------------------------------------------------

def pages(words: str, facts: dict) -> dict[int, str]:
    """The words of each page of a text, by the page's own number from 1; without the pages that have none.

    facts: its item's, whose "page_starts" are [[number of a page, place of its first letter in the text], …].
    """
    starts = facts.get("page_starts") or []
    ends = [*(place for _, place in starts[1:]), len(words)][: len(starts)]
    return {number: words[place:end].rstrip("\n") for (number, place), end in zip(starts, ends, strict=True)}


def page_starts_of(starts: list[list[int]], start: int, end: int) -> list[list[int]]:
    """The "page_starts" of a piece of a text, from letter `start` to `end`."""
    before = [number for number, place in starts if place <= start]
    inside = [[number, place - start] for number, place in starts if start < place < end]
    return [*([[before[-1], 0]] if before else []), *inside]


# --- what is worth a look ---------------------------------------------------------------------------------------

def notes(name: str, facts: dict) -> list[str]:
    """Sentences about a text that came in, as its facts tell: letters that were guessed, and pages without words."""
    sentences = []
    if not facts.get("encoding_certain", True):
        best, *others = map(codepages.says, [facts["encoding"], *facts["encodings"][1:]])
        sentences.append(f"{name} does not say how it is written. It was read as {best}; it could also be {' or '.join(others)}. "
                     f"If its letters are wrong, remove it and add it again with another reading.")
    if blank := facts.get("wordless_pages"):
        sentences.append(f"{name}: {pages_words(blank)} no words. What stands there may be a picture.")
    if lost := facts.get("lost_chapters"):
        sentences.append(f"{name}: {len(lost)} of its chapters could not be read ({', '.join(lost[:5])}).")
    return sentences


def pages_words(numbers: list[int]) -> str:
    """"page 4 has", "pages 2, 4 and 7 have": up to ten of them by number."""
    if len(numbers) == 1:
        return f"page {numbers[0]} has"
    shown = numbers[:10]
    more = f"{len(numbers) - len(shown):,} more" if len(numbers) > len(shown) else str(shown.pop())
    return f"pages {', '.join(map(str, shown))} and {more} have"


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


# Latin, Cyrillic, Greek, Hebrew, Arabic, Georgian …
_FONT = Path(__file__).resolve().parents[2] / "assets" / "fonts" / "DejaVuSans.ttf"


@functools.cache
def _font(size: int):
    """The carried font at a size in px."""
    from PIL import ImageFont

    return ImageFont.truetype(_FONT, size)


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
