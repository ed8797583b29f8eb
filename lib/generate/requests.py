"""What may be asked of a run, checked before anything is made: the same for a notebook, the pages and the player.

Read `pictures` and `walk`: each returns a Request, or raises a UserError that says what to do.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from pydantic import ValidationError

from lib import models
from lib.errors import UserError
from lib.media.leftovers import clear_forgotten
from lib.project import arguments, consent, datasets, outputs
from lib.project.folder import OUTPUTS
from lib.project.runs import Run

if TYPE_CHECKING:
    from lib.project import Project

MOST = 1000             # pictures in one order
LONGEST, FASTEST = 20, 50   # seconds of a walk; pictures a second (what a GIF can)
PICTURES, WALK = "pictures", "walk"
_ASK_AGAIN = 3.0        # seconds


@dataclass(frozen=True)
class Request:
    """What is to be made. kind: "pictures" (`count` of them from `seed` on) or "walk" (`count` frames from `seed` to `to_seed`)."""

    run: str
    kind: str
    count: int
    seed: int
    controls: dict = field(default_factory=dict)
    to_seed: int | None = None
    fps: int = 0

    def as_plain(self) -> dict:
        return asdict(self)


def pictures(project: Project, run: object, count: object = 16, seed: object = 0, controls: dict | None = None) -> Request:
    """Raises UserError for values out of bounds, a run that cannot paint yet, and if somebody in its data has withdrawn."""
    run = _playable(project, run)
    seed, count = _seed("seed", seed), arguments.whole("count", count, 1, MOST)
    return Request(run.id, PICTURES, count, seed, checked_controls(run, controls or {}))


def walk(
    project: Project, run: object, seed_a: object, seed_b: object, seconds: object = 4, fps: object = 25, controls: dict | None = None
) -> Request:
    """As `pictures`, for the way between two seeds."""
    run = _playable(project, run)
    if not models.card(run.model).walks:
        raise UserError(f"{run.id} knows no way between two pictures.", "", "Make pictures with it, or choose another run.")
    fps = arguments.whole("fps", fps, 1, FASTEST)
    seconds = arguments.number("seconds", seconds, 0.1, LONGEST)
    a, b = _seed("seed_a", seed_a), _seed("seed_b", seed_b)
    return Request(run.id, WALK, max(2, round(seconds * fps)), a, checked_controls(run, controls or {}), b, fps)


def again(project: Project, request: Request) -> Request:
    """The same request, checked against what holds now."""
    _playable(project, request.run)
    return request


def _seed(name: str, value: object) -> int:
    return arguments.whole(name, value, 0, 2**62)


def _playable(project: Project, which: object) -> Run:
    run = project.run(which)
    card = models.card(run.model)
    if card.makes != "image":
        raise UserError(f"{run.id} makes no pictures.", f"It is a {card.title}.", "Choose a run of a picture model.")
    if not has_learned(run):
        raise UserError(
            f"{run.id} has learned nothing yet.",
            f"It is {run.state}.",
            "Wait for its first checkpoint, then try again.",
        )
    datasets.get(project, run.dataset_path)
    consent.require_run(project, run, f"{run.id} is not played.")
    return run


def has_learned(run: Run) -> bool:
    """True once there is a model to play: a result, or at least a checkpoint."""
    return run.result is not None or bool(run.checkpoints())


def checked_controls(run: Run, controls: dict) -> dict:
    """The model's own controls, complete. Raises UserError for one that it does not know, or out of bounds."""
    form = models.controls_class(run.model)
    controls = {name: _plain(value) for name, value in controls.items()}
    try:
        return form(**controls).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        name = first["loc"][0] if first["loc"] else "a control"
        raise UserError(
            f"{name} cannot be {first['input']!r}.",
            first["msg"] + ".",
            f"This model knows: {', '.join(form.model_fields)}.",
        ) from None


def _plain(value: object) -> object:
    """NumPy's numbers as Python's."""
    return value.item() if hasattr(value, "item") else value


class Keeper:
    """Saves what comes out of one order, with a story that is put together once."""

    def __init__(self, project: Project, request: Request):
        self._project, self._request, self._run = project, request, project.run(request.run)
        self._dataset = datasets.get(project, self._run.dataset_path)
        self._base = outputs.ground(project, self._run, self._dataset)
        clear_forgotten(project.path / OUTPUTS)     # what was half saved when somebody was killed
        self._asked = time.monotonic()

    def picture(self, number: int, picture) -> outputs.Output:
        """number: which of the order, from 0."""
        self.check()
        request = self._request
        return outputs.save_picture(
            self._project, self._run, self._dataset, picture, request.seed + number, request.controls, base=self._base
        )

    def walk(self, frames) -> list[outputs.Output]:
        """frames: pictures on the disk."""
        self.check(now=True)
        request = self._request
        assert request.to_seed is not None  # every walk has one
        return outputs.save_walk(
            self._project, self._run, self._dataset, frames, (request.seed, request.to_seed), request.controls, request.fps, base=self._base
        )

    def check(self, now: bool = False) -> None:
        """Somebody may change their mind while a long order is made: asks again every few seconds, or `now`.

        Raises UserError once they have.
        """
        if now or self._run.withdrawn or time.monotonic() - self._asked >= _ASK_AGAIN:
            consent.require_run(self._project, self._run, f"{self._run.id} is not played any further.")
            self._asked = time.monotonic()
