"""Whether one sentence says no more than another: whether it can be had from it by leaving words out. Read `is_shortened`.

"David slew the Philistine with a stone" can be had so from "So David slew the Philistine with a sling and with a stone". Not so
"The Philistine slew David" (another order), "David slew the Philistine with a sword" (another word), nor "the light was called Night" from
"God called the light Day, and the darkness he called Night" (two clauses, of each a part). What comes of it stands in citing.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lib.chat import language
from lib.chat.sentences import Span

# Words that may be added, changed or left out: "the goat" is "a goat", "they stoned him" is "he was stoned". In small letters.
_FREE = frozenset(
    "a an the this that these those there here and but so then thus therefore also too just very am is are was were be been being have has had "
    "having do does did doing i me my mine you your yours he him his she her hers it its we us our ours they them their theirs who whom whose which "
    "myself yourself himself herself itself ourselves themselves thou thee thy thine ye hath doth art wast behold".split()
)
# Words that say who did what to whom, where, and whether at all. A word that is kept keeps the one that stands before it.
_LEANT_ON = frozenset(
    "of to from by with for in at on about against between through during under over above below before after until till than as like without "
    "within can could may might must shall should will would or up down out off all any both each few more most some such only own same other once "
    "no not never none nobody nothing neither nor cannot hardly scarcely barely almost nearly less least nicht nie niemals ohne pas jamais aucun sin nunca".split()
)
_SAME = {"unto": "to", "upon": "on", "into": "in", "onto": "on", "toward": "to", "towards": "to", "can't": "cannot", "won't": "not", "n't": "not"}
_NOT = frozenset("no not never none nobody nothing neither nor cannot without hardly scarcely barely almost nearly nicht kein nie niemals ohne pas jamais aucun sin nunca".split())
_IF = frozenset("if unless except lest whether would might perhaps only until wenn falls si".split())
# Who speaks of whom: "my knee" is not "her knee".
_PERSONS = {form: who for who, forms in (
    ("i", "i me my mine we us our ours myself ourselves"), ("you", "you your yours thou thee thy thine ye yourself thyself"),
    ("he", "he him his himself"), ("she", "she her hers herself"),
) for form in forms.split()}  # fmt: skip
_BEGINS_A_CLAUSE = frozenset("and but or nor for yet so who whom whose which that when where while because if unless though although then he she it they i".split())

_WORD = re.compile(r"\d+(?:[.,:]\d+)*|\w+(?:['’]\w+)?")
_AND = frozenset("and but".split())
_SUBJECTS = frozenset("i we you he she it they thou ye".split())
_OWNS = re.compile(r"s['’](?=\s+\w)")
_BORDER = re.compile(r"[.;:!?…()\[\]–—；：，、]")


class Word(NamedTuple):
    """stem: without its ending.   span: where it stands.   part, clause: of its sentence, from 0 on; a part ends at ";" or the like, a clause
    also at ", and" or the like.   is_full: it says something by itself.   parted: what parts it from the one before, "and", "," or "".
    owns: "David's".
    """

    stem: str
    span: Span
    part: int
    clause: int
    is_full: bool
    parted: str = ""
    owns: bool = False


def read(text: str, tongue: str = language.ENGLISH) -> list[Word]:
    """The words of a text in their order, but for those that may as well be others. tongue: its language, two letters."""
    words: list[Word] = []
    part = clause = last = 0
    parted = ""
    for match in _WORD.finditer(text):
        plain, between = match[0].casefold().replace("’", "'"), text[last : match.start()]
        is_border = bool(_BORDER.search(between))
        part, clause = part + is_border, clause + (is_border or ("," in between and plain in _BEGINS_A_CLAUSE))
        parted = "," if is_border or "," in between else parted
        parted = "and" if plain in _AND else "," if parted and plain in _SUBJECTS else parted
        last, span = match.end(), Span(match.start(), match.end())
        small = "not" if plain.endswith("n't") and plain not in _SAME else _SAME.get(plain, plain)
        if small in _LEANT_ON or small in _IF:
            words.append(Word(small, span, part, clause, False, parted))
        elif plain.removesuffix("'s") not in _FREE:
            owns = plain.endswith("'s") or bool(_OWNS.match(text, match.end() - 1))
            stems = [plain] if plain[0].isdecimal() else language.words(match[0], tongue) or [plain]
            words += [Word(stem, span, part, clause, True, parted, owns) for stem in stems]
        else:
            continue
        parted = ""
    return words


def persons(text: str) -> set[str]:
    """ "i", "you", "he", "she": of whom a text speaks without a name."""
    return {_PERSONS[word] for match in _WORD.finditer(text) if (word := match[0].casefold()) in _PERSONS}


def fit_together(said: set[str], there: set[str]) -> bool:
    """Whether these persons may be those: "she" may stand for a name where there is no "he", "I" for nobody else."""
    strange = said - there
    return not strange or (len(strange) == 1 and strange <= {"he", "she"} and not there & {"he", "she"})


def missing(said: Sequence[Word], there: Sequence[Word]) -> list[Span]:
    """Where those words of a sentence stand that the other has not, in the order of the sentence."""
    known = {word.stem for word in there}
    return list(dict.fromkeys(word.span for word in said if word.stem not in known))


def is_shortened(said: Sequence[Word], there: Sequence[Word]) -> bool:
    """Whether `said` can be had from `there` by leaving words out, without turning what it says.

    All its words stand there in the same order. Between them a word or a phrase may be left out within a clause, and over an "and" where
    it goes on with the same subject: "David arose, and cut off the skirt". What is left out is no "not" and no "if", nor what a kept one
    leans on: neither "the son of David" nor "David's son" is "David".
    """
    return any(_holds(said, there, places) for places in _places(said, there))


def _places(said: Sequence[Word], there: Sequence[Word]) -> Iterator[list[int]]:
    """The ways to find the words in their order, each to another end: the place of each word, as late as can be, since small words stand before."""
    for end, word in enumerate(there):
        if said and word.stem == said[-1].stem:
            places, at = [end], end
            for wanted in reversed(said[:-1]):
                at = next((earlier for earlier in range(at - 1, -1, -1) if there[earlier].stem == wanted.stem), -1)
                if at < 0:
                    break
                places.append(at)
            else:
                yield places[::-1]


def _holds(said: Sequence[Word], there: Sequence[Word], places: Sequence[int]) -> bool:
    kept, clauses, parts = set(places), {there[place].clause for place in places}, {there[place].part for place in places}
    steps = zip(places, places[1:], said[1:], strict=False)
    if not all((second - first == 1 and word.parted == there[second].parted) or _may_jump(there, first, second, kept) for first, second, word in steps):
        return False
    if any(there[place].owns and not word.owns and place + 1 not in kept for place, word in zip(places, said, strict=True)):
        return False
    for at, word in enumerate(there):
        if at in kept:
            continue
        is_leant_on = not word.is_full and at + 1 in kept and there[at + 1].is_full and not there[at + 1].parted
        if is_leant_on or (word.stem in _NOT and word.clause in clauses) or (word.stem in _IF and word.part in parts):
            return False
    return True


def _may_jump(there: Sequence[Word], first: int, second: int, kept: set[int]) -> bool:
    """Whether what stands between two kept words may be left out: a word, or a phrase that begins with a small one. Over one "and",
    whatever stands there, if what follows it and what its clause begins with are kept.
    """
    before, after, between = there[first], there[second], there[first + 1 : second]
    if any(word.parted == "and" for word in between):
        return False
    if after.parted != "and":
        is_phrase = len(between) <= 1 or not between[0].is_full and not any(word.parted for word in between[1:])
        return before.clause == after.clause and is_phrase
    subject = next((at for at, word in enumerate(there) if word.clause == before.clause and word.is_full), first)
    return before.part == after.part and after.clause - before.clause <= 1 and subject in kept
