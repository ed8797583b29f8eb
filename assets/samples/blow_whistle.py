"""Blows the sample "A whistle": two and a half minutes of one voice, on an instrument of numbers. `python assets/samples/blow_whistle.py`

A jet of breath that runs against an edge, and a tube that answers it with a delay (the waveguide flute of Karjalainen et al. 1991 and
Cook 1992): nobody's recording. Breath, trembling and the tunes come of one seed, so that the same sounds are made again.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numba
import numpy as np
import soundfile
import soxr

HERE = Path(__file__).parent
RATE, KEPT_RATE = 48000, 16000      # Hz: of the tube, and of the file
SECONDS, PIECE = 160, 12      # of all of it, and of a file at least
SCALE = (62, 64, 66, 69, 71, 74, 76, 78, 81)    # MIDI numbers: five tones to the octave, on D
PHRASES = ((1, 1, 2), (1, 2, 1, 2, 4), (0.5, 0.5, 1, 2), (3, 1, 2), (1, 0.5, 0.5, 2, 4), (6,))    # lengths of notes, in beats
SEED = 12


def tune(luck: np.random.Generator) -> list[tuple[float, float, int, float]]:
    """(seconds at which it begins, how many it lasts, MIDI number, breath from 0 to 1) for each note; it wanders by small steps."""
    notes, now, place = [], 0.3, 4
    while now < SECONDS - 8:
        beat, force = luck.uniform(0.36, 0.6), luck.uniform(0.35, 0.95)
        for length in PHRASES[luck.integers(len(PHRASES))]:
            place = int(np.clip(place + luck.choice((-2, -1, -1, 0, 1, 1, 2)), 0, len(SCALE) - 1))
            force = float(np.clip(force + luck.uniform(-0.15, 0.15), 0.3, 1))
            notes.append((now, length * beat * luck.uniform(0.8, 0.97), SCALE[place], force))
            now += length * beat
        now += luck.uniform(0.2, 0.6)      # a breath is drawn
    return notes


def breath_and_pitch(notes: list, luck: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(pressure, Hz) at each frame at RATE. A long note swells, and trembles the more the longer it is held."""
    frames = SECONDS * RATE
    pressure, hertz = np.zeros(frames), np.full(frames, 300.0)
    for begins, lasts, number, force in notes:
        first, count = int(begins * RATE), int(lasts * RATE)
        time = np.arange(count) / RATE
        held = np.clip(time / 0.09, 0, 1) ** 0.7 * np.clip((lasts - time) / 0.07, 0, 1)
        tongued = 1 + 0.3 * np.exp(-time / 0.06)
        swell = 1 + 0.18 * np.sin(np.pi * np.clip(time / max(lasts, 0.3), 0, 1))
        trembling = np.clip((time - 0.35) / 0.5, 0, 1) * np.sin(2 * np.pi * luck.uniform(4.6, 5.6) * time + luck.uniform(0, 6))
        pressure[first:first + count] = held * tongued * swell * (0.62 + 0.5 * force) * (1 + 0.05 * trembling)
        slide = 1 - 0.018 * np.exp(-time / 0.03)        # it begins a little low
        hertz[first:first + count] = 440 * 2 ** ((number - 69) / 12) * slide * (1 + 0.004 * trembling)
        hertz[first + count:] = hertz[first + count - 1]
    return pressure, hertz


@numba.njit(cache=False)
def blow(pressure: np.ndarray, hertz: np.ndarray, hiss: np.ndarray, rate: int) -> np.ndarray:
    """What comes out of the tube. hiss: noise from -1 to 1, one a frame."""
    size = 4096
    tube, jet, out = np.zeros(size), np.zeros(size), np.zeros(len(pressure))
    low = still = before = 0.0
    for now in range(len(pressure)):
        length = 1.535 * rate / hertz[now] - 3.0    # the jet makes it sing a fifth above what the tube alone would
        place = now - length
        whole = int(np.floor(place))
        part = place - whole
        back = tube[whole % size] * (1 - part) + tube[(whole + 1) % size] * part
        low = 0.65 * low - 0.35 * back              # an open end swallows what is high, and turns the rest around
        still = low - before + 0.995 * still        # and keeps no steady pressure
        before = low
        wind = pressure[now] * (1 + 0.06 * hiss[now])
        jet[now % size] = wind - 0.5 * still
        late = jet[int(now - 0.32 * length) % size]
        edge = min(1.0, max(-1.0, late * (late * late - 1.0)))
        tube[now % size] = edge + 0.5 * still
        out[now] = 0.3 * low + 0.02 * pressure[now] * hiss[now]
    return out


def pauses(pressure: np.ndarray) -> list[int]:
    """The frames at which it is cut: in the middle of a breath, PIECE seconds apart at least."""
    silent = np.flatnonzero(np.diff(np.concatenate([[0], pressure == 0, [0]])))
    middles = [(first + last) // 2 for first, last in silent.reshape(-1, 2) if last - first > 0.3 * RATE]
    cuts = [0]
    for middle in middles:
        if PIECE * RATE <= middle - cuts[-1]:
            cuts.append(middle)
    return cuts


def main() -> None:
    luck = np.random.default_rng(SEED)
    pressure, hertz = breath_and_pitch(tune(luck), luck)
    samples = soxr.resample(blow(pressure, hertz, luck.uniform(-1, 1, len(pressure)), RATE), RATE, KEPT_RATE, quality="VHQ")
    samples *= 0.5 / np.abs(samples).max()
    folder = HERE / "whistle"
    folder.mkdir(exist_ok=True)
    cuts = [cut * KEPT_RATE // RATE for cut in pauses(pressure)]
    for number, (first, last) in enumerate(itertools.pairwise(cuts), start=1):
        with soundfile.SoundFile(folder / f"whistle-{number:02}.ogg", "w", KEPT_RATE, 1, format="OGG", subtype="VORBIS") as file:
            for piece in np.array_split(samples[first:last], 20):       # libsndfile falls over minutes at once
                file.write(piece)


if __name__ == "__main__":
    main()
