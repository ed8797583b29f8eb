"""Grains become sound: pieces of recordings one after the other, each joined to the last without a click. Read `render`.

At a seam the new piece is moved by up to 6 ms to where it lies best on the old one (Verhelst & Roelands 1993, WSOLA), and they cross
with equal power: what is alike would get louder in the middle, so both are divided by sqrt(1 + r sin 2θ), where r is how alike they are.
Where a recording simply goes on there is no seam. Only a second or so is ever held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from lib.models.mosaic.grains import Collection

_MOVES = 0.006      # seconds that a piece may be moved by
_ATTACK = 0.002     # seconds after a silence, and before the end of all


@dataclass(frozen=True)
class Piece:
    """A part of a recording at a place of the result.

    at, frames: where, and how long.   sound: which of the collection's.   first: the frame of it that is heard at `at`.   gains: at the
    beginning and the end, as factors.   joined: it goes on from the piece before.   fade: frames of the seam before it; 0 for the usual.
    """

    at: int
    frames: int
    sound: int
    first: int
    gains: tuple[float, float] = (1.0, 1.0)
    joined: bool = False
    fade: int = 0


def render(there: Collection, pieces: Iterable[Piece], frames: int) -> Iterator[np.ndarray]:
    """float32 (n, channels) each, `frames` in all. pieces: in their order, none over another, none shorter than half a hop."""
    made, attack = 0, min(round(_ATTACK * there.shape.rate), frames)
    held = np.zeros((0, there.shape.channels), np.float32)     # what may still be the end of all
    for part in _joined_up(there, pieces):
        held = np.concatenate([held, part[: frames - made]])
        made = min(made + len(part), frames)
        if len(held) > attack:
            yield held[: len(held) - attack]
            held = held[len(held) - attack :]
    held = np.concatenate([held, np.zeros((frames - made, there.shape.channels), np.float32)])
    if attack:
        held[len(held) - attack :] *= np.linspace(1, 0, attack, dtype=np.float32)[:, None]
    yield held


def _joined_up(there: Collection, pieces: Iterable[Piece]) -> Iterator[np.ndarray]:
    """All from the first frame on. The half of a seam that lies behind the last piece is held back until the next one is known."""
    half, channels = there.shape.hop // 4, there.shape.channels
    tail, end, moved = np.zeros((2 * half, channels), np.float32), 0, 0     # tail: around `end`
    is_first, quiet = True, np.zeros((0, channels), np.float32)
    for piece in pieces:
        follows = not is_first and piece.at < end + half
        if not (piece.joined and follows):
            moved = _best_move(there, piece, tail, half) if follows and not piece.fade else 0
        body = there.read(piece.sound, piece.first + moved - half, piece.first + moved + piece.frames + half)
        body = body * _envelope(piece, half)[:, None]
        if piece.joined and follows:
            yield body[: piece.frames]
        elif follows:
            yield from (_crossed(tail, body[: 2 * half], piece.fade or 2 * half), body[2 * half : piece.frames])
        else:
            if not is_first:
                yield _let_go(tail)
                end += half
            yield np.zeros((piece.at - end, channels), np.float32)
            yield _begun(body[half : piece.frames], round(_ATTACK * there.shape.rate))
        tail, end, is_first = body[piece.frames :], piece.at + piece.frames, False
    yield quiet if is_first else _let_go(tail)


def _envelope(piece: Piece, half: int) -> np.ndarray:
    return np.interp(np.arange(-half, piece.frames + half), [0, piece.frames], piece.gains).astype(np.float32)


def _best_move(there: Collection, piece: Piece, tail: np.ndarray, half: int) -> int:
    """By how many frames the new piece fits best onto the end of the old one."""
    most = round(_MOVES * there.shape.rate)
    around = there.read(piece.sound, piece.first - half - most, piece.first + half + most).mean(axis=1)
    old = tail.mean(axis=1)
    if not old.any() or not around.any():
        return 0
    size = 1 << int(np.ceil(np.log2(len(around) + len(old))))
    common = np.fft.irfft(np.fft.rfft(around, size) * np.fft.rfft(old, size).conj(), size)[: 2 * most + 1]
    energy = np.cumsum(np.pad(np.square(around, dtype=np.float64), (1, 0)))
    strength = np.sqrt(np.maximum(energy[len(old) : len(old) + 2 * most + 1] - energy[: 2 * most + 1], 1e-9))
    return int((common / strength).argmax()) - most


def _crossed(tail: np.ndarray, head: np.ndarray, fade: int) -> np.ndarray:
    """The old gives way to the new, in the middle `fade` frames of the seam."""
    length = len(tail)
    before = (length - fade) // 2
    angle = np.clip((np.arange(length) - before + 0.5) / fade, 0, 1) * np.pi / 2
    alike = float((tail * head).sum() / np.sqrt(max(float((tail**2).sum() * (head**2).sum()), 1e-12)))
    scale = np.sqrt(1 + max(alike, 0.0) * np.sin(2 * angle))
    return ((tail * np.cos(angle)[:, None] + head * np.sin(angle)[:, None]) / scale[:, None]).astype(np.float32)


def _let_go(tail: np.ndarray) -> np.ndarray:
    """Full up to the end of the piece, then softly to nothing."""
    half = len(tail) // 2
    fall = np.concatenate([np.ones(half), np.cos(np.linspace(0, np.pi / 2, len(tail) - half))]).astype(np.float32)
    return tail * fall[:, None]


def _begun(body: np.ndarray, attack: int) -> np.ndarray:
    attack = min(attack, len(body))
    return np.concatenate([body[:attack] * np.linspace(0, 1, attack, dtype=np.float32)[:, None], body[attack:]])
