"""Suggestions from a local vision model through Ollama, where there is one. Read `suggest_with_ollama`.

Only an Ollama on this computer is spoken to: pictures of people do not travel. It gets a small copy without metadata.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lib.errors import UserError
from lib.label.suggestions import keep_suggestions
from lib.project import arguments, items, thumbnails
from lib.project.consent import check
from lib.project.items import Item

if TYPE_CHECKING:
    from lib.project import Project

_HERE = "http://127.0.0.1:11434"
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
    try:
        client = _client(seconds)
        names = [model.model for model in client.list().models if model.model and not _is_elsewhere(model.model, model.size)]
        return [name for name in names if "vision" in (client.show(name).capabilities or [])]
    except Exception:  # whatever it is that answers there: no model is no error
        return []


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
    client, suggested = _client(seconds=300), 0
    _refuse_elsewhere(client, model)
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


def _client(seconds: float):
    import ollama

    host = os.environ.get("OLLAMA_HOST", "") or _HERE
    host = host if "//" in host else f"http://{host}"
    name = urlsplit(host).hostname or ""
    if not _is_here(name):
        raise UserError(
            f"The Ollama at {name} is on another computer.",
            "Pictures of people stay on this one.",
            "Start Ollama here, and take OLLAMA_HOST away or set it to 127.0.0.1.",
        )
    return ollama.Client(host=host, timeout=seconds, trust_env=False, follow_redirects=False)


_STUB = 1_000_000  # bytes: a model that sees is a thousand times larger; one of the cloud is only a name


def _is_elsewhere(model: str, size: int | None) -> bool:
    """True for a model of Ollama's cloud: the Ollama here would send the pictures on to it."""
    return model.endswith(("-cloud", ":cloud")) or (size is not None and size < _STUB)


def _refuse_elsewhere(client, model: str) -> None:
    sizes = {}
    with contextlib.suppress(Exception):  # no answer: the first picture will say so
        sizes = {listed.model: listed.size for listed in client.list().models}
    if _is_elsewhere(model, sizes.get(model, sizes.get(f"{model}:latest"))):
        raise UserError(
            f"{model} does not run on this computer.",
            "Ollama would send the pictures on to its cloud; pictures of people stay here.",
            "Choose a model that is here: ollama pull moondream.",
        )


def _is_here(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
