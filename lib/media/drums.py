"""Nine drums, made of sines and noise: what a rhythm sounds like where nobody has recorded one. Read `play`.

Ours, and small: a kick is a sine that falls, a snare a tone and noise, a hi-hat six detuned squares through a high-pass, as in the
drum machines of 1980 (G. Reid, Synth Secrets, Sound on Sound 2002). The names and their numbers are those of General MIDI.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np

RATE = 44_100
VOICES = ("kick", "snare", "closed hat", "open hat", "low tom", "mid tom", "high tom", "crash", "ride")
PITCHES = (36, 38, 42, 46, 45, 47, 50, 49, 51)      # General MIDI, of each voice
_ALL = {     # other drums of General MIDI -> the voice that is nearest (as Gillick et al. 2019 reduce theirs to nine)
    35: 0, 36: 0, 37: 1, 38: 1, 39: 1, 40: 1, 42: 2, 44: 2, 54: 2, 69: 2, 70: 2, 71: 2, 73: 2, 78: 2, 80: 2, 22: 2, 46: 3, 26: 3, 67: 3, 68: 3, 72: 3, 74: 3,
    79: 3, 81: 3, 41: 4, 43: 4, 45: 4, 58: 4, 61: 4, 64: 4, 47: 5, 48: 5, 60: 5, 62: 5, 63: 5, 65: 6, 50: 6, 56: 6, 66: 6, 75: 6, 76: 6, 77: 6,
    49: 7, 52: 7, 55: 7, 57: 7, 51: 8, 53: 8, 59: 8,
}  # fmt: skip
_LEVELS = (1.0, 0.8, 0.35, 0.35, 0.8, 0.75, 0.7, 0.35, 0.3)


def voice_of(pitch: int) -> int | None:
    """The voice of a note of General MIDI's percussion; None for what is none of them."""
    return _ALL.get(pitch)


def play(hits: Iterable[tuple[float, int, float]], seconds: float) -> np.ndarray:
    """(seconds, voice, velocity 0 to 1) of each hit -> float32 (frames,). A closed hat ends an open one."""
    frames = max(round(seconds * RATE), 1)
    out = np.zeros(frames, np.float32)
    in_order = sorted(hits)
    closing = [at for at, voice, _ in in_order if voice == 2]
    for at, voice, velocity in in_order:
        start = round(max(at, 0) * RATE)
        sound = _drum(voice) * np.float32(_LEVELS[voice] * max(velocity, 0.05) ** 1.5 * 0.7)
        if voice == 3 and (ends := next((end for end in closing if end > at), None)) is not None:
            sound = _choked(sound, round((ends - at) * RATE))
        sound = sound[: max(frames - start, 0)]
        out[start : start + len(sound)] += sound
    return np.tanh(out).astype(np.float32)


def kit() -> list[np.ndarray]:
    """One hit of each voice at full velocity, float32 (frames,), as `play` adds them up before its tanh."""
    return [_drum(voice) * np.float32(level * 0.7) for voice, level in enumerate(_LEVELS)]


def _choked(sound: np.ndarray, frames: int) -> np.ndarray:
    fade = round(0.01 * RATE)
    sound = sound[: frames + fade].copy()
    if len(sound) > frames:
        sound[frames:] *= np.linspace(1, 0, len(sound) - frames, dtype=np.float32)
    return sound


@functools.cache
def _drum(voice: int) -> np.ndarray:
    if voice == 0:
        return _falling(150, 48, 0.03, 0.22, 0.7, click=0.3)
    if voice == 1:
        return 0.5 * _falling(240, 185, 0.02, 0.1, 0.3) + 0.7 * _noise(0.3, 0.09, 1200, 9000)
    if voice in (4, 5, 6):
        hertz = (95, 140, 200)[voice - 4]
        return _falling(hertz * 1.5, hertz, 0.05, 0.2, 0.6, click=0.1)
    length, decay, low = {2: (0.12, 0.025, 6500), 3: (0.7, 0.2, 6000), 7: (1.6, 0.5, 3500), 8: (1.2, 0.35, 4500)}[voice]
    metal = _metal(length, decay, low)
    return metal + 0.4 * _noise(length, decay * 1.2, low, 15_000) if voice != 8 else metal


def _falling(start: float, end: float, falls: float, decay: float, length: float, click: float = 0.0) -> np.ndarray:
    """A sine whose pitch falls from one frequency to another (Hz)."""
    time = np.arange(round(length * RATE)) / RATE
    hertz = end + (start - end) * np.exp(-time / falls)
    tone = np.sin(2 * np.pi * np.cumsum(hertz) / RATE) * np.exp(-time / decay)
    tone[: round(0.004 * RATE)] += click * np.random.default_rng(0).standard_normal(round(0.004 * RATE)) * np.linspace(1, 0, round(0.004 * RATE))
    return _ended(tone)


def _noise(length: float, decay: float, low: float, high: float) -> np.ndarray:
    noise = np.random.default_rng(1).standard_normal(round(length * RATE))
    return _ended(_band(noise, low, high) * np.exp(-np.arange(len(noise)) / RATE / decay))


def _metal(length: float, decay: float, low: float) -> np.ndarray:
    """Six squares at the frequencies of a TR-808's cymbals."""
    time = np.arange(round(length * RATE)) / RATE
    squares = sum(np.sign(np.sin(2 * np.pi * hertz * time)) for hertz in (205.3, 304.4, 369.6, 522.7, 540.0, 800.0))
    return _ended(_band(np.asarray(squares), low, 16_000) * np.exp(-time / decay))


def _band(samples: np.ndarray, low: float, high: float) -> np.ndarray:
    spectrum, hertz = np.fft.rfft(samples), np.fft.rfftfreq(len(samples), 1 / RATE)
    kept = np.clip((hertz - low / 2) / (low / 2), 0, 1) * np.clip((high * 1.2 - hertz) / (0.2 * high), 0, 1)
    kept = np.fft.irfft(spectrum * kept, len(samples))
    return kept / max(float(np.abs(kept).max()), 1e-9)


def _ended(sound: np.ndarray) -> np.ndarray:
    fade = min(round(0.005 * RATE), len(sound))
    sound[len(sound) - fade :] *= np.linspace(1, 0, fade)
    return sound.astype(np.float32)
