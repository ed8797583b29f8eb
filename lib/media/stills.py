"""Which frames of a film become stills, and how sharp a still is. Read `Pick` first; film.py takes them.

    film.stills(path, folder, Pick(every=10, start="0:30", window="centre"))
    sharpness(open_picture(still))       # far below the film's own middle: perhaps blurred, perhaps meant
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from lib.errors import UserError

FPS = (0.001, 1000.0)   # stills for each second of film
WINDOWS = {"left": 0.0, "centre": 0.5, "right": 1.0, "top": 0.0, "bottom": 1.0}
SCENES = 0.3            # of 0 to 1: what ffmpeg's own documentation calls a sane value (0.3 to 0.5)
BLURRED = 0.3           # part of the film's middle sharpness, below which a still is shown as perhaps blurred
_MEASURED = 512         # px, longer side at which sharpness is measured, so that large and small films compare
_LATEST = 24 * 3600.0   # seconds


@dataclass(frozen=True)
class Pick:
    """Which frames of a film become stills, and which part of each.

    fps: the first frame of each 1/fps seconds. every: instead, every N-th frame. scenes: instead, the first frame of each
    scene; the number is how much a frame must differ from the one before, 0 to 1 (ffmpeg's scene score; 0.3 is usual).
    start, end: from where to where, in seconds or as "1:30"; None is the film's own end.
    window: None for the whole frame; else the square in it: "left", "centre", "right" (upright films: "top", "bottom"),
    or a number from 0 to 1 on the way between.
    Raises UserError for a value that cannot be one.
    """

    fps: float = 1.0
    every: int | None = None
    scenes: float | None = None
    start: float = 0.0
    end: float | None = None
    window: float | None = None

    def __post_init__(self):
        _check_number("fps", self.fps, *FPS, "Choose a number between 0.01 and 60.")
        if self.every is not None:
            if self.scenes is not None:
                raise UserError("Stills are taken by scene or by frame, not both.", "", "Leave one of them out.")
            _check_number("every", self.every, 1, 1_000_000, "Write how many frames there are from one still to the next.")
            if self.every != int(self.every):
                raise UserError(f"every cannot be {self.every}.", "Frames are counted in whole numbers.", "Try every=10.")
        if self.scenes is not None:
            _check_number("scenes", self.scenes, 0.01, 1, "0.3 finds ordinary cuts; less finds more.")
        object.__setattr__(self, "start", as_seconds(self.start or 0))
        object.__setattr__(self, "end", None if self.end in (None, "") else as_seconds(self.end))
        object.__setattr__(self, "window", as_window(self.window))
        if self.end is not None and self.end <= self.start:
            raise UserError(
                f"The end ({clock(self.end)}) does not come after the start ({clock(self.start)}).",
                "There is nothing in between.", "Choose a later end, or an earlier start.",
            )  # fmt: skip

    def seconds(self, whole: float) -> float:
        """How much of a film that lasts `whole` seconds lies between start and end."""
        return max(0.0, min(whole, math.inf if self.end is None else self.end) - self.start)

    def expected(self, whole: float, rate: float) -> int | None:
        """About how many stills come of `whole` seconds at `rate` frames a second; None where nobody can know (scenes)."""
        if self.scenes is not None:
            return None
        span = self.seconds(whole)
        frames = math.ceil(span * rate) if rate else math.inf
        count = math.ceil(frames / self.every) if self.every and rate else round(span * self.fps)
        return int(max(1, min(count, frames))) if span else 0


def as_seconds(moment: object) -> float:
    """Seconds of a moment in a film, written as a number or as "1:30" or "1:02:03.5". Raises UserError for anything else."""
    if isinstance(moment, int | float) and not isinstance(moment, bool):
        seconds = float(moment)
    else:
        parts = re.fullmatch(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d+)?)", str(moment).strip())
        if not parts:
            raise _no_moment(moment)
        hours, minutes, rest = (float((part or "0").replace(",", ".")) for part in parts.groups())
        seconds = hours * 3600 + minutes * 60 + rest
    if not 0 <= seconds <= _LATEST:
        raise _no_moment(moment)
    return seconds


def clock(seconds: float) -> str:
    """90.5 -> "1:30.5", 3723 -> "1:02:03"."""
    seconds = round(seconds, 2)
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    tail = f"{int(rest):02d}" + (f"{rest % 1:.2f}".lstrip("0").rstrip("0").rstrip(".") if rest % 1 >= 0.005 else "")
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def as_window(window: object) -> float | None:
    """Where the square lies, 0 (left or top) to 1 (right or bottom); None for the whole frame. Raises UserError."""
    if window is None:
        return None
    place: Any = WINDOWS.get(window, window) if isinstance(window, str) else window
    _check_number("window", place, 0, 1, 'Try window="centre", or 0.3 for a place nearer to the left.')
    return float(place)


def sharpness(picture: Image.Image) -> float:
    """How sharp a picture is: the variance of its Laplacian, measured on grey values 0 to 255 at 512 px.

    Pech-Pacheco, Cristóbal, Chamorro-Martínez, Fernández-Valdivia: Diatom autofocusing in brightfield microscopy (2000).
    It tells pictures of one film apart, and means little between films: a foggy lake is no brick wall.
    """
    small = picture.convert("L")
    small.thumbnail((_MEASURED, _MEASURED), Image.Resampling.BOX)
    grey = np.asarray(small, np.float32)
    if min(grey.shape) < 3:
        return 0.0
    inner = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((around - 4 * inner).var())


def relative(sharpnesses: Sequence[float]) -> list[float]:
    """Each as a part of the middle one (the median) of its own film: 1 is usual, 0.1 is much softer than the rest."""
    middle = float(np.median(sharpnesses)) if len(sharpnesses) else 0.0
    return [round(value / middle, 3) if middle > 0 else 1.0 for value in sharpnesses]


def _check_number(name: str, value: object, low: float, high: float, fix: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise UserError(f"{name} cannot be {value!r}.", f"It is a number from {low:g} to {high:g}.", fix)


def _no_moment(moment: object) -> UserError:
    return UserError(
        f"{str(moment)[:30]!r} is no moment of a film.", "A moment is written in minutes and seconds.", "Write 1:30, or 90."
    )
