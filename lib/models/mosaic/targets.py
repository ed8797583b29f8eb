"""What a mosaic follows, moment by moment: `of_sound`, `of_curves`, `of_line`. A beat and a walk need no such thing (events.py)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lib.errors import UserError
from lib.media import sound_stream
from lib.media.curves import Curves
from lib.models.mosaic import features
from lib.models.mosaic.families import scales
from lib.models.mosaic.features import BRIGHTNESS, LOUDNESS, PITCH, QUIET, TIMBRE
from lib.models.mosaic.grains import Collection

_SILENT = -55.0         # dB under the loudest moments of a sound that is followed: under it nothing is heard
_BEGINS = 6.0           # dB from one moment to the next, from which on a sound begins there
_INK = 0.25             # of the way from paper to black, from which on a point of a drawing is part of a line
_SOFTEST = -30.0        # dB of the thinnest stroke beside the thickest
_SUNG = 0.25            # share of moments with a pitch, from which on the height of a line is pitch; else it is brightness


@dataclass(frozen=True, eq=False)
class Target:
    """frames: how long the result is, at the rate of the grains.   numbers: (T, 15), NaN where something does not matter.

    silent: (T,), where nothing is to be heard.   timbre: (T, 12) in units of spread, as it is compared; NaN where it does not matter.
    """

    frames: int
    numbers: np.ndarray
    silent: np.ndarray
    timbre: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)


def of_sound(path: Path, there: Collection, stretch: bool) -> Target:
    """Another sound, as long as it is; its loudest moments become as loud as the loudest grains. Raises UserError for a silent one."""
    rate, hop = there.shape.rate, there.shape.hop
    stream = sound_stream.look(path)
    mono = (block[:, 0] for block in sound_stream.blocks(stream, rate))
    numbers = np.concatenate([*features.describe(mono, hop, rate), np.zeros((0, features.NUMBERS), np.float32)])
    loudest = _loudest(numbers)
    if loudest <= QUIET:
        raise UserError("The sound to follow is silent.", "Nothing in it is louder than -70 dBFS.", "Record it again nearer to the microphone, or choose another one.")
    silent = numbers[:, LOUDNESS] < max(loudest + _SILENT, QUIET)
    _begin_at_once(numbers, silent)
    numbers[:, BRIGHTNESS] = np.nan
    mean, spread = scales(numbers[~silent] if stretch else there.numbers)
    timbre = (numbers[:, TIMBRE] - mean) / spread
    numbers[:, LOUDNESS] += _loudest(there.numbers) - loudest
    return Target(stream.frames_at(rate), numbers, silent, timbre)


def _begin_at_once(numbers: np.ndarray, silent: np.ndarray) -> None:
    """After a silence, a moment in whose window something only begins is like what comes: no voice of another kind comes before it."""
    for moment in range(len(numbers) - 1):
        rises = numbers[moment + 1, LOUDNESS] - numbers[moment, LOUDNESS]
        if silent[moment] or rises < _BEGINS or not (moment == 0 or silent[moment - 1]):
            continue
        numbers[moment, LOUDNESS + 1 :] = numbers[moment + 1, LOUDNESS + 1 :]
        silent[moment] = rises > 2 * _BEGINS     # it lies behind this moment


def of_line(picture: Image.Image, there: Collection, seconds: float) -> Target:
    """A line from left to right: its height is pitch (or brightness, where the grains have no pitch), its thickness loudness.

    Raises UserError where there is no line in the picture.
    """
    grey = np.asarray(picture.convert("L"), np.float32) / 255
    ink = np.median(grey) - grey > _INK if np.median(grey) > 0.5 else grey - np.median(grey) > _INK     # (H, W); also chalk on a board
    if not ink.any():
        raise UserError("There is no line in this picture.", "Everything in it is nearly as bright as its paper.", "Draw a dark line from left to right.")
    frames = max(round(seconds * there.shape.rate), 1)
    moments = features.hops(frames, there.shape.hop)
    columns = np.minimum((np.arange(moments) + 0.5) / moments * ink.shape[1], ink.shape[1] - 1).astype(int)
    ink = ink[:, columns]                                           # (H, T)
    thick = ink.sum(axis=0)
    rows = np.arange(len(ink))[:, None]
    height = 1 - (ink * rows).sum(axis=0) / np.maximum(thick, 1) / max(len(ink) - 1, 1)
    return _of_curves(height, 20 * np.log10(np.maximum(thick, 1) / thick.max()), thick == 0, frames, there)


def of_curves(drawn: Curves, there: Collection) -> Target:
    """Lines drawn by hand: "height" (%) is pitch, or brightness where the grains have no pitch; "loudness" (dB) is that.

    Raises UserError where no height is drawn.
    """
    frames = max(round(drawn.seconds * there.shape.rate), 1)
    times = (np.arange(features.hops(frames, there.shape.hop)) + 0.5) * there.shape.hop / there.shape.rate
    height = drawn.at("height", times)
    silent = np.isnan(height)
    if silent.all():
        raise UserError("No line is drawn that could be followed.", "Only where there is a height something is heard.", "Draw the line of the height from left to right.")
    return _of_curves(np.nan_to_num(height) / 100, np.nan_to_num(drawn.at("loudness", times)), silent, frames, there)


def rising(there: Collection, seconds: float = 3.0) -> Target:
    """A line from low to high that swells and fades: what samples follow."""
    frames = max(round(seconds * there.shape.rate), 1)
    way = (np.arange(features.hops(frames, there.shape.hop)) + 0.5) / features.hops(frames, there.shape.hop)
    return _of_curves(way, -2.5 - 20 * np.abs(2 * way - 1), np.zeros(len(way), bool), frames, there)


def _of_curves(height: np.ndarray, level: np.ndarray, silent: np.ndarray, frames: int, there: Collection) -> Target:
    """height: 0 to 1.   level: dB under the loudest."""
    heard = there.numbers[there.numbers[:, LOUDNESS] > QUIET]
    sung = heard[np.isfinite(heard[:, PITCH]), PITCH]
    column, values = (PITCH, sung) if len(sung) > _SUNG * len(heard) else (BRIGHTNESS, heard[:, BRIGHTNESS])
    numbers = np.full((len(height), features.NUMBERS), np.nan, np.float32)
    if len(values):
        low, high = (float(np.percentile(values, share)) for share in (3, 97))
        numbers[:, column] = low + height * (high - low)
    numbers[:, LOUDNESS] = _loudest(there.numbers) + np.maximum(level, _SOFTEST)
    return Target(frames, numbers, silent, np.full((len(height), 12), np.nan, np.float32))


def _loudest(numbers: np.ndarray) -> float:
    """dBFS that a tenth of what is heard passes."""
    heard = numbers[numbers[:, LOUDNESS] > QUIET, LOUDNESS]
    return float(np.percentile(heard, 90)) if len(heard) else QUIET
