"""What may be asked of a model, checked before anything is made: the same for a notebook, the pages and the player.

Read `check`: it returns a Request, or raises a UserError that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from lib import models
from lib.errors import UserError
from lib.media.kinds import kind_of
from lib.models.playing import MAKE, WALK, WAYS, Input, Request
from lib.player import inputs as given_inputs
from lib.player.playable import Playable, find, silent
from lib.project import arguments

if TYPE_CHECKING:
    from lib.project import Project

MOST = 1000                 # things in one order
LONGEST, FASTEST = 20, 50   # seconds of a walk; pictures a second (what a GIF can)


def check(
    project: Project, which: object, way: str = MAKE, inputs: Mapping[str, object] | None = None, seed: object = 0,
    count: object = 1, controls: Mapping[str, object] | None = None,
) -> Request:  # fmt: skip
    """which: a run (its folder, its id), or the name of a base. inputs: texts, and pictures and sounds by their paths.

    Raises UserError for values out of bounds, for a model that has learned nothing yet or does not do this, for a file that
    is not what it should be, and if somebody in its data has withdrawn.
    """
    playable = find(project, which)
    _check_way(playable, way)
    seed, count = _seed("seed", seed), arguments.whole("count", count, 1, MOST)
    values, given = _checked(playable, dict(controls or {}), dict(inputs or {}))
    kept = given_inputs.keep(project, playable, given)
    return Request(playable.id, way, kept, seed, count, values, silent(project, playable))


def walk(
    project: Project, which: object, seed_a: object, seed_b: object, seconds: object = 4, fps: object = 25,
    controls: Mapping[str, object] | None = None,
) -> Request:  # fmt: skip
    """As `check`, for the way between two seeds."""
    playable = find(project, which)
    _check_way(playable, WALK)
    fps = arguments.whole("fps", fps, 1, FASTEST)
    seconds = arguments.number("seconds", seconds, 0.1, LONGEST)
    a, b = _seed("seed_a", seed_a), _seed("seed_b", seed_b)
    values, _ = _checked(playable, dict(controls or {}), {})
    return Request(playable.id, WALK, {"to_seed": b, "fps": fps}, a, max(2, round(seconds * fps)), values, silent(project, playable))


def again(project: Project, request: Request) -> Playable:
    """What plays a request that was written down, checked against what holds now: by a name, never by a path.

    Raises UserError as `check` does.
    """
    if Path(request.model).name != request.model or request.model.startswith("."):
        raise UserError(f"There is no run {request.model!r} in {project.name}.", "", "Give its id.")
    playable = find(project, request.model)
    given_inputs.check_again(project, request)
    return playable


def makes(playable: Playable, kind: str) -> None:
    """Raises UserError where it makes something else."""
    if playable.card.makes != kind:
        raise UserError(
            f"{playable.id} makes no {kind_of(kind).many}.", f"It is a {playable.card.title}, which makes {kind_of(playable.card.makes).many}.",
            f"Choose a run of a model that makes {kind_of(kind).many}.",
        )  # fmt: skip


def _check_way(playable: Playable, way: object) -> None:
    if way in playable.card.ways:
        return
    if way == WALK:
        raise UserError(f"{playable.id} knows no way between two pictures.", "", "Make something with it, or choose another run.")
    known = ", ".join(playable.card.ways)
    why = f"It knows: {known}." if way in WAYS else f"There is no way {way!r}; it knows: {known}."
    raise UserError(f"{playable.id} does not do this.", why, "Choose one of these.")


def _seed(name: str, value: object) -> int:
    return arguments.whole(name, value, 0, 2**62)


def _checked(playable: Playable, controls: dict, inputs: dict) -> tuple[dict[str, Any], dict[str, Input]]:
    """(the model's own controls, complete; what it is given, by name). A text may come among the controls as well.

    Raises UserError for a name that it does not know, a value out of bounds, and for something needed that is missing.
    """
    form, shapes = models.controls_class(playable.model), models.inputs(playable.model)
    inputs |= {name: controls.pop(name) for name in tuple(controls) if name in shapes}
    inputs = {name: value for name, value in inputs.items() if not _is_nothing(value)}
    texts = {name: value for name, value in inputs.items() if shapes.get(name) in ("words", "lines")}
    unknown = {name: value for name, value in inputs.items() if name not in shapes}
    try:
        values = form(**{name: _plain(value) for name, value in {**playable.first, **controls, **texts, **unknown}.items()}).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        name = first["loc"][0] if first["loc"] else "a control"
        raise UserError(
            f"{name} cannot be {first['input']!r}.", first["msg"] + ".",
            f"This model knows: {', '.join(form.model_fields) or 'no controls'}.",
        ) from None  # fmt: skip
    if unknown:
        raise UserError(f"This model takes no {next(iter(unknown))}.", f"It takes: {', '.join(shapes) or 'nothing but a seed'}.", "Leave it out.")
    given_inputs.refuse_missing(form, inputs)
    return {name: value for name, value in values.items() if name not in shapes}, inputs


def _is_nothing(value: object) -> bool:
    """A field that was left empty."""
    return value is None or (isinstance(value, str | dict | tuple) and not value)


def _plain(value: object) -> object:
    """NumPy's numbers as Python's."""
    return value.item() if hasattr(value, "item") else value
