"""Where a sound is quiet: at its ends, and between two takes. Read `loud_span` first.

Loudness is looked at in windows of 20 ms. A window is quiet where its power lies so many decibels under the loudest one
(the rule of librosa.effects.trim, McFee et al. 2015, here with its windows laid every 10 ms). Each channel is listened to by
itself, and the loudest counts: in their mean, what is in opposite phase would be silence. Only numpy is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

QUIETER = 40.0      # dB under the loudest window; a voice in a room stands some 50 dB above its silence
MARGIN = 0.1        # seconds that stay around what is loud, so that no beginning and no echo is cut off
NOTHING = -70.0     # dBFS; where even the loudest window is quieter, there is nothing to go by


def levels(samples: np.ndarray, rate: int) -> np.ndarray:
    """The power of each window of 20 ms, dBFS (a full square wave has 0), float64 of shape (windows,); one every 10 ms.

    samples: float32 of shape (frames, channels), or (frames,) for one channel, from -1 to 1.
    """
    import numpy as np

    step, samples = _step(rate), samples[:, None] if samples.ndim == 1 else samples
    whole = samples[: len(samples) // step * step].reshape(-1, step, samples.shape[1])
    rest = samples[len(whole) * step :]
    power = np.einsum("ijk,ijk->ik", whole, whole)     # of each 10 ms and channel
    frames = np.full(len(whole), step)
    if len(rest):
        power, frames = np.vstack([power, np.square(rest).sum(axis=0)]), np.append(frames, len(rest))
    if len(power) > 1:
        power, frames = power[:-1] + power[1:], frames[:-1] + frames[1:]
    loudest = power.max(axis=1, initial=0.0)
    return 10 * np.log10(np.maximum(loudest / frames, 1e-12, dtype=np.float64))


def loud_span(samples: np.ndarray, rate: int, quieter: float = QUIETER, margin: float = MARGIN) -> tuple[int, int]:
    """The first frame that stays, and the one after the last, when the silence at both ends goes.

    samples: as `levels` takes them.   quieter: dB under the loudest window.   margin: seconds that stay at each end. All of it
    stays where all is silent.
    """
    pieces = loud_pieces(samples, rate, quieter, gap=float("inf"), least=0, margin=margin)
    return pieces[0] if pieces else (0, len(samples))


def loud_pieces(samples: np.ndarray, rate: int, quieter: float = QUIETER, gap: float = 0.3, least: float = 0.1,
                margin: float = MARGIN) -> list[tuple[int, int]]:
    """What lies between silences: (first frame, the one after the last) of each piece; none where all is silent.

    gap: seconds of silence that part two pieces.   least: seconds that a piece must be loud for; shorter ones are left out.
    """
    import numpy as np

    level = levels(samples, rate)
    if not len(samples) or level.max() < NOTHING:
        return []
    step = _step(rate)
    loud = np.flatnonzero(level > level.max() - quieter)
    apart = np.flatnonzero((np.diff(loud) - 1) * step > gap * rate)
    firsts, lasts = loud[np.concatenate([[0], apart + 1])], loud[np.concatenate([apart, [len(loud) - 1]])]
    spans = [(int(first) * step, min(int(last) * step + 2 * step, len(samples))) for first, last in zip(firsts, lasts, strict=True)]
    around = round(margin * rate)
    return [(max(a - around, 0), min(b + around, len(samples))) for a, b in spans if b - a >= least * rate]


def _step(rate: int) -> int:
    """The frames of 10 ms, half a window."""
    return max(round(rate / 100), 1)
