"""From a question to the passages that may answer it. Read `find`.

Two look-ups, by words (BM25) and by meaning (cosine of vectors), are put together by reciprocal rank (Cormack, Clarke and
Büttcher 2009: 1 / (60 + rank)); the best of both are ranked again by their most fitting sentence, whose vectors are stored, and by
how many of the question's words they hold. No further model is asked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lib.chat import documents as project_documents
from lib.chat import embedding, language
from lib.chat.index import Index, read
from lib.chat.passages import Passage
from lib.chat.sentences import Span
from lib.errors import UserError
from lib.project import arguments, consent

if TYPE_CHECKING:
    from lib.project import Project

TOP = 5                 # passages that are shown, and given to a model
MOST = 20
CANDIDATES = 50         # of each look-up
_RRF = 60.0             # the constant of reciprocal rank fusion
THRESHOLD = 0.42        # score under which nothing here answers; found on other questions (benchmarks/chat.py)
_MEANING, _SENTENCE, _WORDS = 0.35, 0.35, 0.30     # what a score is made of


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


def rank(index: Index, question: str, vector: np.ndarray | None, among: np.ndarray | None = None) -> list[Found]:
    """All candidates of both look-ups, best first."""
    by_words = [number for number, _ in index.by_words(question, CANDIDATES, among)]
    by_meaning = [number for number, _ in index.by_meaning(vector, CANDIDATES, among)] if vector is not None else []
    fused = fuse(by_words, by_meaning)
    word_rank, meaning_rank = _places(by_words), _places(by_meaning)
    asked = Asked(index, question)
    found = []
    for number in sorted(fused, key=fused.__getitem__, reverse=True):
        passage, facts = index.passages[number], index.known[index.passages[number].document]
        score, best = _score(index, number, vector, asked)
        found.append(Found(passage, number, score, passage.sentences[best], facts["title"], facts["kind"], facts["item"], facts["person"],
                           word_rank.get(number), meaning_rank.get(number)))  # fmt: skip
    most = max(fused.values(), default=1.0)
    return sorted(found, key=lambda one: -(one.score + 0.15 * fused[one.number] / most))


def fuse(*rankings: list[int]) -> dict[int, float]:
    """{passage: sum of 1 / (60 + rank)} over rankings, best first each."""
    fused: dict[int, float] = {}
    for ranking in rankings:
        for place, number in enumerate(ranking, start=1):
            fused[number] = fused.get(number, 0.0) + 1 / (_RRF + place)
    return fused


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


def _score(index: Index, number: int, vector: np.ndarray | None, asked: Asked) -> tuple[float, int]:
    """(how well a passage fits, 0 to 1; which of its sentences fits best)."""
    passage = index.passages[number]
    tongue = index.known[passage.document]["language"]
    by_sentence = [asked.share(language.words(passage.sentence(at), tongue)) for at in range(len(passage.sentences))]
    words = asked.share(language.words(passage.text, tongue))
    if vector is None or not index.vectors[number].any():
        return words, int(np.argmax(by_sentence))
    near = index.sentence_vectors(number) @ vector
    best = int(np.argmax(near + 0.3 * np.array(by_sentence)))
    meaning = float(index.vectors[number] @ vector)
    return _MEANING * max(meaning, 0.0) + _SENTENCE * max(float(near.max()), 0.0) + _WORDS * words, best


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
