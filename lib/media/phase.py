"""What the mean of several channels would take away: what lies in them in opposite phase. Read `lost`, then `weights`.

Left and right that are each other's mirror are heard in a room and in headphones, yet their mean is silence. It is looked
at in cells, 0.2 s long and some octaves wide, so that it is also found where only a part of the time, or only the bass or
the treble, lies like that. A cell is lost where the mean is 6 dB quieter than the mean of unrelated channels would be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

TELLING = 0.05          # share of what is heard: where the mean would lose more, another way to one channel is taken, and it is said
_WINDOW = 0.2           # seconds
_EDGES = (0, 150, 400, 1000, 2500, 6000, 1e9)   # Hz, between two bands
_QUIETER = 1e-4         # of the loudest cell's power (40 dB under it): what is quieter does not count
_DEEPER = 4             # 6 dB, as a ratio of powers
_AT_ONCE = 32           # windows held in memory as spectra


def powers(samples: np.ndarray, rate: int) -> np.ndarray:
    """How strong the channels are in each cell, and how far they agree: float64 of shape (cells, channels, channels).

    samples: float32 of shape (frames, channels). On the diagonal stands each channel's power, beside it what two have in
    common: as much as their powers where they are the same, as much below 0 where they are each other's mirror.
    """
    import numpy as np

    length = max(round(_WINDOW * rate), 1)
    return np.concatenate([_of_windows(samples[start : start + _AT_ONCE * length], length, rate)
                           for start in range(0, max(len(samples), 1), _AT_ONCE * length)])  # fmt: skip


def _of_windows(samples: np.ndarray, length: int, rate: int) -> np.ndarray:
    import numpy as np

    frames, channels = samples.shape
    count = -(-frames // length)
    whole = np.pad(samples, ((0, count * length - frames), (0, 0))).reshape(count, length, channels)
    spectra = np.fft.rfft(whole, axis=1)                                        # (windows, bins, channels)
    starts: Any = np.searchsorted(np.fft.rfftfreq(length, 1 / rate), _EDGES)
    bands = [spectra[:, a:b] for a, b in zip(starts, starts[1:], strict=False) if a < b]
    cells = [np.einsum("wbi,wbj->wij", band, band.conj()).real for band in bands]
    return np.concatenate([*cells, np.zeros((0, channels, channels))])


def lost(cells: np.ndarray, weight: np.ndarray | None = None) -> float:
    """The share (0 to 1) of what is heard that is hardly there any more when channels become one.

    cells: as `powers` gives them. weight: of each channel in the one; the mean of all unless told. Quiet cells count less than
    loud ones, but by their amplitude, not their power.
    """
    import numpy as np

    channels = cells.shape[1]
    weight = np.full(channels, 1 / channels) if weight is None else weight
    heard = np.trace(cells, axis1=1, axis2=2) / channels
    counts = np.sqrt(np.where(heard > _QUIETER * heard.max(initial=0.0), heard, 0.0))
    left = np.einsum("cij,i,j->c", cells, weight, weight)
    return float(counts[left < heard / (_DEEPER * channels)].sum() / counts.sum()) if counts.any() else 0.0


def weights(cells: np.ndarray) -> np.ndarray | None:
    """How channels become one so that nothing is lost; None where it is their mean, as nearly always.

    Else the first of these that keeps it all, or the one that keeps the most: the mean with those turned over that are mirrors
    of the loudest; the loudest channel alone, or another one.
    """
    import numpy as np

    channels = cells.shape[1]
    if lost(cells) <= TELLING:
        return None
    common = cells.sum(axis=0)
    by_power = np.argsort(-np.diag(common), kind="stable")
    turned = np.where(common[by_power[0]] < 0, -1.0, 1.0) / channels
    ways = [turned, *np.eye(channels)[by_power]]
    return min(ways, key=lambda way: max(lost(cells, way) - TELLING, 0.0))
