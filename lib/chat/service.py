"""The chat in the player's process, where models stay loaded. Read `order` (for pages) and `serve` (what the player runs)."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lib import player
from lib.chat import conversations, embedding, finding, index, personas, questions, sense_map, speakers
from lib.chat.answering import Answer, Looked, Piece, Stage, stream
from lib.chat.conversations import Conversation, Turn
from lib.errors import UserError
from lib.models.playing import CHAT, Medium, Request
from lib.player.order_store import OrderStore

if TYPE_CHECKING:
    from lib.project import Project

NAME = "chat"
_HOW = ("speaker", "top_k", "threshold", "documents_only", "with_documents", "documents", "makers", "persona", "seed")


def order(project: Project, question: str, conversation: str | None = None, beside: str = "", **how: Any) -> tuple[str, str]:
    """Writes a question down, asks the player to answer it, and returns at once: (id of the conversation, id of the turn).

    beside: the turn that asks the same, to compare.   how: as in `answering.stream`. Raises UserError for an empty question, and for a speaker or persona that is not here.
    """
    question, how = finding.checked(question), {name: value for name, value in how.items() if value is not None}
    if unknown := set(how) - set(_HOW):
        raise UserError(f"A question knows no {sorted(unknown)[0]}.", "", f"It knows: {', '.join(_HOW)}.")
    speakers.find(how.get("speaker"))
    personas.get(project, how.get("persona"))
    spoken_in = conversations.get(project, conversation) if conversation else conversations.begin(project, question)
    turn = conversations.add_turn(project, spoken_in.id, question, how, beside)
    placed = player.place(project, Request(NAME, CHAT, {"conversation": spoken_in.id, "turn": turn.id}))
    conversations.change_turn(project, spoken_in.id, turn.id, order=placed.id)
    return spoken_in.id, turn.id


def serve(project: Project, request: Request) -> Generator[Medium, None, None]:
    """Answers a turn: hands over its pieces as they come, and writes down what was found, the answer, or why there is none."""
    if speaker := request.words("wake"):
        threading.Thread(target=_wake, args=(project, speaker), daemon=True).start()
        return
    conversation, turn_id = request.words("conversation"), request.words("turn")
    turn = next((turn for turn in conversations.get(project, conversation).turns if turn.id == turn_id), None)
    if turn is None:
        return  # it was deleted meanwhile
    change = lambda **changes: conversations.change_turn(project, conversation, turn_id, **changes)
    said = ""
    try:
        for event in stream(project, turn.question, **turn.how):
            if isinstance(event, Looked):
                change(passages=conversations.of_found(event.found), sense=_sense(project, turn.question))
            elif isinstance(event, Stage):
                change(stage={**event._asdict(), "since": time.time()})
                yield Medium("", is_whole=False)    # here it can be stopped
            elif isinstance(event, Answer):
                change(**conversations.of_answer(event))
            elif isinstance(event, Piece):
                said += event.text
                yield Medium(event.text, is_whole=False)
    except GeneratorExit:   # somebody stopped it
        change(**_stopped(said))
        raise
    except UserError as error:
        change(state=conversations.FAILED, error=error.as_dict(), answer={"text": said.strip()}, order="", stage={})
        raise


def _sense(project: Project, question: str) -> str:
    """The question on the map."""
    known = index.read(project)
    return sense_map.packed(finding.question_vector(known, question)) if known else ""


def wake(project: Project, speaker: str | None = None) -> None:
    """Lets the player load beforehand what an answer takes, while somebody still thinks about the question. Returns at once."""
    player.place(project, Request(NAME, CHAT, {"wake": speakers.find(speaker).id}))


def _wake(project: Project, speaker: str) -> None:
    """In the player, beside whatever it does. What goes wrong here is said where the question is asked."""
    with contextlib.suppress(Exception):
        known = index.read(project)
        if known and known.settings.embedder == embedding.CARRIED:
            embedding.carried().embed(["Good morning."])
        speakers.wake(speakers.find(speaker))


def measure(project: Project, top_k: int = finding.TOP, progress: Callable | None = None, should_stop: Callable | None = None) -> dict[str, Any]:
    """My questions, asked in the background. Returns the figures as plain values."""
    return asdict(questions.measure(project, top_k))


def so_far(project: Project, order_id: str) -> str:
    """The letters of an answer that have come, while it is being written."""
    order = OrderStore(project.home).get(project.path.name, order_id)
    return "".join(piece.text for piece in player.pieces(project, order)) if order else ""


def look_after(project: Project, conversation: Conversation) -> Conversation:
    """The same, with turns whose order ended without a word (a player that was killed twice, a full disk) marked as failed."""
    for turn in conversation.turns:
        if turn.state == conversations.ASKED and turn.order:
            order = OrderStore(project.home).get(project.path.name, turn.order)
            if order is None or order.is_over:
                error = order.error if order and order.error else UserError("This was not answered.", "The player ended.", "Ask again.").as_dict()
                conversations.change_turn(project, conversation.id, turn.id, state=conversations.FAILED, error=error, order="")
    return conversations.get(project, conversation.id)


def stop(project: Project, conversation: str, turn: Turn) -> None:
    """Ends an answer; what is written of it stays. Who asked for it does not wait until the player has noticed."""
    order = OrderStore(project.home).get(project.path.name, turn.order)
    if order:
        said = so_far(project, turn.order)
        player.stop_order(project, order)
        conversations.change_turn(project, conversation, turn.id, **_stopped(said))


def _stopped(said: str) -> dict[str, Any]:
    return {"state": conversations.STOPPED, "answer": {"text": said.strip(), "half": "You stopped it here."}, "order": "", "stage": {}}
