"""Words that were broken at the end of a line, made whole again; words with a hyphen of their own keep it. Read `mend`.

"flam-" / "boyant" is one word, "well-" / "known" has a hyphen. Which it is, is told by how the same word stands elsewhere in
the text, else by what hyphens are for in its language; where neither tells, the word is whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_SOFT = "\u00ad"  # stands where a word may be broken, and is seen only there
_HYPHENS = f"-\u2010{_SOFT}"
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010'’][^\W\d_]+)*")
_HEAD = re.compile(rf"(?P<head>(?:[^\W_]|['’])+(?:[-\u2010](?:[^\W_]|['’])+)*)(?P<hyphen>[{_HYPHENS}])$")
_TAIL = re.compile(r"\s*(?P<again>[-\u2010]?)(?P<tail>[^\W_]+(?:[-\u2010'’][^\W_]+)*)(?P<rest>\S*) ?")

# The small words by which a language is known.
_SMALL_WORDS = {
    "en": "the of and to in is that was for with as it on be by his her not are this which",
    "de": "der die das und ist nicht ein eine den dem zu mit von auf im sich auch",
    "fr": "le la les des et est une dans que qui pour pas sur au du il elle ce",
    "ru": "и в не на что он с как это но по из",
    "": "el los las y es en por con para il di gli per non sono o os um uma que do em de het een van dat is met",
}
_INNER = set("in to of the and up by a or on off out de la à t".split())  # in "mother-in-law", "a-t-il"
_JOINING = set("and und oder bzw y e o i a и".split())  # "pre- and postwar": the hyphen belongs to the first word
_CLOSED = {
    "well": {"ington", "spring"},
    "self": {"ish", "ishly", "ishness", "less", "lessly", "same", "hood"},
    "half": {"way"},
    "non": {"sense", "sensical", "chalant", "chalance", "descript", "entity"},
}
_ENGLISH_HEADS = set("well self half non quasi twenty thirty forty fifty sixty seventy eighty ninety".split())
_ENGLISH_PAIRS = (
    set("long short high low old new full hard soft deep far near wide close open left right blue red green brown grey black white dark light hand "
        "cold warm single double one two three four five six seven eight nine ten first second third middle late early kind good bad ill ex all mid "
        "so much over cross foot fair broad narrow thick thin heavy strong quick slow".split()),
    set("known term time standing lasting lived level quality range resolution speed pitched ranking frequency tech fashioned age aged year years old "
        "hearted headed minded eyed haired faced handed legged sided scale sized footed skinned coloured colored working boiled cooked rooted reaching "
        "flung sighted class rate rank hand thirds quarters fifths fold way day dimensional storey story part stage tone century blooded "
        "made held picked written tempered fated advised equipped treated defined gotten timed informed mannered wife husband president soldier "
        "minister inclusive important round called famous night morning cut cutting section legged looking meaning "
        "natured humoured dressed paced moving acting growing".split()),
)  # fmt: skip
_FRENCH_HEADS = set("peut demi semi après avant arrière vice celui celle ceux celles lui-même quasi".split())
_FRENCH_ENDINGS = {
    "il": ("t", "d"), "elle": ("t", "d"), "ils": ("t",), "elles": ("t",), "on": ("t", "d"), "ce": ("t", "st"), "je": ("is", "ai"), "vous": ("ez", "tes"),
    "nous": ("ons", "mes"), "tu": ("s", "x"), "moi": ("e", "s", "z"), "toi": ("e", "s"), "même": ("",), "mêmes": ("",), "là": ("",),
}  # fmt: skip
_RUSSIAN_ASKING = set(
    "кто что как где когда куда откуда почему зачем какой какая какое какие чей кого чего кому чему кем чем какого какому".split()
)
_RUSSIAN_AS = set("моему твоему своему прежнему новому видимому настоящему".split())


def mend(lines: Iterable[str], words: Words | None = None) -> list[str]:
    """The same lines, with a word that was broken at the end of one whole there, and gone from the beginning of the next.

    words: those of the whole text, where the lines are a part of it.
    """
    mended = list(lines)
    words = words or Words(mended)
    for place in range(len(mended) - 1):
        mended[place], mended[place + 1] = pair(mended[place], mended[place + 1], words)
    return mended


def pair(line: str, below: str, words: Words) -> tuple[str, str]:
    """Two lines in a row, mended."""
    head, tail = _HEAD.search(line.rstrip()), _TAIL.match(below)
    if not head or not tail:
        return line, below
    between = _between(head["head"], head["hyphen"], tail, words)
    if between is None:
        return line, below
    start = line.rstrip()[: head.end() - 1]
    return start + between + tail["tail"] + tail["rest"], below[tail.end() :]


class Words:
    """The words of a text, by which its broken ones are judged."""

    def __init__(self, lines: Iterable[str]):
        self.counts: Counter[str] = Counter(
            word.replace("\u2010", "-") for line in lines for word in _WORD.findall(line.lower())
        )
        small = {
            language: sum(self.counts[word] for word in set(its.split())) for language, its in _SMALL_WORDS.items()
        }
        self.language = max(small, key=small.__getitem__) if any(small.values()) else "en"

    def tells(self, head: str, tail: str) -> str | None:
        """ "-" or "" as the word stands elsewhere in the text; None where it does not."""
        kept, whole = self.counts[f"{head}-{tail}"], self.counts[f"{head}{tail}"]
        return None if kept == whole else "-" if kept > whole else ""


def _between(head: str, hyphen: str, tail: re.Match, words: Words) -> str | None:
    """What stands between the two parts of a word: a hyphen or nothing; None where these are two words."""
    second = tail["tail"]
    if hyphen == _SOFT:
        return ""
    if tail["again"]:
        return "-"  # Portuguese and Polish write a hyphen of the word's own on both lines
    if second in _JOINING:
        return None
    if not head[-1].isalpha() or not second[0].isalpha() or len(head) == 1:
        return "-"  # "COVID-19", "X-ray"
    if second[0].isupper():
        return "" if head.isupper() and second.isupper() and len(head) > 2 else "-"  # "HEAD-" / "ING", "Anglo-Saxon"
    first, second = head.lower(), second.lower().replace("\u2010", "-")
    joint = words.tells(first, second)
    return joint if joint is not None else "-" if _has_hyphen(first, second, words.language) else ""


def _has_hyphen(first: str, second: str, language: str) -> bool:
    """True where the word has a hyphen of its own, as its language writes it."""
    last, next_one = re.split(r"[-\u2010]", first)[-1], second.split("-")[0]
    if language in ("en", "fr") and ((last != first and last in _INNER) or (next_one != second and next_one in _INNER)):
        return True
    if language == "en":
        return (
            second not in _CLOSED.get(last, ())
            if last in _ENGLISH_HEADS
            else last in _ENGLISH_PAIRS[0] and next_one in _ENGLISH_PAIRS[1]
        )
    if language == "fr":
        return last in _FRENCH_HEADS or any(last.endswith(ending) for ending in _FRENCH_ENDINGS.get(next_one, ()))
    if language == "ru":
        asked = last in _RUSSIAN_ASKING and second in ("то", "нибудь", "либо")
        return (
            asked
            or (last == "по" and (second.endswith("ски") or second in _RUSSIAN_AS))
            or (last == "из" and second in ("за", "под"))
        )
    return False
