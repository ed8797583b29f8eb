"""How far a sound is from another one that it should be like, in numbers that papers report. Read `spectral`, `log_mel`, `Pitches`, `loudness`.

These compare moment with moment: both sounds lie over each other, and the longer one is cut. `frechet` compares all that is made with all that
is real, whatever comes when. What none of them says is whether it sounds good; listen as well. Everything in NumPy, on one channel: float32 (frames,).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lib.errors import UserError

SIZES = (2048, 1024, 512, 256, 128, 64)     # frames of the Fourier transforms of `spectral`, as Engel et al. 2020 have them
TINY = 1e-5             # a magnitude below which the logarithm of `spectral` is cut off, as there: a full sine has half its window, 512 of 1024
CENTS = 1200.0          # of an octave; a semitone has 100
NEAR = 50.0             # cents, within which a pitch counts as right (Poliner et al. 2007)
LOWEST = -100.0         # dB, where `loudness_curve` is cut off
HEARD = -70.0           # dB, above which a moment counts as heard
_QUIET = 1e-8           # power of a mel band below which it is silence: -80 dB of a full sine
WINDOW = 1024          # frames of a Fourier transform of `log_mel` and `loudness_curve`
_BANDS = 64             # of `log_mel`
AT_ONCE = 256           # moments
_CEPSTRA = 8            # mel-frequency cepstral coefficients of `frechet`; their means and deviations are 16 numbers
LEAST_WINDOWS = 4 * _CEPSTRA    # twice as many as these numbers, so that how they vary together can be told at all
LEAST_SECONDS = LEAST_WINDOWS + 1       # of real sound: two halves of so many windows, each of a second and half a second after the one before


def spectral(sound: np.ndarray, wanted: np.ndarray, sizes: tuple[int, ...] = SIZES) -> float:
    """The multi-scale spectral distance of DDSP (Engel et al. 2020, eq. 4; after Wang, Takaki & Yamagishi 2019): 0 is the same.

    The sum over the sizes of mean |S - S'| + mean |log S - log S'|, where S are the magnitudes of Hann windows that overlap by three quarters,
    as the transform gives them: those of longer windows are larger, and count more in the first of the two means.
    """
    sound, wanted = _alike(sound, wanted)
    total = 0.0
    for size in sizes:
        made, meant = (np.abs(_windows(each, size, size // 4)) for each in (sound, wanted))
        total += float(np.abs(made - meant).mean() + np.abs(np.log(np.maximum(made, TINY)) - np.log(np.maximum(meant, TINY))).mean())
    return total


def log_mel(sound: np.ndarray, wanted: np.ndarray, rate: int) -> float:
    """The mean difference of 64 mel bands (triangles after O'Shaughnessy 1987, from 40 Hz to half the rate) in dB, moment by
    moment, each cut off at -80 dB of a full sine: what in speech synthesis is called log-mel or log-spectral distance."""
    sound, wanted = _alike(sound, wanted)
    made, meant = (_log_mel(_windows(each, WINDOW, WINDOW // 4), rate) for each in (sound, wanted))
    return float(np.abs(made - meant).mean())


def loudness(sound: np.ndarray, wanted: np.ndarray, rate: int) -> float:
    """The mean difference of `loudness_curve` in dB, every 16 ms, where either of both is heard."""
    sound, wanted = _alike(sound, wanted)
    made, meant = (loudness_curve(each, rate, max(round(0.016 * rate), 1)) for each in (sound, wanted))
    heard = np.maximum(made, meant) > HEARD
    return float(np.abs(made - meant)[heard].mean()) if heard.any() else 0.0


@dataclass(frozen=True)
class Pitches:
    """How well a pitch line follows another one.

    cents: the median of how far it is off where both sing, NaN where they never do together.   near: which share of these moments is within a
    quarter tone (raw pitch accuracy, Poliner et al. 2007).   voicing: in which share of all moments both sing or both do not.
    """

    cents: float
    near: float
    voicing: float


def pitches(found: np.ndarray, wanted: np.ndarray, sings: np.ndarray, should: np.ndarray) -> Pitches:
    """found, wanted: Hz at each moment.   sings, should: whether there is a pitch at all, of each."""
    count = min(map(len, (found, wanted, sings, should)))
    found, wanted, sings, should = found[:count], wanted[:count], sings[:count].astype(bool), should[:count].astype(bool)
    both = sings & should & (found > 0) & (wanted > 0)
    off = CENTS * np.abs(np.log2(found[both] / wanted[both]))
    return Pitches(float(np.median(off)) if both.any() else float("nan"), float((off <= NEAR).mean()) if both.any() else 0.0,
                   float((sings == should).mean()) if count else 1.0)  # fmt: skip


@dataclass(frozen=True)
class Frechet:
    """distance: of what is made from the real sounds.   floor: of one half of the real sounds from the other.   windows: compared, of each."""

    distance: float
    floor: float
    windows: int

    def in_words(self) -> str:
        """A sentence for whoever trained what made these sounds."""
        return (f"What it makes of sounds held back is {self.distance:.1f} away from them, where one half of these is {self.floor:.1f} away from the other "
                f"(Fréchet distance of MFCC means and deviations, {self.windows} windows of a second each).")  # fmt: skip


def frechet(made: Sequence[np.ndarray], real: Sequence[np.ndarray], rate: int) -> Frechet:
    """The Fréchet distance of two Gaussians (Dowson & Landau 1982; of pictures Heusel et al. 2017, of sounds Kilgour et al. 2019), here of the
    means and deviations of 8 MFCCs in windows of a second. It is no FAD: that one takes the features of a trained network.

    Each number is counted in its deviation among the real sounds, and the windows overlap by half; those in which nothing is heard do not
    count. With few windows the distance comes out too large, so what is made is held against either half of the real sounds, all three of one size;
    `distance` is the mean of both. Where it is no more than `floor`, these features cannot tell what is made from what is real.
    Raises UserError where there are fewer than 32 windows of what is made, or 64 of real ones.
    """
    theirs, ours = (np.concatenate([*(_textures(one, rate) for one in sounds), np.zeros((0, 2 * _CEPSTRA))]) for sounds in (made, real))
    count = min(len(theirs), len(ours) // 2)
    if count < LEAST_WINDOWS:
        raise UserError("There is too little sound for a Fréchet distance.",
                        f"It takes {LEAST_WINDOWS} windows of a second of what is made, and {2 * LEAST_WINDOWS} of real sound; there are {len(theirs)} and {len(ours)} in which something is heard.",
                        f"Compare at least {LEAST_WINDOWS // 2 + 1} seconds of what is made with {LEAST_SECONDS} of real sound.")  # fmt: skip
    spread = np.maximum(ours.std(axis=0), 1e-6)
    one, other, theirs = ours[:count] / spread, ours[-count:] / spread, theirs[_evenly(len(theirs), count)] / spread
    return Frechet((_between(theirs, one) + _between(theirs, other)) / 2, _between(one, other), count)


def _evenly(length: int, count: int) -> np.ndarray:
    return np.arange(count) * length // count


def _between(some: np.ndarray, others: np.ndarray) -> float:
    """|m - m'|² + trace(C + C' - 2 (C C')^½), of the means m and the covariances C of rows of numbers."""
    one, other = (np.cov(rows, rowvar=False) for rows in (some, others))
    values, directions = np.linalg.eigh(one)
    root = directions * np.sqrt(np.maximum(values, 0)) @ directions.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ other @ root), 0)).sum()
    return max(float(np.square(some.mean(axis=0) - others.mean(axis=0)).sum() + np.trace(one) + np.trace(other) - 2 * shared), 0.0)


def _textures(samples: np.ndarray, rate: int) -> np.ndarray:
    """(windows, 16): of each second that is heard, every half second, the means of its MFCCs and then their deviations."""
    hop = max(round(0.016 * rate), 1)
    second = rate // hop
    mel = np.concatenate([_log_mel(np.fft.rfft(some * _hann(WINDOW), axis=1), rate) for some in moments([samples], hop)])
    cepstra = mel @ np.cos(np.pi * np.arange(_CEPSTRA) * (np.arange(_BANDS)[:, None] + 0.5) / _BANDS) / _BANDS      # DCT-II
    heard = loudness_curve(samples, rate, hop) > HEARD
    starts = [at for at in range(0, len(mel) - second + 1, second // 2) if heard[at : at + second].any()]
    return np.array([[*cepstra[at : at + second].mean(axis=0), *cepstra[at : at + second].std(axis=0)] for at in starts]).reshape(-1, 2 * _CEPSTRA)


def loudness_curve(samples: np.ndarray, rate: int, hop: int) -> np.ndarray:
    """How loud each moment is to the ear, dB, float32 (1 + frames // hop,): the mean square in a Hann window of 1024 frames around it, each
    frequency weighted by the A curve. A sine at full scale and 1 kHz has -3 dB; silence has -100 dB."""
    return np.concatenate([loudness_of(windows, rate) for windows in moments([samples], hop)])


def loudness_of(windows: np.ndarray, rate: int) -> np.ndarray:
    """The same of windows as `moments` has them, float32 (count,)."""
    power = _power(np.fft.rfft(windows * _hann(WINDOW), axis=1)) @ a_weights(rate)
    return np.maximum(10 * np.log10(power + 1e-12), LOWEST).astype(np.float32)


def moments(pieces: Iterable[np.ndarray], hop: int) -> Iterator[np.ndarray]:
    """The 1024 frames around frames 0, hop, 2 hop … of a sound of any length: 1 + frames // hop of them, 256 at a time, float32 (count, 1024).

    pieces: float32 (frames,), one after the other. What lies before the beginning and after the end is silence.
    """
    held, there, done = np.zeros(WINDOW // 2, np.float32), 0, 0
    for piece in pieces:
        there += len(piece)
        held = np.concatenate([held, np.asarray(piece, np.float32)])
        while len(held) >= WINDOW + (AT_ONCE - 1) * hop:
            yield _slid(held, WINDOW, hop)[:AT_ONCE]
            held, done = held[AT_ONCE * hop :], done + AT_ONCE
    count = 1 + there // hop - done
    held = np.pad(held, (0, max(WINDOW + max(count - 1, 0) * hop - len(held), 0)))
    for start in range(0, count, AT_ONCE):
        yield _slid(held[start * hop :], WINDOW, hop)[: min(AT_ONCE, count - start)]


@functools.cache
def a_weights(rate: int, window: int = WINDOW) -> np.ndarray:
    """The A curve as a factor of power at each frequency of a Fourier transform, (window // 2 + 1,); 1 at 1 kHz (IEC 61672-1:2013, annex E)."""
    hertz = np.fft.rfftfreq(window, 1 / rate)
    curve = lambda f: 12194.217**2 * f**4 / ((f**2 + 20.598997**2) * np.sqrt((f**2 + 107.65265**2) * (f**2 + 737.86223**2)) * (f**2 + 12194.217**2))
    return np.square(curve(hertz) / curve(1000.0))


def _log_mel(spectra: np.ndarray, rate: int) -> np.ndarray:
    """dB in each mel band, of windows of 1024: (windows, 64)."""
    return 10 * np.log10(np.maximum(_power(spectra) @ _mel(rate), _QUIET))


def _power(spectra: np.ndarray) -> np.ndarray:
    """The mean square at each frequency, of windows of 1024: they add up to the mean square of the samples."""
    power = np.square(np.abs(spectra)) * 2 / (WINDOW * np.square(_hann(WINDOW)).sum())
    power[:, [0, -1]] /= 2
    return power


def _windows(samples: np.ndarray, size: int, hop: int) -> np.ndarray:
    """The spectra of windows around frames 0, hop, 2 hop …, (1 + frames // hop, size // 2 + 1); outside there is silence."""
    return np.fft.rfft(_slid(np.pad(np.asarray(samples, np.float32), size // 2), size, hop)[: 1 + len(samples) // hop] * _hann(size), axis=1)


def _slid(samples: np.ndarray, size: int, hop: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]


@functools.cache
def _hann(size: int) -> np.ndarray:
    """Periodic, as for Fourier transforms."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


@functools.cache
def _mel(rate: int) -> np.ndarray:
    """(bins, 64): triangles, each as wide as two steps on the mel scale."""
    mel = lambda hertz: 2595 * np.log10(1 + hertz / 700)
    edges = 700 * (10 ** (np.linspace(mel(40.0), mel(rate / 2), _BANDS + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(WINDOW, 1 / rate)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    return np.clip(np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)), 0, None)


def _alike(sound: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    count = min(len(sound), len(wanted))
    return sound[:count], wanted[:count]
