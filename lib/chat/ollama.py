"""Ollama in the chat: its models as speakers and embedders, and how one is brought here. Read `pull`, then `chat_model`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lib.errors import UserError
from lib.media import ollama_server
from lib.project import arguments

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from lib.project import Project

_STEP = 1024                # num_ctx goes up in steps, so that a model is not loaded anew for each question
_LEAST, _MOST = 2048, 32_768    # tokens of context
_ANSWER = 300.0             # seconds; a large model may have to be loaded first
_TOGETHER = 32
_START = "Install Ollama from ollama.com and start it."
SUGGESTED = ("llama3.2:3b", "qwen3:4b", "gemma3:4b", "nomic-embed-text")


def speaking() -> list[ollama_server.Model] | None:
    """Its models that can answer; None where there is no Ollama."""
    found = ollama_server.listed()
    return None if found is None else [model for model in found if not model.can or "completion" in model.can]


def embedding() -> list[ollama_server.Model]:
    """Its models that know what sentences are about."""
    return [model for model in ollama_server.listed() or () if "embedding" in model.can]


def pull(
    project: Project, model: str, *, progress: Callable[[int, int], object] | None = None, should_stop: Callable[[], bool] | None = None,
) -> dict | None:  # fmt: skip
    """Lets Ollama fetch a model. Only when somebody asked for it. Returns {"model"}, or None if it was stopped: what came stays with
    Ollama, and the next time goes on there. progress: in bytes. Raises UserError where Ollama is not here, or does not know the model.
    """
    name = arguments.text("model", model).strip()
    if not name or ollama_server.is_elsewhere(name, None):
        raise UserError(f"{name or 'A model without a name'} cannot be fetched.", "Only models that run on this computer are.", f"Try {SUGGESTED[0]}.")
    come: dict[str, tuple[int, int]] = {}
    with _plainly(name):
        for step in ollama_server.client(_ANSWER).pull(name, stream=True):
            if should_stop and should_stop():
                return None
            if step.digest and step.total:
                come[step.digest] = (step.completed or 0, step.total)
                if progress:
                    progress(sum(done for done, _ in come.values()), sum(total for _, total in come.values()))
    return {"model": name}


def chat_model(model: str, temperature: float, seed: int, need: int, tokens: int) -> BaseChatModel:
    """As LangChain knows one. need: tokens of prompt and answer, for which room is made (num_ctx), since Ollama cuts silently what is longer."""
    from langchain_ollama import ChatOllama

    ollama_server.refuse_elsewhere(ollama_server.client(5.0), model)
    room = min(_MOST, max(_LEAST, -(-need * 5 // 4 // _STEP) * _STEP))
    return ChatOllama(
        model=model, base_url=ollama_server.address(), temperature=temperature, seed=seed % 2**31, num_ctx=room, num_predict=tokens,
        client_kwargs={"timeout": _ANSWER, "trust_env": False, "follow_redirects": False},
    )  # fmt: skip


class OllamaEmbedder:
    """One of Ollama's models as `embedding.Embedder`. What it reads at once it says itself."""

    def __init__(self, model: str):
        self.name, self._model = f"ollama:{model}", model
        asked = ollama_server.client(_ANSWER)
        ollama_server.refuse_elsewhere(asked, model)
        with _plainly(model):
            about = asked.show(model).modelinfo or {}
        self.reads = next((int(value) for name, value in about.items() if name.endswith(".context_length")), 512)
        self.length = len(self._ask([" "])[0])

    def tokens(self, text: str) -> int:
        """By its letters: three make a token at least, in any script that Ollama's embedders know."""
        return -(-len(text) // 3)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        rows = [row for start in range(0, len(texts), _TOGETHER) for row in self._ask(list(texts[start : start + _TOGETHER]))]
        found = np.array(rows, np.float32).reshape(len(texts), -1)
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)

    def _ask(self, texts: list[str]) -> Sequence[Sequence[float]]:
        with _plainly(self._model):
            return ollama_server.client(_ANSWER).embed(self._model, texts, truncate=False).embeddings


class _plainly:
    """Whatever goes wrong between us and Ollama, in the words of a person."""

    def __init__(self, model: str):
        self._model = model

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, _) -> None:
        import httpx
        import ollama

        if isinstance(error, ollama.ResponseError) and error.status_code == 404:
            raise UserError(f"Ollama has no model {self._model}.", f"{error.error}.", f"Fetch it: ollama pull {self._model}.") from error
        if isinstance(error, ollama.ResponseError | httpx.HTTPError | ConnectionError):
            raise UserError("Ollama does not answer.", f"{error}.", _START) from error
