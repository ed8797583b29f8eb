"""How loud a sound is to the ear: integrated loudness in LUFS, after ITU-R BS.1770-4 and EBU R 128. Read `integrated`.

First the two filters that stand for head and ear (K-weighting), then the power of blocks of 400 ms, then two gates, so that
silence and far quieter parts do not count.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from lib.errors import UserError

if TYPE_CHECKING:
    import numpy as np

SILENCE = -70.0         # LUFS; the absolute gate, and what is told of a sound that nowhere passes it
_RELATIVE = -10.0       # LU under the loudness of what passed the first gate
_BLOCK, _OVERLAP = 0.4, 4   # seconds, and how many blocks lie over each moment (75 % overlap)
_LEAST_RATE = 8000      # Hz; slower sounds are measured in a faster copy: the shelf at 1.7 kHz must lie well below half the rate
_OFFSET = -0.691        # dB; makes a sine of 1 kHz come out at its own level
# The filters of BS.1770-4 as analogue prototypes (centre Hz, gain dB, Q), so that they fit every sampling rate
# (the numbers that libebur128 and De Man's pyloudnorm use; at 48 kHz they give the coefficients that the standard prints).
_SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)
_HIGHPASS = (38.13547087602444, 0.5003270373238773)


def integrated(samples: np.ndarray, rate: int) -> float:
    """The loudness of a whole sound, LUFS; -70 for silence.

    samples: float32 of shape (frames, channels), from -1 to 1; each channel counts the same, as left and right do.
    What is shorter than a block of 400 ms is one block. Raises UserError where a sample is infinite or no number.
    """
    import numpy as np

    if not np.isfinite(samples).all():
        raise UserError("How loud this sound is cannot be measured.", "Some of its samples are infinite, or no numbers.", "Record or export it again.")
    if rate < _LEAST_RATE:
        samples, rate = _resampled(samples, rate), _LEAST_RATE
    return _gated(_blocks(_weighted(samples, rate), rate))


class Meter:
    """The same of a sound that comes block by block, in constant memory, and without SciPy, which the web server does not load."""

    def __init__(self, rate: int, channels: int):
        import numpy as np

        self._rate, self._resampler = max(rate, _LEAST_RATE), None
        if rate < _LEAST_RATE:
            import soxr

            self._resampler = soxr.ResampleStream(rate, _LEAST_RATE, channels, dtype="float32", quality="HQ")
        self._before = np.zeros((len(_response(self._rate)) - 1, channels))     # what still rings in
        self._step = round(_BLOCK / _OVERLAP * self._rate)
        self._rest, self._steps, self._frames, self._sum = np.zeros(0), [], 0, 0.0    # type: ignore[var-annotated]

    def add(self, samples: np.ndarray, last: bool = False) -> None:
        """samples: float32 of shape (frames, channels)."""
        import numpy as np

        if self._resampler:
            samples = self._resampler.resample_chunk(np.ascontiguousarray(samples, dtype=np.float32), last)
        if not len(samples):
            return
        samples, self._before = _convolved(samples, self._before, _response(self._rate))
        squares = np.concatenate([self._rest, np.square(samples).sum(axis=1)])
        self._frames, self._sum = self._frames + len(samples), self._sum + float(squares[len(self._rest) :].sum())
        whole = len(squares) // self._step * self._step
        self._steps.append(squares[:whole].reshape(-1, self._step).mean(axis=1))
        self._rest = squares[whole:]

    def integrated(self) -> float:
        """LUFS of all that was added."""
        import numpy as np

        steps = np.concatenate([*self._steps, np.zeros(0)])
        if len(steps) >= _OVERLAP:
            return _gated(np.convolve(steps, np.full(_OVERLAP, 1 / _OVERLAP), "valid"))
        return _gated(np.array([self._sum / max(self._frames, 1)]))


@functools.cache
def _response(rate: int) -> np.ndarray:
    """What both filters make of a single click, as long as it is heard (100 ms: by then it is under -200 dB), (frames,)."""
    import numpy as np

    heard = np.zeros(rate // 10)
    heard[0] = 1.0
    for (b0, b1, b2), (_, a1, a2) in (_shelf(rate), _highpass(rate)):
        x1 = x2 = y1 = y2 = 0.0
        for place, x in enumerate(heard.tolist()):
            y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            heard[place], x1, x2, y1, y2 = y, x, x1, y, y1
    return heard


def _convolved(samples: np.ndarray, before: np.ndarray, response: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(the samples through a filter, what comes before the next ones). before: as many frames as the response has, less one."""
    import numpy as np

    there = np.concatenate([before, samples])
    size = 1 << int(np.ceil(np.log2(len(there))))
    spectrum = np.fft.rfft(there, size, axis=0) * np.fft.rfft(response, size)[:, None]
    return np.fft.irfft(spectrum, size, axis=0)[len(before) : len(there)], there[len(there) - len(before) :]


def _gated(power: np.ndarray) -> float:
    import numpy as np

    loud = power[_as_lufs(power) > SILENCE]
    if not len(loud):
        return SILENCE
    loud = loud[_as_lufs(loud) > _as_lufs(loud.mean()) + _RELATIVE]
    return float(_as_lufs(np.mean(loud)))


def _resampled(samples: np.ndarray, rate: int) -> np.ndarray:
    import soxr

    return soxr.resample(samples, rate, _LEAST_RATE, "HQ")


def _weighted(samples: np.ndarray, rate: int) -> np.ndarray:
    """After both filters, float64 of the same shape."""
    from scipy.signal import lfilter

    for numerator, denominator in (_shelf(rate), _highpass(rate)):
        samples = lfilter(numerator, denominator, samples, axis=0)
    return samples


def _blocks(weighted: np.ndarray, rate: int) -> np.ndarray:
    """The power of each block, summed over the channels."""
    import numpy as np

    step = round(_BLOCK / _OVERLAP * rate)
    squares = np.square(weighted).sum(axis=1)
    if len(squares) < _OVERLAP * step:
        return np.array([squares.mean()]) if len(squares) else np.zeros(1)
    steps = squares[: len(squares) // step * step].reshape(-1, step).mean(axis=1)
    return np.convolve(steps, np.full(_OVERLAP, 1 / _OVERLAP), "valid")


def _as_lufs(power):
    import numpy as np

    return _OFFSET + 10 * np.log10(np.maximum(power, 1e-12))


def _shelf(rate: int) -> tuple[list[float], list[float]]:
    """The head: what is above 1.7 kHz gains 4 dB. (numerator, denominator) of a digital filter."""
    from math import pi, tan

    centre, gain, q = _SHELF
    k, high = tan(pi * centre / rate), 10 ** (gain / 20)
    middle = high**0.4996667741545416
    scale = 1 + k / q + k * k
    numerator = [(high + middle * k / q + k * k) / scale, 2 * (k * k - high) / scale, (high - middle * k / q + k * k) / scale]
    return numerator, [1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale]


def _highpass(rate: int) -> tuple[list[float], list[float]]:
    """The ear: what is under 38 Hz goes."""
    from math import pi, tan

    centre, q = _HIGHPASS
    k = tan(pi * centre / rate)
    scale = 1 + k / q + k * k
    return [1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale]
