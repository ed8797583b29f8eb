"""My questions: a small table of one's own questions and the document that should answer each, to see what a setting does. Read `measure`.

Hit rate: for how many the right document is among the passages that were found. Reciprocal rank: 1 where it came first, 1/2 where it
came second, and so on; 0 where it did not come (Voorhees 1999, TREC-8 Question Answering Track).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lib.chat import documents, finding
from lib.chat.index import read, settings
from lib.errors import UserError
from lib.project import labels
from lib.project.folder import now

if TYPE_CHECKING:
    from lib.project import Project

_QUESTIONS, _MEASURED = "chat_questions", "chat_measured"
_MOST, _KEPT = 200, 20


@dataclass(frozen=True)
class Question:
    """document: the id of the one that should answer; title: as it was called."""

    id: str
    words: str
    document: str
    title: str


@dataclass(frozen=True)
class Measured:
    """hit_rate, reciprocal_rank: 0 to 1, over `count` questions. places: {id of a question: rank of its document, 0 where it did not come}."""

    at: str
    count: int
    hit_rate: float
    reciprocal_rank: float
    top_k: int
    size: int
    overlap: int
    embedder: str
    places: dict[str, int]


def every(project: Project) -> list[Question]:
    return [Question(**kept) for kept in labels.setting(project, _QUESTIONS, [])]


def add(project: Project, words: str, document: str) -> Question:
    """document: its id. Raises UserError for an empty question, or a document that is not here."""
    question = Question(secrets.token_hex(4), finding.checked(words), document, documents.get(project, document).title)

    def added(kept: list[dict]) -> list[dict]:
        if len(kept) >= _MOST:
            raise UserError(f"There are {_MOST} questions already.", "", "Take one out that you do not need.")
        return [*kept, asdict(question)]

    labels.rewrite_setting(project, _QUESTIONS, [], added)
    return question


def take_out(project: Project, question_id: str) -> None:
    labels.rewrite_setting(project, _QUESTIONS, [], lambda kept: [one for one in kept if one["id"] != question_id])


def measure(project: Project, top_k: int = finding.TOP) -> Measured:
    """Asks all of them, and keeps the figures beside the setting that they were found with. Raises UserError where there are none."""
    questions, now_is = every(project), settings(project)
    if not questions:
        raise UserError("There are no questions yet.", "", "Write one down, and say which document answers it.")
    places = {question.id: place_of(project, question, top_k) for question in questions}
    ranks = [1 / place if place else 0.0 for place in places.values()]
    measured = Measured(now(), len(questions), sum(map(bool, ranks)) / len(ranks), sum(ranks) / len(ranks), top_k, now_is.size, now_is.overlap,
                        now_is.embedder, places)  # fmt: skip
    labels.rewrite_setting(project, _MEASURED, [], lambda kept: [*kept, asdict(measured)][-_KEPT:])
    return measured


def place_of(project: Project, question: Question, top_k: int) -> int:
    """The rank of its document among the passages found, from 1 on; 0 where it is not among them."""
    found = finding.find(project, question.words, top_k)
    return next((place for place, one in enumerate(found, start=1) if one.passage.document == question.document), 0)


def history(project: Project) -> list[Measured]:
    """What was measured, the latest first."""
    return [Measured(**kept) for kept in reversed(labels.setting(project, _MEASURED, []))]


def is_ready(project: Project) -> bool:
    """Whether there is an index to ask."""
    index = read(project)
    return index is not None and len(index) > 0


# ---- what a withdrawal must reach: titles of documents, and questions about them ----------------------------------------


def touched(project: Project, gone: Iterable) -> list[str]:
    ids = {item.id for item in gone}
    return [question.id for question in every(project) if question.document.partition(":")[2] in ids]


def forget(project: Project, gone: Iterable) -> None:
    leaving = set(touched(project, gone))
    if leaving:
        labels.rewrite_setting(project, _QUESTIONS, [], lambda kept: [one for one in kept if one["id"] not in leaving])


def as_rows(project: Project) -> list[dict[str, Any]]:
    """For a table: question, document, and the place that it had when it was last measured."""
    last = next(iter(history(project)), None)
    return [
        {"id": question.id, "question": question.words, "document": question.title, "place": last.places.get(question.id) if last else None}
        for question in every(project)
    ]
