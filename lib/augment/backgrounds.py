"""The models that take a background away best: which are on this computer, and fetching one when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable

from lib.media import cutout
from lib.project import Project


def background_models() -> list[cutout.Model]:
    """Every model that RemoveBackground and Silhouette can use, best first: its name, what it is good at, megabytes, licence, and
    whether it is `here`. Nothing is downloaded."""
    return cutout.models()


def fetch_background_model(
    project: Project,
    name: str,
    progress: Callable[[int, int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> str:
    """Downloads one of them, for all projects of this computer, and gives the path of its file.

    progress(bytes that have come, bytes in all). Raises UserError without a network or room, or for an unknown name.
    """
    return str(cutout.fetch(name, progress, should_stop))
