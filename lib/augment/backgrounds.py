"""The models that take a background away best: which are on this computer, and fetching one when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable

from lib.errors import UserError
from lib.media import cutout, weights
from lib.project import Project


def background_models() -> list[cutout.Model]:
    """Every model that RemoveBackground and Silhouette can use, best first: its name, what it is good at, megabytes, licence, what it
    learned from, and whether it is `here`. Nothing is downloaded."""
    return cutout.models()


def offer_background_model(name: str) -> weights.Offer:
    """What a person is shown before they fetch one: size, licence, source, and how much room there is."""
    return weights.offer(_known(name))


def fetch_background_model(
    project: Project,
    name: str,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> str | None:
    """Downloads one of them, for all projects of this computer, and gives the path of its file; None if it was stopped.

    progress(bytes that have come, bytes in all). Raises UserError without a network or room, or for an unknown name.
    """
    path = weights.fetch(_known(name), progress, should_stop)
    return str(path) if path else None


def _known(name: str) -> str:
    if name not in cutout.MODEL_NAMES:
        raise UserError(f"There is no background model called {name}.", "", f"Choose one of: {', '.join(cutout.MODEL_NAMES)}.")
    return name
