"""Suggestions from a local vision model through Ollama, where there is one. Read `suggest_with_ollama`.

Only an Ollama on this computer is spoken to: pictures of people do not travel. It gets a small copy without metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.label.suggestions import keep_suggestions
from lib.media import ollama_server
from lib.project import arguments, items, thumbnails
from lib.project.consent import check
from lib.project.items import Item

if TYPE_CHECKING:
    from lib.project import Project

_SIDE = 512  # px of the copy that the model sees
_ASK = {
    "caption": "Describe this picture in one short sentence. Say only what can be seen.",
    "tags": "List at most five single words for what can be seen in this picture, separated by commas. Nothing else.",
}
_START = "Install Ollama from ollama.com and start it, then: ollama pull moondream (a small model that sees)."


def vision_models(seconds: float = 1.0) -> list[str]:
    """The models of the Ollama on this computer that can look at pictures; [] where there is none, or it does not answer.

    seconds: how long it is waited for.
    """
    return [model.name for model in ollama_server.listed(seconds) or () if "vision" in model.can]


def suggest_with_ollama(
    project: Project,
    model: str,
    field: str = "caption",
    *,
    only: Iterable[Item | str] | None = None,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> dict | None:
    """Asks a local model for a caption or tags of every picture that has none (or of those in `only`).

    What is excluded, or what consent does not allow to label, is never shown to it.
    Returns {"suggested", "asked"}; what came before it was stopped stays, and the next call goes on with the rest.
    Raises UserError where Ollama is not on this computer, or does not answer.
    """
    project, model = arguments.project(project), arguments.text("model", model)
    if field not in _ASK:
        raise UserError(f"A model cannot be asked for the {arguments.shown(field)}.", "", f"Choose one of: {', '.join(_ASK)}.")
    open_ones = [item for item in _asked(project, only) if not getattr(item, field)]
    client, suggested = ollama_server.client(seconds=300), 0
    ollama_server.refuse_elsewhere(client, model)
    for done, item in enumerate(open_ones, start=1):
        if should_stop and should_stop():
            return None
        words = _ask(client, model, field, thumbnails.path_of(project, item, _SIDE))
        suggested += keep_suggestions(project, [(item.id, field, words, 0.5)] if words else [], f"{model} (Ollama)")
        if progress:
            progress(done, len(open_ones))
    return {"suggested": suggested, "asked": len(open_ones)}


def _asked(project: Project, only: Iterable[Item | str] | None) -> list[Item]:
    ids = None if only is None else arguments.item_ids(only, "only")
    return check(items.find(project, "image", ids=ids, excluded=False), "label").allowed


def _ask(client, model: str, field: str, picture) -> str | list[str]:
    import httpx
    import ollama

    try:
        png = _as_png(picture)
        answer = client.chat(model=model, messages=[{"role": "user", "content": _ASK[field], "images": [png]}],
                             options={"temperature": 0, "seed": 0, "num_predict": 120})  # fmt: skip
    except (ollama.ResponseError, httpx.HTTPError, ConnectionError) as error:
        raise UserError(f"Ollama did not answer about a picture with {model}.", f"{error}.", _START) from error
    words = " ".join((answer.message.content or "").split())[:1000]
    if field == "caption":
        return words
    return [word for word in (part.strip(" .*-") for part in words.split(",")) if word][:5]


def _as_png(picture) -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(picture) as small:
        small.convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()
