"""A table of pictures: one thing changes from row to row, the seed from column to column (an X/Y plot). Read `table`, then `order_table`.

    rows = [{"prompt": "a red fish"}, {"prompt": "a blue fish"}]
    order_table(project, "tiny_base", rows, seeds=range(4))       # asks the player for what is not there yet
    table(project, "tiny_base", rows, seeds=range(4))                # [[Output or None, …], …]

Nothing is written down about a table: what belongs into a cell is known by its story, so what was made before is not made again.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lib import player
from lib.media.picture import open_picture
from lib.models.playing import MAKE, Request
from lib.player import Order
from lib.player import inputs as given_inputs
from lib.project import outputs
from lib.project.outputs import Listed

if TYPE_CHECKING:
    from lib.project import Project

Asked = Mapping[str, object]


def table(project: Project, which: object, rows: Sequence[Asked], seeds: range) -> list[list[Listed | None]]:
    """For each row the newest output of each seed, or None. rows: what the model is given there, and its controls, by name.

    Raises UserError as `order` does.
    """
    there = outputs.listed(project)
    return [_made(there, player.check(project, which, MAKE, None, seeds.start, len(seeds), row), seeds) for row in rows]


@functools.lru_cache(maxsize=256)
def difference(one: Path, other: Path) -> float:
    """The share of pixels in which two pictures differ, from 0 to 1. Outputs are never changed, so it is worked out once."""
    a, b = (np.asarray(open_picture(path).convert("RGB")) for path in (one, other))
    return 1.0 if a.shape != b.shape else float((a != b).any(-1).mean())


def order_table(project: Project, which: object, rows: Sequence[Asked], seeds: range) -> list[Order]:
    """Asks the player for each cell that is empty and not asked for already. Raises UserError as `order` does, before anything is asked."""
    waiting = {(_same(order.request), order.request.seed + number) for order in player.open_orders(project) for number in range(order.request.count)}
    wanted = []
    for row, made in zip(rows, table(project, which, rows, seeds), strict=True):
        request = player.check(project, which, MAKE, None, seeds.start, len(seeds), row)
        empty = [seed for seed, output in zip(seeds, made, strict=True) if output is None and (_same(request), seed) not in waiting]
        for _, run in itertools.groupby(enumerate(empty), lambda at: at[1] - at[0]):    # seeds that follow each other
            of = [seed for _, seed in run]
            wanted.append(player.check(project, which, MAKE, None, of[0], len(of), row))
    return [player.place(project, request) for request in wanted]


def _made(there: Sequence[Listed], request: Request, seeds: range) -> list[Listed | None]:
    words = next((given for given in request.inputs.values() if isinstance(given, str)), "")
    found: dict[int, Listed] = {}
    for output in there:    # newest first
        alike = (output.run or output.base) == request.model and output.words == words and output.seed in seeds and output.to_seed is None
        if alike and output.seed not in found and _is_of(output.provenance(), request):
            found[output.seed] = output
    return [found.get(seed) for seed in seeds]


def _is_of(story: Mapping, request: Request) -> bool:
    return (story.get("inputs") or {}) == given_inputs.as_story(request.inputs) and story.get("controls") == dict(request.controls)


def _same(request: Request) -> str:
    """All of a request but its seeds."""
    return repr((request.model, request.way, sorted(request.inputs.items()), sorted(request.controls.items())))
