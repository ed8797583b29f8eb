"""From a question to the passages that may answer it. Read `find`.

Two look-ups, by words (BM25) and by meaning (cosine of vectors), are put together by reciprocal rank (Cormack, Clarke and
Büttcher 2009: 1 / (60 + rank)); the best of both are ranked again by their two most fitting sentences, whose vectors are stored, and
by how many of the question's words they hold. No further model is asked. Where the question has a name that none of the first
passages has, all of them fit half as well: who asks about Boris is not answered with Ana.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lib.chat import documents as project_documents
from lib.chat import embedding, language
from lib.chat.index import Index, read, spoken_title
from lib.chat.passages import Passage
from lib.chat.sentences import Span
from lib.errors import UserError
from lib.project import arguments, consent

if TYPE_CHECKING:
    from lib.project import Project

TOP = 5                 # passages that are shown, and given to a model
MOST = 20
CANDIDATES = 100        # of each look-up
# Score under which nothing here answers. Found with benchmarks/chat.py --tune on questions of their own, 54 that are answered and 35
# that are not: it refuses 8 of 10 that only touch what the documents are about.
THRESHOLD = 0.38
_NAME_MISSING = 0.5     # what the scores are multiplied by where a name of the question is missing
_GERMAN = "de"
_WITHIN = re.compile(r"(?<=[^.!?…:\s] )[\"'“‘(«]*(\w\w+)")     # words that begin no sentence


@dataclass(frozen=True)
class Weights:
    """What a score is made of, together 1. From the middle of where it hardly matters (benchmarks/chat.py --tune).

    meaning, sentences, words: of the likeness of the passage, of its two likest sentences, and of the share of the question's words
    that it holds.   power: of that share, so that one word of many says little.
    """

    meaning: float = 0.40
    sentences: float = 0.45
    words: float = 0.15
    power: float = 2.0


WEIGHTS = Weights()


class Fit(NamedTuple):
    """How well a passage fits, each 0 to 1.   meaning, sentences: cosines, of the two best sentences the mean; None where it has no
    vectors.   words: share of the question's.   best: which of its sentences fits best.
    """

    number: int
    meaning: float | None
    sentences: float | None
    words: float
    best: int

    def score(self, weights: Weights) -> float:
        if self.meaning is None or self.sentences is None:
            return self.words
        return weights.meaning * self.meaning + weights.sentences * self.sentences + weights.words * self.words**weights.power


@dataclass(frozen=True)
class Found:
    """A passage that may answer.

    number: its place in the index.   score: 0 to 1, how well it fits.   sentence: the most fitting one, within the document's text.
    title, kind, item, person: of its document.   by_words, by_meaning: its rank in each look-up from 1 on, None where it was not found.
    """

    passage: Passage
    number: int
    score: float
    sentence: Span
    title: str
    kind: str
    item: str
    person: str | None
    by_words: int | None
    by_meaning: int | None

    @property
    def text(self) -> str:
        return self.passage.text

    @property
    def source(self) -> str:
        """ "diary.md, page 3"."""
        return f"{self.title}, page {self.passage.page}" if self.passage.page else self.title


def find(
    project: Project, question: str, top_k: object = TOP, threshold: object = None, *,
    documents: Iterable[str] | None = None, makers: Iterable[str] | None = None,
) -> list[Found]:  # fmt: skip
    """The passages that may answer a question, best first; only what may be quoted today.

    threshold: the least score, 0 to 1; 0 unless told.   documents, makers: only those of these documents, of these people (ids; "" is
    the maker of the project).   Raises UserError for an empty question, or where there is nothing to look in.
    """
    question = checked(question)
    top, least = arguments.whole("top_k", top_k, 1, MOST), arguments.number("threshold", threshold or 0.0, 0.0, 1.0)
    index = read(project)
    if index is None or not len(index):
        raise UserError("There are no documents to ask.", "Nothing in this project may be quoted, or nothing was read yet.",
                        "Add documents, and say that a chat may quote them.")  # fmt: skip
    among = _allowed(project, index, documents, makers)
    vector = question_vector(index, question)
    return [found for found in rank(index, question, vector, among)[:top] if found.score >= least]


def checked(question: object) -> str:
    words = " ".join(arguments.text("question", question).split())
    if not words:
        raise UserError("There is no question.", "", "Write what you want to know.")
    if len(words) > 2000:
        raise UserError(f"This question has {len(words):,} letters.", "The most is 2,000.", "Ask a shorter one.")
    return words


def question_vector(index: Index, question: str) -> np.ndarray | None:
    """None where nothing is embedded yet, or where the carried embedder does not know the question's language."""
    if not index.is_embedded.any():
        return None
    if index.settings.embedder == embedding.CARRIED and not language.is_english(language.sense(question)):
        return None
    return embedding.open_embedder(index.settings.embedder).embed([question])[0]


def rank(index: Index, question: str, vector: np.ndarray | None, among: np.ndarray | None = None, weights: Weights = WEIGHTS) -> list[Found]:
    """All candidates of both look-ups, best first."""
    by_words, by_meaning = look_up(index, question, vector, among)
    fits = ordered(fit(index, question, vector, fuse(by_words, by_meaning)), weights)
    word_rank, meaning_rank, certain = _places(by_words), _places(by_meaning), certainty(index, question, fits)
    found = []
    for one in fits:
        passage, facts = index.passages[one.number], index.known[index.passages[one.number].document]
        found.append(Found(passage, one.number, certain * one.score(weights), passage.sentences[one.best], facts["title"], facts["kind"], facts["item"],
                           facts["person"], word_rank.get(one.number), meaning_rank.get(one.number)))  # fmt: skip
    return found


def look_up(index: Index, question: str, vector: np.ndarray | None, among: np.ndarray | None = None) -> tuple[list[int], list[int]]:
    """Passages by words and by meaning, best first each."""
    by_words = [number for number, _ in index.by_words(question, CANDIDATES, among)]
    return by_words, [number for number, _ in index.by_meaning(vector, CANDIDATES, among)] if vector is not None else []


def fuse(*rankings: list[int], constant: float = 60.0) -> dict[int, float]:
    """{passage: sum of 1 / (60 + rank)} over rankings, best first."""
    fused: dict[int, float] = {}
    for ranking in rankings:
        for place, number in enumerate(ranking, start=1):
            fused[number] = fused.get(number, 0.0) + 1 / (constant + place)
    return dict(sorted(fused.items(), key=lambda one: -one[1]))


def fit(index: Index, question: str, vector: np.ndarray | None, numbers: Iterable[int]) -> list[Fit]:
    """How well each of these passages fits."""
    asked = Asked(index, question)
    return [_fit(index, number, vector, asked) for number in numbers]


def ordered(fits: Iterable[Fit], weights: Weights) -> list[Fit]:
    """Best first; what fits alike stays in the order of the look-ups."""
    return sorted(fits, key=lambda one: -one.score(weights))


def certainty(index: Index, question: str, fits: Sequence[Fit]) -> float:
    """1, or less where the question has a name that stands in none of the first passages and in no title of theirs."""
    called = names(question, {facts["language"] for facts in index.known.values()})
    if not called:
        return 1.0
    first = [index.passages[one.number] for one in fits[:TOP]]
    there = {word for passage in first for text in (passage.text, spoken_title(index.known[passage.document]["title"])) for word in language.words(text)}
    return 1.0 if called <= there else _NAME_MISSING


def names(question: str, spoken: Iterable[str]) -> set[str]:
    """The words of a question that are written like names, as `language.words` gives them; not the first of a sentence.

    spoken: languages of the documents. In German all nouns are written so: then nobody can tell.
    """
    if _GERMAN in (language.sense(question), *spoken):
        return set()
    return {word for said in _WITHIN.findall(question) if said[0].isupper() for word in language.words(said)}


def _places(ranking: list[int]) -> dict[int, int]:
    return {number: place for place, number in enumerate(ranking, start=1)}


class Asked:
    """The words of a question, each with what it weighs: a rare one says more."""

    def __init__(self, index: Index, question: str):
        self.weights = {}
        for word in dict.fromkeys(index._asked(question)):
            holding = index.document_frequency(word)
            self.weights[word] = math.log(1 + (len(index) - holding + 0.5) / (holding + 0.5))
        self.total = sum(self.weights.values())

    def share(self, words: Iterable[str]) -> float:
        """How much of the question's weight these words hold, 0 to 1."""
        words = set(words)
        return sum(weight for word, weight in self.weights.items() if word in words) / self.total if self.total else 0.0


def _fit(index: Index, number: int, vector: np.ndarray | None, asked: Asked) -> Fit:
    passage = index.passages[number]
    tongue = index.known[passage.document]["language"]
    spoken = [language.words(passage.sentence(at), tongue) for at in range(len(passage.sentences))]
    by_sentence, words = np.array([asked.share(some) for some in spoken]), asked.share(itertools.chain.from_iterable(spoken))
    if vector is None or not index.vectors[number].any():
        return Fit(number, None, None, words, int(np.argmax(by_sentence)))
    near = index.sentence_vectors(number) @ vector
    meaning = max(float(index.vectors[number] @ vector), 0.0)
    two = float(np.sort(near)[-2:].mean())
    return Fit(number, meaning, max(two, 0.0), words, int(np.argmax(near + 0.3 * by_sentence)))


def _allowed(project: Project, index: Index, documents: Iterable[str] | None, makers: Iterable[str] | None) -> np.ndarray:
    """bool (n,): which passages may be quoted today, and are of these documents and people."""
    survey = consent.survey(project)
    wanted, people = set(documents) if documents is not None else None, set(makers) if makers is not None else None
    may = {
        name: (facts["kind"] == project_documents.JOURNAL or not survey.why_not(facts["item"], "retrieve"))
        and (wanted is None or name in wanted)
        and (people is None or (facts["person"] or "") in people)
        for name, facts in index.known.items()
    }
    return np.array([may[passage.document] for passage in index.passages], bool)
