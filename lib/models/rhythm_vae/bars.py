"""Bars: nine drums in 96 places, each hit or not, how hard, and how far beside its place. Read `of_hits`, then `of_dataset`.

A bar is four quarter notes of 24 places, so that sixteenths (every 6th place) and triplets (every 8th) have their own. A hit lies on
its nearest place; its timing says how far from it, from -1 to 1 for half a place earlier or later (as in Gillick et al. 2019).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.media import onsets
from lib.media.drums import VOICES
from lib.media.sound import open_sound

DRUMS, PLACES, BEATS = len(VOICES), 96, 4
A_BEAT = PLACES // BEATS        # places
CELLS = DRUMS * PLACES
_TAPS = ((0,), (0, 1), (0, 1, 2))       # what one, two or three kinds of taps become, from dull to bright: kick, snare, closed hat
_APART = 0.6            # octaves of brightness between two kinds of taps

Hit = tuple[float, int, float]          # beat, drum, velocity (0 to 1)


@dataclass(frozen=True, eq=False)
class Bars:
    """hit: 0 or 1; velocity: 0 to 1; timing: -1 to 1; each float32 (bars, 9, 96), 0 where nothing is hit.   tempo: of each, (bars,)."""

    hit: np.ndarray
    velocity: np.ndarray
    timing: np.ndarray
    tempo: np.ndarray

    def __len__(self) -> int:
        return len(self.hit)


def of_hits(hits: Iterable[Hit], tempo: float) -> Bars:
    """All bars in which something is hit, from beat 0 on. Of two hits on one place the harder one stays."""
    found: dict[int, np.ndarray] = {}
    for beat, drum, velocity in hits:
        at = beat * A_BEAT
        place = round(at)
        if place < 0:
            continue
        bar = found.setdefault(place // PLACES, np.zeros((3, DRUMS, PLACES), np.float32))
        if velocity > bar[1, drum, place % PLACES]:
            bar[:, drum, place % PLACES] = 1, min(velocity, 1), np.clip(2 * (at - place), -1, 1)
    stack = np.stack([found[number] for number in sorted(found)]) if found else np.zeros((0, 3, DRUMS, PLACES), np.float32)
    return Bars(stack[:, 0], stack[:, 1], stack[:, 2], np.full(len(stack), tempo, np.float32))


def hits_of(hit: np.ndarray, velocity: np.ndarray, timing: np.ndarray) -> list[Hit]:
    """Back from one bar, (9, 96) each; by their time."""
    return sorted((float(place + timing[drum, place] / 2) / A_BEAT, int(drum), float(velocity[drum, place])) for drum, place in np.argwhere(hit > 0.5))


def of_recording(samples: np.ndarray, rate: int, tempo: float = 0.0, first_is_one: bool = True) -> Bars:
    """Bars of what is tapped in a recording, mono. tempo: beats a minute; 0 finds it out. first_is_one: its first hit begins the bar."""
    found = onsets.find(samples, rate)
    tempo = tempo or onsets.tempo(found)
    start = found[0].at if found and first_is_one else 0.0
    drums = _kinds([onset.bright for onset in found])
    return of_hits([((onset.at - start) * tempo / 60, drum, max(onset.level, 0.05)) for onset, drum in zip(found, drums, strict=True)], tempo)


def _kinds(bright: list[float]) -> list[int]:
    """Which drum each tap becomes: dull taps are the kick, brighter ones the snare, the brightest the hat. Cut where there is a gap."""
    if not bright:
        return []
    in_order = sorted(bright)
    gaps = sorted(((b - a, (a + b) / 2) for a, b in zip(in_order, in_order[1:])), reverse=True)[:2]
    cuts = sorted(middle for gap, middle in gaps if gap > _APART / 2)
    drums = _TAPS[len(cuts)]
    return [drums[sum(one > cut for cut in cuts)] for one in bright]


def of_rhythm(told: dict) -> Bars:
    """Of what a MIDI file said: {"tempo", "hits": [[beat, drum, velocity], …]}."""
    return of_hits([(float(beat), int(drum), float(velocity)) for beat, drum, velocity in told["hits"]], float(told["tempo"]))


def of_dataset(files: list[Path], rows: list[dict], tempo: float, first_is_one: bool) -> Bars:
    """All bars of one side of a dataset, in its order; MIDI as it was written, recordings as they are heard. Raises UserError."""
    all_bars = []
    for path, row in zip(files, rows, strict=True):
        if row.get("rhythm"):
            all_bars.append(of_rhythm(row["rhythm"]))
        else:
            sound = open_sound(path)
            all_bars.append(of_recording(sound.mono(), sound.rate, tempo, first_is_one))
    return joined(all_bars)


def joined(several: list[Bars]) -> Bars:
    empty = of_hits([], 0)
    return Bars(*(np.concatenate([getattr(bars, part) for bars in (empty, *several)]) for part in ("hit", "velocity", "timing", "tempo")))


def f1(made: np.ndarray, wanted: np.ndarray, off: int = 0) -> float:
    """Of the hits (0 or 1, of the same shape): 1 where all are there and none more. off: by how many places a hit may lie aside."""
    made, wanted = made > 0.5, wanted > 0.5
    near = lambda grid: np.any([np.roll(grid, step, axis=-1) for step in range(-off, off + 1)], axis=0)
    right, there = (made & near(wanted)).sum(), (wanted & near(made)).sum()
    precision, recall = right / max(made.sum(), 1), there / max(wanted.sum(), 1)
    return float(2 * precision * recall / max(precision + recall, 1e-9))
