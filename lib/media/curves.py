"""Curves drawn by hand: numbers that change over time, which a model follows. Read `Curves.at`.

    axes = (Axis("pitch", "Pitch", 55, 1760, unit="Hz", log=True, gaps=True), Axis("loudness", "Loudness", -60, 0, unit="dB", first=-12))
    curves = checked(axes, {"seconds": 2.0, "lines": {"pitch": [[0.5, 220], [1.5, 440], [1.5, None]]}})
    curves.at("pitch", [0.5, 1.0, 1.8])      # 220, 330 (half of the way), not a number: from 1.5 s on nothing is drawn
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lib.errors import UserError

if TYPE_CHECKING:
    import numpy as np

Point = tuple[float, float | None]

MOST_POINTS = 4000          # of one curve: a hand draws some sixty a second
SHORTEST, LONGEST = 0.1, 600.0      # seconds


@dataclass(frozen=True)
class Axis:
    """What one of the curves of a drawing means.

    name: in the code.   title, unit: for a person.   low, high: the bounds of its values.   first: where it lies as long as nobody has drawn;
    None: it is not there.   log: equal steps upwards are equal factors, as in pitch.   gaps: it may be silent in places.   words: what it does.
    """

    name: str
    title: str
    low: float
    high: float
    unit: str = ""
    first: float | None = None
    log: bool = False
    gaps: bool = False
    words: str = ""


@dataclass(frozen=True)
class Curves:
    """What somebody drew. seconds: how long it is.   lines: name of an axis -> (second, value) in order; a value of None: from there on nothing.

    Before its first point a curve is as at that point, after its last one as at that.
    """

    seconds: float
    lines: Mapping[str, tuple[Point, ...]]

    def at(self, name: str, times: Sequence[float] | np.ndarray) -> np.ndarray:
        """The values of one curve at these times (seconds): float32, straight from point to point, NaN where nothing is drawn. (T,) -> (T,)"""
        import numpy as np

        wanted = np.asarray(times, np.float64)
        points = self.lines.get(name, ())
        if not points:
            return np.full(wanted.shape, np.nan, np.float32)
        where = np.array([time for time, _ in points], np.float64)
        values = np.array([math.nan if value is None else value for _, value in points], np.float64)
        after = np.clip(np.searchsorted(where, wanted, side="right"), 1, max(len(points) - 1, 1))
        before = after - 1
        after = np.minimum(after, len(points) - 1)
        width = np.maximum(where[after] - where[before], 1e-9)
        share = np.clip((wanted - where[before]) / width, 0, 1)
        to = np.where(np.isnan(values[after]), values[before], values[after])       # a curve that ends is level up to its end
        found = values[before] + share * (to - values[before])
        return np.where(wanted >= where[-1], values[-1], found).astype(np.float32)

    def as_plain(self) -> dict[str, Any]:
        """{"seconds", "lines": {name: [[second, value or None], …]}}"""
        return {"seconds": self.seconds, "lines": {name: [list(point) for point in points] for name, points in self.lines.items()}}

    @classmethod
    def from_plain(cls, plain: Mapping) -> Curves:
        return cls(plain["seconds"], {name: tuple((time, value) for time, value in points) for name, points in plain["lines"].items()})


def is_plain(value: object) -> bool:
    """True for what `Curves.as_plain` gives."""
    return isinstance(value, Mapping) and set(value) == {"seconds", "lines"}


def axes_of(extra: Mapping) -> tuple[Axis, ...]:
    """Back from how `setting` keeps them beside a field."""
    return tuple(Axis(**axis) for axis in extra.get("axes", ()))


def plain_axes(axes: Sequence[Axis]) -> list[dict]:
    return [asdict(axis) for axis in axes]


def checked(axes: Sequence[Axis], given: object) -> Curves:
    """The curves in `given` (a Curves, or what `as_plain` gives), each within its bounds. An axis that is not drawn is level at its `first`.

    Raises UserError for another name, a point out of bounds or order, too many points, and a length that will not do.
    """
    plain = given.as_plain() if isinstance(given, Curves) else given
    if not is_plain(plain) or not isinstance(plain["lines"], Mapping):   # type: ignore[index, call-overload]
        raise UserError("These are no curves.", "Curves have a length and lines.",
                        f'Write them like this: {{"seconds": 4, "lines": {{"{axes[0].name}": [[0, {axes[0].low:g}], [4, {axes[0].high:g}]]}}}}.')  # fmt: skip
    known = {axis.name: axis for axis in axes}
    seconds = _length(plain["seconds"])    # type: ignore[index, call-overload]
    lines = dict(plain["lines"])           # type: ignore[index, call-overload]
    if unknown := [name for name in lines if name not in known]:
        raise UserError(f"There is no curve called {unknown[0]!r}.", f"The curves of this model are: {', '.join(known)}.", "Choose one of these.")
    drawn = {name: _points(axis, lines[name], seconds) for name, axis in known.items() if lines.get(name)}
    level = {name: ((0.0, float(axis.first)),) for name, axis in known.items() if name not in drawn and axis.first is not None}
    return Curves(seconds, {name: ({**level, **drawn})[name] for name in known if name in level or name in drawn})


def _length(value: object) -> float:
    if not _is_number(value) or not SHORTEST <= value <= LONGEST:    # type: ignore[operator]
        raise UserError(f"Curves cannot be {value!r} seconds long.", f"They are {SHORTEST:g} to {LONGEST:g} seconds long.", "Choose another length.")
    return float(value)     # type: ignore[arg-type]


def _points(axis: Axis, points: object, seconds: float) -> tuple[Point, ...]:
    there: list[Point] = []
    if not isinstance(points, Sequence) or len(points) > MOST_POINTS:
        raise UserError(f"{axis.title} has too many points." if isinstance(points, Sequence) else f"{axis.title} has no points.",
                        f"A curve is a list of up to {MOST_POINTS:,} points.", "Draw it anew.")  # fmt: skip
    for point in points:
        if not isinstance(point, Sequence) or len(point) != 2 or not _is_number(point[0]):
            raise UserError(f"{point!r} is no point of {axis.title}.", "A point is a second and a value.", f"Write it like this: [0.5, {axis.low:g}].")
        there.append((float(point[0]), _value(axis, point[1])))
    times = [time for time, _ in there]
    if times != sorted(times) or not 0 <= times[0] <= times[-1] <= seconds + 1e-6:
        raise UserError(f"The points of {axis.title} are out of order.", f"They go from 0 to {seconds:g} seconds, each after the one before.", "Draw it anew.")
    return tuple(there)


def _value(axis: Axis, value: object) -> float | None:
    if value is None and axis.gaps:
        return None
    if not _is_number(value) or not axis.low - 1e-6 <= value <= axis.high + 1e-6:      # type: ignore[operator]
        may = " or None, where nothing is to be heard" if axis.gaps else ""
        unit = f" {axis.unit}" if axis.unit else ""
        raise UserError(f"{axis.title} cannot be {value!r}.", f"It goes from {axis.low:g} to {axis.high:g}{unit}{may}.", "Choose another value.")
    return min(max(float(value), axis.low), axis.high)      # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
