"""A beat of letters, and a walk through all recordings: pieces that are chosen without following anything. Read `beat` and `walk`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lib.errors import UserError
from lib.models.mosaic import families as families_
from lib.models.mosaic.features import LOUDNESS, QUIET, TIMBRE
from lib.models.mosaic.grains import Collection
from lib.models.mosaic.rendering import Piece

REST, RING = ".", "-"   # of a beat: silence, and what was hit rings on
_BEST = 6               # hits of a family that chance chooses from
_FADE = 0.006           # seconds of the seam before a hit
_STAYS = (6, 40)        # hops that a walk stays in one recording
_NEAR = 12              # moments that a walk may jump to
_LOUD = 20.0            # dB under the loudest moments, under which a moment is no hit


def beat(letters: str, tempo: float, frames: int, there: Collection, families: np.ndarray, scale: tuple, chance: float, seed: int) -> Iterator[Piece]:
    """Hits at exact times, over and over until it is as long as it should be. Each letter is a family of moments that begin suddenly.

    letters: two are one beat.   tempo: beats a minute.   scale: (mean, spread) of the timbre. Raises UserError where nothing is hit.
    """
    letters = letters.replace(" ", REST)
    hits = sorted({letter for letter in letters if letter not in (REST, RING)})
    if not hits:
        raise UserError("This beat is silent.", "It has no letter.", "Write one, such as x.o.xxo.")
    luck = np.random.default_rng(seed)
    chosen = {letter: grains[: 1 + round(chance * (_BEST - 1))] for letter, grains in zip(hits, _hits(there, families, scale, len(hits), luck), strict=True)}
    step, shortest = there.shape.rate * 30 / tempo, there.shape.hop
    count = int(np.ceil(frames / step))
    for number in range(count):
        letter = letters[number % len(letters)]
        if letter in (REST, RING):
            continue
        rings = next((ahead for ahead in range(1, count - number) if letters[(number + ahead) % len(letters)] != RING), max(count - number, 1))
        grain = int(luck.choice(chosen[letter]))
        sound = int(there.sound_of[grain])
        at = round(number * step)
        length = min(max(round((number + rings) * step) - at, shortest), _left(there, grain))
        yield Piece(at, max(length, shortest), sound, _onset(there, grain), fade=max(round(_FADE * there.shape.rate), 2))


def walk(frames: int, there: Collection, scale: tuple, seed: int) -> Iterator[Piece]:
    """A while in one recording, then on to a moment of any recording that is like the one that would have come."""
    luck, hop = np.random.default_rng(seed), there.shape.hop
    heard = np.flatnonzero(there.numbers[:, LOUDNESS] > QUIET)
    timbre = (there.numbers[:, TIMBRE] - scale[0]) / scale[1]
    grain, at = int(luck.choice(heard)), 0
    while at < frames:
        sound = there.sounds[int(there.sound_of[grain])]
        stays = min(int(luck.integers(*_STAYS)), sound.start + sound.count - grain)
        yield Piece(at, stays * hop, int(there.sound_of[grain]), (grain - sound.start) * hop)
        at += stays * hop
        would = min(grain + stays, sound.start + sound.count - 1)
        unlike = np.square(timbre[heard] - timbre[would]).mean(axis=1) + np.square((there.numbers[heard, LOUDNESS] - there.numbers[would, LOUDNESS]) / 12)
        grain = int(heard[luck.choice(np.argsort(unlike, kind="stable")[1 : _NEAR + 1])] if len(heard) > 1 else heard[0])


def _hits(there: Collection, families: np.ndarray, scale: tuple, count: int, luck: np.random.Generator) -> list[np.ndarray]:
    """For each of `count` letters the moments of one family that begin most suddenly, the best first."""
    level = there.numbers[:, LOUDNESS]
    loudest = np.percentile(level[level > QUIET], 95)
    first = np.append(True, there.sound_of[1:] != there.sound_of[:-1])
    rise = level - np.where(first, QUIET, np.roll(level, 1))
    rise[level < loudest - _LOUD] = -np.inf
    family = families_.assign((there.numbers[:, TIMBRE] - scale[0]) / scale[1], families)[0]
    best = [np.flatnonzero(family == one)[np.argsort(-rise[family == one], kind="stable")][:_BEST] for one in range(len(families))]
    best = [grains[np.isfinite(rise[grains])] for grains in best]
    best = sorted((grains for grains in best if len(grains)), key=lambda grains: -rise[grains[0]]) or [np.array([int(level.argmax())])]
    sudden = best[: max(count, (len(best) + 1) // 2)]      # the half of all families that begin most suddenly
    order = luck.permutation(len(sudden))
    return [sudden[order[number % len(order)]] for number in range(count)]


def _onset(there: Collection, grain: int) -> int:
    """The frame of its recording at which a hit begins: where it gets louder most, to 2 ms."""
    sound, hop = there.sounds[int(there.sound_of[grain])], there.shape.hop
    step, start = max(round(there.shape.rate / 500), 1), (grain - sound.start) * hop - hop
    power = np.square(there.read(int(there.sound_of[grain]), start, start + 3 * hop)).mean(axis=1)
    power = power[: len(power) // step * step].reshape(-1, step).mean(axis=1)
    level = np.log10(power + 1e-7)
    rise = level[2:] - level[:-2]
    return max(start + (int(rise.argmax()) + 1) * step, 0)


def _left(there: Collection, grain: int) -> int:
    sound = there.sounds[int(there.sound_of[grain])]
    return (sound.start + sound.count - grain) * there.shape.hop
