"""Texts: cleaned, cut into pieces, and rid of what stands in them twice. A thing is a str whose lines end in "\\n"."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from itertools import chain
from typing import Literal

from lib.media import hyphens
from lib.media.setting import setting
from lib.media.text import LIGATURES
from lib.steps.base import LeftOut, Step

_BREAKS = re.compile("\r\n|[\r\u000b\u000c\u001c-\u001f\u0085\u2028]")      # what ends a line, a page or a record
# What nobody sees. The two joiners U+200C and U+200D stay: they belong to words of Persian and Hindi, and hold emoji together.
_UNSEEN = re.compile("[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_WEB = r"\b(?:https?://|www\.)\S+"
_MAIL = r"\b[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,255}\b"     # as long as RFC 5321 and 1035 allow, so that no long line takes long
_ADDRESS = re.compile(f"{_WEB}|{_MAIL}")
_PLAIN = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " "})
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’»)]*\s+(?=[\"'“‘«(]*\w)")
_SHINGLE = 5        # letters in a row that are compared
_MOST_PIECES = 1_000_000


class _OfText(Step):
    kind = "text"
    group = "text"
    library = "Python"


class CleanText(_OfText):
    title = "Clean"
    says = "Takes out what nobody sees: doubled blanks, empty lines in a row, invisible signs. Two letters in one sign (ﬁ) become two. The words stay."

    plain_signs: bool = setting(False, label="Plain quotation marks and dashes", help="“ ” become \" \", and – becomes -: fewer signs to learn.")
    addresses: bool = setting(False, label="Take out web and mail addresses", help="They name people and places, and teach nothing about your writing.")

    @property
    def words(self) -> str:
        more = [", plain signs"] * self.plain_signs + [", no addresses"] * self.addresses
        return "Clean" + "".join(more)

    def apply(self, text: str) -> str:
        text = unicodedata.normalize("NFC", _BREAKS.sub("\n", text).replace("\u2029", "\n\n"))
        text = _UNSEEN.sub("", text).translate(LIGATURES)
        if self.addresses:
            text = _ADDRESS.sub("", text)
        if self.plain_signs:
            text = text.translate(_PLAIN)
        lines = [re.sub(r"(?<=\S)[^\S\n]+", " ", line).rstrip() for line in text.split("\n")]     # a poem's indent stays
        return _something(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n"))


class LineBreaks(_OfText):
    title = "Line breaks"
    says = "Keeps each line as it stands (poems, lists), or joins the lines of a paragraph (what was typed or scanned)."

    how: Literal["keep lines", "join paragraphs", "join all"] = setting(
        "join paragraphs", label="Line breaks", help="Keep lines for verse; join paragraphs for prose that breaks in the middle of a sentence."
    )

    @property
    def words(self) -> str:
        return self.how.capitalize()

    def apply(self, text: str) -> str:
        """Where lines are joined, a word that was divided at a line's end (“sylla-” / “bus”) becomes whole; “well-” / “known”
        keeps the hyphen that it has in its language (lib/media/hyphens.py)."""
        if self.how == "keep lines":
            return "\n".join(line.rstrip() for line in text.split("\n"))
        words = hyphens.Words(text.split("\n"))
        paragraphs = [_joined(paragraph, words) for paragraph in _PARAGRAPHS.split(text)]
        return _something(("\n\n" if self.how == "join paragraphs" else " ").join(filter(None, paragraphs)))


class LowerCase(_OfText):
    title = "Small letters"
    says = "Writes everything in small letters, so that a small model has fewer signs to learn."

    def apply(self, text: str) -> str:
        return text.lower()


class SplitText(_OfText):
    title = "Split"
    says = "Cuts each text into pieces, each of which becomes one example."

    by: Literal["paragraphs", "lines", "words"] = setting("paragraphs", label="At each", help="Lines for poems and lists; words for pieces of one length.")
    count: int = setting(200, ge=5, le=5000, label="Words in a piece", help="Only where you split by words; a piece ends with a whole word.")
    least: int = setting(1, ge=1, le=500, label="At least, words", help="Shorter pieces (headings, page numbers) are left out.")

    @property
    def words(self) -> str:
        return f"Split every {self.count:,} words" if self.by == "words" else f"Split at {self.by}"

    def pieces(self, text: str) -> list[str]:
        pieces = _parts(text, self.by) if self.by != "words" else self._by_words(text)
        pieces = [piece.strip("\n") for piece in pieces if len(piece.split()) >= self.least]
        if not pieces:
            raise LeftOut(f"shorter than {self.least} words" if text.strip() else "nothing is left of it")
        if len(pieces) > _MOST_PIECES:
            raise LeftOut(f"would become more than {_MOST_PIECES:,} pieces")
        return pieces

    def _by_words(self, text: str) -> list[str]:
        """What stands between the words (line breaks too) stays inside a piece."""
        ends = [match.end() for match in re.finditer(r"\S+", text)]
        cuts = [0, *ends[self.count - 1 :: self.count]]
        if ends and cuts[-1] != ends[-1]:
            cuts.append(ends[-1])
        return [text[a:b].strip() for a, b in zip(cuts, cuts[1:], strict=False)]


class RemoveDoubles(_OfText):
    title = "Remove doubles"
    says = "Takes out lines or paragraphs that stand in a text twice, the same or nearly so; the first one stays."

    of: Literal["lines", "paragraphs", "sentences"] = setting("paragraphs", label="Compare", help="Lines for lists and poems; a refrain is a double too.")
    alike: float = setting(1.0, ge=0.5, le=1.0, label="Alike by at least", help="1 takes out only the very same; 0.8 also what differs in a few words.")

    @property
    def words(self) -> str:
        return f"Remove doubled {self.of}" + (f", alike by {self.alike:g}" if self.alike < 1 else "")

    def apply(self, text: str) -> str:
        parts = _parts(text, self.of)
        kept = [parts[place] for place in first_ones(parts, self.alike)]
        return _something({"lines": "\n", "paragraphs": "\n\n", "sentences": " "}[self.of].join(kept))


def first_ones(parts: list[str], alike: float = 1.0) -> list[int]:
    """The places of those parts that are not doubles of an earlier one. Blank ones always stay.

    alike: the share of letters in a row (shingles of 5) that two have in common, of all that either has (Jaccard, after
    Broder, "On the resemblance and containment of documents", 1997); 1 is the same but for case, blanks and signs.
    """
    plains = [" ".join(re.findall(r"\w+", part.lower())) or part.strip() for part in parts]
    before = _Before(plains, alike) if alike < 1 else None
    kept, seen = [], set()
    for place, plain in enumerate(plains):
        if plain and (plain in seen or (before and before.has_near(plain))):
            continue
        kept.append(place)
        seen.add(plain)
    return kept


class _Before:
    """The parts that came before, to be looked through for one that is nearly the same.

    Two sets that are alike by a share of `alike` have one of their first few shingles in common, in any fixed order (the
    prefix filter of Chaudhuri et al., 2006). The order here is the rarest first, so that few have one of those; and of these
    few, most have too few of them to be compared at all (Xiao et al., "Efficient similarity joins", 2008).
    """

    def __init__(self, plains: list[str], alike: float):
        counts = Counter(shingle for plain in plains for shingle in _shingles(plain))
        self.ranks: dict[str, int] = {}     # of those that more than one has; the others are the rarest, and nobody is found by them
        for shingle, count in reversed(counts.most_common()):
            if count > 1:
                self.ranks[shingle] = len(self.ranks)
        self.alike = alike
        self.holders: list[list[int]] = [[] for _ in self.ranks]
        self.kept: list[tuple[int, tuple[int, ...]]] = []       # how many shingles, and the ranks of those that others have too

    def has_near(self, plain: str) -> bool:
        """Looks it up among those before, and adds it to them where it is new."""
        shingles = _shingles(plain)
        mine = tuple(sorted(self.ranks[shingle] for shingle in shingles if shingle in self.ranks))
        needed = math.ceil(self.alike * len(shingles) - 1e-9)   # so many must be in common, at least
        first = mine[: max(len(mine) - needed + 1, 0)]
        if self._is_near(mine, first, len(shingles)):
            return True
        for rank in first:
            self.holders[rank].append(len(self.kept))
        self.kept.append((len(shingles), mine))
        return False

    def _is_near(self, mine: tuple[int, ...], first: tuple[int, ...], size: int) -> bool:
        shared, whole = Counter(chain.from_iterable(self.holders[rank] for rank in first)), set(mine)
        for place, common in shared.items():
            its_size, its = self.kept[place]
            if (common + self.alike * max(size, its_size)) * (1 + self.alike) < self.alike * (size + its_size) - 1e-6:
                continue    # too few, even if all that are not among the first were in common
            both = len(whole.intersection(its))
            if both >= self.alike * (size + its_size - both):
                return True
        return False


def _shingles(plain: str) -> set[str]:
    return {plain[at : at + _SHINGLE] for at in range(max(len(plain) - _SHINGLE + 1, 1))}


def _parts(text: str, by: str) -> list[str]:
    if by == "lines":
        return text.split("\n")
    if by == "sentences":
        return [part for part in _SENTENCE.split(text) if part.strip()]
    return [part for part in _PARAGRAPHS.split(text) if part.strip()]


def _joined(paragraph: str, words: hyphens.Words) -> str:
    """One line. A word is put together only where a small letter goes on, so that “Mary-” / “Ann” stays as it is."""
    lines = paragraph.split("\n")
    for place in range(len(lines) - 1):
        if lines[place + 1].lstrip()[:1].islower():
            lines[place], lines[place + 1] = hyphens.pair(lines[place], lines[place + 1], words)
    return " ".join(" ".join(lines).split())


def _something(text: str) -> str:
    """Raises LeftOut for a text of nothing but blanks."""
    if not text.strip():
        raise LeftOut("nothing is left of it")
    return text


STEPS = (CleanText, LineBreaks, LowerCase, SplitText, RemoveDoubles)
