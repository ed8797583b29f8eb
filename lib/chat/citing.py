"""Which sentence of an answer stands in the documents, and where. Read `tie`.

Never the model's own word, which is right too seldom: each sentence is compared with those of the passages that it was given. It is
tied where most of its words stand there, it means the same, every number and name in it is there, and neither of the two says "not"
alone. Of what it adds to the question, nearly all must stand there, and no word more often than there. Most words come in the same
order (half, where it is almost the same sentence): "Saul was stoned" has all the words of "they stoned him, and laid their clothes at the
feet of Saul". Never tied are a question (nor does it hold anything up), what breaks off, and what has fewer than two words to compare.
What is not tied is not found in the documents.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.chat import language
from lib.chat.embedding import Embedder
from lib.chat.finding import Found
from lib.chat.sentences import Span, sentences

# Of meaning and words together. Found on sentences that a person read (benchmarks/chat_citations.py).
LEAST = 0.70
_SURE = 0.90        # from here on half of the words may stand elsewhere
_IN_ORDER, _IN_ORDER_IF_SURE = 0.70, 0.50   # of a sentence's words that stand in the source in the same order: who did it to whom
_LEAST_WORDS = 0.6  # of a sentence's words that stand in the source
_LEAST_NEW = 0.85   # of those that are not the question's
_FEWEST = 2         # words that say something: "This will output:" says nothing
_FRAME = re.compile(r"^\W*(?:(?:the|this) (?:passages?|texts?) (?:states?|says?|mentions?)(?: that)?|according to (?:the|this) (?:passages?|texts?),?|the answer is:?|yes,|no,)\s+", re.I)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME = re.compile(r"(?<=[^\W\d_] )(?<![.!?:] )[A-ZÄÖÜÉÈÀÁÍÓÚÑÇŠŽŁ][\w’'-]+|(?<=[,;(] )[A-ZÄÖÜÉÈÀÁÍÓÚÑÇŠŽŁ][\w’'-]+")
_NOT = re.compile(r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|nicht|kein\w*|nie|niemals|ohne|pas|jamais|aucun\w*|no|nunca|sin)\b|n['’]t\b", re.I)


@dataclass(frozen=True)
class Tied:
    """A sentence of an answer. text: its words.   passage: which of the given ones it stands in, None if in none.
    source: where, within the document's text.   score: 0 to 1, how near the nearest source came.
    """

    text: str
    passage: int | None = None
    source: Span | None = None
    score: float = 0.0


def tie(answer: str, given: Sequence[Found], embedder: Embedder | None = None, question: str = "") -> list[Tied]:
    """Each sentence of an answer with the place that it stands in. embedder: None compares words alone (documents in other languages).

    question: what was asked; of the words that an answer adds to it, nearly all must stand in the source.
    """
    said = [answer[span.start : span.end] for span in sentences(answer)]
    sources = [source for number, found in enumerate(given) for source in _sources(number, found)]
    if not said or not sources:
        return [Tied(words) for words in said]
    near = _nearness(said, [source.text for source in sources], embedder)
    asked = _content(question)
    return [_best(words, asked, sources, near[at] if near is not None else None) for at, words in enumerate(said)]


@dataclass(frozen=True)
class _Source:
    """A sentence of a passage, or two that follow each other."""

    passage: int
    span: Span
    text: str
    words: frozenset[str]
    around: str     # the passage and the title of its document: where names and numbers may stand


def _sources(number: int, found: Found) -> list[_Source]:
    spans, text, start = found.passage.sentences, found.text, found.passage.start
    windows = [*spans, *(Span(first.start, second.end) for first, second in zip(spans, spans[1:], strict=False))]
    around = f"{found.title}\n{text}"
    return [_Source(number, span, piece := text[span.start - start : span.end - start], _content(piece), around) for span in windows]


def _nearness(said: list[str], sources: list[str], embedder: Embedder | None) -> np.ndarray | None:
    """float32 (sentences, sources): cosines."""
    if embedder is None:
        return None
    rows = embedder.embed([*said, *sources])
    return rows[: len(said)] @ rows[len(said) :].T


def _best(words: str, asked: frozenset[str], sources: list[_Source], near: np.ndarray | None) -> Tied:
    content = _content(_FRAME.sub("", words))     # "The passage says that" is about the passage, and stands in none
    if _asks(words) or sum(word.isalpha() for word in content) < _FEWEST or _breaks_off(words, sources):
        return Tied(words)
    best, added, said = Tied(words), content - asked, _counted(words)
    in_turn = _in_turn(_FRAME.sub("", words))
    for at, source in enumerate(sources):
        covered = len(content & source.words) / len(content)
        score = covered if near is None else 0.5 * covered + 0.5 * float(near[at])
        new = len(added & source.words) / len(added) if added else 1.0
        holds = score >= LEAST and covered >= _LEAST_WORDS and new >= _LEAST_NEW and _agrees(words, source) and _is_said_as_often(said, asked, source)
        holds = holds and _share_in_order(in_turn, _in_turn(source.text)) >= (_IN_ORDER_IF_SURE if score >= _SURE else _IN_ORDER)
        if (holds, score) > (best.passage is not None, best.score):
            best = Tied(words, source.passage if holds else None, source.span if holds else None, score)
    return best


def _agrees(words: str, source: _Source) -> bool:
    """Every number and name stands there, "not" in both or in neither, and it is no question alone."""
    around = source.around.casefold()
    numbers = set(_NUMBER.findall(source.text))
    if any(number not in numbers for number in _NUMBER.findall(words)) or (_asks(source.text) and "?" not in words):
        return False
    if any(name.casefold().removesuffix("'s").removesuffix("’s") not in around for name in _NAME.findall(words)):
        return False
    return bool(_NOT.search(words)) == bool(_NOT.search(source.text))


def _is_said_as_often(said: Counter[str], asked: frozenset[str], source: _Source) -> bool:
    """No word of it stands there less often, but for those of the question: what is said twice was put together of two things."""
    there = _counted(source.text)
    return all(count <= max(1, there[word]) for word, count in said.items() if word not in asked)


def _share_in_order(words: list[str], others: list[str]) -> float:
    """How many of the words come in the others in the same order, as a share (the longest common subsequence)."""
    lengths = [0] * (len(others) + 1)
    for word in words:
        before = 0
        for at, other in enumerate(others, start=1):
            before, lengths[at] = lengths[at], before + 1 if word == other else max(lengths[at], lengths[at - 1])
    return lengths[-1] / max(1, len(words))


def _breaks_off(words: str, sources: list[_Source]) -> bool:
    """It ends in the middle, as where a model has said all that it may; but for what stands so in a source: a heading, an entry of a list."""
    plain = " ".join(words.split()).casefold()
    return plain[-1:].isalnum() and not any(" ".join(source.text.split()).casefold().endswith(plain) for source in sources)


def _asks(text: str) -> bool:
    return text.rstrip("\"”’' ").endswith("?")


def _in_turn(text: str) -> list[str]:
    return language.words(text, language.sense(text) or language.ENGLISH)


def _counted(text: str) -> Counter[str]:
    return Counter(_in_turn(text))


def _content(text: str) -> frozenset[str]:
    return frozenset(_counted(text))
