"""Which letters the bytes of an old text mean: Windows-1250, KOI8-R, Mac Roman, Shift-JIS and their like. Read `ranked`.

A code page is nowhere written down in a text, so every one that fits is tried, and what comes out is weighed as the words of
a language: how often each letter comes in it (codepages.tsv), and whether signs and capitals stand where they do in words.
On a sentence this is right where a library that knows no languages so well guesses; that one (charset-normalizer) is asked
about what is written in none of these languages.
"""

from __future__ import annotations

import codecs
import functools
import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SAMPLE = 16_000  # bytes that are weighed
SHORT = 2_000  # of a text that is as short, all of them
CERTAIN = 6.0  # how much likelier (natural logarithm) the best reading is than the next, to be called certain
LIKELY = 12.0  # within this of the best, a reading is worth being asked about
MOST = 4  # readings that a person is offered
PLAUSIBLE = -8.2  # logarithm for each letter that is not plain English: below it, it is no language known here
READABLE = -8.3  # below it, what has more than FEW such letters is no text
FEW = 30

_CENTRAL = "pl cs sk hu ro hr sl sq".split()
_WEST = "de fr es it pt nl sv da nb fi is ca gl eu".split()
_CYRILLIC = "ru bg uk sr be mk".split()
_EAST = {"ja", "zh", "tw", "ko"}


@dataclass(frozen=True)
class Page:
    """A code page. says: as a person may know it. languages: that were written in it. rare: how seldom, as a logarithm."""

    encoding: str
    says: str
    languages: list[str]
    rare: float = 0.0


PAGES = [
    Page("cp1252", "Windows-1252, Western Europe", ["en", *_WEST, "sq", "et"]),
    Page("cp1250", "Windows-1250, Central Europe", ["en", *_CENTRAL, "de"]),
    Page("cp1251", "Windows-1251, Cyrillic", _CYRILLIC),
    Page("cp1253", "Windows-1253, Greek", ["el"]),
    Page("cp1254", "Windows-1254, Turkish", ["tr"]),
    Page("cp1255", "Windows-1255, Hebrew", ["he"]),
    Page("cp1256", "Windows-1256, Arabic", ["ar", "fa"]),
    Page("cp1257", "Windows-1257, Baltic", ["lt", "lv", "et"]),
    Page("cp1258", "Windows-1258, Vietnamese", ["vi"], 3),
    Page("cp874", "Windows-874, Thai", ["th"]),
    Page("iso8859_15", "ISO-8859-15, Western Europe", [*_WEST, "et"], 0.5),
    Page("iso8859_2", "ISO-8859-2, Central Europe", _CENTRAL, 1),
    Page("iso8859_9", "ISO-8859-9, Turkish", ["tr"], 0.5),
    Page("iso8859_5", "ISO-8859-5, Cyrillic", _CYRILLIC, 3),
    Page("iso8859_7", "ISO-8859-7, Greek", ["el"], 0.5),
    Page("iso8859_8", "ISO-8859-8, Hebrew", ["he"], 1),
    Page("iso8859_6", "ISO-8859-6, Arabic", ["ar"], 2),
    Page("iso8859_13", "ISO-8859-13, Baltic", ["lt", "lv", "et"], 1),
    Page("koi8_r", "KOI8-R, Russian", ["ru"], 1),
    Page("koi8_u", "KOI8-U, Ukrainian", ["uk", "be", "ru"], 1.2),
    Page("mac_roman", "Mac Roman, Western Europe", ["en", *_WEST], 2),
    Page("mac_latin2", "Mac Central Europe", ["pl", "cs", "sk", "hu", "hr", "sl"], 3),
    Page("mac_croatian", "Mac Croatian", ["hr", "sl"], 3),
    Page("mac_cyrillic", "Mac Cyrillic", _CYRILLIC, 3),
    Page("mac_turkish", "Mac Turkish", ["tr"], 3),
    Page("mac_greek", "Mac Greek", ["el"], 3),
    Page("cp850", "DOS 850, Western Europe", _WEST, 3),
    Page("cp852", "DOS 852, Central Europe", _CENTRAL, 3),
    Page("cp857", "DOS 857, Turkish", ["tr"], 3),
    Page("cp866", "DOS 866, Cyrillic", ["ru", "bg", "be"], 2),
    Page("cp932", "Shift-JIS, Japanese", ["ja"]),
    Page("euc_jp", "EUC-JP, Japanese", ["ja"]),
    Page("gb18030", "GBK, Simplified Chinese", ["zh"]),
    Page("big5hkscs", "Big5, Traditional Chinese", ["tw"]),
    Page("cp949", "EUC-KR, Korean", ["ko"]),
]
_SAYS = {page.encoding: page.says for page in PAGES} | {
    "utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "iso2022_jp": "ISO-2022-JP, Japanese",
}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """encoding: as Python calls it. score: how likely, as a logarithm; only the difference of two says something.

    fit: the same for each letter that is not plain English. text: the sample in this reading.
    """

    encoding: str
    score: float
    fit: float
    text: str

    @property
    def says(self) -> str:
        return says(self.encoding)

    @property
    def line(self) -> str:
        """The first line with a letter in which readings differ, up to 100 letters of it around that letter."""
        return telling_line(self.text)


def says(encoding: str) -> str:
    """ "Windows-1250, Central Europe": a code page as a person may know it."""
    return _SAYS.get(encoding, encoding.replace("_", "-"))


def known(encoding: str) -> str:
    """The name under which a code page is known here and to Python, however it is written. Raises LookupError."""
    name = codecs.lookup(encoding).name
    if not getattr(codecs.lookup(encoding), "_is_text_encoding", True) or name in (
        "idna",
        "punycode",
        "undefined",
        "unicode_escape",
        "raw_unicode_escape",
    ):
        raise LookupError(encoding)
    return next((page.encoding for page in PAGES if codecs.lookup(page.encoding).name == name), name)


def telling_line(text: str, longest: int = 100) -> str:
    lines = text.splitlines() or [""]
    line = next((line for line in lines if not line.isascii()), lines[0])
    at = next((place for place, letter in enumerate(line) if not letter.isascii()), 0)
    start = max(at - longest // 2, 0) if len(line) > longest else 0
    return " ".join(line[start : start + longest].split())


def ranked(sample: bytes, is_whole: bool = True) -> list[Guess]:
    """Every reading of the bytes that makes letters of them, the likeliest first, each text once.

    sample: bytes of a text that is no UTF-8 (see `telling`). is_whole: it does not end in the middle of a letter.
    """
    by_text: dict[str, Guess] = {}
    for page in PAGES:
        text = _read(sample, page.encoding, is_whole)
        if text is None:
            continue
        guess = _weighed(text, page)
        if text not in by_text or by_text[text].score < guess.score:
            by_text[text] = guess
    guesses = sorted(by_text.values(), key=lambda guess: -guess.score)
    return guesses if guesses and guesses[0].fit > PLAUSIBLE else _asked(sample, guesses)


def is_readable(guesses: list[Guess]) -> bool:
    """False for bytes that make no text in any reading."""
    return bool(guesses) and (guesses[0].fit > READABLE or sum(not letter.isascii() for letter in guesses[0].text) <= FEW)


def is_certain(guesses: list[Guess]) -> bool:
    """False where another reading is nearly as likely as the best, or even the best is no language known here."""
    return bool(guesses) and guesses[0].fit > PLAUSIBLE and (len(guesses) == 1 or guesses[0].score - guesses[1].score > CERTAIN)


def worth_asking(guesses: list[Guess]) -> list[Guess]:
    """Those that a person is asked about: the likely ones, at least two, each first line once."""
    likely = [guess for guess in guesses if guess.score > guesses[0].score - LIKELY]
    by_line = {guess.line: guess for guess in reversed(likely if len(likely) > 1 else guesses[:2])}
    return list(reversed(by_line.values()))[:MOST]


# ---- the bytes that tell -------------------------------------------------------------------------------------------


def telling(blocks: Iterable[bytes]) -> tuple[bytes, bool]:
    """Of a text, the first lines with bytes that could mean several letters (of a short one all that it has, since its other
    words tell the language); and whether the last of them is whole."""
    sample, rest = bytearray(), b""
    for block in blocks:
        *lines, rest = re.split(rb"(?<=[\r\n])", rest + block)
        if len(rest) > SAMPLE:
            lines, rest = [*lines, rest], b""
        for line in lines:
            sample += b"" if line.isascii() and len(sample) > SHORT else line
        if len(sample) >= SAMPLE:
            return bytes(sample[:SAMPLE]), False
    return bytes(sample + (b"" if rest.isascii() and len(sample) > SHORT else rest)), True


def without_mark(head: bytes, is_whole: bool = True) -> str:
    """ "utf-16-le", "utf-16-be" or "iso2022_jp" for a text that begins so and carries no mark, else "".

    Of a text of Latin letters every second byte is 0, which no other text has; Japanese is known by its kana.
    """
    if b"\x1b$" in head and _read(head, "iso2022_jp", is_whole=False):
        return "iso2022_jp"
    if len(head) < 4 or (is_whole and len(head) % 2):
        return ""
    shares = {encoding: _wide_share(head[: len(head) & ~1], encoding) for encoding in ("utf-16-le", "utf-16-be")}
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] >= 0.85 else ""


_COMMON = re.compile(
    "[\t\n\r -~\u00a0-\u017f\u0370-\u052f\u0590-\u06ff\u0e00-\u0e5b\u2010-\u203a\u20ac\u3000-\u30ff\uff01-\uff1f]"
)
_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")
_KANA = re.compile("[\u3001-\u30ff]")


def _wide_share(head: bytes, encoding: str) -> float:
    """Of the letters in this reading, the part that texts are made of; ideographs count where kana stand among them."""
    text = _read(head, encoding, is_whole=False) or ""
    common = len(_COMMON.findall(text))
    if len(_KANA.findall(text)) >= len(text) * 0.2:
        common += len(_IDEOGRAPH.findall(text))
    return common / max(len(text), 1)


def _read(sample: bytes, encoding: str, is_whole: bool) -> str | None:
    """The sample as letters; None where it has bytes that mean nothing there."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(sample, final=is_whole)
    except (UnicodeDecodeError, LookupError):
        return None


def _asked(sample: bytes, guesses: list[Guess]) -> list[Guess]:
    """What another library takes it for comes first; it knows a few code pages that are not weighed here."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    if best is None or any(guess.text == str(best) for guess in guesses[:1]):
        return guesses
    score = guesses[0].score if guesses else 0.0
    return [Guess(best.encoding, score, PLAUSIBLE, str(best)), *(guess for guess in guesses if guess.text != str(best))]


# ---- how likely letters are ----------------------------------------------------------------------------------------

_LETTERS = 0.8  # of all signs of a text
_STRANGE = math.log(2e-6)  # a letter that the language has not
_LATIN = math.log(1e-5)  # a Latin one where they are foreign
_SIGN, _SOME_SIGN, _NO_SIGN, _CONTROL = (math.log(share) for share in (2e-3, 1e-4, 1e-6, 1e-9))
_SIGNS = frozenset("“”„‘’–—…«»€§°©®·•\u00a0‚‹›™")
_SOME_SIGNS = frozenset("¡¿ºª×±½¼²³£¥¢µ¹´¬†‡№・。、，！？：；（）「」『』《》")
_CAPITAL = 1.0  # what each capital costs
_TURNED = 5.0  # a capital right behind a small letter
_MISPLACED = 4.0  # a sign where no text has it

_A_SIGN = r"[^\w\s\x00-\x7f’\u00ad\u0300-\u036f\u0590-\u05ff\u0610-\u06ff\u0e00-\u0e4f]|[\xa0\x85¼½¾¹²³]"
_INSIDE = re.compile(rf"(?<=[^\W\d_])(?:{_A_SIGN})(?=[^\W\d_]|[^\x00-\x7f])")
_BEHIND = re.compile(r"(?<=[^\W\d_])[¡¿„«‹£§†‡©¢–—‘\xa0•°¶]")
_BEFORE = re.compile(r"[»›”®°¶•‡†…–—’](?=[^\W\d_])")
_OPENING = re.compile(r"(?<=[^\W\d_])“")


def _weighed(text: str, page: Page) -> Guess:
    """A reading, as likely as in the best of the page's languages."""
    weigh = _weigh_signs if page.languages[0] in _EAST else _weigh_letters
    counts = Counter(text if page.languages[0] in _EAST else text.lower())
    shape = 0.0 if page.languages[0] in _EAST else _shape_costs(text)
    plain, foreign = max((weigh(counts, language) for language in page.languages), key=sum)
    letters = sum(count for letter, count in counts.items() if not letter.isascii())
    return Guess(page.encoding, plain + foreign - shape - page.rare, (foreign - shape) / max(letters, 1), text)


def _weigh_letters(counts: Counter[str], language: str) -> tuple[float, float]:
    """How likely the Latin letters are in a language, as a logarithm; and the same of all that is not plain English."""
    known, plain, foreign = _logarithms(language), 0.0, 0.0
    for letter, count in counts.items():
        if not letter.isascii():
            foreign += count * _likelihood(letter, known)
        elif letter.isalpha():
            plain += count * known.get(letter, _LATIN)
    return plain, foreign


def _likelihood(letter: str, known: dict[str, float]) -> float:
    if letter in known:
        return known[letter]
    category = unicodedata.category(letter)
    if category[0] in "LM":
        return _STRANGE
    return (
        _CONTROL
        if category[0] == "C"
        else _SIGN
        if letter in _SIGNS
        else _SOME_SIGN
        if letter in _SOME_SIGNS
        else _NO_SIGN
    )


def _shape_costs(text: str) -> float:
    """What capitals and signs cost that stand where no text has them."""
    turned = sum(a.islower() and b.isupper() and not (a + b).isascii() for a, b in itertools.pairwise(text))
    signs = len(_INSIDE.findall(text)) + len(_BEHIND.findall(text)) + len(_BEFORE.findall(text)) / 2
    signs += 0 if "„" in text else len(_OPENING.findall(text))
    return (
        _TURNED * turned
        + _MISPLACED * signs
        + _CAPITAL * sum(letter.isupper() and not letter.isascii() for letter in text)
    )


@functools.cache
def _logarithms(language: str) -> dict[str, float]:
    """Of each letter of a language, how likely it is. Where Latin ones are foreign, a few come as they do in English."""
    own = _table()[language]
    if not any(letter.isascii() for letter in own):
        own = {**{letter: part * 0.03 for letter, part in _table()["en"].items()}, **own}
    return {letter: math.log(part * _LETTERS) for letter, part in own.items()}


@functools.cache
def _table() -> dict[str, dict[str, float]]:
    """{"pl": {"a": 0.0955, …}, …}"""
    lines = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {code: {entry[0]: int(entry[1:]) / 1e5 for entry in letters.split(" ")} for code, _, letters in rows}


# ---- Japanese, Chinese, Korean: by the zones of their code pages, in which the usual signs come first ---------------

_USUAL = {
    "zh": "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实",
    "tw": "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實",
    "ko": "이다는을의에가하고지기리로사한은나시도대자어를그있아인해서정부보라수일들으만장전거여상주마스구오원과비제동소안무게조우신성국",
}
_EAST_SIGNS = frozenset("，。、！？：；“”‘’（）《》「」『』・…—　々")
# The code page whose first byte tells how usual a sign is, the last first byte of the usual ones, and how likely one of them is.
_ZONES = {
    "ja": ("euc_jp", 0xCF, 0.3 / 1200),
    "zh": ("gb2312", 0xD7, 0.5 / 1500),
    "tw": ("big5", 0xC6, 0.5 / 1800),
    "ko": ("euc_kr", 0xC8, 0.5 / 900),
}


def _weigh_signs(counts: Counter[str], language: str) -> tuple[float, float]:
    plain, foreign, english = 0.0, 0.0, _table()["en"]
    for sign, count in counts.items():
        if not sign.isascii():
            foreign += count * math.log(_sign_share(sign, language))
        elif sign.isalpha():
            plain += count * math.log(english.get(sign.lower(), 1e-4) * 0.05)
    return plain, foreign


def _sign_share(sign: str, language: str) -> float:
    """How often a sign comes in texts of a language, roughly."""
    if sign in _EAST_SIGNS:
        return 0.006
    if sign in _USUAL.get(language, ""):
        return 0.35 / len(_USUAL[language])
    if language == "ja" and "ぁ" <= sign <= "ー":
        return 0.45 / 60 if sign <= "ゖ" else 0.15 / 70
    zone, last, share = _ZONES[language]
    try:
        code = sign.encode(zone)
    except UnicodeEncodeError:
        return 1e-8
    if len(code) != 2 or code[0] < 0xA4 or (zone != "big5" and code[0] < 0xB0):
        return 2e-6
    return share if code[0] <= last else 5e-6
