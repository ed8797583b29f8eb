"""Conversations: what was asked and answered, kept in the project in chat/conversations/, one file each. Read `ask_in`, then `every`.

A turn is written down before anybody answers, and again when passages were found and when the answer is whole; so a page that was
closed, or a player that was killed, loses nothing. A withdrawal takes out every answer that stands on what was withdrawn.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.chat.answering import Answer
from lib.chat.citing import Tied
from lib.chat.finding import Found
from lib.chat.index import folder_of
from lib.errors import UserError
from lib.media import locks
from lib.media.files import read_json, write_json
from lib.project.folder import now

if TYPE_CHECKING:
    from lib.project import Project

FOLDER = "conversations"
ASKED, ANSWERED, FAILED, STOPPED, WITHDRAWN = "asked", "answered", "failed", "stopped", "withdrawn"
_LONGEST_TITLE = 60
_PATIENCE = 10.0    # seconds


@dataclass(frozen=True)
class Turn:
    """A question and its answer.

    id: random.   how: what was chosen when it was asked (speaker, top_k, threshold, persona, …).   state: asked, answered, failed,
    stopped or withdrawn.   answer: "text", "refused", "left_out", "aside" (the same as sentences are), "unread" (sentences
    of the passages that the model was not given), "half", "notes", "seed".   passages: what was found, each with
    "document", "title", "kind", "item", "page", "start", "end", "sentence" [start, end], "text", "score", "by_words", "by_meaning".
    sentences: [{"text", "passage" (place in passages, or None), "source" [start, end], "score", "partly" ({"passage", "source", "missing"
    [[start, end], …] within "text"}, or None)}]; "partly" is not there in what was answered before it was told apart.   prompt: [[role, words], …].
    used, room: tokens of the prompt, and how many there may be.   error: what, why, fix.   order: of the player, while it is open.
    beside: the id of the turn that it asks again, to compare.   stage: while it is open, what it waits for: "name" (answering.Stage),
    "tokens", "since" (seconds since 1970).   sense: the question on the map (sense_map.packed).
    """

    id: str
    question: str
    by: str
    asked: str
    how: dict[str, Any] = field(default_factory=dict)
    state: str = ASKED
    answer: dict[str, Any] = field(default_factory=dict)
    passages: list[dict[str, Any]] = field(default_factory=list)
    sentences: list[dict[str, Any]] = field(default_factory=list)
    prompt: list[list[str]] = field(default_factory=list)
    used: int = 0
    room: int = 0
    error: dict[str, str] | None = None
    order: str = ""
    beside: str = ""
    stage: dict[str, Any] = field(default_factory=dict)
    sense: str = ""

    @property
    def said(self) -> list[dict[str, Any]]:
        """Its sentences, then those that were left out."""
        return [*self.sentences, *self.answer.get("aside", [])]

    @property
    def items(self) -> set[str]:
        """The datapoints that it stands on."""
        return {passage["item"] for passage in self.passages if passage["item"]}


@dataclass(frozen=True)
class Conversation:
    id: str
    title: str
    made: str
    turns: tuple[Turn, ...] = ()


# ---- reading ---------------------------------------------------------------------------------------------------------


def every(project: Project) -> list[Conversation]:
    """The latest first."""
    paths = sorted(_folder(project).glob("[!.]*.json"), reverse=True)
    return [conversation for path in paths if (conversation := _read(path))]


def get(project: Project, conversation_id: str) -> Conversation:
    """Raises UserError where it is gone."""
    conversation = _read(_path(project, conversation_id)) if _is_plain(conversation_id) else None
    if conversation is None:
        raise UserError("This conversation is not here.", "It was deleted.", "Begin a new one.")
    return conversation


def _read(path: Path) -> Conversation | None:
    try:
        plain = read_json(path)
        return Conversation(plain["id"], plain["title"], plain["made"], tuple(Turn(**turn) for turn in plain["turns"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


# ---- writing ---------------------------------------------------------------------------------------------------------


def begin(project: Project, question: str) -> Conversation:
    """A new one, named after its first question."""
    made = now()
    name = f"{made.replace(':', '').replace('-', '')}-{secrets.token_hex(4)}"
    title = question if len(question) <= _LONGEST_TITLE else f"{question[: _LONGEST_TITLE - 1].rstrip()}…"
    conversation = Conversation(name, title, made)
    _write(project, conversation)
    return conversation


def add_turn(project: Project, conversation_id: str, question: str, how: Mapping[str, Any], beside: str = "") -> Turn:
    """Writes a question down, before anybody answers. beside: the turn that it is compared with."""
    turn = Turn(secrets.token_hex(6), question, project.actor, now(), dict(how), beside=beside)
    _change(project, conversation_id, lambda turns: (*turns, turn))
    return turn


def change_turn(project: Project, conversation_id: str, turn_id: str, **changes: Any) -> None:
    """Puts what changed about a turn into its file. Nothing happens where it is gone, or was withdrawn meanwhile."""

    def changed(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
        return tuple(replace(turn, **changes) if turn.id == turn_id and turn.state != WITHDRAWN else turn for turn in turns)

    _change(project, conversation_id, changed)


def delete(project: Project, conversation_id: str) -> None:
    """Deletes a conversation for good."""
    if _is_plain(conversation_id):
        _path(project, conversation_id).unlink(missing_ok=True)


def delete_turn(project: Project, conversation_id: str, turn_id: str) -> None:
    _change(project, conversation_id, lambda turns: tuple(turn for turn in turns if turn.id != turn_id))


def _change(project: Project, conversation_id: str, how) -> None:
    with _alone(project):
        conversation = _read(_path(project, conversation_id))
        if conversation is not None:
            _write(project, replace(conversation, turns=how(conversation.turns)))


def _alone(project: Project) -> locks.Lock:
    lock = locks.take(_folder(project) / ".lock", _PATIENCE)
    if lock is None:
        raise UserError("This conversation cannot be written down.", "Another program holds it.", "Try again in a moment.")
    return lock


def _write(project: Project, conversation: Conversation) -> None:
    _folder(project).mkdir(parents=True, exist_ok=True)
    write_json(_path(project, conversation.id), asdict(conversation), durable=False)


def _folder(project: Project) -> Path:
    return folder_of(project) / FOLDER


def _path(project: Project, conversation_id: str) -> Path:
    return _folder(project) / f"{conversation_id}.json"


def _is_plain(name: str) -> bool:
    return bool(name) and Path(name).name == name and not name.startswith(".")


# ---- an answer as a turn keeps it --------------------------------------------------------------------------------------


def of_found(found: Iterable[Found]) -> list[dict[str, Any]]:
    return [
        {
            "document": one.passage.document, "title": one.title, "kind": one.kind, "item": one.item, "page": one.passage.page,
            "start": one.passage.start, "end": one.passage.end, "sentence": list(one.sentence), "text": one.text, "score": round(one.score, 3),
            "by_words": one.by_words, "by_meaning": one.by_meaning,
        }
        for one in found
    ]  # fmt: skip


def of_answer(answer: Answer) -> dict[str, Any]:
    """What changes about a turn once its answer is whole."""
    return {
        "state": ANSWERED,
        "answer": {"text": answer.text, "refused": answer.refused, "left_out": list(answer.left_out), "half": answer.half,
                   "aside": [_of_tied(tied) for tied in answer.aside], "unread": answer.unread, "notes": list(answer.notes), "seed": answer.seed},
        "passages": of_found(answer.found),
        "sentences": [_of_tied(tied) for tied in answer.ties],
        "prompt": [list(message) for message in answer.messages], "used": answer.used, "room": answer.room, "order": "", "stage": {},
    }  # fmt: skip


def _of_tied(tied: Tied) -> dict[str, Any]:
    partly = tied.partly and {"passage": tied.partly.passage, "source": list(tied.partly.source), "missing": [list(span) for span in tied.partly.missing]}
    return {"text": tied.text, "passage": tied.passage, "source": list(tied.source) if tied.source else None, "score": round(tied.score, 3), "partly": partly}


# ---- handing on, and a withdrawal ----------------------------------------------------------------------------------------


def as_markdown(conversation: Conversation) -> str:
    """A conversation with its citations as footnotes."""
    lines = [f"# {_inert(conversation.title)}", ""]
    for at, turn in enumerate(conversation.turns, start=1):
        lines += [f"**{_inert(turn.question)}**", "", *_answer_lines(turn, at), ""]
    return "\n".join(lines)


def _answer_lines(turn: Turn, at: int) -> Iterator[str]:
    if turn.state == WITHDRAWN:
        yield "*This answer was withdrawn, since somebody whom it quoted said no.*"
        return
    if not turn.sentences:
        yield _inert(turn.answer.get("text", "")) or "*No answer.*"
        return
    yield " ".join(f"{_inert(one['text'])}{_footnote(one, at)}" for one in turn.sentences)
    yield ""
    for number in sorted({number for one in turn.sentences if (number := _stands_in(one)) is not None}):
        passage = turn.passages[number]
        page = f", page {passage['page']}" if passage["page"] else ""
        yield f"[^{at}-{number + 1}]: {_inert(passage['title'])}{page}: “{_inert(' '.join(passage['text'].split()))}”"


def _stands_in(sentence: dict[str, Any]) -> int | None:
    """The passage that it stands in, as a whole or in part."""
    return sentence["passage"] if not sentence.get("partly") else sentence["partly"]["passage"]


def _footnote(sentence: dict[str, Any], at: int) -> str:
    passage = _stands_in(sentence)
    if passage is None:
        return " *(not found in your documents)*"
    return f"[^{at}-{passage + 1}]" + (f" *({_inert(in_part(sentence))})*" if sentence.get("partly") else "")


def in_part(sentence: dict[str, Any]) -> str:
    """What is told beside a sentence that stands in a document in part."""
    missing = [sentence["text"][start:end] for start, end in sentence["partly"]["missing"]]
    return f"found in part; not there: {', '.join(f'“{words}”' for words in missing)}" if missing else "found in part; its words are put together otherwise there"


def _inert(words: str) -> str:
    """Words that a viewer of Markdown shows as they are: no link, no picture, no HTML."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|!" else sign for sign in words)


def touched(project: Project, gone: Iterable) -> list[Path]:
    """The conversations in which one of these items was quoted."""
    ids = {item.id for item in gone}
    return [_path(project, conversation.id) for conversation in every(project) if any(ids & turn.items for turn in conversation.turns)]


def forget(project: Project, gone: Iterable) -> None:
    """Takes out every answer that stands on one of these items: the question stays, and that it was withdrawn."""
    ids = {item.id for item in gone}
    for path in touched(project, gone):
        _change(project, path.stem, lambda turns: tuple(_taken_back(turn) if ids & turn.items else turn for turn in turns))


def _taken_back(turn: Turn) -> Turn:
    return Turn(turn.id, turn.question, turn.by, turn.asked, turn.how, WITHDRAWN, beside=turn.beside)
