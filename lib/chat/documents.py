"""What a chat may read: the texts of a project, and what people wrote beside its datapoints. Read `every`.

A text is a document; so is the transcript of a sound, the caption of a picture, and each entry of the journal. Only what
its maker lets a chat quote (the purpose "retrieve") is among them, asked anew each time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lib.errors import UserError
from lib.project import consent, labels, papers
from lib.project import database as db
from lib.project.items import find

if TYPE_CHECKING:
    from lib.project import Project
    from lib.project.items import Item

TEXT, TRANSCRIPT, CAPTION, JOURNAL = KINDS = ("text", "transcript", "caption", "journal")
KIND_WORDS = {TEXT: "texts", TRANSCRIPT: "what is said in sounds", CAPTION: "captions of pictures", JOURNAL: "the journal"}


@dataclass(frozen=True)
class Document:
    """Something that can be asked.

    id: "text:<item>", "transcript:<item>", "caption:<item>", "journal:<number>".   title: what its person calls it.
    item: the id of its datapoint, "" of the journal.   person: the id of its maker, None for the project's own.
    page_starts: ((number of a page, place of its first letter), …), () where it has no pages.
    wordless: numbers of pages without any words, which only a reader of letters could read.   by_machine: of those whose letters
    one has read.
    """

    id: str
    kind: str
    title: str
    item: str
    person: str | None
    text: str
    page_starts: tuple[tuple[int, int], ...] = ()
    wordless: tuple[int, ...] = ()
    by_machine: tuple[int, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """Of what an index keeps of it: another as soon as its words or its title are."""
        kept = json.dumps([self.title, self.person, self.page_starts, self.text], ensure_ascii=True)
        return hashlib.sha256(kept.encode()).hexdigest()

    def page_at(self, place: int) -> int | None:
        """The page on which the letter at `place` stands, by its own number."""
        page = None
        for number, start in self.page_starts:
            if start > place:
                break
            page = number
        return page


def every(project: Project, kinds: tuple[str, ...] = KINDS) -> list[Document]:
    """All that may be quoted today, in the order of their numbers, the journal last.

    One whose file cannot be read is passed over (`unreadable` names it).
    """
    survey = consent.survey(project)
    texts = _allowed(project, survey, (TEXT,)) if TEXT in kinds else []     # what a machine reads of them stands in files
    beside = tuple(kind for kind in kinds if kind in (TRANSCRIPT, CAPTION))
    said = survey.remember(("said beside", beside), lambda: _allowed(project, survey, beside)) if beside else []
    return [*texts, *said, *(_journal(project) if JOURNAL in kinds else ())]


def _allowed(project: Project, survey: consent.Survey, kinds: tuple[str, ...]) -> list[Document]:
    found: list[Document] = []
    for item in _spoken(project, kinds):
        if not survey.why_not(item.id, "retrieve"):
            found += [document for document in _of_item(project, item, kinds) if document.text.strip()]
    return found


def scans(project: Project) -> list[Document]:
    """Papers of which no page has words yet, and which may be quoted: a machine could read their letters."""
    survey = consent.survey(project)
    wordless = [item for item in project.items(kind="text") if item.facts.get("wordless_pages") and not survey.why_not(item.id, "retrieve")]
    return [document for item in wordless for document in _of_item(project, item, (TEXT,)) if not document.text.strip()]


def withheld(project: Project) -> dict[str, int]:
    """Why texts may not be quoted: {reason: how many}."""
    survey = consent.survey(project)
    why: dict[str, int] = {}
    for item in project.items(kind="text"):
        if reason := survey.why_not(item.id, "retrieve"):
            why[reason] = why.get(reason, 0) + 1
    return why


def unreadable(project: Project) -> list[str]:
    """The names of texts whose file is gone or damaged."""
    return [_title(item) for item in project.items(kind="text") if _words_of(project, item) is None]


def get(project: Project, document_id: str) -> Document:
    """One document, if it may be quoted today. Raises UserError where it is gone, or somebody said no."""
    kind, _, rest = document_id.partition(":")
    if kind == JOURNAL:
        found = [document for document in _journal(project) if document.id == document_id]
    else:
        items = find(project, ids=[rest])
        may = items and not consent.survey(project).why_not(rest, "retrieve")
        found = [document for document in _of_item(project, items[0], (kind,)) if document.text.strip() or document.wordless] if may else []
    if not found:
        raise UserError("This document is not here.", "It was removed, or may not be quoted any more.", "Ask again: answers use what is here now.")
    return found[0]


def _spoken(project: Project, kinds: tuple[str, ...]) -> Iterator[Item]:
    kind_of = {TEXT: "text", TRANSCRIPT: "sound", CAPTION: "image"}
    for kind in kinds:
        if kind in kind_of:
            yield from project.items(kind=kind_of[kind])


def _of_item(project: Project, item: Item, kinds: tuple[str, ...]) -> Iterator[Document]:
    if item.kind == "text" and TEXT in kinds:
        words = _words_of(project, item) or papers.Words("", [])
        starts = tuple((int(number), int(place)) for number, place in words.starts)
        yield Document(f"{TEXT}:{item.id}", TEXT, _title(item), item.id, item.person, words.text, starts, words.wordless, words.by_machine)
    if item.kind == "sound" and TRANSCRIPT in kinds:
        words = labels.marks(project, [item.id]).get(item.id, {}).get("transcript", "")
        yield Document(f"{TRANSCRIPT}:{item.id}", TRANSCRIPT, _title(item), item.id, item.person, words)
    if item.kind == "image" and CAPTION in kinds:
        yield Document(f"{CAPTION}:{item.id}", CAPTION, f"Number {item.number}", item.id, item.person, item.caption)


def _words_of(project: Project, item: Item) -> papers.Words | None:
    """None where its file cannot be read."""
    try:
        return papers.text_of(project, item)
    except (OSError, UnicodeDecodeError):
        return None


def _title(item: Item) -> str:
    return item.source_name or f"Number {item.number}"


def _journal(project: Project) -> Iterator[Document]:
    with project.database.read() as connection:
        rows = connection.execute(sa.select(db.journal).order_by(db.journal.c.day, db.journal.c.id)).mappings().all()
    for row in rows:
        yield Document(f"{JOURNAL}:{row['id']}", JOURNAL, f"Journal, {row['day']}", "", None, row["words"])
