"""Asking one's documents, and answers that can be checked sentence by sentence. Read `ask`, then `stream`."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from lib.chat import chain, citing, embedding, finding, language, orders, personas, speakers
from lib.chat.chain import Fenced
from lib.chat.citing import Tied
from lib.chat.finding import Found
from lib.chat.index import read
from lib.chat.speakers import Speaker
from lib.errors import UserError
from lib.project import arguments

if TYPE_CHECKING:
    from lib.project import Project

NOT_THERE = "This is not in your documents."
_NOTHING_SAID = "it is not in the passages"
_QUOTED = 3     # sentences that "passages only" answers with
_WORTH_QUOTING = 0.75   # of the best score; what fits less is not quoted beside it


class Quoted(NamedTuple):
    """A passage that an answer stands on. source: "diary.md, page 3". score: 0 to 1."""

    text: str
    source: str
    score: float


class Said(NamedTuple):
    """A sentence of an answer, and the passage it stands in; None where it was not found in the documents, or only in part."""

    sentence: str
    passage: Quoted | None


@dataclass(frozen=True)
class Answer:
    """text: what was answered.   refused: True where it says that this is not in the documents.   found: the passages, best first, with
    all that is known of them.   ties: for each sentence where it stands (citing.py).   given: what a model was given of the passages.
    messages: the whole prompt, [(role, words), …].   aside: sentences that were not found, where only documents were to speak.
    half: why it ends in the middle, "" where it does not.   notes: what a person should know besides, in sentences.
    """

    question: str
    text: str
    speaker: str
    persona: str
    found: tuple[Found, ...] = ()
    ties: tuple[Tied, ...] = ()
    refused: bool = False
    aside: tuple[Tied, ...] = ()
    given: tuple[Fenced, ...] = ()
    messages: tuple[tuple[str, str], ...] = ()
    used: int = 0
    room: int = 0
    half: str = ""
    seed: int = 0
    notes: tuple[str, ...] = field(default=())

    @property
    def passages(self) -> list[Quoted]:
        """What it stands on; empty where it was refused."""
        return [] if self.refused else [_quoted(found) for found in self.found]

    @property
    def left_out(self) -> tuple[str, ...]:
        """The words of those aside."""
        return tuple(tied.text for tied in self.aside)

    @property
    def unread(self) -> int:
        """Sentences of the passages that the model was not given: there was no room for them, or they give orders."""
        if not self.given:
            return 0
        given = {fenced.found.number for fenced in self.given}
        return sum(fenced.left_out for fenced in self.given) + sum(len(found.passage.sentences) for found in self.found if found.number not in given)

    @property
    def sentences(self) -> list[Said]:
        return [Said(tied.text, None if tied.passage is None else _quoted(self.found[tied.passage])) for tied in self.ties]


class Looked(NamedTuple):
    """The passages that were found, before anybody speaks."""

    found: tuple[Found, ...]


class Piece(NamedTuple):
    """Some letters of an answer, as they come."""

    text: str


LOOKING, WAKING, READING = "looking", "waking", "reading"


class Stage(NamedTuple):
    """What begins now and takes a while: LOOKING in the documents, WAKING the model, READING of its prompt (so many tokens)."""

    name: str
    tokens: int = 0


Event = Stage | Looked | Piece | Answer


def ask(project: Project, question: str, **how: Any) -> Answer:
    """Answers a question from the documents of a project; returns when the answer is whole. how: as in `stream`.

    Raises UserError where there is nothing to ask, for values out of bounds, and where the speaker is not here.
    """
    answer = None
    for event in stream(project, question, **how):
        answer = event if isinstance(event, Answer) else answer
    assert answer is not None
    return answer


def stream(
    project: Project, question: str, *, speaker: str | None = None, top_k: int = finding.TOP, threshold: float | None = None,
    documents_only: bool = True, with_documents: bool = True, documents: Iterable[str] | None = None, makers: Iterable[str] | None = None,
    persona: str | None = None, seed: int = 0,
) -> Generator[Event, None, None]:  # fmt: skip
    """What begins (`Stage`), the passages, then the pieces of an answer as they come, at last the whole `Answer`.

    speaker: "smollm2" (where None), "passages" or "ollama:<model>".   threshold: the least score of the best passage, else the answer
    is that it is not there; None is finding.THRESHOLD.   documents_only: sentences that stand in no passage
    are left out.   with_documents: False asks the model alone, to compare.   documents, makers: ask only these.   persona: its name.
    """
    question, who = finding.checked(question), speakers.find(speaker)
    manner, seed = personas.get(project, persona), arguments.whole("seed", seed, 0, 2**62)
    least = finding.THRESHOLD if threshold is None else arguments.number("threshold", threshold, 0.0, 1.0)
    start = Answer(question, "", who.id, manner.name, room=who.room, seed=seed)
    if not with_documents:
        yield from _alone(start, who, manner)
        return
    which: dict[str, Any] = {"top_k": top_k, "documents": documents, "makers": makers}
    yield Stage(LOOKING)
    if who.is_model:
        yield from _by_model(project, start, who, manner, least, which, documents_only)
        return
    start = _looked(project, start, who, finding.find(project, question, **which))
    yield Looked(start.found)
    yield _by_quoting(start) if chain.fitting(start.found, least) else replace(start, text=NOT_THERE, refused=True)


def _looked(project: Project, start: Answer, who: Speaker, found: Sequence[Found]) -> Answer:
    return replace(start, found=tuple(found), notes=_notes(project, found, start.question, who))


# ---- a model speaks ------------------------------------------------------------------------------------------------------


def _by_model(
    project: Project, start: Answer, who: Speaker, manner: personas.Persona, least: float, which: dict[str, Any], documents_only: bool,
) -> Generator[Event, None, None]:  # fmt: skip
    """Goes along the chain, and hands over what comes of each step."""
    steps = chain.chain(project, who, manner, least=least, seed=start.seed, **which).stream({"question": start.question})
    said: list[str] = []
    half = ""
    try:
        for step in steps:
            if "found" in step:
                start = _looked(project, start, who, step["found"])
                yield Looked(start.found)
                if chain.fitting(start.found, least) and not speakers.is_awake(who):
                    yield Stage(WAKING)
            if step.get("messages"):
                start = _with_prompt(start, tuple(step["messages"]), who)
                yield Stage(READING, start.used)
            if "given" in step:
                start = replace(start, given=tuple(step["given"]))
            if step.get("words"):
                said.append(step["words"])
                yield Piece(step["words"])
    except Exception as error:
        half = _broken_off(error, said, who)
    words = "".join(said).strip()
    if not start.given or _NOTHING_SAID in words.casefold():     # nothing fits, or all that fits gives orders, or the model says so
        yield replace(start, text=NOT_THERE, refused=True, half=half)
    else:
        yield checked(project, start, words, half, documents_only)


def _alone(start: Answer, who: Speaker, manner: personas.Persona) -> Generator[Event, None, None]:
    """The model without documents: nothing of what it says is tied."""
    if not who.is_model:
        raise UserError("Passages alone answer nothing without documents.", "", "Choose a model that speaks.")
    if not speakers.is_awake(who):
        yield Stage(WAKING)
    start = _with_prompt(start, (("system", manner.words), ("human", start.question)), who)
    yield Stage(READING, start.used)
    said: list[str] = []
    half = ""
    try:
        model = speakers.chat_model(who, manner.temperature, start.seed, chain.need(who, start.messages))
        for chunk in model.stream(list(start.messages)):
            said.append(str(chunk.content))
            yield Piece(said[-1])
    except Exception as error:
        half = _broken_off(error, said, who)
    words = "".join(said).strip()
    yield replace(start, text=words, ties=tuple(citing.tie(words, [])), half=half)


def _with_prompt(start: Answer, messages: tuple[tuple[str, str], ...], who: Speaker) -> Answer:
    return replace(start, messages=messages, used=sum(speakers.count_tokens(who, words) + 8 for _, words in messages))


def _broken_off(error: Exception, said: list[str], who: Speaker) -> str:
    """Why an answer ends in the middle. Raises UserError where not a word came."""
    if any(said):
        return f"{who.title} stopped answering in the middle."
    if isinstance(error, UserError):
        raise error
    raise UserError(f"{who.title} does not answer.", f"{type(error).__name__}: {error}.", "Ask again, or choose another speaker.") from error


def checked(project: Project, start: Answer, words: str, half: str, documents_only: bool) -> Answer:
    """An answer with each of its sentences tied or marked; where only documents are to speak, what stands in none is left out."""
    ties = citing.tie(words, start.found, _comparer(project), start.question)
    if not documents_only:
        return replace(start, text=words, ties=tuple(ties), half=half)
    kept = [tied for tied in ties if tied.passage is not None]
    aside = tuple(tied for tied in ties if tied.passage is None)
    if not kept:
        quoted = _by_quoting(start)
        return replace(quoted, aside=aside, half=half, notes=(*start.notes, "No sentence that the model wrote stands in your documents as a whole: these are their own words."))
    return replace(start, text=" ".join(tied.text for tied in kept), ties=tuple(kept), aside=aside, half=half)


def _comparer(project: Project) -> embedding.Embedder | None:
    """None where the documents are in languages that the embedder does not know: then words alone are compared."""
    index = read(project)
    if index is None:
        return None
    is_known = all(language.is_english(facts["language"]) for facts in index.known.values())
    return embedding.open_embedder(index.settings.embedder) if is_known or index.settings.embedder != embedding.CARRIED else None


# ---- nobody speaks: the documents themselves -----------------------------------------------------------------------------


def _by_quoting(start: Answer) -> Answer:
    """The most fitting sentences, word for word, each tied to where it stands."""
    best = start.found[0].score
    quoted = [(at, found) for at, found in enumerate(start.found[:_QUOTED]) if found.score >= _WORTH_QUOTING * best]
    ties = tuple(Tied(_sentence(found), at, found.sentence, 1.0) for at, found in quoted if not orders.gives_orders(_sentence(found)))
    if not ties:
        return replace(start, text=NOT_THERE, refused=True)
    return replace(start, text="\n\n".join(tied.text for tied in ties), ties=ties)


def _sentence(found: Found) -> str:
    """Its most fitting sentence, with line breaks as blanks."""
    spans = found.passage.sentences
    return " ".join(orders.visible(found.passage.sentence(spans.index(found.sentence))).split())


def _quoted(found: Found) -> Quoted:
    return Quoted(found.text, found.source, found.score)


def _notes(project: Project, found: Sequence[Found], question: str, who: Speaker) -> tuple[str, ...]:
    """What a person should know: languages that somebody here does not, orders in documents, passages that are still being read."""
    notes, index = [], read(project)
    asked = language.sense(question)
    spoken = sorted({facts["language"] for facts in index.known.values() if facts["language"]} - {language.ENGLISH}) if index else []
    foreign = [language.name(one) for one in spoken]
    if index and index.settings.embedder == embedding.CARRIED and (foreign or not language.is_english(asked)):
        others = ", ".join(dict.fromkeys([*foreign, *([] if language.is_english(asked) else [language.name(asked)])]))
        notes.append(f"The carried embedder knows English. What is in {others} is found by its words; an embedder of Ollama would know its sense too.")
    if who.knows and foreign and not language.is_english(asked):
        notes.append(f"{who.title} knows English. For {language.name(asked)}, choose a model of Ollama, or passages only.")
    if any(orders.gives_orders(one.text) for one in found):
        notes.append("Something in these documents gives orders to a model. It is marked, and no model is given it.")
    if index and not index.is_embedded.all():
        notes.append(f"{int((~index.is_embedded).sum()):,} passages are still being read: until then they are found by their words.")
    return tuple(notes)
