"""Which sentence of an answer stands in the documents, and where. Read `tie`.

Never the model's own word, which is right too seldom: each sentence is compared with those of the passages that it was given. It is
tied where most of its words stand there, it means the same, every number and name in it is there, and neither of the two says "not"
alone. What is not tied is not found in the documents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.chat import language
from lib.chat.embedding import Embedder
from lib.chat.finding import Found
from lib.chat.sentences import Span, sentences

LEAST = 0.62        # of meaning and words together; a first guess
_LEAST_WORDS = 0.5  # of a sentence's words that stand in the source
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


def tie(answer: str, given: Sequence[Found], embedder: Embedder | None = None) -> list[Tied]:
    """Each sentence of an answer with the place that it stands in. embedder: None compares words alone (documents in other languages)."""
    said = [answer[span.start : span.end] for span in sentences(answer)]
    sources = [source for number, found in enumerate(given) for source in _sources(number, found)]
    if not said or not sources:
        return [Tied(words) for words in said]
    near = _nearness(said, [source.text for source in sources], embedder)
    return [_best(words, sources, near[at] if near is not None else None) for at, words in enumerate(said)]


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


def _best(words: str, sources: list[_Source], near: np.ndarray | None) -> Tied:
    content = _content(words)
    if not content:
        return Tied(words)
    best = Tied(words)
    for at, source in enumerate(sources):
        covered = len(content & source.words) / len(content)
        score = covered if near is None else 0.5 * covered + 0.5 * float(near[at])
        if score > best.score:
            holds = score >= LEAST and covered >= _LEAST_WORDS and _agrees(words, source)
            if holds or best.passage is None:
                best = Tied(words, source.passage if holds else None, source.span if holds else None, score)
    return best


def _agrees(words: str, source: _Source) -> bool:
    """Every number and name stands there, and "not" in both or in neither."""
    around = source.around.casefold()
    numbers = set(_NUMBER.findall(source.around))
    if any(number not in numbers for number in _NUMBER.findall(words)):
        return False
    if any(name.casefold().removesuffix("'s").removesuffix("’s") not in around for name in _NAME.findall(words)):
        return False
    return bool(_NOT.search(words)) == bool(_NOT.search(source.text))


def _content(text: str) -> frozenset[str]:
    tongue = language.sense(text)
    return frozenset(language.words(text, tongue or language.ENGLISH))
