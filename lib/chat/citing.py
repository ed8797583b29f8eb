"""Which sentence of an answer stands in the documents, and where. Read `tie`, then `lib/chat/shortening.py`.

Never the model's own word, which is right too seldom: each sentence is compared with those of the passages that were found. There are
three verdicts:

    found      It can be had from one sentence of a passage by leaving words out: every word, number, name and "not" of it stands there,
               in the same order. Only this is cited.
    partly     Most of its words stand there, and it means nearly the same; but some are missing there, or it is put together otherwise:
               "Saul was stoned" has all the words of "they stoned him, and laid their clothes at the feet of Saul". The missing ones are told.
    not found  All else. So are a question (nor does it hold anything up), what breaks off, and what has fewer than two words to compare.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lib.chat import language, shortening
from lib.chat.embedding import Embedder
from lib.chat.finding import Found
from lib.chat.sentences import Span, sentences
from lib.chat.shortening import Word

# For "partly"; found on sentences that a person read (benchmarks/chat_citations.py).
LEAST = 0.80        # of meaning and words together
_LEAST_WORDS = 0.6  # of a sentence's words that stand in the source
_FEWEST = 2         # words that say something: "This will output:" says nothing
_FRAME = re.compile(
    r"^\W*(?:(?:the|this) (?:passages?|texts?) (?:states?|says?|mentions?)(?: that)?|according to (?:the|this) (?:passages?|texts?),?|"
    r"the answer(?: to (?:the|your) question)? is:?|yes,|no,)\s+", re.I,
)  # fmt: skip
_ASKING = frozenset("what when where why how".split())
_ANSWERS = re.compile(r"^\W*the answer\b", re.I)


class Partly(NamedTuple):
    """Where a sentence stands in part.   passage, source: as in `Tied`.   missing: places of the words that are not there, within the sentence."""

    passage: int
    source: Span
    missing: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Tied:
    """A sentence of an answer. text: its words.   passage: which of the given ones it stands in, None if in none.
    source: where, within the document's text.   score: 0 to 1, how near the nearest source came.   partly: where it stands in part.
    """

    text: str
    passage: int | None = None
    source: Span | None = None
    score: float = 0.0
    partly: Partly | None = None


def tie(answer: str, given: Sequence[Found], embedder: Embedder | None = None, question: str = "") -> list[Tied]:
    """Each sentence of an answer with the place that it stands in. embedder: None compares words alone (documents in other languages).

    question: what was asked; "The answer is Jabin" says of Jabin what the question asks, so that its words must stand there too.
    """
    said = [answer[span.start : span.end] for span in sentences(answer)]
    sources = [source for number, found in enumerate(given) for source in _sources(number, found)]
    return [_tied(words, sources, embedder, question) if _is_said(words, sources) else Tied(words) for words in said]


@dataclass(frozen=True)
class _Source:
    """A sentence of a passage, or two that follow each other.   tongue: the language of the passage."""

    passage: int
    span: Span
    text: str
    words: list[Word]
    persons: set[str]
    tongue: str
    is_one: bool


def _sources(number: int, found: Found) -> list[_Source]:
    spans, text, start = found.passage.sentences, found.text, found.passage.start
    tongue = language.sense(text) or language.ENGLISH
    windows = [*spans, *(Span(first.start, second.end) for first, second in zip(spans, spans[1:], strict=False))]
    pieces = [text[span.start - start : span.end - start] for span in windows]
    return [
        _Source(number, span, piece, shortening.read(piece, tongue), shortening.persons(piece), tongue, is_one=at < len(spans))
        for at, (span, piece) in enumerate(zip(windows, pieces, strict=True))
    ]


def _tied(words: str, sources: Sequence[_Source], embedder: Embedder | None, question: str) -> Tied:
    """To the shortest sentence that it can be had from, else in part to the one, or the two, that come nearest."""
    sources = [source for source in sources if not _asks(source.text) or "?" in words]     # a question holds nothing up but itself
    holding = [source for source in sources if source.is_one and _is_had_from(words, source, question)]
    if holding:
        best = min(holding, key=lambda source: len(source.words))
        return Tied(words, best.passage, best.span, 1.0)
    return _partly(words, sources, embedder)


def _is_had_from(words: str, source: _Source, question: str) -> bool:
    asked = [word for word in shortening.read(question, source.tongue) if word.stem not in _ASKING]
    if _ANSWERS.match(words) and _covered(asked, source.words) < 1:
        return False
    spoken_of = shortening.persons(words)
    return shortening.fit_together(spoken_of, source.persons) and shortening.is_shortened(_read(words, source.tongue), source.words)


def _partly(words: str, sources: Sequence[_Source], embedder: Embedder | None) -> Tied:
    shares = [_covered(_read(words, source.tongue), source.words) for source in sources]
    close = [(share, source) for share, source in zip(shares, sources, strict=True) if share >= _LEAST_WORDS]
    if not close:
        return Tied(words)
    scores = [share for share, _ in close]
    if embedder is not None:
        rows = embedder.embed([words, *(source.text for _, source in close)])
        scores = [0.5 * share + 0.5 * float(near) for share, near in zip(scores, rows[1:] @ rows[0], strict=True)]
    score = max(scores)
    best = close[scores.index(score)][1]
    missing = shortening.missing(_read(words, best.tongue), best.words)
    return Tied(words, score=score, partly=Partly(best.passage, best.span, tuple(missing)) if score >= LEAST else None)


def _covered(read: Sequence[Word], there: Sequence[Word]) -> float:
    """Which share of the words that say something by themselves stands there; 1 of none."""
    full, known = [word.stem for word in read if word.is_full], {word.stem for word in there}
    return sum(stem in known for stem in full) / len(full) if full else 1.0


def _read(words: str, tongue: str) -> list[Word]:
    """The words to compare, each with its place; "The passage says that" is about the passage, and stands in none."""
    frame = _FRAME.match(words)
    return [word for word in shortening.read(words, tongue) if not frame or word.span.start >= frame.end()]


def _is_said(words: str, sources: Sequence[_Source]) -> bool:
    """Whether it says something, and to its end."""
    full = [word for word in _read(words, language.ENGLISH) if word.is_full and word.stem.isalpha()]
    return bool(sources) and len(full) >= _FEWEST and not _asks(words) and not _breaks_off(words, sources)


def _breaks_off(words: str, sources: Sequence[_Source]) -> bool:
    """It ends in the middle, as where a model has said all that it may; but for what stands so in a source: a heading, an entry of a list."""
    plain = " ".join(words.split()).casefold()
    return plain[-1:].isalnum() and not any(" ".join(source.text.split()).casefold().endswith(plain) for source in sources)


def _asks(text: str) -> bool:
    return text.rstrip("\"”’' ").endswith("?")
