"""The Ollama of this computer: a program that keeps and runs models of others. Read `client`, then `listed`.

Only one on this computer is spoken to, and no model that it would hand on to its cloud: what people gave does not travel.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from lib.errors import UserError

HERE = "http://127.0.0.1:11434"
_STUB = 1_000_000  # bytes: a model is a thousand times larger; one of the cloud is only a name


@dataclass(frozen=True)
class Model:
    """name: as Ollama calls it. size: bytes. can: "completion", "vision", "embedding", … (empty where an old Ollama does not say)."""

    name: str
    size: int
    can: tuple[str, ...] = ()


def address() -> str:
    """Where it is: OLLAMA_HOST, or this computer. Raises UserError for one on another computer."""
    host = os.environ.get("OLLAMA_HOST", "") or HERE
    host = host if "//" in host else f"http://{host}"
    name = urlsplit(host).hostname or ""
    if not _is_here(name):
        raise UserError(
            f"The Ollama at {name} is on another computer.",
            "What people gave stays on this one.",
            "Start Ollama here, and take OLLAMA_HOST away or set it to 127.0.0.1.",
        )
    return host


def client(seconds: float):
    """seconds: how long an answer is waited for. Raises UserError as `address` does."""
    import ollama

    return ollama.Client(host=address(), timeout=seconds, trust_env=False, follow_redirects=False)


def is_there(seconds: float = 0.5) -> bool:
    """Whether anything answers at its address; loads no library for it."""
    try:
        parts = urlsplit(address())
        with socket.create_connection((parts.hostname, parts.port or 11434), seconds):
            return True
    except (UserError, OSError, ValueError):
        return False


def listed(seconds: float = 1.0) -> list[Model] | None:
    """Its models that run here; None where there is no Ollama, or it does not answer."""
    try:
        asked = client(seconds)
        models = [model for model in asked.list().models if model.model and not is_elsewhere(model.model, model.size)]
        return [Model(model.model, int(model.size or 0), tuple(asked.show(model.model).capabilities or ())) for model in models]
    except Exception:  # whatever it is that answers there: no model is no error
        return None


def is_elsewhere(model: str, size: int | None) -> bool:
    """True for a model of Ollama's cloud: the Ollama here would send everything on to it."""
    return model.endswith(("-cloud", ":cloud")) or (size is not None and size < _STUB)


def refuse_elsewhere(asked, model: str) -> None:
    """Raises UserError for a model of Ollama's cloud. asked: a `client`."""
    sizes = {}
    with contextlib.suppress(Exception):  # no answer: the first question will say so
        sizes = {listed.model: listed.size for listed in asked.list().models}
    if is_elsewhere(model, sizes.get(model, sizes.get(f"{model}:latest"))):
        raise UserError(
            f"{model} does not run on this computer.",
            "Ollama would send everything on to its cloud; what people gave stays here.",
            "Choose a model that is here: ollama list shows them.",
        )


def _is_here(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
