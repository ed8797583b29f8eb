"""Who answers: the small language model that comes with Handmade, one of Ollama's, or nobody (passages alone). Read `Speaker`, `find`.

All three are chat models of LangChain, so that the chain (chain.py) is the same with each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lib import models
from lib.chat import embedding
from lib.errors import UserError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PASSAGES, SMALL, OLLAMA = "passages", "smollm2", "ollama:"


@dataclass(frozen=True)
class Speaker:
    """id: "passages", "smollm2" or "ollama:<model>".   title: as people read it.   whose: who made it, and where it runs.
    knows: languages, as two letters; () is whatever its maker says.   room: tokens of a prompt, so that the first word comes soon.
    """

    id: str
    title: str
    whose: str
    knows: tuple[str, ...] = ()
    room: int = 3000
    tokens: int = 400

    @property
    def is_model(self) -> bool:
        return self.id != PASSAGES


_PASSAGES = Speaker(PASSAGES, "Passages only", "Nobody: what your documents say, word for word.")
_SMALL = Speaker(SMALL, "SmolLM2", "A small language model by Hugging Face that runs on this computer. It knows English.", ("en",), room=450, tokens=120)


def every(ollama_models: Sequence[str] = ()) -> list[Speaker]:
    """Those that can be chosen. ollama_models: the names that Ollama has just told."""
    small = [_SMALL] if models.base(SMALL).folder else []
    return [*small, _PASSAGES, *(_of_ollama(name) for name in ollama_models)]


def find(which: str | None = None) -> Speaker:
    """By its id; the small model where None. Raises UserError for an unknown one, or where its weights are not here."""
    if which is None:
        return _SMALL if models.base(SMALL).folder else _PASSAGES
    if which == PASSAGES:
        return _PASSAGES
    if which == SMALL:
        if models.base(SMALL).folder is None:
            raise UserError("SmolLM2 is not on this computer.", "The package that carries it is not installed.", "Set Handmade up again: python3 start.py setup.")
        return _SMALL
    if isinstance(which, str) and which.startswith(OLLAMA) and len(which) > len(OLLAMA):
        return _of_ollama(which.removeprefix(OLLAMA))
    raise UserError(f"There is no speaker {which!r}.", "", f"Choose {SMALL}, {PASSAGES}, or {OLLAMA}<model>.")


def _of_ollama(name: str) -> Speaker:
    return Speaker(f"{OLLAMA}{name}", name, "A model that Ollama runs on this computer.")


def count_tokens(speaker: Speaker, words: str) -> int:
    """Exactly for the small model, else by its letters (four make a token)."""
    if speaker.id == SMALL:
        from lib.models.smollm2 import generate

        return generate.count_tokens(_loaded(), words)
    return -(-len(words) // 4)


_held: list[Any] = []


def _loaded() -> Any:
    """The small model, loaded once for each process, whoever asks first."""
    if not _held:
        with embedding.LOADING:
            if not _held:
                from lib.player.playing import free_device

                _held.append(models.generator(SMALL).load(models.base(SMALL).folder, free_device()))
    return _held[0]


def is_awake(speaker: Speaker) -> bool:
    """Whether it answers without being loaded first."""
    return speaker.id != SMALL or bool(_held)


def wake(speaker: Speaker) -> None:
    """Loads what it answers with; returns once it is there."""
    if speaker.id == SMALL:
        _small_model()
        _loaded()


def chat_model(speaker: Speaker, temperature: float, seed: int, need: int) -> BaseChatModel:
    """A speaker as LangChain knows one. need: tokens of prompt and answer together, for which room is made."""
    if speaker.id == SMALL:
        return _small_model()(temperature=temperature, seed=seed, tokens=speaker.tokens)
    from lib.chat.ollama import chat_model as of_ollama

    return of_ollama(speaker.id.removeprefix(OLLAMA), temperature, seed, need, speaker.tokens)


@lru_cache(maxsize=1)
def _small_model() -> type[BaseChatModel]:
    """Made when it is first needed: LangChain takes a second to import."""
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, AIMessageChunk
    from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

    from lib.models.smollm2 import generate

    class SmallModel(BaseChatModel):
        """SmolLM2 in this process."""

        temperature: float = 0.2
        seed: int = 0
        tokens: int = 120

        @property
        def _llm_type(self) -> str:
            return SMALL

        def _stream(self, messages, stop=None, run_manager=None, **more) -> Iterator[ChatGenerationChunk]:
            roles = {"human": "user", "ai": "assistant", "system": "system"}
            turns = [(roles[message.type], str(message.content)) for message in messages]
            passages, _, _ = turns[-1][1].rpartition("\n\nQuestion: ")
            for piece in generate.write(_loaded(), turns, self.tokens, self.temperature, self.seed, keep_to=passages):
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))

        def _generate(self, messages, stop=None, run_manager=None, **more) -> ChatResult:
            words = "".join(str(chunk.message.content) for chunk in self._stream(messages))
            return ChatResult(generations=[ChatGeneration(message=AIMessage(content=words))])

    return SmallModel
