"""Ordering from the player, for pages: returns at once, and the order outlives the page. Read `order`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from lib import player
from lib.models.playing import LIVE, MAKE, WALK
from lib.player import Order
from lib.player import inputs as given_inputs
from lib.project.outputs import Output

if TYPE_CHECKING:
    from lib.project import Project


def order(
    project: Project, run: object, count: int = 16, seed: int = 0, *, way: str = MAKE,
    inputs: Mapping[str, object] | None = None, fresh: bool = False, **controls: object,
) -> Order:  # fmt: skip
    """Asks the player for what `make` makes, and returns at once.

    fresh: where the very same was asked for just before, go on with the next seeds. Raises UserError as `make` does.
    """
    request = player.check(project, run, way, inputs, seed, count, controls)
    if fresh:
        request = replace(request, seed=player.fresh_seed(project, request))
    return player.place(project, request)


def order_walk(project: Project, run: object, seed_a: int, seed_b: int, seconds: float = 4, fps: int = 25, **controls: object) -> Order:
    """The same for a walk between two seeds."""
    return player.place(project, player.walk(project, run, seed_a, seed_b, seconds, fps, controls))


def play(
    project: Project, run: object, count: int = 16, seed: int = 0, *, way: str = MAKE, inputs: Mapping[str, object] | None = None,
    **controls: object,
) -> Iterator[Output]:  # fmt: skip
    """As `make`, through the player: yields each output as it comes. Leaving the loop early ends the order."""
    return player.play(project, player.check(project, run, way, inputs, seed, count, controls))


def play_walk(project: Project, run: object, seed_a: int, seed_b: int, seconds: float = 4, fps: int = 25, **controls: object) -> Iterator[Output]:
    """As `walk`, through the player: yields the MP4 and the GIF."""
    return player.play(project, player.walk(project, run, seed_a, seed_b, seconds, fps, controls))


def ask_again(project: Project, story: Mapping) -> Order:
    """Orders once more what has this story (`output.provenance()`). Raises UserError as `order` does."""
    of = story["run"] or story["model"]
    if story.get("to_seed") is not None:
        seconds = story["frames"] / story["fps"]
        return order_walk(project, of, story["seed"], story["to_seed"], seconds, story["fps"], **story["controls"])
    way = story.get("way", MAKE)
    given = given_inputs.from_story(project, story.get("inputs") or {})
    return order(project, of, 1, story["seed"], way=MAKE if way in (WALK, LIVE) else way, inputs=given, **story["controls"])
